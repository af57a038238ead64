//! What people report, as evidence: a signal for each symptom, which its causes show as often as they bring it about.

use std::collections::BTreeMap;

use super::groups;
use crate::diagnostic::did_you_mean;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::rule::model::{CauseIx, Knowledge, SignalIx, SymptomIx};
use crate::rule::words::{Leak, Stage};

/// What the ids of these signals begin with: behind all others in their order.
const PREFIX: &str = "~symptom.";
/// Consequences of consequences that are followed.
const DEPTH: usize = 3;

/// How often a cause whose rule names no symptom brings about one of its own stage.
const SAME_STAGE: f64 = 0.25;
/// The same for what is wrong with a host, which every stage suffers from.
const HOST: f64 = 0.1;

/// An engine whose signals tell what people report, and what they find in a log, too.
pub fn engine(knowledge: &Knowledge) -> Engine {
    let mut knowledge = knowledge.clone();
    let known = knowledge.signals.len();
    groups::add(&mut knowledge);
    let first = knowledge.signals.len();
    let strengths: Vec<BTreeMap<SymptomIx, f64>> =
        (0..knowledge.causes.len()).map(|cause| reported(&knowledge, cause)).collect();
    for symptom in &knowledge.symptoms {
        let id = format!("{PREFIX}{}", symptom.id);
        knowledge.signals.push(groups::unwritten(id, symptom.title.clone(), Leak::Common));
    }
    for (cause, strengths) in knowledge.causes.iter_mut().zip(strengths) {
        cause.effects.extend(strengths.into_iter().map(|(symptom, q)| (first + symptom, q)));
    }
    let mut engine = Engine::from_knowledge(knowledge);
    // Numbers of a lock file give the edges anew, without these.
    for (node, cause) in engine.network.causes.iter_mut().zip(&engine.knowledge.causes) {
        for (signal, q) in cause.effects.iter().filter(|(signal, _)| *signal >= known) {
            if node.strength(*signal) == 0.0 {
                node.edges.push((*signal, *q));
            }
        }
    }
    engine
}

/// How often people report each symptom when this is the cause.
fn reported(knowledge: &Knowledge, cause: CauseIx) -> BTreeMap<SymptomIx, f64> {
    let mut out = strengths(knowledge, cause, DEPTH);
    let stage = knowledge.causes[cause].stage;
    if !out.is_empty() && stage != Stage::Host {
        return out;
    }
    for (ix, symptom) in knowledge.symptoms.iter().enumerate() {
        let least = match stage {
            stage if stage == symptom.stage => SAME_STAGE,
            Stage::Host => HOST,
            _ => continue,
        };
        let known = out.entry(ix).or_insert(least);
        *known = known.max(least);
    }
    out
}

/// How often a cause brings about each symptom, also by what follows from it.
fn strengths(knowledge: &Knowledge, cause: CauseIx, depth: usize) -> BTreeMap<SymptomIx, f64> {
    let cause = &knowledge.causes[cause];
    let mut out: BTreeMap<SymptomIx, f64> = cause.symptoms.iter().copied().collect();
    if depth > 0 {
        for (consequence, how) in &cause.consequences {
            for (symptom, q) in strengths(knowledge, *consequence, depth - 1) {
                let q = q * how;
                let known = out.entry(symptom).or_insert(q);
                *known = known.max(q);
            }
        }
    }
    out
}

/// The signal of a symptom.
///
/// # Errors
/// There is no symptom with this id.
pub fn signal(knowledge: &Knowledge, symptom: &str) -> Result<SignalIx> {
    knowledge.signal(&format!("{PREFIX}{}", symptom.trim())).ok_or_else(|| {
        let near = did_you_mean(symptom, knowledge.symptoms.iter().map(|s| s.id.as_str()));
        let help =
            near.map_or_else(|| "`certwhy list symptoms` shows them".to_owned(), |id| format!("did you mean {id}?"));
        Error::Unknown(format!("{symptom} is no known symptom; {help}"))
    })
}

/// The symptom that a signal stands for.
pub fn symptom(knowledge: &Knowledge, signal: SignalIx) -> Option<SymptomIx> {
    knowledge.symptom(knowledge.signals[signal].id.strip_prefix(PREFIX)?)
}
