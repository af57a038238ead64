//! Why a cause is not the answer: the JSON contract `certwhy/why-not/1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::CauseAnswer;
use super::fill::{Writer, rounded};
use super::percent;
use crate::engine::Outcome;
use crate::reason;
use crate::reason::score::DIGITS;
use crate::rule::model::{CauseIx, SignalKind};

/// Signals that a cause would show that are listed.
const MISSING: usize = 8;

/// Why a cause is not the answer, or not the first one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WhyNotAnswer {
    /// `certwhy/why-not/1`.
    pub schema: &'static str,
    /// In one sentence.
    pub verdict: String,
    /// Its place among all that were weighed, from 1.
    pub rank: Option<usize>,
    /// Whether the facts say that it cannot be.
    pub excluded: bool,
    /// The cause, weighed like any other.
    pub cause: CauseAnswer,
    /// The leading cause, if it is another.
    pub better: Option<BetterCause>,
    /// Titles of the evidence that the leading cause explains too.
    pub explained_by_better: Vec<String>,
    /// What it would show and nobody has seen, strongest first.
    pub missing: Vec<MissingSignal>,
}

/// The cause that leads instead.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BetterCause {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// 0..1.
    pub probability: f64,
}

/// A signal that was not seen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MissingSignal {
    /// Its id.
    pub signal: String,
    /// What it is.
    pub title: String,
    /// The fact by which it can be handed in.
    pub fact: Option<String>,
}

impl WhyNotAnswer {
    /// Fills everything in.
    pub fn new(outcome: &Outcome, cause: CauseIx) -> Self {
        let engine = outcome.engine;
        let knowledge = &engine.knowledge;
        let whole = &outcome.diagnosis.whole;
        let why = reason::explain::why_not(knowledge, &engine.network, whole, cause);
        let mut writer = Writer::new(outcome);
        let answer = writer.cause(whole, &why.ranked);
        let missing = why.missing.iter().take(MISSING).map(|signal| {
            let entry = &knowledge.signals[*signal];
            let fact = match &entry.kind {
                SignalKind::Fact(condition) => condition.paths().first().map(|path| (*path).to_owned()),
                SignalKind::Log(_) => None,
            };
            MissingSignal { signal: entry.id.clone(), title: entry.title.clone(), fact }
        });
        let missing = missing.collect();
        let better = why.better.as_ref().map(|(ix, p, _)| BetterCause {
            id: knowledge.causes[*ix].id.clone(),
            title: knowledge.causes[*ix].title.clone(),
            probability: rounded(*p, DIGITS),
        });
        let shared = why.better.iter().flat_map(|(_, _, shared)| shared);
        let explained_by_better = shared.map(|signal| knowledge.signals[*signal].title.clone()).collect();
        let p = percent(why.ranked.probability);
        let verdict = match why.rank {
            _ if why.excluded => {
                "The facts say that it cannot be: what it requires is known to be otherwise.".to_owned()
            }
            None => format!("Nothing points at it, so it stays as likely as before any evidence: {p}."),
            Some(1) if whole.causes.is_empty() => {
                format!("It comes first, but at {p} it is too unlikely to be named.")
            }
            Some(1) => format!("It is the answer: first, at {p}."),
            Some(rank) => format!("It was weighed and comes at place {rank}, at {p}."),
        };
        let schema = "certwhy/why-not/1";
        WhyNotAnswer {
            schema,
            verdict,
            rank: why.rank,
            excluded: why.excluded,
            cause: answer,
            better,
            explained_by_better,
            missing,
        }
    }
}
