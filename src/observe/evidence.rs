//! Evidence: what the observations say once general signals, history and repeats are set aside.

use std::collections::{BTreeMap, BTreeSet};

use super::{FactSet, Observations, Sighting, compatible};
use crate::rule::model::{CauseIx, Condition, Knowledge, SignalIx, SignalKind};
use crate::rule::words::How;

/// A signal that is present, where it was seen, and its share of a unit of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Present {
    /// The signal.
    pub signal: SignalIx,
    /// The unit of evidence that it belongs to: signals of one record are one observation.
    pub unit: usize,
    /// τ of the unit: 1, or less where other units take part of its record.
    pub share: f64,
    /// Where: (sighting, mark), the first is quoted.
    pub marks: Vec<(usize, usize)>,
    /// Fact sets in which its condition holds.
    pub sets: Vec<usize>,
}

/// Why a signal that a cause would show counts as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsentBecause {
    /// The facts say otherwise; the set that does.
    Fact(usize),
    /// The log that would show it is here, reached that stage, and does not.
    Log,
    /// A person has looked for it and not found it.
    Said,
}

/// A success, and where it was seen: `None` for one that the facts say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Success {
    /// The signal.
    pub signal: SignalIx,
    /// The sighting.
    pub sighting: Option<usize>,
}

/// A failure that is history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleared {
    /// The signal.
    pub signal: SignalIx,
    /// Its latest sighting and the mark in it.
    pub mark: (usize, usize),
    /// What came later.
    pub by: Success,
}

/// What the observations say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Present signals with a cause, sorted by signal.
    pub present: Vec<Present>,
    /// Observably absent signals, by cause: strength of the edge included where it counts.
    pub absent: BTreeMap<CauseIx, Vec<(SignalIx, AbsentBecause)>>,
    /// Causes against which a seen signal speaks strongly, and that signal.
    pub ruled_out: BTreeMap<CauseIx, SignalIx>,
    /// Causes whose stage was passed later, and what proves it.
    pub passed: BTreeMap<CauseIx, Success>,
    /// Causes whose context is known to be otherwise.
    pub excluded: BTreeSet<CauseIx>,
    /// What a later success turned into history, by signal and subject.
    pub cleared: Vec<Cleared>,
    /// Other signals that were seen: successes, and details of present ones.
    pub seen: BTreeSet<SignalIx>,
}

/// The part of the observations that a diagnosis is about.
pub struct Scope<'o> {
    /// Everything that was seen.
    pub all: &'o Observations,
    /// Indexes of the sightings in question.
    pub sightings: Vec<usize>,
    /// Indexes of the fact sets in question.
    pub sets: Vec<usize>,
}

impl<'o> Scope<'o> {
    /// Everything.
    pub fn whole(all: &'o Observations) -> Self {
        Scope { all, sightings: (0..all.sightings.len()).collect(), sets: (0..all.sets.len()).collect() }
    }

    fn sighting(&self, ix: usize) -> &'o Sighting {
        &self.all.sightings[ix]
    }

    fn fact_sets(&self) -> impl Iterator<Item = (usize, &'o FactSet)> {
        self.sets.iter().map(|ix| (*ix, &self.all.sets[*ix]))
    }
}

/// Weighs what was seen: DESIGN's four rules that matter more than the formula.
pub fn gather(knowledge: &Knowledge, scope: &Scope) -> Evidence {
    let weighed = weighed_signals(knowledge);
    let live = live_marks(knowledge, scope, &weighed);
    let facts = fact_signals(knowledge, scope);
    let mut evidence = Evidence { cleared: live.cleared, ..Evidence::default() };
    evidence.seen = live.seen.iter().copied().chain(facts.present.keys().copied()).collect();
    let units = units(knowledge, scope, &live.marks, &facts.present, &weighed);
    for (signal, (unit, share)) in units {
        let marks = live.marks.get(&signal).cloned().unwrap_or_default();
        let sets = facts.present.get(&signal).cloned().unwrap_or_default();
        evidence.present.push(Present { signal, unit, share, marks, sets });
    }
    let present: BTreeSet<SignalIx> = evidence.present.iter().map(|p| p.signal).collect();
    for (ix, cause) in knowledge.causes.iter().enumerate() {
        if !cause.effects.iter().any(|(signal, _)| present.contains(signal)) {
            continue;
        }
        if cause.requires.as_ref().is_some_and(|c| known_false(scope, c)) {
            evidence.excluded.insert(ix);
        }
        if let Some(signal) = cause.rules_out.iter().find(|s| evidence.seen.contains(s)) {
            evidence.ruled_out.insert(ix, *signal);
        }
        if let Some(success) = passed(knowledge, scope, &evidence, ix) {
            evidence.passed.insert(ix, success);
        }
        let absent = absent(knowledge, scope, &facts, &live.ever, &present, ix);
        if !absent.is_empty() {
            evidence.absent.insert(ix, absent);
        }
    }
    evidence
}

