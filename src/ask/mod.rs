//! A guided session: the next best question, the answer to it, and what that moves. No input or output of its own.
//!
//! Everything follows from the list of answers: to take one back is to drop it, to resume is to give them again. What a
//! person says is evidence like any other: a fact that was found out, a line that the log shows, a log itself.

mod choose;
pub mod measure;
mod question;
mod saved;
mod symptoms;

use jiff::Timestamp;

use crate::engine::{Engine, Outcome, Session};
use crate::error::{Error, Result};
use crate::observe::facts;
use crate::reason::score::Posterior;
use crate::reason::{self, Options};
use crate::report::Answer;
use crate::report::redact::Redactor;

pub use question::{Choice, Kind, LETTERS, Question, Reply};
pub use saved::{Given, SCHEMA, Saved};
pub use symptoms::engine;

/// A cause of at least this probability needs no more questions.
pub const SURE: f64 = 0.9;
/// Questions after which a session ends: whoever could answer so far has said what there is to say.
pub const MOST: usize = 12;
/// The name under which answers are quoted.
const ANSWERS: &str = "answers";

/// A session.
#[derive(Debug, Clone)]
pub struct Interview<'e> {
    engine: &'e Engine,
    base: Session<'e>,
    given: Vec<Given>,
    sure: f64,
    ranking: Options,
}

/// What is known after some answers.
#[derive(Debug)]
pub struct State<'e> {
    /// The diagnosis so far.
    pub outcome: Outcome<'e>,
    /// The probability of every candidate.
    pub posterior: Posterior,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This question.
    Ask(Box<Question>),
    /// The leading cause is certain enough.
    Sure,
    /// No question that is left can change what one would do.
    NothingLeft,
}

/// How far a cause moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Its index.
    pub cause: usize,
    /// Its probability before.
    pub from: f64,
    /// Its probability after.
    pub to: f64,
}

impl State<'_> {
    /// The diagnosis as it is told. What a person says is about the case as a whole, and no incident of its own.
    pub fn answer(&self) -> Answer {
        let mut answer = Answer::new(&self.outcome);
        answer.incidents.retain(|incident| incident.subject != ANSWERS);
        answer
    }
}

impl<'e> Interview<'e> {
    /// Begins with what was read already; `engine` is one of [`engine`], and `base` a session of it.
    pub fn new(engine: &'e Engine, base: Session<'e>, ranking: Options) -> Self {
        Interview { engine, base, given: Vec::new(), sure: SURE, ranking }
    }

    /// Sets how likely the leading cause must be.
    pub fn sure(&mut self, probability: f64) {
        self.sure = probability;
    }

    /// The answers so far.
    pub fn given(&self) -> &[Given] {
        &self.given
    }

    /// The knowledge that it asks from.
    pub fn engine(&self) -> &'e Engine {
        self.engine
    }

    /// Takes an answer. What is in a pasted log is taken without its secrets, so that they are in no saved session.
    ///
    /// # Errors
    /// It does not fit: an unknown symptom, fact or sign, or a value that is none.
    pub fn give(&mut self, given: Given) -> Result<()> {
        let given = match given {
            Given::Log { name, text } => Given::Log { name, text: Redactor::default().lines(&text) },
            Given::Fact { fact, value } => Given::Fact { fact, value: Redactor::default().text(&value) },
            other => other,
        };
        self.check(&given)?;
        self.given.push(given);
        Ok(())
    }

    fn check(&self, given: &Given) -> Result<()> {
        let knowledge = &self.engine.knowledge;
        match given {
            Given::Symptom { symptom } => symptoms::signal(knowledge, symptom).map(|_| ()),
            Given::Fact { fact, value } => {
                let checked = facts::parse_argument(knowledge, &format!("{fact}={value}"));
                checked.map(|_| ()).map_err(|why| Error::Fact(why.trim_start_matches("--fact ").to_owned()))
            }
            Given::Signs { seen, unseen, .. } => {
                let unknown = seen.iter().chain(unseen).find(|id| knowledge.signal(id).is_none());
                unknown
                    .map_or(Ok(()), |id| Err(Error::Unknown(format!("{id} is no known signal (certwhy list signals)"))))
            }
            Given::Log { .. } | Given::Unknown { .. } => Ok(()),
        }
    }

    /// Takes the last answer back, and returns it.
    pub fn back(&mut self) -> Option<Given> {
        self.given.pop()
    }

    /// What is known by now.
    pub fn state(&self) -> State<'e> {
        let mut session = self.base.clone();
        let input = session.answers(ANSWERS);
        for (ix, given) in self.given.iter().enumerate() {
            self.apply(&mut session, input, ix + 1, given);
        }
        let outcome = session.diagnose(self.ranking);
        let posterior = reason::posterior(&self.engine.network, &outcome.diagnosis.whole.evidence);
        State { outcome, posterior }
    }

    fn apply(&self, session: &mut Session<'e>, input: usize, line: usize, given: &Given) {
        let knowledge = &self.engine.knowledge;
        match given {
            Given::Symptom { symptom } => {
                if let Ok(signal) = symptoms::signal(knowledge, symptom) {
                    session.said(input, line, signal, &knowledge.signals[signal].title);
                }
            }
            Given::Fact { fact, value } => {
                // It was checked when it was given.
                let _ = session.fact(&format!("{fact}={value}"));
            }
            Given::Signs { seen, unseen, .. } => {
                for signal in seen.iter().filter_map(|id| knowledge.signal(id)) {
                    session.said(input, line, signal, &knowledge.signals[signal].title);
                }
                unseen.iter().filter_map(|id| knowledge.signal(id)).for_each(|signal| session.denied(signal));
            }
            Given::Log { name, text } => session.read(name, text.as_bytes()),
            Given::Unknown { .. } => {}
        }
    }

    /// What comes next in a state of this session.
    pub fn next(&self, state: &State) -> Next {
        let asked = self.given.iter().filter(|given| !matches!(given, Given::Log { .. })).count();
        if state.outcome.diagnosis.whole.causes.first().is_some_and(|first| first.probability >= self.sure) {
            return Next::Sure;
        }
        if asked >= MOST {
            return Next::NothingLeft;
        }
        let best = choose::best(self.engine, state, &self.given);
        best.map_or(Next::NothingLeft, |question| Next::Ask(Box::new(question)))
    }

    /// What became of the likely causes between two states, the greatest move first.
    pub fn moved(&self, before: &State, after: &State) -> Vec<Moved> {
        let causes = before.posterior.causes.iter().chain(&after.posterior.causes).map(|(cause, _)| *cause);
        let mut causes: Vec<usize> = causes.collect();
        causes.sort_unstable();
        causes.dedup();
        let of = |cause| Moved { cause, from: before.posterior.of(cause), to: after.posterior.of(cause) };
        let mut moved: Vec<Moved> = causes.into_iter().map(of).filter(|m| (m.to - m.from).abs() >= 0.02).collect();
        moved.sort_by(|a, b| (b.to - b.from).abs().total_cmp(&(a.to - a.from).abs()).then(a.cause.cmp(&b.cause)));
        moved
    }

    /// The session as it is saved.
    pub fn saved(&self, at: Timestamp, inputs: Vec<String>) -> Saved {
        Saved { schema: SCHEMA.to_owned(), at, inputs, answers: self.given.clone() }
    }
}
