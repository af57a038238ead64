//! What each tool does. It may take a while: the server runs it on a thread of its own.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use rmcp::model::JsonObject;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::inputs::{self, Allowed};
use super::quote;
use super::tools::{Candidate, Diagnose, Explain, Found, Inputs, Next, NextCheck, Search, WhyNot};
use super::words;
use crate::engine::Engine;
use crate::reason::{self, Options};
use crate::report::why_not::WhyNotAnswer;
use crate::report::{Answer, page};
use crate::search::{HITS, Index, QUERY};

/// Causes of a diagnosis.
const TOP: usize = 5;
/// Candidates of `next_check`.
const CANDIDATES: usize = 5;

/// What a tool answers: text for a model, and the same as a document.
pub struct Reply {
    /// For a model.
    pub text: String,
    /// For a program.
    pub document: Option<Value>,
}

/// What all calls share.
pub struct Calls {
    pub engine: &'static Engine,
    pub allowed: Allowed,
    index: OnceLock<Index>,
}

impl Calls {
    pub fn new(engine: &'static Engine, allowed: Allowed) -> Self {
        Calls { engine, allowed, index: OnceLock::new() }
    }

    /// Runs a tool.
    ///
    /// # Errors
    /// What to say to the caller: what is wrong, and the way out.
    pub fn run(&self, tool: &str, arguments: JsonObject, stop: Arc<AtomicBool>) -> Result<Reply, String> {
        match tool {
            "diagnose" => self.diagnose(&read(arguments)?, stop),
            "next_check" => self.next_check(&read(arguments)?, stop),
            "why_not" => self.why_not(&read(arguments)?, stop),
            "explain" => self.explain(&read(arguments)?),
            "search" => self.search(&read(arguments)?),
            other => Err(format!("there is no tool `{other}`; tools/list shows all")),
        }
    }

    fn diagnose(&self, asked: &Diagnose, stop: Arc<AtomicBool>) -> Result<Reply, String> {
        let min_probability = asked.min_probability.unwrap_or(Options::default().min_probability);
        if !(0.0..=1.0).contains(&min_probability) {
            return Err(format!("min_probability is {min_probability}; give a number from 0 to 1, for instance 0.4"));
        }
        let session = inputs::session(self.engine, &self.allowed, &asked.inputs, stop)?;
        let answer = Answer::new(&session.diagnose(Options { min_probability, top: TOP }));
        reply(words::diagnosis(&answer), &answer)
    }

    fn next_check(&self, asked: &Inputs, stop: Arc<AtomicBool>) -> Result<Reply, String> {
        let knowledge = &self.engine.knowledge;
        let outcome = inputs::session(self.engine, &self.allowed, asked, stop)?.diagnose(Options::default());
        let whole = &outcome.diagnosis.whole;
        let posterior = reason::posterior(&self.engine.network, &whole.evidence);
        let candidates = posterior.causes.iter().filter(|(_, p)| *p >= reason::LISTED).take(CANDIDATES);
        let candidates = candidates.map(|(ix, p)| {
            let cause = &knowledge.causes[*ix];
            Candidate { id: cause.id.clone(), title: cause.title.clone(), probability: (p * 1e4).round() / 1e4 }
        });
        let candidates = candidates.collect();
        let checks = Answer::new(&outcome).next_checks.into_iter().filter_map(|check| {
            let fact = knowledge.facts.get(&check.fact)?;
            Some(NextCheck {
                fact: check.fact,
                question: check.question,
                place: check.place,
                kind: fact.kind.to_string(),
                values: fact.values.clone(),
                unit: fact.unit.clone(),
                minutes: check.minutes,
                information_bits: check.information_bits,
            })
        });
        let next = Next { checks: checks.collect(), candidates };
        reply(words::next(&next), &next)
    }

    fn why_not(&self, asked: &WhyNot, stop: Arc<AtomicBool>) -> Result<Reply, String> {
        let cause = self.engine.knowledge.cause(&asked.cause).ok_or_else(|| self.unknown(&asked.cause))?;
        let outcome = inputs::session(self.engine, &self.allowed, &asked.inputs, stop)?.diagnose(Options::default());
        let answer = WhyNotAnswer::new(&outcome, cause);
        reply(words::why_not(&answer), &answer)
    }

    fn explain(&self, asked: &Explain) -> Result<Reply, String> {
        let text = page::explain(self.engine, &asked.name).ok_or_else(|| self.unknown(&asked.name))?;
        Ok(Reply { text, document: None })
    }

    fn search(&self, asked: &Search) -> Result<Reply, String> {
        if asked.query.len() > QUERY {
            return Err(format!(
                "the query is longer than {} KiB; search for one line, or hand the log to `diagnose`",
                QUERY >> 10
            ));
        }
        let limit = asked.limit.unwrap_or(HITS.0).clamp(1, HITS.1);
        let hits = self.index().find(self.engine, &asked.query, &asked.kinds, limit);
        let found = Found { hits };
        reply(words::found(&found.hits), &found)
    }

    /// Made at the first search.
    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self.engine))
    }

    /// What to say about a name that does not exist: what it may be instead.
    fn unknown(&self, name: &str) -> String {
        let near = self.index().find(self.engine, name, &[], 3);
        let near: Vec<String> = near.iter().map(|hit| format!("`{}` ({})", hit.id, hit.title)).collect();
        let help = match near.is_empty() {
            true => "`search` finds what there is".to_owned(),
            false => format!("near it are {}", near.join(", ")),
        };
        format!("there is no cause, symptom or guide {}; {help}", quote::code(name))
    }
}

fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, String> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| format!("the arguments do not fit: {error}"))
}

fn reply(text: String, document: &impl Serialize) -> Result<Reply, String> {
    let document = serde_json::to_value(document).map_err(|error| error.to_string())?;
    Ok(Reply { text, document: Some(quote::document(document)) })
}
