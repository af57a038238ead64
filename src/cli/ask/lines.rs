//! Where answers come from: a person at a terminal, a pipe, or a file.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, IsTerminal};

use jiff::Timestamp;
use serde::Deserialize;

use crate::ask::{Choice, Given, Interview, Kind, Question};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::observe::condition::{Known, shown};
use crate::rule::condition::parse_value;
use crate::rule::model::{FactValue, SignalKind};

/// Answers.
pub enum Lines {
    /// As they are typed.
    Input,
    /// Lines of a file.
    Script(VecDeque<String>),
    /// Facts that are known, by path, and signals that the log shows; nothing else is known.
    Facts(BTreeMap<String, FactValue>, Vec<String>),
}

/// An answer.
pub enum Line {
    /// As it was typed.
    Text(String),
    /// As evidence.
    Given(Given),
    /// There are no more.
    End,
}

/// A file of facts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    #[serde(default)]
    symptom: Option<String>,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    facts: serde_json::Map<String, serde_json::Value>,
}

impl Lines {
    /// Standard input.
    pub fn input() -> Self {
        Lines::Input
    }

    /// The answers of a file: YAML with `facts`, `signs` or `symptom`, or lines. A symptom is given at once.
    ///
    /// # Errors
    /// A fact is none, or its value does not fit.
    pub fn script(text: &str, engine: &Engine, interview: &mut Interview) -> Result<Self> {
        let is_map = serde_yaml::from_str::<serde_yaml::Value>(text).is_ok_and(|document| document.is_mapping());
        if !is_map {
            return Ok(Lines::Script(text.lines().map(str::to_owned).collect()));
        }
        let facts: Facts = serde_yaml::from_str(text)
            .map_err(|error| Error::Fact(format!("--answers: {error} (certwhy ask --help shows the form)")))?;
        if let Some(symptom) = facts.symptom
            && !interview.given().iter().any(|given| matches!(given, Given::Symptom { .. }))
        {
            interview.give(Given::Symptom { symptom })?;
        }
        if let Some(id) = facts.signs.iter().find(|id| engine.knowledge.signal(id).is_none()) {
            return Err(Error::Unknown(format!("--answers: {id} is no known signal (certwhy list signals)")));
        }
        let mut known = BTreeMap::new();
        for (path, value) in facts.facts {
            let fact = engine.knowledge.facts.get(&path);
            let fact =
                fact.ok_or_else(|| Error::Fact(format!("--answers: {path} is no known fact (certwhy list facts)")))?;
            let value = parse_value(fact, &value)
                .map_err(|problem| Error::Fact(format!("--answers: {path} {}", problem.message)))?;
            known.insert(path, value);
        }
        Ok(Lines::Facts(known, facts.signs))
    }

    /// Whether a person sits there.
    pub fn is_person(&self) -> bool {
        matches!(self, Lines::Input) && io::stdin().is_terminal()
    }

    /// The answer to a question.
    pub fn answer(&mut self, question: &Question, engine: &Engine, now: Timestamp) -> Line {
        let Lines::Facts(known, signs) = self else { return self.line().map_or(Line::End, Line::Text) };
        let there =
            |id: &String| signs.iter().any(|sign| engine.knowledge.current(sign) == engine.knowledge.current(id));
        let facts = Known { values: known, at: now };
        let holds = |id: &String| match &engine.knowledge.signals[engine.knowledge.signal(id)?].kind {
            SignalKind::Fact(condition) => facts.holds(condition),
            SignalKind::Log(_) => None,
        };
        let ids = |wanted: &dyn Fn(&Choice) -> bool| {
            question.choices.iter().filter(|choice| wanted(choice)).map(|choice| choice.id.clone()).collect::<Vec<_>>()
        };
        let given = match question.kind {
            Kind::Signs if !signs.is_empty() => question.signs_found(there),
            Kind::Facts => {
                let seen = ids(&|choice| there(&choice.id) || holds(&choice.id) == Some(true));
                let unseen = ids(&|choice| !seen.contains(&choice.id) && holds(&choice.id) == Some(false));
                match seen.is_empty() && unseen.is_empty() {
                    true => question.unknown(),
                    false => question.signs_told(seen, unseen),
                }
            }
            _ => match known.get(&question.key) {
                Some(value) => Given::Fact { fact: question.key.clone(), value: shown(value) },
                None => question.unknown(),
            },
        };
        Line::Given(given)
    }

    /// The next line as it stands; `None` at the end.
    pub fn line(&mut self) -> Option<String> {
        match self {
            Lines::Script(lines) => lines.pop_front(),
            Lines::Facts(..) => None,
            Lines::Input => {
                let mut line = String::new();
                match io::stdin().lock().read_line(&mut line) {
                    Ok(0) | Err(_) => None,
                    Ok(_) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
                }
            }
        }
    }
}
