//! What programs say of a cause, taken together: a person who looks at a log finds one line or another of it, in the words of
//! the program at hand. One signal for each cause stands for all of them.

use crate::rule::model::{CauseIx, Examples, Knowledge, Signal, SignalIx, SignalKind};
use crate::rule::words::Leak;

/// What the ids of these signals begin with: behind all others in their order.
const PREFIX: &str = "~signs.";
/// A line that a cause shows more seldom does not stand for it.
const SHOWN: f64 = 0.2;
/// An edge that is weaker than this is none.
const WEAK: f64 = 0.05;

/// The lines by which programs tell of a cause.
pub fn members(knowledge: &Knowledge, cause: CauseIx) -> Vec<SignalIx> {
    let effects = knowledge.causes[cause].effects.iter();
    let telling = effects.filter(|(signal, q)| {
        let entry = &knowledge.signals[*signal];
        let is_log = matches!(&entry.kind, SignalKind::Log(patterns) if !patterns.is_empty());
        is_log && *q >= SHOWN && entry.leak <= Leak::Normal && entry.deprecated.is_none()
    });
    telling.map(|(signal, _)| *signal).collect()
}

/// The signal that stands for the lines of a cause, where it has any.
pub fn signal(knowledge: &Knowledge, cause: CauseIx) -> Option<SignalIx> {
    knowledge.signal(&format!("{PREFIX}{}", knowledge.causes[cause].id))
}

/// Adds a signal for each cause. A cause shows the lines of another as often as it shows one of them; a line that is really
/// there makes the signal redundant.
pub fn add(knowledge: &mut Knowledge) {
    let groups: Vec<(CauseIx, Vec<SignalIx>)> = (0..knowledge.causes.len())
        .map(|cause| (cause, members(knowledge, cause)))
        .filter(|(_, members)| !members.is_empty())
        .collect();
    for (cause, members) in groups {
        let at = knowledge.signals.len();
        let strength = |other: usize, signal: SignalIx| {
            let effects = &knowledge.causes[other].effects;
            effects.binary_search_by_key(&signal, |edge| edge.0).map_or(0.0, |ix| effects[ix].1)
        };
        let telling = |signal: &SignalIx| (knowledge.signals[*signal].leak, 1.0 - strength(cause, *signal));
        let best = members.iter().min_by(|a, b| {
            let (a, b) = (telling(a), telling(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let title = best.map_or_else(String::new, |signal| knowledge.signals[*signal].title.clone());
        // Any of several lines stands there by chance more often than one.
        let leak = members.iter().map(|signal| knowledge.signals[*signal].leak).max().unwrap_or(Leak::Normal);
        let edges: Vec<(CauseIx, f64)> = (0..knowledge.causes.len())
            .map(|other| (other, members.iter().map(|signal| strength(other, *signal)).fold(0.0, f64::max)))
            .filter(|(_, q)| *q >= WEAK)
            .collect();
        for (other, q) in edges {
            knowledge.causes[other].effects.push((at, q));
        }
        for member in members {
            knowledge.signals[member].implies.push(at);
        }
        let id = format!("{PREFIX}{}", knowledge.causes[cause].id);
        knowledge.signals.push(unwritten(id, title, leak));
    }
}

/// A signal that no pattern and no fact shows: only a person says it.
pub fn unwritten(id: String, title: String, leak: Leak) -> Signal {
    Signal {
        id,
        title,
        kind: SignalKind::Log(Vec::new()),
        leak,
        implies: Vec::new(),
        cleared_by: Vec::new(),
        sources: Vec::new(),
        stage: None,
        min_level: None,
        proves: None,
        deprecated: None,
        file: String::new(),
        examples: Examples::default(),
    }
}
