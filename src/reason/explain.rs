//! Why a cause ranks where it does: what each piece of evidence contributes, and what speaks against it.

use std::collections::BTreeSet;

use super::score::{self, Findings, Network, Posterior};
use super::{Against, Ranked, Verdict};
use crate::observe::evidence::{Evidence, technology};
use crate::rule::model::{CauseIx, Knowledge, SignalIx};

/// How much decibans are, in words.
pub fn strength(decibans: f64) -> &'static str {
    match decibans {
        d if d > 13.0 => "strongly",
        d if d >= 7.0 => "clearly",
        d if d >= 3.0 => "somewhat",
        _ => "hardly",
    }
}

/// What speaks for a cause and how much, strongest first: exact under explaining-away. Of the signals of one record, the
/// one that speaks for it best stands for all.
pub fn supports(network: &Network, findings: &Findings, posterior: &Posterior, cause: CauseIx) -> Vec<(SignalIx, f64)> {
    let contribution = score::contributions(network, findings, posterior, cause);
    let units = findings.present.iter().enumerate();
    let mut out: Vec<(SignalIx, f64)> =
        units.filter_map(|(at, unit)| Some((unit.best(network, cause)?, contribution(at)))).collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}

/// What speaks against a cause, and how much in decibans (negative).
pub fn against(network: &Network, evidence: &Evidence, cause: CauseIx) -> Vec<(Against, f64)> {
    let mut out = Vec::new();
    let ruled_out = score::factor_decibans(score::RULED_OUT);
    out.extend(evidence.ruled_out.get(&cause).map(|signal| (Against::RuledOut(*signal), ruled_out)));
    out.extend(evidence.passed.get(&cause).map(|success| (Against::Passed(success.signal), ruled_out)));
    for (signal, why) in evidence.absent.get(&cause).into_iter().flatten() {
        let factor = 1.0 - network.causes[cause].strength(*signal);
        out.push((Against::Absent(*signal, *why), score::factor_decibans(factor)));
    }
    out
}

/// Why a cause is not the answer, or not the first one.
#[derive(Debug, Clone)]
pub struct WhyNot {
    /// The cause in question, weighed like any other.
    pub ranked: Ranked,
    /// Its place among all that were weighed, from 1; `None` where nothing that it shows was seen.
    pub rank: Option<usize>,
    /// Whether the facts say that it cannot be: its `requires` does not hold.
    pub excluded: bool,
    /// A better one, and the evidence that it explains too.
    pub better: Option<(CauseIx, f64, Vec<SignalIx>)>,
    /// What it would show and nobody has seen, strongest first.
    pub missing: Vec<SignalIx>,
}

/// Weighs one cause in the light of a verdict.
pub fn why_not(knowledge: &Knowledge, network: &Network, verdict: &Verdict, cause: CauseIx) -> WhyNot {
    let findings = super::findings(network, &verdict.evidence);
    let posterior = score::posterior(network, &findings);
    let position = posterior.causes.iter().position(|(c, _)| *c == cause);
    let probability = match position {
        Some(at) => posterior.causes[at].1,
        None if verdict.evidence.excluded.contains(&cause) => 0.0,
        None => network.causes[cause].prior,
    };
    let ranked = super::rank(network, &findings, &posterior, &verdict.evidence, cause, probability);
    let better = posterior.causes.first().filter(|(first, _)| *first != cause).map(|(first, p)| {
        let theirs = &network.causes[*first];
        let both = ranked.for_it.iter().map(|(signal, _)| *signal).filter(|s| theirs.strength(*s) > 0.0);
        (*first, *p, both.collect())
    });
    let seen = |signal: SignalIx| {
        verdict.evidence.seen.contains(&signal) || verdict.evidence.present.iter().any(|p| p.signal == signal)
    };
    let mut missing: Vec<(SignalIx, f64)> =
        knowledge.causes[cause].effects.iter().filter(|(signal, _)| !seen(*signal)).copied().collect();
    // What the programs at hand would print comes before what others would.
    let technology = |signal: SignalIx| technology(&knowledge.signals[signal].id);
    let at_hand: BTreeSet<&str> = verdict.evidence.seen.iter().map(|signal| technology(*signal)).collect();
    let weight = |(signal, q): &(SignalIx, f64)| {
        (at_hand.contains(technology(*signal)), (q / network.leaks[*signal] * 1e6) as u64)
    };
    missing.sort_by(|a, b| weight(b).cmp(&weight(a)).then(a.0.cmp(&b.0)));
    WhyNot {
        ranked,
        rank: position.map(|at| at + 1),
        excluded: verdict.evidence.excluded.contains(&cause),
        better,
        missing: missing.into_iter().map(|(signal, _)| signal).collect(),
    }
}