/// Signals with an edge from some cause: only they can weigh.
fn weighed_signals(knowledge: &Knowledge) -> BTreeSet<SignalIx> {
    knowledge.causes.iter().flat_map(|c| c.effects.iter().map(|(signal, _)| *signal)).collect()
}

#[derive(Default)]
struct Live {
    /// Marks that count, by signal.
    marks: BTreeMap<SignalIx, Vec<(usize, usize)>>,
    /// What is over, by signal and subject.
    cleared: Vec<Cleared>,
    /// Signals with a mark that was not cleared, implied ones too.
    seen: BTreeSet<SignalIx>,
    /// Signals with any mark.
    ever: BTreeSet<SignalIx>,
}

/// Sets aside what a later success turned into history, and what a more specific signal makes redundant.
///
/// A success counts wherever it was seen, also outside the scope: a part of the observations must not call a failure open
/// that the whole knows to be over.
fn live_marks(knowledge: &Knowledge, scope: &Scope, weighed: &BTreeSet<SignalIx>) -> Live {
    let mut by_signal: BTreeMap<SignalIx, Vec<(usize, usize)>> = BTreeMap::new();
    for ix in &scope.sightings {
        for (n, mark) in scope.sighting(*ix).marks.iter().enumerate() {
            by_signal.entry(mark.signal).or_default().push((*ix, n));
        }
    }
    let cleared_by = |signal: SignalIx, at: usize| -> Option<Success> {
        let failure = scope.sighting(at);
        let subject = failure.subject();
        knowledge.signals[signal].cleared_by.iter().find_map(|success| {
            let later = scope.all.places.get(success)?.iter().find(|ix| {
                let sighting = scope.sighting(**ix);
                sighting.is_after(failure) && compatible(&subject, &sighting.subject())
            })?;
            Some(Success { signal: *success, sighting: Some(*later) })
        })
    };
    // What a cleared signal made redundant in its record does not come back for that.
    let mut cleared: BTreeMap<(SignalIx, usize), Success> = BTreeMap::new();
    for (signal, marks) in &by_signal {
        for (at, _) in marks {
            if let Some(success) = cleared_by(*signal, *at) {
                cleared.insert((*signal, *at), success);
                for implied in &knowledge.signals[*signal].implies {
                    cleared.entry((*implied, *at)).or_insert(success);
                }
            }
        }
    }
    let mut live = Live { ever: by_signal.keys().copied().collect(), ..Live::default() };
    for (signal, marks) in &by_signal {
        let left: Vec<_> = marks.iter().filter(|(at, _)| !cleared.contains_key(&(*signal, *at))).copied().collect();
        // Over for a subject only when nothing of the kind is open for it.
        let subject = |at: usize| scope.sighting(at).subject();
        let open: BTreeSet<_> = left.iter().map(|(at, _)| subject(*at)).collect();
        let mut over: BTreeMap<_, Cleared> = BTreeMap::new();
        for mark in marks.iter().filter(|(at, _)| !open.contains(&subject(*at))) {
            if let Some(by) = cleared.get(&(*signal, mark.0)) {
                over.insert(subject(mark.0), Cleared { signal: *signal, mark: *mark, by: *by });
            }
        }
        live.cleared.extend(over.into_values());
        if !left.is_empty() {
            live.seen.insert(*signal);
            live.marks.insert(*signal, left);
        }
    }
    // What only says that a line is harmless speaks of that line alone.
    let mut harmless: BTreeSet<(SignalIx, usize)> = BTreeSet::new();
    let mut redundant: BTreeSet<SignalIx> = BTreeSet::new();
    for (signal, marks) in &live.marks {
        let implied = knowledge.signals[*signal].implies.iter().copied();
        if weighed.contains(signal) {
            redundant.extend(implied);
        } else {
            harmless.extend(implied.flat_map(|implied| marks.iter().map(move |(at, _)| (implied, *at))));
        }
    }
    for (signal, marks) in &mut live.marks {
        marks.retain(|(at, _)| !harmless.contains(&(*signal, *at)));
    }
    live.marks.retain(|signal, marks| !marks.is_empty() && !redundant.contains(signal));
    live
}

