//! What a support desk asks for, filled in from the evidence: the contract `certwhy/escalation/1`.

#[cfg(feature = "cli")]
pub mod bundle;
mod items;
mod markdown;
pub mod quote;
mod timeline;

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::redact::Redactor;
use crate::engine::Outcome;
use jiff::Timestamp;

pub use markdown::write;
pub use quote::{Quotes, Wanted};

/// What no log says, in the words of the person.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Recent changes of the infrastructure.
    pub changes: Vec<String>,
    /// Anything else.
    pub notes: Vec<String>,
}

/// A case as it is handed over.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Escalation {
    /// `certwhy/escalation/1`.
    pub schema: &'static str,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Version of certwhy.
    pub version: &'static str,
    /// The details that are asked for, in their order.
    pub details: Vec<Detail>,
    /// What the person adds.
    pub notes: Vec<String>,
    /// What happened when, earliest first; what has no time stands last.
    pub timeline: Vec<Moment>,
    /// Moments that are left out of the middle of the timeline.
    pub timeline_left_out: usize,
    /// The time zone of each input with times.
    pub zones: Vec<Zone>,
    /// Records around the evidence.
    pub excerpts: Vec<Excerpt>,
    /// The diagnosis, the contract `certwhy/diagnosis/1`.
    pub diagnosis: Answer,
}

/// One of the details.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Detail {
    /// `certificate`, `bot`, `connector`, `error`, `schedule` or `changes`.
    pub id: &'static str,
    /// What is asked for.
    pub title: &'static str,
    /// What is known.
    pub known: Vec<Known>,
    /// What is still to be found out.
    pub missing: Vec<Missing>,
}

/// Something that is known.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Known {
    /// What it is: the meaning of a fact, or what a record names.
    pub what: String,
    /// Its value.
    pub value: String,
    /// Where it stands: `file:line`, `--fact`, or `--changes`.
    pub place: String,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Missing {
    /// What it is.
    pub what: String,
    /// Where a person finds it: a page of the portal, a command.
    pub place: String,
    /// How it is handed in.
    pub hand_in: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Moment {
    /// When, in UTC, RFC 3339; null where no time can be read.
    pub utc: Option<String>,
    /// The time as it is written in the input.
    pub written: Option<String>,
    /// Its offset from UTC as it is written (`+02:00`, `UTC`); null where none is written and UTC was taken.
    pub offset: Option<String>,
    /// `failure`, `success` or `status`.
    pub kind: &'static str,
    /// What it was.
    pub what: String,
    /// Name of the input.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
}

/// What the times of an input are in.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Zone {
    /// Name of the input.
    pub file: String,
    /// The offsets that are written in it; none: no zone is written, and UTC was taken.
    pub offsets: Vec<String>,
}

/// Lines of an input, without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Excerpt {
    /// Name of the input.
    pub file: String,
    /// Number of the first line, from 1.
    pub first_line: usize,
    /// The lines.
    pub lines: Vec<String>,
    /// Numbers of the lines that are evidence.
    pub evidence: Vec<usize>,
}

impl Escalation {
    /// Puts a case together. `excerpts` are what [`Quotes`] read of the inputs, with the same redactor.
    pub fn new(
        outcome: &Outcome,
        said: &Said,
        now: Timestamp,
        excerpts: Vec<Excerpt>,
        redactor: &mut Redactor,
    ) -> Self {
        let diagnosis = Answer::redacted(outcome, redactor);
        let timeline::Timeline { moments, left_out, zones } = timeline::of(outcome, now, redactor);
        let details = items::details(outcome, &diagnosis, said, redactor);
        Escalation {
            schema: "certwhy/escalation/1",
            at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            version: env!("CARGO_PKG_VERSION"),
            details,
            notes: said.notes.iter().map(|note| redactor.text(note)).collect(),
            timeline: moments,
            timeline_left_out: left_out,
            zones,
            excerpts,
            diagnosis,
        }
    }

    /// Everything that is still to be found out.
    pub fn missing(&self) -> impl Iterator<Item = &Missing> {
        self.details.iter().flat_map(|detail| &detail.missing)
    }
}

/// The contract `certwhy/escalation/1`.
pub fn json(escalation: &Escalation) -> String {
    serde_json::to_string_pretty(escalation).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
}
