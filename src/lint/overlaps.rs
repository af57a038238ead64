//! Signals that add nothing, because another one says the same of every record that they are made for.

use std::collections::{BTreeMap, BTreeSet};

use super::about;
use crate::diagnostic::{Diagnostics, Place, SourceFile};
use crate::engine::Engine;
use crate::input::Record;
use crate::rule::model::{Knowledge, Signal, SignalIx};

/// `looks_at` says of which files the signals are compared with all others.
pub fn check(
    engine: &Engine,
    places: &BTreeMap<String, Place>,
    looks_at: impl Fn(&SourceFile) -> bool,
    diagnostics: &mut Diagnostics,
) {
    let knowledge = &engine.knowledge;
    let shown = shown(knowledge);
    let mut told: BTreeSet<(SignalIx, SignalIx)> = BTreeSet::new();
    for (ix, signal) in knowledge.signals.iter().enumerate() {
        if !places.get(&signal.id).is_some_and(|place| looks_at(&place.file)) {
            continue;
        }
        let Some(edges) = shown.get(&ix).filter(|_| !signal.examples.matching.is_empty()) else { continue };
        let mut rivals: Option<BTreeSet<SignalIx>> = None;
        for text in &signal.examples.matching {
            let here: BTreeSet<SignalIx> = marks(engine, text).into_iter().filter(|mark| *mark != ix).collect();
            rivals = Some(rivals.map_or(here.clone(), |before| before.intersection(&here).copied().collect()));
        }
        let says_the_same = |rival: &SignalIx| {
            shown.get(rival) == Some(edges)
                && is_as_good(&knowledge.signals[*rival], signal)
                && unrelated(knowledge, ix, *rival)
        };
        if let Some(rival) = rivals.unwrap_or_default().into_iter().find(says_the_same) {
            // Of two that say the same, one is told.
            if told.contains(&(rival, ix)) {
                continue;
            }
            told.insert((ix, rival));
            let rival = &knowledge.signals[rival].id;
            let message = format!("`{rival}` says the same of every example of `{}`", signal.id);
            let help = "take this signal away, give it an example that only it matches, or say implies:";
            let found = about(places, &signal.id, "W0310", message).map(|warning| warning.help(help));
            diagnostics.0.extend(found.map(|warning| match places.get(rival) {
                Some(place) => warning.related(place.clone(), "the other one"),
                None => warning,
            }));
        }
    }
}

/// Causes and strengths by signal, the strengths by their bits: only equal ones are compared.
fn shown(knowledge: &Knowledge) -> BTreeMap<SignalIx, Vec<(usize, u64)>> {
    let mut shown: BTreeMap<SignalIx, Vec<(usize, u64)>> = BTreeMap::new();
    for (cause, edges) in knowledge.causes.iter().enumerate() {
        for (signal, how) in &edges.shows {
            shown.entry(*signal).or_default().push((cause, how.to_bits()));
        }
    }
    shown
}

fn marks(engine: &Engine, text: &str) -> Vec<SignalIx> {
    engine.scanner.scan(&Record::alone(text), &engine.knowledge).into_iter().map(|mark| mark.signal).collect()
}

/// Whether whatever one signal says in a record, the other one says there too.
fn is_as_good(rival: &Signal, signal: &Signal) -> bool {
    rival.leak <= signal.leak
        && rival.sources.is_empty()
        && rival.min_level <= signal.min_level
        && signal.cleared_by.iter().all(|by| rival.cleared_by.contains(by))
        && signal.proves == rival.proves
}

fn unrelated(knowledge: &Knowledge, one: SignalIx, other: SignalIx) -> bool {
    !knowledge.signals[one].implies.contains(&other) && !knowledge.signals[other].implies.contains(&one)
}
