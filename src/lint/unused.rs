//! Signals that nothing makes use of.

use std::collections::{BTreeMap, BTreeSet};

use super::about;
use crate::diagnostic::{Diagnostics, Place};
use crate::observe::SUBJECTS;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};

pub fn check(knowledge: &Knowledge, places: &BTreeMap<String, Place>, diagnostics: &mut Diagnostics) {
    let mut used: BTreeSet<SignalIx> = BTreeSet::new();
    for cause in &knowledge.causes {
        used.extend(cause.shows.iter().map(|(signal, _)| *signal));
        used.extend(&cause.rules_out);
    }
    for symptom in &knowledge.symptoms {
        used.extend(symptom.shows.iter().map(|(signal, _)| *signal));
    }
    for signal in &knowledge.signals {
        used.extend(&signal.cleared_by);
        used.extend(&signal.implies);
    }
    for (ix, signal) in knowledge.signals.iter().enumerate() {
        // A signal that implies others says of its line that it is harmless.
        let speaks = signal.proves.is_some() || !signal.implies.is_empty() || names_a_subject(&signal.kind);
        if used.contains(&ix) || speaks {
            continue;
        }
        let message = format!("no cause makes use of the signal `{}`", signal.id);
        let help = "name under shown_by: the causes that show it, or under proves: the stage that is passed";
        diagnostics.0.extend(about(places, &signal.id, "W0306", message).map(|warning| warning.help(help)));
    }
}

fn names_a_subject(kind: &SignalKind) -> bool {
    let SignalKind::Log(patterns) = kind else { return false };
    SUBJECTS.iter().any(|name| patterns.iter().any(|pattern| pattern.text.contains(&format!("(?P<{name}>"))))
}
