//! The next best check: the unknown fact that tells most about the causes, per minute.

use super::score::{self, Network, Posterior};
use crate::observe::evidence::Scope;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};

/// Checks that are proposed at most.
const MOST: usize = 5;
/// Bits below which a check is not worth a minute.
const WORTH: f64 = 0.01;

/// A check that would tell the likely causes apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The fact to find out.
    pub fact: String,
    /// The condition over it that matters.
    pub signal: SignalIx,
    /// What its answer tells, in bits.
    pub bits: f64,
    /// Minutes that finding out takes.
    pub minutes: f64,
}

/// Unknown facts by information per minute, best first.
pub fn next_checks(knowledge: &Knowledge, network: &Network, scope: &Scope, posterior: &Posterior) -> Vec<Check> {
    let mut signals: Vec<SignalIx> = posterior
        .causes
        .iter()
        .filter(|(_, p)| *p >= super::LISTED)
        .flat_map(|(cause, _)| network.causes[*cause].edges.iter().map(|(signal, _)| *signal))
        .collect();
    signals.sort_unstable();
    signals.dedup();
    let mut checks: Vec<Check> = Vec::new();
    for signal in signals {
        let SignalKind::Fact(condition) = &knowledge.signals[signal].kind else { continue };
        if scope.sets.iter().any(|set| scope.all.sets[*set].holds(condition).is_some()) {
            continue;
        }
        let known = |path: &str| scope.sets.iter().any(|set| scope.all.sets[*set].values.contains_key(path));
        let Some(fact) = condition.paths().into_iter().find(|p| !known(p)).and_then(|p| knowledge.facts.get(p)) else {
            continue;
        };
        let bits = score::information(network, posterior, signal);
        if bits >= WORTH {
            checks.push(Check { fact: fact.path.clone(), signal, bits, minutes: fact.minutes.max(0.1) });
        }
    }
    checks.sort_by(|a, b| (b.bits / b.minutes).total_cmp(&(a.bits / a.minutes)).then_with(|| a.fact.cmp(&b.fact)));
    let mut seen = std::collections::BTreeSet::new();
    checks.retain(|c| seen.insert(c.fact.clone()));
    checks.truncate(MOST);
    checks
}
