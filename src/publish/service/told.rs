//! What is told of the knowledge base, in JSON: causes, symptoms, signals, facts, guides.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::FactAnswer;
use crate::report::answer::{FixAnswer, LookAlike, PackAnswer};

/// A cause, signal, symptom or page in short.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Named {
    /// Its id.
    pub(super) id: String,
    /// What it is.
    pub(super) title: String,
}

/// A cause in short.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CauseRow {
    /// `<stage>.<name>`.
    pub(super) id: String,
    /// What is wrong.
    pub(super) title: String,
    /// Where in the pipeline.
    pub(super) stage: &'static str,
    /// How often it is the cause among all incidents.
    pub(super) prior: &'static str,
    /// How finished the rule is.
    pub(super) status: &'static str,
}

/// All causes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Causes {
    pub(super) causes: Vec<CauseRow>,
}

/// A signal or a consequence, and how often a cause shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Often {
    /// Its id.
    pub(super) id: String,
    /// What it is.
    pub(super) title: String,
    /// `always`, `usually`, `often`, `sometimes` or `rarely`.
    pub(super) how: &'static str,
}

/// Everything about a cause.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CauseDetail {
    #[serde(flatten)]
    pub(super) row: CauseRow,
    /// Why it should no longer be used.
    pub(super) deprecated: Option<String>,
    /// The id by which it was asked for, where that is an old one.
    pub(super) renamed_from: Option<String>,
    /// What it makes visible.
    pub(super) shows: Vec<Often>,
    /// Signals that speak strongly against it.
    pub(super) rules_out: Vec<Named>,
    /// Symptoms that it brings about.
    pub(super) symptoms: Vec<Often>,
    /// Causes that it brings about.
    pub(super) leads_to: Vec<Often>,
    /// Causes that it is confused with.
    pub(super) looks_like: Vec<LookAlike>,
    /// Causes that one reads about next.
    pub(super) related: Vec<Named>,
    /// Where to read on.
    pub(super) references: Vec<String>,
    /// What to do, with placeholders where a case would have values.
    pub(super) fix: FixAnswer,
    /// The article, as Markdown.
    pub(super) article: String,
}

/// A symptom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SymptomRow {
    /// Its key.
    pub(super) id: String,
    /// What people say.
    pub(super) title: String,
    /// Where it is seen.
    pub(super) stage: &'static str,
    /// Guides that answer it.
    pub(super) guides: Vec<String>,
}

/// All symptoms.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Symptoms {
    pub(super) symptoms: Vec<SymptomRow>,
}

/// Everything about a symptom.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SymptomDetail {
    #[serde(flatten)]
    pub(super) row: SymptomRow,
    /// Causes that bring it about.
    pub(super) causes: Vec<Named>,
    /// Signals that show it.
    pub(super) signals: Vec<Often>,
    /// The page, as Markdown.
    pub(super) article: String,
}

/// Everything about a signal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignalDetail {
    /// Its id.
    pub(super) id: String,
    /// What is seen.
    pub(super) title: String,
    /// `log` or `fact`.
    pub(super) kind: &'static str,
    /// Regular expressions, one of which a record must match; none for a condition over facts.
    pub(super) patterns: Vec<String>,
    /// The same, but they count only where a program says them, not in the middle of prose.
    pub(super) said: Vec<String>,
    /// Facts that its condition looks at.
    pub(super) facts: Vec<String>,
    /// How often it stands in a log for no reason.
    pub(super) leak: &'static str,
    /// More general signals that it makes redundant.
    pub(super) implies: Vec<String>,
    /// Later successes that turn it into history.
    pub(super) cleared_by: Vec<String>,
    /// Kinds of records that can show it; empty: any.
    pub(super) sources: Vec<String>,
    /// Stage at which it is seen.
    pub(super) stage: Option<&'static str>,
    /// Lowest level of a record that can show it.
    pub(super) min_level: Option<&'static str>,
    /// The stage that it proves passed.
    pub(super) proves: Option<&'static str>,
    /// Why it should no longer be used.
    pub(super) deprecated: Option<String>,
    /// The file that defines it.
    pub(super) file: String,
    /// Causes that show it.
    pub(super) shown_by: Vec<Often>,
}

/// All facts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Facts {
    pub(super) facts: Vec<FactAnswer>,
}

/// All guides and other pages.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Guides {
    pub(super) guides: Vec<Named>,
}

/// A guide.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Guide {
    /// Its name.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// The text, as Markdown.
    pub(super) article: String,
}

/// What answers here.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Version {
    /// `certwhy`.
    pub(super) name: &'static str,
    /// Of the program.
    pub(super) version: &'static str,
    /// The packs of rules that have a name, the lowest first.
    pub(super) packs: Vec<PackAnswer>,
    /// How many causes are known.
    pub(super) causes: usize,
    /// How many symptoms are known.
    pub(super) symptoms: usize,
    /// How many signals are known.
    pub(super) signals: usize,
    /// How many facts are known.
    pub(super) facts: usize,
}
