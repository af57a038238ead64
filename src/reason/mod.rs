//! From evidence to a diagnosis: ranked causes, why, and what to look at next.

pub mod ask;
pub mod explain;
pub mod score;

use crate::graph;
use crate::observe::Observations;
use crate::observe::evidence::{self, AbsentBecause, Evidence, Scope};
use crate::observe::incident::{self, Incident, Subject};
use crate::rule::model::{CauseIx, Knowledge, SignalIx, SymptomIx};
use crate::rule::numbers::Numbers;
use crate::rule::words::{Leak, Prior};
use jiff::Timestamp;
use score::{Findings, Network, Node, Posterior, Unit};
use std::collections::BTreeMap;

/// Causes of less than this are not listed.
pub const LISTED: f64 = 0.05;

/// How to rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The leading cause must be at least this likely, or none is named.
    pub min_probability: f64,
    /// Causes that are listed at most.
    pub top: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { min_probability: 0.4, top: 10 }
    }
}

/// How sure a probability is, in words.
pub fn confidence(probability: f64) -> &'static str {
    match probability {
        p if p >= 0.9 => "almost certain",
        p if p >= 0.7 => "likely",
        p if p >= 0.4 => "possible",
        _ => "unlikely",
    }
}

/// A cause in its rank.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The cause.
    pub cause: CauseIx,
    /// Its probability.
    pub probability: f64,
    /// What speaks for it, strongest first: signal and decibans.
    pub for_it: Vec<(SignalIx, f64)>,
    /// What speaks against it, in decibans.
    pub against: Vec<(Against, f64)>,
    /// Odds before any evidence, in decibans.
    pub prior_db: f64,
}

/// Something that speaks against a cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Against {
    /// A signal that it would show is observably absent.
    Absent(SignalIx, AbsentBecause),
    /// A signal that it cannot show is there.
    RuledOut(SignalIx),
    /// Its stage was passed later.
    Passed(SignalIx),
}

/// What a scope of observations says.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The evidence.
    pub evidence: Evidence,
    /// Ranked causes, best first; empty when none is likely enough.
    pub causes: Vec<Ranked>,
    /// Probability of none of the known causes.
    pub none: f64,
    /// Symptoms that are seen.
    pub symptoms: Vec<SymptomIx>,
    /// What to look at next.
    pub next: Vec<ask::Check>,
}

/// The verdict on everything, and on each subject.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Over all input.
    pub whole: Verdict,
    /// By subject and time; only those with a cause.
    pub incidents: Vec<IncidentVerdict>,
}

/// What one incident says.
#[derive(Debug, Clone)]
pub struct IncidentVerdict {
    /// Whom it is about.
    pub subject: Subject,
    /// Times of its first and last record, where they can be read.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Its own ranking.
    pub verdict: Verdict,
}

/// The network of a knowledge base, with the numbers that it brings.
pub fn network(knowledge: &Knowledge) -> Network {
    network_with(knowledge, &knowledge.numbers)
}

/// The network of a knowledge base with other numbers.
pub fn network_with(knowledge: &Knowledge, numbers: &Numbers) -> Network {
    let all = match *numbers == Numbers::default() {
        true => knowledge.causes.iter().map(|cause| cause.effects.clone()).collect(),
        false => graph::effects(knowledge, numbers),
    };
    let prior = |word: Prior| numbers.prior.get(&word).copied().unwrap_or_else(|| word.number());
    let leak = |word: Leak| numbers.leak.get(&word).copied().unwrap_or_else(|| word.number());
    Network {
        leaks: knowledge.signals.iter().map(|s| leak(s.leak)).collect(),
        causes: knowledge.causes.iter().zip(all).map(|(c, edges)| Node { prior: prior(c.prior), edges }).collect(),
    }
}

/// Weighs everything that was seen, as a whole and by incident.
pub fn diagnose(knowledge: &Knowledge, network: &Network, seen: &Observations, options: Options) -> Diagnosis {
    let whole = verdict(knowledge, network, &Scope::whole(seen), options);
    Diagnosis { whole, incidents: incidents(knowledge, network, seen, options) }
}

/// Stretches of one subject that follow each other with the same leading cause are one incident: it was tried again.
fn incidents(knowledge: &Knowledge, network: &Network, seen: &Observations, options: Options) -> Vec<IncidentVerdict> {
    let weigh = |incident: &Incident| verdict(knowledge, network, &incident.scope, options);
    let leading = |verdict: &Verdict| verdict.causes.first().map(|ranked| ranked.cause);
    let mut open: Vec<(Incident, Verdict)> = Vec::new();
    for incident in incident::split(seen) {
        let verdict = weigh(&incident);
        if verdict.causes.is_empty() {
            continue;
        }
        match open.last_mut() {
            Some((before, theirs)) if before.subject == incident.subject && leading(theirs) == leading(&verdict) => {
                before.join(incident);
                *theirs = weigh(before);
            }
            _ => open.push((incident, verdict)),
        }
    }
    let mut out = Vec::new();
    for (incident, verdict) in open {
        let parts = match incident.subject {
            Subject::Named(..) => vec![verdict],
            Subject::Input(_) => unrelated(network, verdict, options),
        };
        for verdict in parts {
            let period = period(seen, &verdict);
            out.push(IncidentVerdict { subject: incident.subject.clone(), period, verdict });
        }
    }
    out
}

