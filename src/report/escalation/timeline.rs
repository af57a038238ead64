//! What happened when, in UTC and as it is written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Moment, Zone};
use crate::engine::Outcome;
use crate::input::time::{Reference, Written, written};
use crate::observe::Sighting;
use crate::observe::condition::shown;
use crate::report::redact::Redactor;
use crate::rule::model::{FactValue, SignalIx};

/// Moments that are told; of more, those in the middle are left out.
const MOST: usize = 40;

pub struct Timeline {
    pub moments: Vec<Moment>,
    pub left_out: usize,
    pub zones: Vec<Zone>,
}

/// The failures that speak for the named causes, those that are over, the successes, and the times of status documents.
pub fn of(outcome: &Outcome, now: Timestamp, redactor: &mut Redactor) -> Timeline {
    let seen = &outcome.seen;
    let whole = &outcome.diagnosis.whole;
    let speaks: BTreeSet<SignalIx> =
        whole.causes.iter().flat_map(|ranked| ranked.for_it.iter().map(|(signal, _)| *signal)).collect();
    let over: BTreeSet<SignalIx> = whole.evidence.cleared.iter().map(|cleared| cleared.signal).collect();
    let signals = &outcome.engine.knowledge.signals;
    let mut dated: Vec<(Option<Timestamp>, usize, u64, Moment)> = Vec::new();
    let mut zones: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for sighting in &seen.sightings {
        let marks = || sighting.marks.iter().map(|mark| mark.signal);
        let failure = marks().filter(|signal| speaks.contains(signal) || over.contains(signal));
        let success = marks().find(|signal| signals[*signal].proves.is_some());
        let (kind, signal) = match (failure.min_by_key(|signal| signals[*signal].leak), success) {
            (Some(signal), _) => ("failure", signal),
            (None, Some(signal)) => ("success", signal),
            (None, None) => continue,
        };
        let (text, offset) = as_written(sighting, now);
        if sighting.record.time.is_some() {
            zones.entry(sighting.input).or_default().extend(offset.clone());
        }
        let line = (sighting.record.line > 0).then_some(sighting.record.line);
        let moment = Moment {
            utc: sighting.record.time.map(|time| time.to_string()),
            written: text,
            offset,
            kind,
            what: signals[signal].title.clone(),
            file: file(outcome, sighting.input, redactor),
            line,
        };
        dated.push((sighting.record.time, sighting.input, sighting.position, moment));
    }
    dated.extend(statuses(outcome, redactor));
    dated.sort_by_key(|a| (a.0.is_none(), a.0, a.1, a.2));
    let mut moments: Vec<Moment> = dated.into_iter().map(|(.., moment)| moment).collect();
    let left_out = moments.len().saturating_sub(MOST);
    if left_out > 0 {
        moments.drain(MOST / 2..MOST / 2 + left_out);
    }
    let zones = zones
        .into_iter()
        .map(|(input, offsets)| Zone { file: file(outcome, input, redactor), offsets: offsets.into_iter().collect() });
    Timeline { moments, left_out, zones: zones.collect() }
}

/// The time of a record as it is written, and its offset.
fn as_written(sighting: &Sighting, now: Timestamp) -> (Option<String>, Option<String>) {
    let Some(time) = sighting.record.time else { return (None, None) };
    match written(&sighting.record.text, Reference { now }) {
        Some(Written { time: own, text, offset }) if own == time => (Some(text), offset),
        // It stands beside the line: Docker, Kubernetes, the journal and JSON give it with its offset.
        _ => (None, Some("UTC".to_owned())),
    }
}

/// Times that status documents tell.
fn statuses(outcome: &Outcome, redactor: &mut Redactor) -> Vec<(Option<Timestamp>, usize, u64, Moment)> {
    let mut out = Vec::new();
    for set in outcome.seen.sets.iter().filter(|set| set.shared || outcome.seen.sets.len() <= 3) {
        for (path, value) in &set.values {
            let (FactValue::Time(time), Some(fact)) = (value, outcome.engine.knowledge.facts.get(path)) else {
                continue;
            };
            let at = set.places.get(path).copied();
            let file = at.map_or_else(|| "--fact".to_owned(), |(input, _)| file(outcome, input, redactor));
            let moment = Moment {
                utc: Some(shown(value)),
                written: None,
                offset: Some("UTC".to_owned()),
                kind: "status",
                what: format!("{} ({path})", fact.meaning),
                file,
                line: at.and_then(|(_, line)| line),
            };
            out.push((Some(*time), usize::MAX, 0, moment));
        }
    }
    out
}

fn file(outcome: &Outcome, input: usize, redactor: &mut Redactor) -> String {
    let name = outcome.inputs.get(input).map(|input| input.name.as_str());
    name.map_or_else(|| "--fact".to_owned(), |name| redactor.text(name))
}
