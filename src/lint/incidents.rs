//! Words of the rules that labelled incidents speak against.

use std::collections::BTreeMap;

use super::about;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::engine::Engine;
use crate::rule::model::{CauseIx, SignalIx};

/// So many times more often than the word says is out of line, and so many sightings tell it.
const OUT_OF_LINE: f64 = 4.0;
const SIGHTINGS: usize = 3;

/// What was seen in labelled incidents: of each, the signals and the causes that are accepted; none of a healthy log.
#[derive(Debug, Clone, Default)]
pub struct Seen(pub Vec<(Vec<SignalIx>, Vec<CauseIx>)>);

pub fn check(
    engine: &Engine,
    seen: &Seen,
    places: &BTreeMap<String, Place>,
    priors: &BTreeMap<String, Place>,
    diagnostics: &mut Diagnostics,
) {
    leaks(engine, seen, places, diagnostics);
    let faulty = seen.0.iter().filter(|(_, expected)| !expected.is_empty()).count();
    let sum: f64 = engine.knowledge.causes.iter().map(|cause| cause.prior.number()).sum();
    for (ix, cause) in engine.knowledge.causes.iter().enumerate() {
        let count = seen.0.iter().filter(|(_, expected)| expected.first() == Some(&ix)).count();
        let expected = faulty as f64 * cause.prior.number() / sum;
        let often = count >= SIGHTINGS && count as f64 > expected * OUT_OF_LINE;
        let seldom = expected >= SIGHTINGS as f64 && (count as f64) < expected / OUT_OF_LINE;
        if let Some(place) = priors.get(&cause.id).filter(|_| often || seldom) {
            let message = format!(
                "the prior of `{}` is {}, and it is the cause of {count} of {faulty} incidents",
                cause.id, cause.prior
            );
            let help = format!("about {expected:.0} would be in line with the word");
            diagnostics.push(Diagnostic::warning("W0312", place.clone(), message).help(help));
        }
    }
}

fn leaks(engine: &Engine, seen: &Seen, places: &BTreeMap<String, Place>, diagnostics: &mut Diagnostics) {
    let mut shown_by: BTreeMap<SignalIx, Vec<CauseIx>> = BTreeMap::new();
    for (cause, edges) in engine.knowledge.causes.iter().enumerate() {
        edges.effects.iter().for_each(|(signal, _)| shown_by.entry(*signal).or_default().push(cause));
    }
    for (ix, causes) in shown_by {
        let signal = &engine.knowledge.signals[ix];
        let others = || seen.0.iter().filter(|(_, expected)| !expected.iter().any(|cause| causes.contains(cause)));
        let (all, hits) = (others().count(), others().filter(|(signals, _)| signals.contains(&ix)).count());
        if hits >= SIGHTINGS && hits as f64 > signal.leak.number() * all as f64 * OUT_OF_LINE {
            let message = format!(
                "the leak of `{}` is {}, and it stands in {hits} of {all} incidents that have another cause or none",
                signal.id, signal.leak
            );
            let help = "narrow the pattern, name the other causes that show it, or take a word for more";
            diagnostics.0.extend(about(places, &signal.id, "W0311", message).map(|warning| warning.help(help)));
        }
    }
}
