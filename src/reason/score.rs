//! Inference: a leaky noisy-OR over small sets of causes.
//!
//! For a set S of causes that are really there, with priors π, leaks λ, edge strengths q and shares τ (f is a unit of
//! evidence: a signal, or the signals that one record shows):
//!
//! ```text
//! P(f absent | S) = (1−λ_f) · Π_{c∈S}(1−q_cf)
//! w(S)   = Π_{c∈S} a_c · Π_{f present} [1 − P(f absent | S)]^τ_f
//! a_c    = π_c/(1−π_c) · Π_{f observably absent}(1−q_cf)
//! P(c|E) = Σ_{S∋c} w(S) / Σ_S w(S)
//! ```
//!
//! Sets of at most three causes are enumerated; Heckerman and Shwe (arXiv 1303.1463) show why
//! causes that compete must be weighed together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

// Those of the standard library are the system's, which differ in the last bit.
use libm::{exp, log, log2, log10};

/// Decimal places of a probability that count.
pub const DIGITS: i32 = 4;
/// Causes in one set at most.
pub const MAX_SET: usize = 3;
/// A layer of larger sets that adds less than this share ends the enumeration.
const ENOUGH: f64 = 0.01;
/// Candidates that are enumerated; of more, those that explain most on their own are taken.
const MAX_CANDIDATES: usize = 48;
/// Combinations of groups that are told apart when a signal is valued; of more, the likeliest are taken.
const MAX_WORLDS: usize = 1000;
/// What a signal that speaks against a cause does to it: never 0, one wrong fact must not bury the truth.
pub const RULED_OUT: f64 = 0.01;

/// Priors, leaks and edges, without names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Network {
    /// λ by signal.
    pub leaks: Vec<f64>,
    /// Causes.
    pub causes: Vec<Node>,
}

/// A cause of a [`Network`].
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// π.
    pub prior: f64,
    /// (signal, q), sorted by signal.
    pub edges: Vec<(usize, f64)>,
}

impl Node {
    /// q towards a signal; 0 without an edge.
    pub fn strength(&self, signal: usize) -> f64 {
        self.edges.binary_search_by_key(&signal, |e| e.0).map_or(0.0, |ix| self.edges[ix].1)
    }
}

/// One observation: signals of the same leak that one record shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its signals, sorted.
    pub signals: Vec<usize>,
    /// τ.
    pub share: f64,
}

impl Unit {
    /// λ.
    pub fn leak(&self, network: &Network) -> f64 {
        self.signals.iter().map(|signal| network.leaks[*signal]).fold(1.0, f64::min)
    }

    /// q of a cause, the mean over the signals: where rules disagree about a record, each has its vote.
    pub fn strength(&self, network: &Network, cause: usize) -> f64 {
        let node = &network.causes[cause];
        self.signals.iter().map(|signal| node.strength(*signal)).sum::<f64>() / self.signals.len().max(1) as f64
    }

    /// The signal that speaks best for a cause, if one does.
    pub fn best(&self, network: &Network, cause: usize) -> Option<usize> {
        let q = |signal: usize| network.causes[cause].strength(signal);
        let best = self.signals.iter().copied().max_by(|a, b| q(*a).total_cmp(&q(*b)).then(b.cmp(a)))?;
        (q(best) > 0.0).then_some(best)
    }
}

/// Evidence over a [`Network`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// What is present.
    pub present: Vec<Unit>,
    /// Factors on the prior odds of causes: absent signals, and what speaks strongly against them.
    pub factors: BTreeMap<usize, f64>,
    /// Causes that are out of the question.
    pub excluded: Vec<usize>,
}

/// Probabilities after the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// (cause, probability) of every candidate, best first; equals in the order of the causes.
    pub causes: Vec<(usize, f64)>,
    /// Probability of no known cause.
    pub none: f64,
    /// Groups of causes that do not compete with each other: in each, every set that was weighed, with its probability; the
    /// smaller ones first.
    pub groups: Vec<Vec<(Vec<usize>, f64)>>,
}

impl Posterior {
    /// The probability of a cause; 0 for one that is no candidate.
    pub fn of(&self, cause: usize) -> f64 {
        self.causes.iter().find(|(c, _)| *c == cause).map_or(0.0, |(_, p)| *p)
    }
}

/// Weighs every small set of the causes that have an edge to a present signal.
///
/// Causes that share no present signal, directly or through others, do not compete: each such group is weighed alone,
/// which is exact and keeps the sets small when a log holds many failures.
pub fn posterior(network: &Network, findings: &Findings) -> Posterior {
    let mut whole = Posterior { causes: Vec::new(), none: 1.0, groups: Vec::new() };
    let units = units(network, findings);
    for candidates in groups(candidates(network, findings)) {
        let group = Problem { units: &units, candidates }.weigh();
        whole.none *= group.none;
        whole.causes.extend(group.causes);
        whole.groups.extend(group.groups);
    }
    sort(&mut whole.causes);
    whole
}

/// (λ, τ) of every unit.
fn units(network: &Network, findings: &Findings) -> Vec<(f64, f64)> {
    findings.present.iter().map(|unit| (unit.leak(network), unit.share)).collect()
}