/// Times of the first and the last record that speak for the causes.
fn period(seen: &Observations, verdict: &Verdict) -> Option<(Timestamp, Timestamp)> {
    let speaks = |signal: SignalIx| verdict.causes.iter().any(|r| r.for_it.iter().any(|(s, _)| *s == signal));
    let marks = verdict.evidence.present.iter().filter(|p| speaks(p.signal)).flat_map(|p| &p.marks);
    let times = marks.filter_map(|(at, _)| seen.sightings[*at].record.time);
    times.fold(None, |period, time| match period {
        None => Some((time, time)),
        Some((from, to)) => Some((from.min(time), to.max(time))),
    })
}

/// Where nothing names a subject, likely causes that share no evidence are incidents of their own.
fn unrelated(network: &Network, verdict: Verdict, options: Options) -> Vec<Verdict> {
    let groups = posterior(network, &verdict.evidence).groups;
    let group_of =
        |ranked: &Ranked| groups.iter().position(|sets| sets.iter().any(|(set, _)| set.contains(&ranked.cause)));
    let mut parts: Vec<(Option<usize>, Vec<Ranked>)> = Vec::new();
    for ranked in &verdict.causes {
        let group = group_of(ranked);
        match parts.iter_mut().find(|(of, _)| *of == group) {
            Some((_, causes)) => causes.push(ranked.clone()),
            None => parts.push((group, vec![ranked.clone()])),
        }
    }
    parts.retain(|(_, causes)| causes[0].probability >= options.min_probability);
    parts.into_iter().map(|(_, causes)| Verdict { causes, ..verdict.clone() }).collect()
}

/// The causes that are named, best first; none where the leading one is not likely enough.
pub fn named(knowledge: &Knowledge, posterior: &Posterior, options: Options) -> Vec<(CauseIx, f64)> {
    let mut causes: Vec<(CauseIx, f64)> = posterior.causes.iter().filter(|(_, p)| *p >= LISTED).copied().collect();
    for (old, p) in causes.clone() {
        let Some(new) = replacement(knowledge, old) else { continue };
        // Both stand for the same: what speaks for the old one speaks for the one that replaces it.
        if let Some((_, together)) = causes.iter_mut().find(|(cause, _)| *cause == new) {
            *together = (*together + p).min(1.0 - posterior.none).max(*together);
            causes.retain(|(cause, _)| *cause != old);
        }
    }
    score::sort(&mut causes);
    causes.truncate(options.top);
    match causes.first() {
        Some((_, p)) if *p >= options.min_probability => causes,
        _ => Vec::new(),
    }
}

/// What is used instead of a deprecated cause.
fn replacement(knowledge: &Knowledge, cause: CauseIx) -> Option<CauseIx> {
    let replaced_by = knowledge.causes[cause].deprecated.as_ref()?.replaced_by.as_ref()?;
    knowledge.cause(replaced_by).filter(|new| *new != cause)
}

fn verdict(knowledge: &Knowledge, network: &Network, scope: &Scope, options: Options) -> Verdict {
    let evidence = evidence::gather(knowledge, scope);
    let findings = findings(network, &evidence);
    let posterior = score::posterior(network, &findings);
    let causes = named(knowledge, &posterior, options)
        .into_iter()
        .map(|(cause, probability)| rank(network, &findings, &posterior, &evidence, cause, probability))
        .collect();
    let symptoms = symptoms(knowledge, &evidence);
    let next = ask::next_checks(knowledge, network, scope, &posterior);
    Verdict { causes, none: posterior.none, symptoms, next, evidence }
}

fn rank(
    network: &Network,
    findings: &Findings,
    posterior: &Posterior,
    evidence: &Evidence,
    cause: CauseIx,
    probability: f64,
) -> Ranked {
    Ranked {
        cause,
        probability,
        for_it: explain::supports(network, findings, posterior, cause),
        against: explain::against(network, evidence, cause),
        prior_db: score::decibans(network.causes[cause].prior),
    }
}

/// The evidence in the numbers of the network.
pub fn findings(network: &Network, evidence: &Evidence) -> Findings {
    let mut units: BTreeMap<usize, Unit> = BTreeMap::new();
    for present in &evidence.present {
        let unit = units.entry(present.unit).or_insert(Unit { signals: Vec::new(), share: present.share });
        unit.signals.push(present.signal);
    }
    let mut findings = Findings {
        present: units.into_values().collect(),
        excluded: evidence.excluded.iter().copied().collect(),
        ..Findings::default()
    };
    for (cause, absent) in &evidence.absent {
        let factor: f64 = absent.iter().map(|(signal, _)| 1.0 - network.causes[*cause].strength(*signal)).product();
        *findings.factors.entry(*cause).or_insert(1.0) *= factor;
    }
    for cause in evidence.ruled_out.keys().chain(evidence.passed.keys()) {
        *findings.factors.entry(*cause).or_insert(1.0) *= score::RULED_OUT;
    }
    findings
}

fn symptoms(knowledge: &Knowledge, evidence: &Evidence) -> Vec<SymptomIx> {
    let shown = |ix: &SymptomIx| knowledge.symptoms[*ix].shows.iter().any(|(signal, _)| evidence.seen.contains(signal));
    (0..knowledge.symptoms.len()).filter(shown).collect()
}

/// The posterior of a verdict's evidence, for whoever wants every candidate.
pub fn posterior(network: &Network, evidence: &Evidence) -> Posterior {
    score::posterior(network, &findings(network, evidence))
}
