//! What people report, as evidence: a signal for each symptom, which its causes show as often as they bring it about.

use std::collections::BTreeMap;

use crate::diagnostic::did_you_mean;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::rule::model::{CauseIx, Examples, Knowledge, Signal, SignalIx, SignalKind, SymptomIx};
use crate::rule::words::Leak;

/// What the ids of these signals begin with: behind all others in their order.
const PREFIX: &str = "~symptom.";
/// Consequences of consequences that are followed.
const DEPTH: usize = 3;

/// An engine whose signals tell what people report too.
pub fn engine(knowledge: &Knowledge) -> Engine {
    let mut knowledge = knowledge.clone();
    let first = knowledge.signals.len();
    for symptom in &knowledge.symptoms {
        knowledge.signals.push(Signal {
            id: format!("{PREFIX}{}", symptom.id),
            title: symptom.title.clone(),
            kind: SignalKind::Log(Vec::new()),
            leak: Leak::Common,
            implies: Vec::new(),
            cleared_by: Vec::new(),
            sources: Vec::new(),
            stage: None,
            min_level: None,
            proves: None,
            deprecated: None,
            file: String::new(),
            examples: Examples::default(),
        });
    }
    let strengths: Vec<BTreeMap<SymptomIx, f64>> =
        (0..knowledge.causes.len()).map(|cause| strengths(&knowledge, cause, DEPTH)).collect();
    for (cause, strengths) in knowledge.causes.iter_mut().zip(&strengths) {
        cause.effects.extend(strengths.iter().map(|(symptom, q)| (first + symptom, *q)));
    }
    let mut engine = Engine::from_knowledge(knowledge);
    // Numbers of a lock file give the edges anew, without these.
    for (node, strengths) in engine.network.causes.iter_mut().zip(strengths) {
        for (symptom, q) in strengths {
            if node.strength(first + symptom) == 0.0 {
                node.edges.push((first + symptom, q));
            }
        }
    }
    engine
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
