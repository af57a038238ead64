//! Which question comes next: the one that tells most about the causes for its minutes.
//!
//! For the choice alone, causes are weighed one at a time (single fault): that is exact enough to compare questions, and cheap.
//! What an answer does is worked out by the inference itself.

use std::collections::BTreeSet;

use libm::log2;

use super::State;
use super::question::{Choice, Kind, Question};
use super::saved::Given;
use super::symptoms;
use crate::engine::Engine;
use crate::observe::condition::Known;
use crate::reason::score::Network;
use crate::rule::condition::parse_value;
use crate::rule::model::{CauseIx, Condition, Fact, FactValue, Knowledge, SignalIx, SignalKind};
use crate::rule::words::FactKind;

/// Causes that are told apart.
const CANDIDATES: usize = 40;
/// Probability below which a cause does not decide what is asked.
const FAINT: f64 = 0.004;
/// Signs that one question offers.
const SIGNS: usize = 12;
/// Signs of a cause of at least this share of what its best one tells say the same.
const ALIKE: f64 = 0.25;
/// A sign that a cause shows more seldom is not asked for.
const SHOWN: f64 = 0.2;
/// Bits to hope for below which a question is not worth asking.
const WORTH: f64 = 0.05;
/// Records from which on what was read is a log, and no line of one.
const LOG: u64 = 3;
/// Minutes that looking for lines in a log takes.
const LOOKING: f64 = 2.0;
/// Minutes that every question costs, whatever it asks.
const ASKING: f64 = 3.0;
/// Choices of which all combinations are weighed.
const COMBINED: usize = 8;

/// Where signs are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seek {
    /// In a log.
    Log,
    /// In the portal, on a host.
    Facts,
}

/// A cause and its share; `None` is none of those known.
type Share = (Option<CauseIx>, f64);

/// The best question that was not asked yet.
pub fn best(engine: &Engine, state: &State, given: &[Given]) -> Option<Question> {
    let knowledge = &engine.knowledge;
    let has_log = state.outcome.inputs.iter().any(|input| input.kind == "log" && input.records >= LOG);
    let asked = Asked::of(given, has_log);
    let known_symptom = state.outcome.seen.sightings.iter().flat_map(|sighting| &sighting.marks);
    let known_symptom = known_symptom.map(|mark| mark.signal).any(|s| symptoms::symptom(knowledge, s).is_some());
    if !known_symptom && !asked.keys.contains("symptom") && state.posterior.causes.is_empty() {
        return Some(which_symptom(knowledge));
    }
    let seen = &state.outcome.diagnosis.whole.evidence.seen;
    // What was reported is not asked for again.
    let reported = seen.iter().filter_map(|signal| symptoms::symptom(knowledge, *signal));
    let reported = reported.flat_map(|symptom| knowledge.symptoms[symptom].shows.iter().map(|(signal, _)| *signal));
    let told = seen.iter().chain(&state.outcome.seen.denied).copied().chain(reported).collect();
    let chooser = Chooser { engine, state, asked, shares: shares(engine, state), told };
    let mut questions = chooser.facts();
    questions.extend([Seek::Log, Seek::Facts].into_iter().filter_map(|seek| chooser.signs(seek)));
    let hope = |question: &Question| question.bits * chooser.asked.hope(question.kind == Kind::Signs);
    let value = |question: &Question| hope(question) / (question.minutes + ASKING);
    // What can hardly be answered, or hardly matters, changes nothing that one would do.
    let worth = questions.into_iter().filter(|question| hope(question) >= WORTH);
    let best = worth.max_by(|a, b| value(a).total_cmp(&value(b)).then_with(|| b.key.cmp(&a.key)));
    best.map(|question| Question { bits: (question.bits * 1e3).round() / 1e3, ..question })
}

fn which_symptom(knowledge: &Knowledge) -> Question {
    let choice = |symptom: &crate::rule::model::Symptom| Choice {
        id: symptom.id.clone(),
        text: symptom.title.clone(),
        alike: Vec::new(),
    };
    Question {
        key: "symptom".to_owned(),
        kind: Kind::Symptom,
        text: "What do you see?".to_owned(),
        choices: knowledge.symptoms.iter().map(choice).collect(),
        place: None,
        minutes: 0.1,
        bits: log2(knowledge.symptoms.len().max(2) as f64),
        apart: Vec::new(),
    }
}

/// What was asked so far.
struct Asked {
    keys: BTreeSet<String>,
    /// Signals that a person was asked for.
    signals: BTreeSet<String>,
    /// Questions about facts, and about logs: how many, and how many of them nobody could answer.
    facts: (usize, usize),
    logs: (usize, usize),
    /// Whether a log was read already.
    has_log: bool,
}