#[derive(Default)]
struct FactSignals {
    /// Signals that hold, and the sets in which they do.
    present: BTreeMap<SignalIx, Vec<usize>>,
    /// Signals that hold nowhere and are known to be false somewhere.
    absent: BTreeMap<SignalIx, usize>,
}

fn fact_signals(knowledge: &Knowledge, scope: &Scope) -> FactSignals {
    let mut out = FactSignals::default();
    for (ix, signal) in knowledge.signals.iter().enumerate() {
        let SignalKind::Fact(condition) = &signal.kind else { continue };
        for (set_ix, set) in scope.fact_sets() {
            match set.holds(condition) {
                Some(true) => out.present.entry(ix).or_default().push(set_ix),
                Some(false) => {
                    out.absent.entry(ix).or_insert(set_ix);
                }
                None => {}
            }
        }
    }
    let redundant: BTreeSet<SignalIx> =
        out.present.keys().flat_map(|s| knowledge.signals[*s].implies.iter().copied()).collect();
    out.present.retain(|signal, _| !redundant.contains(signal));
    out.absent.retain(|signal, _| !out.present.contains_key(signal) && !redundant.contains(signal));
    out
}

/// Units of evidence: the most specific signals of one record, or of one fact, are one observation. A signal counts once,
/// where it stands with the fewest others.
fn units(
    knowledge: &Knowledge,
    scope: &Scope,
    marks: &BTreeMap<SignalIx, Vec<(usize, usize)>>,
    facts: &BTreeMap<SignalIx, Vec<usize>>,
    weighed: &BTreeSet<SignalIx>,
) -> BTreeMap<SignalIx, (usize, f64)> {
    let mut groups: BTreeMap<String, BTreeSet<SignalIx>> = BTreeMap::new();
    for (signal, places) in marks.iter().filter(|(s, _)| weighed.contains(s)) {
        for (sighting, _) in places {
            groups.entry(format!("record {sighting}")).or_default().insert(*signal);
        }
    }
    for (signal, sets) in facts.iter().filter(|(s, _)| weighed.contains(s)) {
        let SignalKind::Fact(condition) = &knowledge.signals[*signal].kind else { continue };
        for set in sets {
            let values = &scope.all.sets[*set].values;
            let known: Vec<&str> = condition.paths().into_iter().filter(|path| values.contains_key(*path)).collect();
            if known.is_empty() {
                groups.entry(format!("set {set} without {signal}")).or_default().insert(*signal);
            }
            for path in known {
                groups.entry(format!("set {set} {path}")).or_default().insert(*signal);
            }
        }
    }
    let mut groups: Vec<BTreeSet<SignalIx>> = groups.into_values().collect();
    groups.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    groups.dedup();
    let mut units: BTreeMap<SignalIx, (usize, f64)> = BTreeMap::new();
    for (unit, group) in groups.iter().enumerate() {
        let Some(lowest) = group.iter().map(|s| knowledge.signals[*s].leak).min() else { continue };
        let specific: Vec<SignalIx> = group.iter().copied().filter(|s| knowledge.signals[*s].leak == lowest).collect();
        let left = specific.iter().filter(|s| !units.contains_key(*s)).count();
        if left == 0 {
            continue;
        }
        let share = left as f64 / specific.len() as f64;
        for signal in &specific {
            units.entry(*signal).or_insert((unit, share));
        }
    }
    units
}

fn known_false(scope: &Scope, condition: &Condition) -> bool {
    let mut answers = scope.fact_sets().filter_map(|(_, set)| set.holds(condition)).peekable();
    answers.peek().is_some() && answers.all(|holds| !holds)
}

