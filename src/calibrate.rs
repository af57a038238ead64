//! Numbers from labelled incidents: what the words stand for, and how strong single edges are.
//!
//! The words' numbers are the maximum of the posterior: the log-loss of the answers plus a Beta prior around the
//! design's number of each word (strength [`STRENGTH`]). An edge's strength is the mean of its Beta posterior, counted
//! over the incidents of its cause in which its program was seen at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::observe::evidence::{Evidence, technology};
use crate::reason::{self, score};
use crate::rule::model::{CauseIx, Knowledge};
use crate::rule::numbers::{Counted, Numbers};

/// Pseudo-counts of the Beta prior.
pub const STRENGTH: f64 = 10.0;
/// Incidents from which an edge is counted at least.
const ENOUGH: u32 = 3;
/// Steps of the search on the scale of log odds, coarse to fine.
const STEPS: [f64; 3] = [0.8, 0.4, 0.2];
/// The least probability that a label is taken to have: a label can be wrong.
const LEAST: f64 = 0.01;

/// A labelled incident, observed.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its evidence.
    pub evidence: Evidence,
    /// Causes that are acceptable; none for a healthy one.
    pub expected: Vec<CauseIx>,
}

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The words' numbers.
    Words,
    /// The strengths of edges.
    Edges,
    /// Both.
    Both,
}

/// Mean log-loss per incident: of every cause that was weighed, against its being the right one.
pub fn log_loss(knowledge: &Knowledge, numbers: &Numbers, cases: &[&Case]) -> f64 {
    let network = reason::network_with(knowledge, numbers);
    let total: f64 = cases
        .iter()
        .map(|case| {
            let posterior = score::posterior(&network, &reason::findings(&network, &case.evidence));
            let right = posterior.causes.iter().find(|(cause, _)| case.expected.contains(cause));
            let hit = match (case.expected.is_empty(), right) {
                (true, _) => 0.0,
                (false, found) => -found.map_or(LEAST, |(_, p)| p.max(LEAST)).ln(),
            };
            let others = posterior.causes.iter().filter(|(cause, _)| !case.expected.contains(cause));
            hit + others.map(|(_, p)| -(1.0 - p).max(LEAST).ln()).sum::<f64>()
        })
        .sum();
    total / cases.len().max(1) as f64
}

/// Numbers for some incidents, starting from others.
pub fn fit(knowledge: &Knowledge, start: &Numbers, cases: &[&Case], method: Method) -> Numbers {
    let mut numbers = start.clone();
    if method != Method::Words {
        numbers.edges = edges(knowledge, cases);
    }
    if method != Method::Edges {
        search(knowledge, &mut numbers, cases);
    }
    numbers
}

/// Mean log-loss on incidents that had no part in the fit: each part is measured with the numbers of the others.
///
/// Incidents must be ordered so that relatives stand side by side: they then fall into different parts.
pub fn cross_validated(knowledge: &Knowledge, start: &Numbers, cases: &[&Case], folds: usize, method: Method) -> f64 {
    let mut total = 0.0;
    for (part, numbers) in held_out(knowledge, start, cases, folds, method) {
        let held: Vec<&Case> = part.iter().map(|ix| cases[*ix]).collect();
        total += log_loss(knowledge, &numbers, &held) * held.len() as f64;
    }
    total / cases.len().max(1) as f64
}

/// Every part, and the numbers that the incidents outside of it give.
pub fn held_out<'a>(
    knowledge: &'a Knowledge,
    start: &'a Numbers,
    cases: &'a [&'a Case],
    folds: usize,
    method: Method,
) -> impl Iterator<Item = (BTreeSet<usize>, Numbers)> + 'a {
    parts(cases.len(), folds).into_iter().map(move |part| {
        let rest: Vec<&Case> = (0..cases.len()).filter(|ix| !part.contains(ix)).map(|ix| cases[ix]).collect();
        let numbers = fit(knowledge, start, &rest, method);
        (part, numbers)
    })
}

