//! Why the patterns of a rule match a record, or how far they come.

use std::ops::Range;

use regex::Regex;
use regex_syntax::hir::{Hir, HirKind};

use crate::engine::Engine;
use crate::input::Record;
use crate::rule::model::{Signal, SignalIx, SignalKind};
use crate::scan::frequency::Frequencies;
use crate::scan::literals;

/// What came of one pattern on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It matches these bytes, and captures these values.
    Matches(Range<usize>, Vec<(String, String)>),
    /// It would match, but the level or the kind of the record speaks against the signal.
    Elsewhere,
    /// Everything that it needs stands in the record, but not as it wants it.
    Stopped {
        /// The part of the pattern that does match.
        upto: String,
        /// Bytes of the record that this part matches.
        range: Range<usize>,
        /// The part that would have to follow.
        then: String,
    },
    /// One of these texts would have to stand in the record; it was not tried.
    Missing(Vec<String>),
}

/// A pattern and what came of it.
#[derive(Debug, Clone)]
pub struct Why {
    /// The signal.
    pub signal: SignalIx,
    /// The pattern.
    pub pattern: String,
    /// What came of it.
    pub tried: Tried,
}

/// Tries every pattern of the signals whose id begins with `prefix`.
pub fn all(engine: &Engine, record: &Record, prefix: &str) -> Vec<Why> {
    let everyday = Frequencies::everyday();
    let lower = record.text.to_ascii_lowercase();
    let mut out = Vec::new();
    let seen = engine.scanner.scan(record, &engine.knowledge);
    let signals = engine.knowledge.signals.iter().enumerate().filter(|(_, signal)| signal.id.starts_with(prefix));
    for (ix, signal) in signals {
        let SignalKind::Log(patterns) = &signal.kind else { continue };
        let shown = seen.iter().any(|mark| mark.signal == ix);
        for pattern in patterns {
            let tried = match missing(pattern, &lower, &everyday) {
                Some(missing) => Tried::Missing(missing),
                None => run(pattern, &record.text, shown),
            };
            out.push(Why { signal: ix, pattern: pattern.clone(), tried });
        }
    }
    out
}

/// What keeps a signal to certain records, for people.
pub fn restrictions(signal: &Signal) -> String {
    let level = signal.min_level.map(|level| format!("records of level {} and above", level.word()));
    let sources = (!signal.sources.is_empty()).then(|| format!("records of {}", signal.sources.join(", ")));
    level.into_iter().chain(sources).collect::<Vec<_>>().join(", ")
}

/// The texts of which one would have to be there; `None` where the pattern is worth a try.
fn missing(pattern: &str, lower: &str, everyday: &Frequencies) -> Option<Vec<String>> {
    let needs = literals::of(pattern, everyday);
    let mut lacking: Vec<Vec<String>> = Vec::new();
    for alternative in needs.alternatives {
        let windows = Some(alternative.windows).filter(|windows| !windows.is_empty());
        let mut sets = windows.into_iter().chain(alternative.checks);
        // Of one way to match, the first thing that is not there; without one, it is tried.
        lacking.push(sets.find(|set| !set.iter().any(|text| lower.contains(text.as_str())))?);
    }
    Some(lacking.concat())
}

fn run(pattern: &str, text: &str, shown: bool) -> Tried {
    let Ok(regex) = Regex::new(pattern) else {
        return Tried::Stopped { upto: String::new(), range: 0..0, then: pattern.to_owned() };
    };
    let Some(found) = regex.captures(text) else { return stopped(pattern, text) };
    if !shown {
        return Tried::Elsewhere;
    }
    let value = |name: &str| Some((name.to_owned(), found.name(name)?.as_str().to_owned()));
    let values = regex.capture_names().flatten().filter_map(value).collect();
    Tried::Matches(found.get(0).map_or(0..0, |whole| whole.range()), values)
}

/// How far a pattern comes: the longest beginning of its sequence that matches somewhere.
fn stopped(pattern: &str, text: &str) -> Tried {
    let hir = regex_syntax::parse(pattern).unwrap_or_else(|_| Hir::fail());
    let mut best: Option<(usize, Tried)> = None;
    for branch in branches(&hir) {
        let parts: Vec<Hir> = match branch.kind() {
            HirKind::Concat(parts) => parts.iter().flat_map(letters).collect(),
            _ => letters(branch),
        };
        let matched = |upto: usize| {
            let regex = Regex::new(&written(&parts[..upto])).ok()?;
            Some(regex.find(text)?.range())
        };
        let upto = (1..parts.len()).rev().find(|upto| matched(*upto).is_some()).unwrap_or(0);
        let range = matched(upto).unwrap_or(0..0);
        let length = range.len();
        let tried = Tried::Stopped { upto: written(&parts[..upto]), range, then: written(&parts[upto..]) };
        if best.as_ref().is_none_or(|(before, _)| length > *before) {
            best = Some((length, tried));
        }
    }
    best.map_or(Tried::Missing(Vec::new()), |(_, tried)| tried)
}

fn branches(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Alternation(branches) => branches.iter().collect(),
        HirKind::Capture(capture) => branches(&capture.sub),
        _ => vec![hir],
    }
}

/// A literal letter by letter, so that the place inside of a word is found; everything else as it is.
fn letters(hir: &Hir) -> Vec<Hir> {
    match hir.kind() {
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => text.chars().map(|c| Hir::literal(c.to_string().into_bytes())).collect(),
            Err(_) => vec![hir.clone()],
        },
        HirKind::Concat(parts) => parts.iter().flat_map(letters).collect(),
        HirKind::Capture(capture) => match capture.sub.kind() {
            HirKind::Concat(_) | HirKind::Literal(_) => letters(&capture.sub),
            _ => vec![hir.clone()],
        },
        _ => vec![hir.clone()],
    }
}

fn written(parts: &[Hir]) -> String {
    let part = |hir: &Hir| match hir.kind() {
        HirKind::Literal(literal) => regex_syntax::escape(&String::from_utf8_lossy(&literal.0)),
        HirKind::Empty => String::new(),
        _ => hir.to_string(),
    };
    parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_where_a_pattern_stops_is_found() {
        let text = "cannot write /etc/a.pem: Read-only file system";
        let Tried::Stopped { range, then, .. } = stopped(r"cannot write (?P<path>[^\s:]+): Permission denied", text)
        else {
            panic!("it stops");
        };
        assert_eq!(&text[range], "cannot write /etc/a.pem: ");
        assert_eq!(then, "Permission denied");
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = missing(r"no (?:keyfile|certfile) here|other long text", "a record", &Frequencies::everyday());
        let missing = missing.expect("nothing of it stands there");
        assert!(missing.iter().any(|text| text.contains("keyfile")), "{missing:?}");
        assert!(missing.iter().any(|text| text.contains("other long text")), "{missing:?}");
    }
}
