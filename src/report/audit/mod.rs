//! An audit on its way out: the JSON contract `certwhy/audit/1`, and what is written from it.

mod fill;
mod lines;
mod markdown;
mod text;
mod trend;

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{FixAnswer, InputAnswer, PackAnswer};
use crate::rule::words::{Severity, State, Words};

pub use lines::{nagios, ndjson, prometheus};
pub use markdown::write as markdown;
pub use text::write as text;
pub use trend::{Direction, RunAnswer, TrendAnswer, json as trend_json};

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AuditAnswer {
    /// `certwhy/audit/1`.
    pub schema: &'static str,
    /// The present of the audit, RFC 3339.
    pub at: String,
    /// Version of certwhy.
    pub version: &'static str,
    /// How many findings there are of each kind.
    pub counts: Counts,
    /// Practices that are broken, the worst first: one entry for each subject.
    pub broken: Vec<BrokenAnswer>,
    /// Practices that could not be checked, and what is missing.
    pub not_checked: Vec<OpenAnswer>,
    /// Practices that are kept.
    pub kept: Vec<KeptAnswer>,
    /// Practices that have no meaning here.
    pub does_not_apply: Vec<PracticeName>,
    /// Deployments that have failed; `null` where no fact tells.
    pub failed_deployments: Option<u64>,
    /// What earlier audits add; only with a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryAnswer>,
    /// What was handed in.
    pub inputs: Vec<InputAnswer>,
    /// Whether reading was interrupted, so that this is the audit of a part of the inputs.
    pub partial: bool,
    /// The packs of rules that it comes from and that have a name, the lowest first.
    pub packs: Vec<PackAnswer>,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Counts {
    /// Broken ones of severity critical.
    pub critical: usize,
    /// Broken ones of severity high.
    pub high: usize,
    /// Broken ones of severity medium.
    pub medium: usize,
    /// Broken ones of severity low.
    pub low: usize,
    /// Kept.
    pub kept: usize,
    /// Not checked.
    pub not_checked: usize,
    /// Without meaning here.
    pub does_not_apply: usize,
}

impl Counts {
    /// All that are broken.
    pub fn broken(&self) -> usize {
        self.critical + self.high + self.medium + self.low
    }
}

/// A practice, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PracticeName {
    /// `practice.<name>`.
    pub practice: String,
    /// What should be so.
    pub title: String,
}

/// A practice that is broken.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BrokenAnswer {
    /// `practice.<name>`.
    pub practice: String,
    /// What should be so.
    pub title: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: &'static str,
    /// Whom it is about; `null` where the facts hold for everything.
    pub subject: Option<String>,
    /// What is so instead.
    pub summary: String,
    /// Why it should be so.
    pub why: String,
    /// The facts that show it.
    pub facts: Vec<FactSeen>,
    /// What to do, and how to know that it worked.
    pub fix: FixAnswer,
    /// Causes of failures that it keeps away.
    pub causes: Vec<CauseName>,
    /// Where to read on.
    pub references: Vec<String>,
    /// Since when it is broken; only with a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// A cause, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CauseName {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
}

/// A fact that shows something.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FactSeen {
    /// Its path.
    pub path: String,
    /// Its value.
    pub value: String,
    /// Of a time, how far it is from the present: `in 3 days`, `5 hours ago`.
    pub relative: Option<String>,
    /// Name of the input; `--fact` for the command line, empty for what was worked out.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Who told it, where that is known.
    pub told_by: Option<String>,
    /// When it was so, RFC 3339.
    pub at: String,
    /// How old it is, where it may no longer be true: `3 days`.
    pub stale: Option<String>,
}

impl FactSeen {
    /// `path = value`, with what a time is from now.
    pub fn shown(&self) -> String {
        let relative = self.relative.as_ref().map_or(String::new(), |relative| format!(" ({relative})"));
        format!("{} = {}{relative}", self.path, self.value)
    }