impl Asked {
    fn of(given: &[Given], has_log: bool) -> Self {
        let mut asked = Asked { keys: BTreeSet::new(), signals: BTreeSet::new(), facts: (0, 0), logs: (0, 0), has_log };
        for given in given {
            match given {
                Given::Symptom { .. } => drop(asked.keys.insert("symptom".to_owned())),
                Given::Fact { fact, .. } => {
                    asked.keys.insert(fact.clone());
                    asked.facts.0 += 1;
                }
                Given::Signs { seen, unseen, alike } => {
                    asked.signals.extend(seen.iter().chain(unseen).chain(alike).cloned());
                    asked.logs.0 += 1;
                }
                Given::Log { .. } => {}
                Given::Unknown { question } => {
                    asked.keys.insert(question.clone());
                    // The key of a question for signs names them.
                    asked.signals.extend(question.split(' ').skip(1).map(str::to_owned));
                    let kind = if question.starts_with("log ") { &mut asked.logs } else { &mut asked.facts };
                    *kind = (kind.0 + 1, kind.1 + 1);
                }
            }
        }
        asked
    }

    /// How likely the next question of a kind is answered: who could not say before will hardly say now.
    fn hope(&self, logs: bool) -> f64 {
        let (asked, unknown) = if logs { self.logs } else { self.facts };
        // A log is at hand, and what it says is known once it was read; for a fact one has to go and look.
        let first = if logs == self.has_log { 1.0 } else { 2.0 };
        (first + (asked - unknown) as f64) / (3.0 + asked as f64 + 2.0 * unknown as f64)
    }
}

/// The likely causes with their shares, the likeliest first, and what is none of them. Where nothing speaks for any yet,
/// their priors count.
fn shares(engine: &Engine, state: &State) -> Vec<Share> {
    let excluded = &state.outcome.diagnosis.whole.evidence.excluded;
    let mut causes: Vec<(CauseIx, f64)> = match state.posterior.causes.is_empty() {
        false => state.posterior.causes.clone(),
        true => engine.network.causes.iter().map(|node| node.prior).enumerate().collect(),
    };
    causes.retain(|(cause, p)| *p >= FAINT.min(0.0008) && !excluded.contains(cause));
    causes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    causes.truncate(CANDIDATES);
    let none = if state.posterior.causes.is_empty() { 0.2 } else { state.posterior.none.max(0.01) };
    let total: f64 = causes.iter().map(|(_, p)| p).sum::<f64>() + none;
    causes.into_iter().map(|(cause, p)| (Some(cause), p)).chain([(None, none)]).map(|(c, p)| (c, p / total)).collect()
}

struct Chooser<'c> {
    engine: &'c Engine,
    state: &'c State<'c>,
    asked: Asked,
    shares: Vec<Share>,
    /// Signals of which it is known whether they are there.
    told: BTreeSet<SignalIx>,
}