/// Which incidents belong to which part.
pub fn parts(cases: usize, folds: usize) -> Vec<BTreeSet<usize>> {
    let folds = folds.clamp(2, cases.max(2));
    (0..folds).map(|fold| (fold..cases).step_by(folds).collect()).collect()
}

fn edges(knowledge: &Knowledge, cases: &[&Case]) -> BTreeMap<(String, String), Counted> {
    let mut out = BTreeMap::new();
    for (ix, cause) in knowledge.causes.iter().enumerate() {
        // Technologies and signals of each incident of this cause.
        let seen: Vec<(BTreeSet<&str>, BTreeSet<usize>)> = cases
            .iter()
            .filter(|case| case.expected.first() == Some(&ix))
            .map(|case| {
                let signals: BTreeSet<usize> = case.evidence.seen.iter().copied().collect();
                (signals.iter().map(|s| technology(&knowledge.signals[*s].id)).collect(), signals)
            })
            .collect();
        for (signal, word) in &cause.shows {
            let family = technology(&knowledge.signals[*signal].id);
            let of = seen.iter().filter(|(technologies, _)| technologies.contains(family)).count() as u32;
            let hits = seen.iter().filter(|(_, signals)| signals.contains(signal)).count() as u32;
            // Messages of one program are alternatives: not seeing one says little, seeing one says that it happens.
            if of >= ENOUGH && hits > 0 {
                let strength = (STRENGTH * word + f64::from(hits)) / (STRENGTH + f64::from(of));
                let id = (cause.id.clone(), knowledge.signals[*signal].id.clone());
                out.insert(id, Counted { seen: hits, of, strength });
            }
        }
    }
    out
}

/// Coordinate descent over the words; the order of a scale's words stays what it is.
fn search(knowledge: &Knowledge, numbers: &mut Numbers, cases: &[&Case]) {
    let design = Numbers::default();
    let sizes = [design.prior.len(), design.how.len(), design.leak.len()];
    let mut best = objective(knowledge, &design, numbers, cases);
    for step in STEPS {
        for (scale, size) in sizes.into_iter().enumerate() {
            for at in 0..size {
                for direction in [step, -step] {
                    let mut changed = numbers.clone();
                    let Some(number) = value(&mut changed, scale, at) else { continue };
                    *number = expit(logit(*number) + direction);
                    if !ordered(&changed) {
                        continue;
                    }
                    let loss = objective(knowledge, &design, &changed, cases);
                    if loss < best {
                        best = loss;
                        *numbers = changed;
                        break;
                    }
                }
            }
        }
    }
}

fn objective(knowledge: &Knowledge, design: &Numbers, numbers: &Numbers, cases: &[&Case]) -> f64 {
    let pairs = |a: Vec<f64>, b: Vec<f64>| a.into_iter().zip(b).map(|(m, x)| divergence(m, x)).sum::<f64>();
    let all = |n: &Numbers| n.prior.values().chain(n.how.values()).chain(n.leak.values()).copied().collect();
    log_loss(knowledge, numbers, cases) * cases.len() as f64 + STRENGTH * pairs(all(design), all(numbers))
}

/// −ln of a Beta density with this mean and a strength of one, less its least value.
fn divergence(mean: f64, x: f64) -> f64 {
    mean * (mean / x).ln() + (1.0 - mean) * ((1.0 - mean) / (1.0 - x)).ln()
}

fn value(numbers: &mut Numbers, scale: usize, at: usize) -> Option<&mut f64> {
    match scale {
        0 => numbers.prior.values_mut().nth(at),
        1 => numbers.how.values_mut().nth(at),
        _ => numbers.leak.values_mut().nth(at),
    }
}

/// Priors and strengths fall from word to word, leaks rise.
fn ordered(numbers: &Numbers) -> bool {
    let falls = |list: Vec<f64>| list.windows(2).all(|pair| pair[0] > pair[1]);
    falls(numbers.prior.values().copied().collect())
        && falls(numbers.how.values().copied().collect())
        && falls(numbers.leak.values().rev().copied().collect())
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
