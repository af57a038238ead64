//! What changes from one diagnosis of growing logs to the next: incidents that open, that turn out to have another cause,
//! and that clear.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Outcome;
use crate::observe::evidence::Success;
use crate::observe::incident::Subject;
use crate::reason::{IncidentVerdict, Ranked};
use crate::rule::model::{CauseIx, SignalIx};

/// The incidents that are open.
#[derive(Debug, Default)]
pub struct Watch {
    open: BTreeMap<Subject, Vec<Open>>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    cause: CauseIx,
    /// What spoke for it.
    signals: Vec<SignalIx>,
}

/// A change of one incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whom it is about.
    pub subject: Subject,
    /// What happened.
    pub kind: Kind,
}

/// What happened to an incident; an index is one of [`Outcome`]'s incidents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A failure has a likely cause now.
    Opened {
        /// The incident.
        incident: usize,
    },
    /// Another cause leads.
    Changed {
        /// The incident.
        incident: usize,
        /// The cause that led before.
        before: CauseIx,
    },
    /// Nothing speaks for it any more.
    Cleared {
        /// The cause that led last.
        before: CauseIx,
        /// What succeeded since; `None` where it is only long ago, or explained otherwise.
        by: Option<Success>,
    },
}

impl Watch {
    /// How many incidents are open.
    pub fn open(&self) -> usize {
        self.open.values().map(Vec::len).sum()
    }

    /// Takes the next diagnosis, and tells what it changes.
    pub fn take(&mut self, outcome: &Outcome) -> Vec<Change> {
        let mut after: BTreeMap<Subject, Vec<(usize, Open)>> = BTreeMap::new();
        for (ix, incident) in outcome.diagnosis.incidents.iter().enumerate() {
            let Some(open) = Open::of(incident) else { continue };
            let all = after.entry(incident.subject.clone()).or_default();
            // Of a named subject only its latest stretch counts.
            if matches!(incident.subject, Subject::Named(..)) {
                all.clear();
            }
            all.push((ix, open));
        }
        let mut gone: Vec<(Subject, Open)> = Vec::new();
        let mut new: Vec<(Subject, usize, Open)> = Vec::new();
        let mut changes = Vec::new();
        let before = std::mem::take(&mut self.open);
        let subjects: BTreeSet<&Subject> = before.keys().chain(after.keys()).collect();
        for subject in subjects {
            let mut was: Vec<&Open> = before.get(subject).into_iter().flatten().collect();
            let mut is: Vec<&(usize, Open)> = after.get(subject).into_iter().flatten().collect();
            let stays = |was: &&Open, is: &Vec<&(usize, Open)>| is.iter().position(|(_, now)| now.cause == was.cause);
            was.retain(|open| stays(open, &is).map(|at| is.remove(at)).is_none());
            // As many causes as both have stand for each other.
            let pairs = was.len().min(is.len());
            for (open, (incident, _)) in was.drain(..pairs).zip(is.drain(..pairs)) {
                let kind = Kind::Changed { incident: *incident, before: open.cause };
                changes.push(Change { subject: subject.clone(), kind });
            }
            gone.extend(was.into_iter().map(|open| (subject.clone(), open.clone())));
            new.extend(is.into_iter().map(|(ix, open)| (subject.clone(), *ix, open.clone())));
        }
        // A record that named nobody is attributed once the log does: its incident got a name, and is no other one.
        gone.retain(|(subject, open)| {
            let has_it = |incident: &IncidentVerdict| incident.verdict.causes.iter().any(|r| r.cause == open.cause);
            let moved = matches!(subject, Subject::Input(_)) && outcome.diagnosis.incidents.iter().any(has_it);
            if moved && let Some(at) = new.iter().position(|(_, _, other)| other.cause == open.cause) {
                new.remove(at);
            }
            !moved
        });
        let cleared = gone.into_iter().map(|(subject, open)| {
            let by = success(outcome, &open);
            Change { subject, kind: Kind::Cleared { before: open.cause, by } }
        });
        changes.extend(cleared);
        changes
            .extend(new.into_iter().map(|(subject, incident, _)| Change { subject, kind: Kind::Opened { incident } }));
        let open = |all: Vec<(usize, Open)>| all.into_iter().map(|(_, open)| open).collect();
        self.open = after.into_iter().map(|(subject, all)| (subject, open(all))).collect();
        changes
    }
}

impl Open {
    fn of(incident: &IncidentVerdict) -> Option<Self> {
        let leading: &Ranked = incident.verdict.causes.first()?;
        let signals = leading.for_it.iter().map(|(signal, _)| *signal).collect();
        Some(Open { cause: leading.cause, signals })
    }
}

/// What turned an incident into history.
fn success(outcome: &Outcome, open: &Open) -> Option<Success> {
    let evidence = &outcome.diagnosis.whole.evidence;
    let cleared = evidence.cleared.iter().rev().find(|cleared| open.signals.contains(&cleared.signal));
    cleared.map(|cleared| cleared.by).or_else(|| evidence.passed.get(&open.cause).copied())
}