impl Chooser<'_> {
    fn knowledge(&self) -> &Knowledge {
        &self.engine.knowledge
    }

    fn network(&self) -> &Network {
        &self.engine.network
    }

    /// How often a cause shows a signal, its chance appearance included.
    fn shown(&self, cause: Option<CauseIx>, signal: SignalIx) -> f64 {
        let leak = self.network().leaks[signal];
        cause.map_or(leak, |cause| 1.0 - (1.0 - leak) * (1.0 - self.network().causes[cause].strength(signal)))
    }

    fn apart(&self) -> Vec<String> {
        let likely = self.shares.iter().filter_map(|(cause, _)| *cause).take(4);
        likely.map(|cause| self.knowledge().causes[cause].id.clone()).collect()
    }

    /// Facts that nobody has told yet.
    fn facts(&self) -> Vec<Question> {
        let sets = &self.state.outcome.seen.sets;
        let mut paths: BTreeSet<&str> = BTreeSet::new();
        for (cause, _) in &self.shares {
            let Some(cause) = cause.map(|cause| &self.knowledge().causes[cause]) else { continue };
            for (signal, _) in &cause.effects {
                if let SignalKind::Fact(condition) = &self.knowledge().signals[*signal].kind {
                    paths.extend(condition.paths());
                }
            }
            paths.extend(cause.requires.iter().flat_map(|condition| condition.paths()));
        }
        let open =
            |path: &&str| !self.asked.keys.contains(*path) && !sets.iter().any(|set| set.values.contains_key(*path));
        let facts = paths.into_iter().filter(open).filter_map(|path| self.knowledge().facts.get(path));
        // What a person cannot find out by looking is no question.
        let facts = facts.filter(|fact| fact.question.is_some());
        facts.map(|fact| Question::fact(fact, self.fact_bits(fact), self.apart())).collect()
    }

    fn fact_bits(&self, fact: &Fact) -> f64 {
        let values: Vec<FactValue> = match fact.kind {
            FactKind::YesNo => vec![FactValue::YesNo(true), FactValue::YesNo(false)],
            _ => {
                let parsed = fact.values.iter().map(|v| parse_value(fact, &serde_json::Value::String(v.clone())));
                parsed.filter_map(std::result::Result::ok).collect()
            }
        };
        if values.len() >= 2 {
            return self.choice_bits(fact, &values);
        }
        // A free value is known by the one condition over it that tells most.
        let mut best: f64 = 0.0;
        for signal in self.conditions(&fact.path) {
            let bits: Vec<(f64, Vec<f64>)> =
                self.shares.iter().map(|(cause, p)| (*p, binary(self.shown(*cause, signal)))).collect();
            best = best.max(information(&bits));
        }
        best
    }

    /// Signals over a fact that a likely cause shows.
    fn conditions(&self, path: &str) -> BTreeSet<SignalIx> {
        let causes = self.shares.iter().filter_map(|(cause, _)| *cause);
        let signals = causes.flat_map(|cause| self.knowledge().causes[cause].effects.iter().map(|(signal, _)| *signal));
        signals
            .filter(|signal| match &self.knowledge().signals[*signal].kind {
                SignalKind::Fact(condition) => condition.paths().contains(&path),
                SignalKind::Log(_) => false,
            })
            .collect()
    }

    /// What a choice tells: for each cause, how likely each value is, by the conditions that it shows and requires.
    fn choice_bits(&self, fact: &Fact, values: &[FactValue]) -> f64 {
        let sets = &self.state.outcome.seen.sets;
        let (mut known, at) = match sets.iter().rev().find(|set| set.shared) {
            Some(set) => (set.values.clone(), set.at),
            None => (std::collections::BTreeMap::new(), jiff::Timestamp::UNIX_EPOCH),
        };
        let conditions = self.conditions(&fact.path);
        let mut likelihoods: Vec<Vec<f64>> = vec![Vec::with_capacity(values.len()); self.shares.len()];
        for value in values {
            known.insert(fact.path.clone(), value.clone());
            let facts = Known { values: &known, at };
            let holds: Vec<(SignalIx, bool)> = conditions
                .iter()
                .filter_map(|signal| match &self.knowledge().signals[*signal].kind {
                    SignalKind::Fact(condition) => Some((*signal, facts.holds(condition)?)),
                    SignalKind::Log(_) => None,
                })
                .collect();
            for ((cause, _), out) in self.shares.iter().zip(&mut likelihoods) {
                let requires = cause.and_then(|cause| self.knowledge().causes[cause].requires.as_ref());
                let fits = requires.and_then(|condition| facts.holds(condition)).unwrap_or(true);
                let mut weight = if fits { 1.0 } else { 0.01 };
                for (signal, holds) in &holds {
                    let shown = self.shown(*cause, *signal);
                    weight *= if *holds { shown.max(0.05) } else { 1.0 - shown };
                }
                out.push(weight);
            }
        }
        let normal = |weights: Vec<f64>| {
            let total: f64 = weights.iter().sum();
            weights.into_iter().map(|weight| weight / total.max(1e-12)).collect()
        };
        let table: Vec<(f64, Vec<f64>)> =
            self.shares.iter().zip(likelihoods).map(|((_, p), weights)| (*p, normal(weights))).collect();
        information(&table)
    }

    /// One question for the signs that would tell the likely causes apart: for each cause the most telling one.
    fn signs(&self, seek: Seek) -> Option<Question> {
        if seek == Seek::Log && self.asked.logs.1 > 0 {
            // There is no log, or nobody can look.
            return None;
        }
        let mut choices: Vec<(Choice, Vec<f64>)> = Vec::new();
        let mut taken: BTreeSet<SignalIx> = BTreeSet::new();
        let mut minutes: f64 = LOOKING;
        for (cause, _) in self.shares.iter().filter(|(_, p)| *p >= FAINT) {
            let Some(cause) = cause else { continue };
            if choices.len() == SIGNS {
                break;
            }
            let Some((signal, alike)) = self.telling(*cause, seek, &taken) else { continue };
            taken.extend(alike.iter().copied());
            let shown = |cause: &Option<CauseIx>| alike.iter().map(|s| self.shown(*cause, *s)).fold(0.0, f64::max);
            let likelihood = self.shares.iter().map(|(cause, _)| shown(cause)).collect();
            let (text, takes) = self.words(*cause, signal);
            minutes = minutes.max(takes);
            let alike = alike.iter().map(|s| self.knowledge().signals[*s].id.clone()).collect();
            let id = self.knowledge().signals[signal].id.clone();
            choices.push((Choice { id, text, alike }, likelihood));
        }
        if choices.is_empty() {
            return None;
        }
        let bits = self.combined(&choices);
        let choices: Vec<Choice> = choices.into_iter().map(|(choice, _)| choice).collect();
        let (word, kind, text, place) = match seek {
            Seek::Log => (
                "log",
                Kind::Signs,
                "Which of these does the log tell of, in whatever words?",
                Some("The log of the bot or the client, and of the server that it works on"),
            ),
            Seek::Facts => ("facts", Kind::Facts, "Which of these is so, in the portal or on the host?", None),
        };
        Some(Question {
            key: format!("{word} {}", choices.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(" ")),
            kind,
            text: text.to_owned(),
            choices,
            place: place.map(str::to_owned),
            minutes,
            bits,
            apart: self.apart(),
        })
    }

    /// A sign of a cause in words, with where a fact is found; and the minutes that it takes.
    fn words(&self, cause: CauseIx, signal: SignalIx) -> (String, f64) {
        let entry = &self.knowledge().signals[signal];
        let SignalKind::Fact(condition) = &entry.kind else {
            // Any line that tells of the cause will do: this one is an example.
            return (format!("{}, as in: {}", self.knowledge().causes[cause].title, entry.title), LOOKING);
        };
        let fact = condition.paths().into_iter().find_map(|path| self.knowledge().facts.get(path));
        let place = fact.and_then(|fact| fact.place.as_ref()).map_or_else(String::new, |place| format!(" ({place})"));
        (format!("{}{place}", entry.title), fact.map_or(LOOKING, |fact| fact.minutes))
    }

    /// The sign that speaks best for a cause among the likely ones, and those that say the same in other words: all lines by
    /// which programs tell of this cause rather than of another.
    fn telling(&self, cause: CauseIx, seek: Seek, taken: &BTreeSet<SignalIx>) -> Option<(SignalIx, Vec<SignalIx>)> {
        let mut signs: Vec<(f64, SignalIx)> = Vec::new();
        for (signal, q) in &self.knowledge().causes[cause].effects {
            let entry = &self.knowledge().signals[*signal];
            let sought = match &entry.kind {
                SignalKind::Log(patterns) => seek == Seek::Log && !patterns.is_empty(),
                SignalKind::Fact(condition) => seek == Seek::Facts && self.is_open(condition),
            };
            let told = self.asked.signals.contains(&entry.id) || self.told.contains(signal);
            if !sought || *q < SHOWN || told || taken.contains(signal) || entry.deprecated.is_some() {
                continue;
            }
            let others: f64 = self.shares.iter().map(|(other, p)| p * self.shown(*other, *signal)).sum();
            let own = self.shown(Some(cause), *signal);
            let score = own * log2(own / others.max(1e-9));
            if score > 0.0 {
                signs.push((score, *signal));
            }
        }
        signs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let best = signs.first()?;
        let alike = match seek {
            Seek::Log => {
                signs.iter().filter(|(score, _)| *score >= best.0 * ALIKE).map(|(_, signal)| *signal).collect()
            }
            Seek::Facts => vec![best.1],
        };
        Some((best.1, alike))
    }

    /// Whether nobody has told yet what a condition is about.
    fn is_open(&self, condition: &Condition) -> bool {
        let sets = &self.state.outcome.seen.sets;
        !sets.iter().any(|set| set.holds(condition).is_some())
            && !condition.paths().iter().all(|path| self.asked.keys.contains(*path))
    }

    /// What the answer to all choices together tells.
    fn combined(&self, choices: &[(Choice, Vec<f64>)]) -> f64 {
        let choices = &choices[..choices.len().min(COMBINED)];
        let mut table: Vec<(f64, Vec<f64>)> = Vec::with_capacity(self.shares.len());
        for (ix, (_, p)) in self.shares.iter().enumerate() {
            let mut outcomes = vec![1.0];
            for (_, likelihood) in choices {
                let shown = likelihood[ix];
                outcomes = outcomes.iter().flat_map(|o| [o * shown, o * (1.0 - shown)]).collect();
            }
            table.push((*p, outcomes));
        }
        information(&table)
    }
}

fn binary(p: f64) -> Vec<f64> {
    vec![p, 1.0 - p]
}

/// Mutual information of cause and answer in bits: (share, likelihood of each answer) of every cause.
fn information(table: &[(f64, Vec<f64>)]) -> f64 {
    let answers = table.first().map_or(0, |(_, likelihoods)| likelihoods.len());
    let plogp = |p: f64| if p > 0.0 { p * log2(p) } else { 0.0 };
    let mut bits = 0.0;
    for answer in 0..answers {
        let total: f64 = table.iter().map(|(p, likelihoods)| p * likelihoods[answer]).sum();
        bits -= plogp(total);
    }
    for (p, likelihoods) in table {
        bits += p * likelihoods.iter().map(|l| plogp(*l)).sum::<f64>();
    }
    bits.max(0.0)
}
