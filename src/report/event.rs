//! What changed while logs are watched: the JSON contract `certwhy/event/1`, one line each, and text.

use jiff::Timestamp;
use serde::Serialize;

use super::answer::CauseAnswer;
use super::fill::Writer;
use crate::engine::Outcome;
use crate::rule::model::CauseIx;
use crate::watch::{Change, Kind};

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventAnswer {
    /// `certwhy/event/1`.
    pub schema: &'static str,
    /// `opened`, `changed` or `cleared`.
    pub event: &'static str,
    /// When it was noticed, RFC 3339.
    pub at: String,
    /// Whom it is about: as in an incident of a diagnosis.
    pub kind: &'static str,
    /// Its name.
    pub subject: String,
    /// Time of the first record that speaks for it, RFC 3339.
    pub from: Option<String>,
    /// Time of the last one, RFC 3339.
    pub to: Option<String>,
    /// The leading cause; none where it cleared.
    pub cause: Option<CauseAnswer>,
    /// The cause that led before.
    pub before: Option<CauseName>,
    /// What succeeded since, where that is why it cleared.
    pub cleared_by: Option<String>,
    /// Where that stands, `file:line`.
    pub cleared_at: Option<String>,
}

/// A cause by name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CauseName {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
}

impl EventAnswer {
    /// Fills a change in.
    pub fn new(outcome: &Outcome, change: &Change, at: Timestamp) -> Self {
        let mut writer = Writer::new(outcome);
        let named = |cause: CauseIx| {
            let cause = &outcome.engine.knowledge.causes[cause];
            CauseName { id: cause.id.clone(), title: cause.title.clone() }
        };
        let (kind, subject) = writer.subject(&change.subject);
        let mut answer = EventAnswer {
            schema: "certwhy/event/1",
            event: "opened",
            at: at.strftime("%FT%TZ").to_string(),
            kind,
            subject,
            from: None,
            to: None,
            cause: None,
            before: None,
            cleared_by: None,
            cleared_at: None,
        };
        let incident = match change.kind {
            Kind::Opened { incident } => Some(incident),
            Kind::Changed { incident, before } => {
                answer.event = "changed";
                answer.before = Some(named(before));
                Some(incident)
            }
            Kind::Cleared { before, by } => {
                answer.event = "cleared";
                answer.before = Some(named(before));
                (answer.cleared_by, answer.cleared_at) = by.map(|by| writer.success(by)).unzip();
                None
            }
        };
        if let Some(incident) = incident.map(|ix| &outcome.diagnosis.incidents[ix]) {
            (answer.from, answer.to) = incident.period.map(|(from, to)| (from.to_string(), to.to_string())).unzip();
            answer.cause = incident.verdict.causes.first().map(|first| writer.cause(&incident.verdict, first));
        }
        answer
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
    }
}