/// A signal that proves the cause's stage, or a later one, passed after all that the cause shows.
fn passed(knowledge: &Knowledge, scope: &Scope, evidence: &Evidence, cause: CauseIx) -> Option<Success> {
    let stage = knowledge.causes[cause].stage.position()?;
    let supports: Vec<&Present> = evidence
        .present
        .iter()
        .filter(|p| knowledge.causes[cause].effects.iter().any(|(signal, _)| *signal == p.signal))
        .collect();
    if supports.iter().any(|p| !p.sets.is_empty()) {
        return None;
    }
    let proves = |signal: SignalIx| {
        knowledge.signals[signal].proves.and_then(|s| s.position()).is_some_and(|position| position >= stage)
    };
    // A status is the present; logs are older.
    let by_fact =
        evidence.seen.iter().copied().find(|s| proves(*s) && matches!(knowledge.signals[*s].kind, SignalKind::Fact(_)));
    if let Some(signal) = by_fact {
        return Some(Success { signal, sighting: None });
    }
    let places: Vec<usize> = supports.iter().flat_map(|p| p.marks.iter().map(|(at, _)| *at)).collect();
    scope.all.places.iter().filter(|(signal, _)| proves(**signal)).find_map(|(signal, proofs)| {
        let mut latest = None;
        for at in &places {
            let (failure, subject) = (scope.sighting(*at), scope.sighting(*at).subject());
            let proof = proofs.iter().find(|proof| {
                let success = scope.sighting(**proof);
                let other = success.subject();
                let named = subject.iter().any(|(key, value)| other.get(key) == Some(value));
                success.is_after(failure)
                    && compatible(&subject, &other)
                    && (named || success.input == failure.input && !scope.all.mixed.contains(&failure.input))
            })?;
            latest = latest.max(Some(*proof));
        }
        latest.map(|sighting| Success { signal: *signal, sighting: Some(sighting) })
    })
}

/// Signals that the cause would show and that are observably not there.
fn absent(
    knowledge: &Knowledge,
    scope: &Scope,
    facts: &FactSignals,
    ever: &BTreeSet<SignalIx>,
    present: &BTreeSet<SignalIx>,
    cause: CauseIx,
) -> Vec<(SignalIx, AbsentBecause)> {
    let effects = &knowledge.causes[cause].effects;
    let shown: BTreeSet<&str> = effects
        .iter()
        .filter(|(signal, _)| present.contains(signal))
        .map(|(signal, _)| technology(&knowledge.signals[*signal].id))
        .collect();
    // Conditions over the same facts say the same thing: the strongest edge of them counts.
    let mut by_paths: BTreeMap<Vec<String>, (SignalIx, f64, usize)> = BTreeMap::new();
    let mut out = Vec::new();
    for (signal, how) in effects {
        let entry = &knowledge.signals[*signal];
        if scope.all.denied.contains(signal) && !present.contains(signal) {
            out.push((*signal, AbsentBecause::Said));
            continue;
        }
        match &entry.kind {
            SignalKind::Fact(condition) => {
                let Some(set) = facts.absent.get(signal) else { continue };
                let mut paths: Vec<String> = condition.paths().into_iter().map(str::to_owned).collect();
                paths.sort();
                let best = by_paths.entry(paths).or_insert((*signal, *how, *set));
                if *how > best.1 {
                    *best = (*signal, *how, *set);
                }
            }
            SignalKind::Log(_) => {
                // The messages of one program are alternatives: where it shows one, the others need not come.
                let alternative = shown.contains(technology(&entry.id));
                let strong = *how >= How::Usually.number();
                if strong && !alternative && !ever.contains(signal) && observable(knowledge, scope, *signal) {
                    out.push((*signal, AbsentBecause::Log));
                }
            }
        }
    }
    out.extend(by_paths.into_values().map(|(signal, _, set)| (signal, AbsentBecause::Fact(set))));
    out.sort_by_key(|(signal, _)| *signal);
    out
}

/// The family of a signal: what its id begins with.
pub fn technology(id: &str) -> &str {
    id.split(['.', '#']).next().unwrap_or(id)
}

/// The gate: a record of the right kind is here, its level would show the signal, and the stage was reached.
fn observable(knowledge: &Knowledge, scope: &Scope, signal: SignalIx) -> bool {
    let entry = &knowledge.signals[signal];
    let Some(stage) = entry.stage.and_then(|s| s.position()) else { return false };
    let source = entry.sources.iter().any(|s| match (scope.all.sources.get(s), entry.min_level) {
        (None, _) => false,
        (Some(_), Some(_)) => true,
        (Some(lowest), None) => lowest.is_none_or(|l| l <= crate::input::Level::Info),
    });
    let reached = |ix: &usize| {
        scope.sighting(*ix).marks.iter().any(|m| {
            let other = &knowledge.signals[m.signal];
            other.stage.or(other.proves).and_then(|s| s.position()).is_some_and(|p| p >= stage)
        })
    };
    source && scope.sightings.iter().any(reached)
}
