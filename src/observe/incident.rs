//! Incidents: the evidence about one subject in one stretch of time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::evidence::Scope;
use super::{Observations, SUBJECTS, Sighting};

/// Incidents that are told apart; a pile with more subjects is reported as a whole and by the first ones.
const MAX_INCIDENTS: usize = 500;
/// Silence after which what comes next is another stretch: clients try again at least twice a day.
const GAP: SignedDuration = SignedDuration::from_hours(13);

/// Whom an incident is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A named thing: its kind is `domain`, `bot`, `order`, `host`, or `subject` for the row of a listing.
    Named(&'static str, String),
    /// An input in which no record names anything.
    Input(usize),
}

/// One subject and what was seen about it in a stretch of time.
pub struct Incident<'o> {
    /// Whom it is about.
    pub subject: Subject,
    /// Its part of the observations.
    pub scope: Scope<'o>,
}

impl Incident<'_> {
    /// Both together.
    pub fn join(&mut self, later: Self) {
        self.scope.sightings.extend(later.scope.sightings);
        self.scope.sightings.sort_unstable();
    }
}

/// Splits observations by subject, and each subject's records at long silences.
pub fn split(all: &Observations) -> Vec<Incident<'_>> {
    let mut members: BTreeMap<Subject, Vec<usize>> = BTreeMap::new();
    for (ix, subject) in attribute(all).into_iter().enumerate() {
        members.entry(subject).or_default().push(ix);
    }
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut shared: Vec<usize> = Vec::new();
    for (ix, set) in all.sets.iter().enumerate() {
        match &set.subject {
            Some(subject) => rows.entry(super::normal_subject(subject)).or_default().push(ix),
            None => shared.push(ix),
        }
    }
    let mut out: Vec<Incident> = Vec::new();
    for (subject, sightings) in members {
        let mut sets = match &subject {
            Subject::Named(_, name) => rows.remove(name).unwrap_or_default(),
            Subject::Input(_) => Vec::new(),
        };
        sets.extend(&shared);
        for stretch in stretches(all, sightings) {
            let scope = Scope { all, sightings: stretch, sets: sets.clone() };
            out.push(Incident { subject: subject.clone(), scope });
        }
    }
    for (name, mut sets) in rows {
        sets.extend(&shared);
        out.push(Incident {
            subject: Subject::Named("subject", name),
            scope: Scope { all, sightings: Vec::new(), sets },
        });
    }
    out.truncate(MAX_INCIDENTS);
    out
}

/// The subject of every sighting. One that names none is about whom its input spoke of last, else of whom it speaks next.
fn attribute(all: &Observations) -> Vec<Subject> {
    let mut subjects: Vec<Option<Subject>> = all.sightings.iter().map(|s| named(s, &SUBJECTS)).collect();
    let mut start = 0;
    while start < subjects.len() {
        let input = all.sightings[start].input;
        let end = all.sightings[start..].iter().position(|s| s.input != input).map_or(subjects.len(), |n| start + n);
        // Machines are subjects only where nothing better is named: a CA or a name server is no incident of its own.
        if subjects[start..end].iter().all(Option::is_none) {
            for (subject, sighting) in subjects[start..end].iter_mut().zip(&all.sightings[start..end]) {
                *subject = named(sighting, &["host"]);
            }
        }
        let mut current = subjects[start..end].iter().flatten().next().cloned().unwrap_or(Subject::Input(input));
        for subject in &mut subjects[start..end] {
            match subject {
                Some(own) => current = own.clone(),
                None => *subject = Some(current.clone()),
            }
        }
        start = end;
    }
    let mut subjects: Vec<Subject> = subjects.into_iter().flatten().collect();
    // Beside a log that speaks of one thing only, an input that names nothing is about that.
    let mut names: Vec<Subject> = subjects.iter().filter(|s| matches!(s, Subject::Named(..))).cloned().collect();
    names.sort();
    names.dedup();
    if let [only] = names.as_slice() {
        subjects.fill(only.clone());
    }
    subjects
}

fn named(sighting: &Sighting, kinds: &[&'static str]) -> Option<Subject> {
    kinds.iter().find_map(|kind| Some(Subject::Named(kind, sighting.name(kind)?)))
}

/// Cuts where nothing was written for long. A record without a time belongs to what stands before it.
fn stretches(all: &Observations, sightings: Vec<usize>) -> Vec<Vec<usize>> {
    let mut timed: Vec<(Option<Timestamp>, usize)> = Vec::with_capacity(sightings.len());
    for ix in sightings {
        let sighting = &all.sightings[ix];
        let before = timed.last().filter(|(_, last)| all.sightings[*last].input == sighting.input);
        timed.push((sighting.record.time.or(before.and_then(|(time, _)| *time)), ix));
    }
    timed.sort();
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut last: Option<Timestamp> = None;
    for (time, ix) in timed {
        let silent = matches!((last, time), (Some(last), Some(time)) if time.duration_since(last) > GAP);
        match out.last_mut() {
            Some(stretch) if !silent => stretch.push(ix),
            _ => out.push(vec![ix]),
        }
        last = time.or(last);
    }
    out.iter_mut().for_each(|stretch| stretch.sort_unstable());
    out
}