    /// Where it stands, who told it, and how old it is.
    pub fn origin(&self) -> String {
        let place = (!self.file.is_empty()).then(|| super::place(&self.file, self.line));
        let old = self.stale.as_ref().map(|age| format!("{age} old"));
        [place, self.told_by.clone(), old].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A practice that could not be checked.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OpenAnswer {
    /// `practice.<name>`.
    pub practice: String,
    /// What should be so.
    pub title: String,
    /// How much it matters.
    pub severity: &'static str,
    /// Whom it is about; `null` where it is nobody in particular.
    pub subject: Option<String>,
    /// The facts that would decide it.
    pub missing: Vec<MissingFact>,
}

/// A fact to find out; hand it in as `--fact path=value`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MissingFact {
    /// Its path.
    pub path: String,
    /// The question.
    pub question: String,
    /// Where a person finds it.
    pub place: String,
    /// Minutes that it takes.
    pub minutes: f64,
}

/// A practice that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct KeptAnswer {
    /// `practice.<name>`.
    pub practice: String,
    /// What is so.
    pub title: String,
    /// How much it would matter otherwise.
    pub severity: &'static str,
    /// Whom it is about; `null` where the facts hold for everything.
    pub subject: Option<String>,
    /// The facts that show it.
    pub facts: Vec<FactSeen>,
}

/// Since when something is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Since {
    /// The first audit that found it so, RFC 3339.
    pub at: String,
    /// Audits in a row that found it, with this one.
    pub audits: u64,
    /// Whether this audit is the first of them.
    pub new: bool,
}

/// What earlier audits add.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct HistoryAnswer {
    /// The audit before this one, RFC 3339; `null` where this is the first.
    pub last: Option<String>,
    /// What the last audit that could tell found broken, and this one kept.
    pub mended: Vec<PastAnswer>,
    /// What was broken, and could not be checked this time.
    pub unseen: Vec<PastAnswer>,
    /// Failed deployments in the last audits.
    pub trend: TrendAnswer,
}

/// Something that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PastAnswer {
    /// `practice.<name>`.
    pub practice: String,
    /// Whom it is about.
    pub subject: Option<String>,
    /// How much it mattered.
    pub severity: String,
    /// The first audit that found it so, RFC 3339.
    pub since: String,
}

impl BrokenAnswer {
    /// The summary, with the subject before it where it does not name it itself.
    pub fn told(&self) -> String {
        match &self.subject {
            Some(name) if !self.summary.contains(name.as_str()) => format!("{name}: {}", self.summary),
            _ => self.summary.clone(),
        }
    }
}

impl AuditAnswer {
    /// Practices that are broken, each counted once.
    pub fn broken_practices(&self) -> usize {
        // Findings of the same practice stand together.
        self.broken.chunk_by(|a, b| a.practice == b.practice).count()
    }

    /// Whether something of at least this severity is broken.
    pub fn is_broken(&self, least: Severity) -> bool {
        let severity = |word: &str| Severity::from_word(word).unwrap_or(Severity::Critical);
        self.broken.iter().any(|broken| severity(broken.severity) <= least)
    }

    /// Everything that was looked at: practice, subject, what was found, and how much it matters.
    pub fn states(&self) -> impl Iterator<Item = (&str, Option<&str>, State, &str)> {
        let broken = self.broken.iter().map(|f| (&f.practice, &f.subject, State::Broken, f.severity));
        let open = self.not_checked.iter().map(|f| (&f.practice, &f.subject, State::NotChecked, f.severity));
        let kept = self.kept.iter().map(|f| (&f.practice, &f.subject, State::Kept, f.severity));
        let all = broken.chain(open).chain(kept);
        all.map(|(practice, subject, state, severity)| (practice.as_str(), subject.as_deref(), state, severity))
    }
}

/// The JSON contract `certwhy/audit/1`.
pub fn json(answer: &AuditAnswer) -> String {
    serde_json::to_string_pretty(answer).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
}
