//! A fact of the vocabulary, as `certwhy list facts --format json`, the service and the engine for browsers tell it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::rule::model::Fact;

/// A fact that can be handed in.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FactAnswer {
    /// Its path, `bot.status`.
    pub path: String,
    /// `text`, `message`, `number`, `yes-no`, `time`, `list` or `choice`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Allowed values; empty for free ones.
    pub values: Vec<String>,
    /// Unit of a number.
    pub unit: Option<String>,
    /// What it says.
    pub meaning: String,
    /// Where a person finds it.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// The question that asks for it.
    pub question: Option<String>,
    /// Minutes that finding out takes.
    pub minutes: f64,
}

impl FactAnswer {
    /// A fact as it is told.
    pub fn new(fact: &Fact) -> Self {
        FactAnswer {
            path: fact.path.clone(),
            kind: fact.kind.word(),
            values: fact.values.clone(),
            unit: fact.unit.clone(),
            meaning: fact.meaning.clone(),
            place: fact.place.clone(),
            question: fact.question.clone(),
            minutes: fact.minutes,
        }
    }
}
