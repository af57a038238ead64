//! Why a cause ranks where it does: what each piece of evidence contributes, and what speaks against it.

use super::Against;
use super::score::{self, Findings, Network, Posterior};
use crate::observe::evidence::Evidence;
use crate::rule::model::{CauseIx, SignalIx};

/// How much decibans are, in words.
pub fn strength(decibans: f64) -> &'static str {
    match decibans {
        d if d > 13.0 => "strongly",
        d if d >= 7.0 => "clearly",
        d if d >= 3.0 => "somewhat",
        _ => "hardly",
    }
}

/// The present signals of a cause and what each contributes, strongest first: exact under explaining-away.
pub fn supports(network: &Network, findings: &Findings, posterior: &Posterior, cause: CauseIx) -> Vec<(SignalIx, f64)> {
    let node = &network.causes[cause];
    let mut out: Vec<(SignalIx, f64)> = findings
        .present
        .iter()
        .filter(|(signal, _)| node.strength(*signal) > 0.0)
        .map(|(signal, _)| (*signal, score::contribution(network, findings, posterior, cause, *signal)))
        .collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}

/// What speaks against a cause.
pub fn against(evidence: &Evidence, cause: CauseIx) -> Vec<Against> {
    let mut out = Vec::new();
    out.extend(evidence.ruled_out.get(&cause).map(|signal| Against::RuledOut(*signal)));
    out.extend(evidence.passed.get(&cause).map(|signal| Against::Passed(*signal)));
    let absent = evidence.absent.get(&cause).into_iter().flatten();
    out.extend(absent.map(|(signal, why)| Against::Absent(*signal, *why)));
    out
}