/// Puts causes in their rank: by what an answer shows of their probabilities, and equals in the order of the causes. What is
/// behind those digits is the rounding of sums.
pub fn sort(causes: &mut [(usize, f64)]) {
    causes.sort_by_key(|(cause, p)| (Reverse(shown(*p)), *cause));
}

/// A probability in the steps that an answer shows.
fn shown(p: f64) -> u32 {
    (p * 10f64.powi(DIGITS)).round() as u32
}

/// Causes with an edge to a present signal.
fn candidates(network: &Network, findings: &Findings) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for (cause, node) in network.causes.iter().enumerate() {
        if findings.excluded.contains(&cause) {
            continue;
        }
        let edges: Vec<(usize, f64)> = findings
            .present
            .iter()
            .enumerate()
            .map(|(at, unit)| (at, unit.strength(network, cause)))
            .filter(|(_, q)| *q > 0.0)
            .collect();
        if edges.is_empty() {
            continue;
        }
        let factor = findings.factors.get(&cause).copied().unwrap_or(1.0);
        let odds = log(node.prior / (1.0 - node.prior) * factor);
        candidates.push(Candidate { cause, odds, edges });
    }
    candidates
}

/// Candidates that share present signals, in the order of their first members.
fn groups(candidates: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let mut groups: Vec<(BTreeSet<usize>, Vec<Candidate>)> = Vec::new();
    for candidate in candidates {
        let mut signals: BTreeSet<usize> = candidate.edges.iter().map(|(at, _)| *at).collect();
        let mut members = Vec::new();
        let mut apart = Vec::new();
        for (theirs, group) in groups {
            if theirs.is_disjoint(&signals) {
                apart.push((theirs, group));
            } else {
                signals.extend(theirs);
                members.extend(group);
            }
        }
        members.push(candidate);
        apart.push((signals, members));
        groups = apart;
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

struct Problem<'a> {
    /// (λ, τ) of every unit.
    units: &'a [(f64, f64)],
    candidates: Vec<Candidate>,
}

struct Candidate {
    cause: usize,
    /// ln a_c.
    odds: f64,
    /// (position in `present`, q).
    edges: Vec<(usize, f64)>,
}

impl Candidate {
    /// As if a unit were not there; nothing where the cause has no other.
    fn without(&self, unit: usize) -> Option<Self> {
        let edges: Vec<_> = self.edges.iter().filter(|(at, _)| *at != unit).copied().collect();
        (!edges.is_empty()).then_some(Self { edges, ..*self })
    }
}

/// What a set of causes leaves of a unit.
#[derive(Clone, Copy)]
struct Left {
    /// Π(1−q) of its causes.
    missing: f64,
    /// ln P(present).
    log: f64,
}

impl Left {
    fn of(missing: f64, leak: f64) -> Self {
        Self { missing, log: log(1.0 - (1.0 - leak) * missing) }
    }
}

impl Problem<'_> {
    fn weigh(mut self) -> Posterior {
        self.candidates.sort_by_key(|c| c.cause);
        if self.candidates.len() > MAX_CANDIDATES {
            self.keep_best();
        }
        let mut weighed: Vec<(Vec<usize>, f64)> = vec![(Vec::new(), 0.0)];
        let mut total = 1.0;
        for size in 1..=MAX_SET.min(self.candidates.len()) {
            let start = weighed.len();
            let mut set = Vec::with_capacity(size);
            self.layer(size, 0, 0.0, &mut set, &mut self.untouched(), &mut weighed);
            let added: f64 = weighed[start..].iter().map(|(_, w)| exp(*w)).sum();
            total += added;
            if size > 1 && added < ENOUGH * total {
                break;
            }
        }
        self.normalise(weighed)
    }

    fn keep_best(&mut self) {
        let untouched = self.untouched();
        let mut alone: Vec<(f64, usize)> =
            (0..self.candidates.len()).map(|ix| (self.add(&self.candidates[ix], &mut untouched.clone()), ix)).collect();
        alone.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let kept: Vec<usize> = alone.into_iter().take(MAX_CANDIDATES).map(|(_, ix)| ix).collect();
        let mut ix = 0;
        self.candidates.retain(|_| {
            ix += 1;
            kept.contains(&(ix - 1))
        });
    }

    /// What the empty set leaves of every unit.
    fn untouched(&self) -> Vec<Left> {
        self.units.iter().map(|(leak, _)| Left::of(1.0, *leak)).collect()
    }

    /// Adds a cause to a set: what that does to ln w, and what is left of the units that it touches.
    fn add(&self, candidate: &Candidate, left: &mut [Left]) -> f64 {
        let mut gain = candidate.odds;
        for (at, q) in &candidate.edges {
            let (leak, share) = self.units[*at];
            let after = Left::of(left[*at].missing * (1.0 - q), leak);
            gain += share * (after.log - left[*at].log);
            left[*at] = after;
        }
        gain
    }

    /// All sets of one size, with ln w relative to the empty set.
    fn layer(
        &self,
        size: usize,
        from: usize,
        weight: f64,
        set: &mut Vec<usize>,
        left: &mut [Left],
        out: &mut Vec<(Vec<usize>, f64)>,
    ) {
        if set.len() == size {
            out.push((set.clone(), weight));
            return;
        }
        for next in from..self.candidates.len() {
            let candidate = &self.candidates[next];
            let before: Vec<Left> = candidate.edges.iter().map(|(at, _)| left[*at]).collect();
            let gain = self.add(candidate, left);
            set.push(next);
            self.layer(size, next + 1, weight + gain, set, left, out);
            set.pop();
            for ((at, _), value) in candidate.edges.iter().zip(before) {
                left[*at] = value;
            }
        }
    }

    fn normalise(&self, weighed: Vec<(Vec<usize>, f64)>) -> Posterior {
        let highest = weighed.iter().map(|(_, w)| *w).fold(0.0, f64::max);
        let total: f64 = weighed.iter().map(|(_, w)| exp(w - highest)).sum();
        let mut by_cause = vec![0.0; self.candidates.len()];
        let mut sets = Vec::with_capacity(weighed.len());
        let mut none = 0.0;
        for (set, weight) in weighed {
            let p = exp(weight - highest) / total;
            for member in &set {
                by_cause[*member] += p;
            }
            if set.is_empty() {
                none = p;
            }
            sets.push((set.into_iter().map(|ix| self.candidates[ix].cause).collect(), p));
        }
        let causes = self.candidates.iter().zip(by_cause).map(|(c, p)| (c.cause, p.min(1.0))).collect();
        Posterior { causes, none, groups: vec![sets] }
    }
}

