//! What the tests of a pack make use of.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::engine::{Engine, Outcome};
use crate::rule::model::{CauseIx, Knowledge, SignalIx};

/// What was seen while tests ran.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Signals that were seen.
    pub signals: BTreeSet<SignalIx>,
    /// Causes that were named.
    pub causes: BTreeSet<CauseIx>,
    /// Edges of which both ends were there.
    pub edges: BTreeSet<(CauseIx, SignalIx)>,
    /// Causes that came first, so that their sentences, steps and commands were filled in.
    pub fixes: BTreeSet<CauseIx>,
}

/// How much of one kind of thing was made use of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// What: `signals`, `causes`, `edges`, `fix templates`.
    pub what: &'static str,
    /// How many were.
    pub used: usize,
    /// Of how many.
    pub all: usize,
    /// Names of the others.
    pub unused: Vec<String>,
}

impl Share {
    /// Whether at least so many per cent were, nothing rounded.
    pub fn reaches(&self, percent: f64) -> bool {
        self.used as f64 * 100.0 >= percent * self.all as f64
    }

    /// Per cent with two digits, cut off: 100 is written only where nothing is missing.
    pub fn percent(&self) -> String {
        let hundredths = (self.used * 10_000).checked_div(self.all).unwrap_or(10_000);
        format!("{}.{:02} %", hundredths / 100, hundredths % 100)
    }
}

impl Coverage {
    /// Adds what a diagnosis made use of.
    pub fn take(&mut self, engine: &Engine, outcome: &Outcome) {
        let whole = &outcome.diagnosis.whole;
        let present: BTreeSet<SignalIx> = whole.evidence.present.iter().map(|present| present.signal).collect();
        self.signals.extend(present.iter().chain(&whole.evidence.seen));
        for ranked in &whole.causes {
            self.causes.insert(ranked.cause);
            let shows = engine.knowledge.causes[ranked.cause].shows.iter().map(|(signal, _)| *signal);
            self.edges.extend(shows.filter(|signal| present.contains(signal)).map(|signal| (ranked.cause, signal)));
        }
        self.fixes.extend(whole.causes.first().map(|ranked| ranked.cause));
    }

    /// In figures, for the rules whose id begins with `prefix`.
    pub fn shares(&self, knowledge: &Knowledge, prefix: &str) -> Vec<Share> {
        let signals = knowledge.signals.iter().enumerate().filter(|(_, signal)| signal.id.starts_with(prefix));
        let causes = || knowledge.causes.iter().enumerate().filter(|(_, cause)| cause.id.starts_with(prefix));
        let edges = causes().flat_map(|(ix, cause)| cause.shows.iter().map(move |(signal, _)| (ix, *signal)));
        let name = |(cause, signal): (CauseIx, SignalIx)| {
            format!("{} -> {}", knowledge.causes[cause].id, knowledge.signals[signal].id)
        };
        let templates = |ix: CauseIx| {
            let fix = &knowledge.causes[ix].fix;
            let steps = fix.steps.iter().chain(&fix.verify);
            1 + steps.map(|step| 1 + step.commands.len()).sum::<usize>()
        };
        let mut fixes = share("fix templates", causes().map(|(ix, c)| (self.fixes.contains(&ix), c.id.clone())));
        fixes.all = causes().map(|(ix, _)| templates(ix)).sum();
        fixes.used = causes().filter(|(ix, _)| self.fixes.contains(ix)).map(|(ix, _)| templates(ix)).sum();
        vec![
            share("signals", signals.map(|(ix, signal)| (self.signals.contains(&ix), signal.id.clone()))),
            share("causes", causes().map(|(ix, cause)| (self.causes.contains(&ix), cause.id.clone()))),
            share("edges", edges.map(|edge| (self.edges.contains(&edge), name(edge)))),
            fixes,
        ]
    }
}

fn share(what: &'static str, things: impl Iterator<Item = (bool, String)>) -> Share {
    let (used, unused): (Vec<_>, Vec<_>) = things.partition(|(used, _)| *used);
    let unused: Vec<String> = unused.into_iter().map(|(_, name)| name).collect();
    Share { what, used: used.len(), all: used.len() + unused.len(), unused }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded_up() {
        let share = Share { what: "signals", used: 99_999, all: 100_000, unused: Vec::new() };
        assert_eq!(share.percent(), "99.99 %");
        assert!(share.reaches(99.999) && !share.reaches(100.0));
        let empty = Share { what: "signals", used: 0, all: 0, unused: Vec::new() };
        assert!(empty.reaches(100.0));
        assert_eq!(empty.percent(), "100.00 %");
    }
}
