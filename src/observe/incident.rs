//! Incidents: the evidence about one subject.

use std::collections::BTreeMap;

use super::Observations;
use super::evidence::Scope;

/// Incidents that are told apart; a pile with more subjects is reported as a whole and by the first ones.
const MAX_INCIDENTS: usize = 500;

/// One subject and what was seen about it.
pub struct Incident<'o> {
    /// What kind of thing it is: `domain`, `bot`, `order`, or `subject` for the row of a listing.
    pub kind: &'static str,
    /// Its name.
    pub subject: String,
    /// Its part of the observations.
    pub scope: Scope<'o>,
}

/// Splits observations by subject. Records that name none belong to the only subject of their input, if there is only one.
pub fn split(all: &Observations) -> Vec<Incident<'_>> {
    let mut members: BTreeMap<(&'static str, String), Vec<usize>> = BTreeMap::new();
    let mut by_input: BTreeMap<usize, Vec<(&'static str, String)>> = BTreeMap::new();
    for (ix, sighting) in all.sightings.iter().enumerate() {
        if let Some((kind, name)) = sighting.subject().into_iter().min_by_key(|(kind, _)| rank(kind)) {
            members.entry((kind, name.clone())).or_default().push(ix);
            let names = by_input.entry(sighting.input).or_default();
            if !names.contains(&(kind, name.clone())) {
                names.push((kind, name));
            }
        }
    }
    for (ix, sighting) in all.sightings.iter().enumerate() {
        if sighting.subject().is_empty()
            && let Some([only]) = by_input.get(&sighting.input).map(Vec::as_slice)
        {
            members.entry(only.clone()).or_default().push(ix);
        }
    }
    let mut sets: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut shared: Vec<usize> = Vec::new();
    for (ix, set) in all.sets.iter().enumerate() {
        match &set.subject {
            Some(subject) => sets.entry(super::normal_subject(subject)).or_default().push(ix),
            None => shared.push(ix),
        }
    }
    let mut out: Vec<Incident> = Vec::new();
    for ((kind, subject), mut sightings) in members {
        sightings.sort_unstable();
        let mut own = sets.remove(&subject).unwrap_or_default();
        own.extend(&shared);
        out.push(Incident { kind, subject, scope: Scope { all, sightings, sets: own } });
    }
    for (subject, mut own) in sets {
        own.extend(&shared);
        out.push(Incident { kind: "subject", subject, scope: Scope { all, sightings: Vec::new(), sets: own } });
    }
    out.truncate(MAX_INCIDENTS);
    out
}

fn rank(kind: &str) -> usize {
    super::SUBJECTS.iter().position(|s| *s == kind).unwrap_or(usize::MAX)
}