/// What single units contribute to a cause, in decibans: 10·log10 of its odds with and without each.
pub fn contributions<'f>(
    network: &'f Network,
    findings: &'f Findings,
    with: &Posterior,
    cause: usize,
) -> impl Fn(usize) -> f64 + 'f {
    // What does not compete with the cause does not matter.
    let of_cause = move |group: &Vec<Candidate>| group.iter().any(|c| c.cause == cause);
    let rivals = groups(candidates(network, findings)).into_iter().find(of_cause).unwrap_or_default();
    let (units, with) = (units(network, findings), with.of(cause));
    move |unit| {
        let left = rivals.iter().filter_map(|candidate| candidate.without(unit)).collect();
        let p = match groups(left).into_iter().find(of_cause) {
            Some(candidates) => Problem { units: &units, candidates }.weigh().of(cause),
            // Without any signal left, the cause is where it began.
            None => {
                let prior = network.causes[cause].prior;
                let odds = prior / (1.0 - prior) * findings.factors.get(&cause).copied().unwrap_or(1.0);
                odds / (1.0 + odds)
            }
        };
        decibans(with) - decibans(p)
    }
}

/// Odds in decibans, kept finite.
pub fn decibans(p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    10.0 * log10(p / (1.0 - p))
}

/// A factor on odds in decibans, kept finite.
pub fn factor_decibans(factor: f64) -> f64 {
    10.0 * log10(factor.max(1e-12))
}

/// What the answer to "is this signal there?" tells about the set of causes, in bits.
pub fn information(network: &Network, posterior: &Posterior, signal: usize) -> f64 {
    // (probability, probability that the signal is absent) of every combination over the groups that it speaks of.
    let mut worlds = vec![(1.0, 1.0 - network.leaks[signal])];
    for sets in &posterior.groups {
        // Each cause is a set of its own too; those come first, behind the empty one.
        let alone = sets.iter().skip(1).map_while(|(set, _)| if let [cause] = set[..] { Some(cause) } else { None });
        let misses = alone.map(|cause| (cause, 1.0 - network.causes[cause].strength(signal)));
        let showing: Vec<(usize, f64)> = misses.filter(|(_, miss)| *miss < 1.0).collect();
        if showing.is_empty() {
            continue;
        }
        let of = |cause: &usize| showing.iter().find(|(showing, _)| showing == cause).map(|(_, miss)| miss);
        let miss = |set: &[usize]| set.iter().filter_map(of).product::<f64>();
        // Sets that show the signal equally often are one world.
        let mut by_miss: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for (set, p) in sets {
            let miss = miss(set);
            by_miss.entry((miss * 1e9) as u64).or_insert((0.0, miss)).0 += p;
        }
        worlds = worlds
            .iter()
            .flat_map(|(p, absent)| by_miss.values().map(move |(share, miss)| (p * share, absent * miss)))
            .collect();
        if worlds.len() > MAX_WORLDS {
            worlds.sort_by(|a, b| b.0.total_cmp(&a.0));
            worlds.truncate(MAX_WORLDS);
        }
    }
    let total: f64 = worlds.iter().map(|(p, _)| p).sum();
    let expected: f64 = worlds.iter().map(|(p, absent)| p / total * (1.0 - absent)).sum();
    let conditional: f64 = worlds.iter().map(|(p, absent)| p / total * entropy(1.0 - absent)).sum();
    (entropy(expected) - conditional).max(0.0)
}

fn entropy(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    -(p * log2(p) + (1.0 - p) * log2(1.0 - p))
}
