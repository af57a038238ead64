//! Why the patterns of a rule match a record, or how far they come.

use std::ops::Range;

use regex::Regex;
use regex_syntax::ast::Ast;
use regex_syntax::ast::parse::Parser;

use crate::engine::Engine;
use crate::input::Record;
use crate::observe::said;
use crate::rule::model::{LogPattern, Signal, SignalIx, SignalKind};
use crate::scan::frequency::Frequencies;
use crate::scan::literals;

/// Bytes from which on a text that stands in a record tells that the pattern has to do with it.
const TELLING: usize = 6;

/// What came of one pattern on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It matches these bytes, and captures these values.
    Matches(Range<usize>, Vec<(String, String)>),
    /// It matches these bytes, but must be said, and is not said there.
    Unsaid(Range<usize>),
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
            let tried = match missing(&pattern.text, &lower, &everyday) {
                // Where a part of what it needs is there, how far it comes tells more.
                Some((_, true)) => stopped(&pattern.text, &record.text),
                Some((missing, false)) => Tried::Missing(missing),
                None => run(pattern, &record.text, shown),
            };
            out.push(Why { signal: ix, pattern: pattern.text.clone(), tried });
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

/// The texts of which one would have to be there, and whether another part of what is needed is; `None` where the pattern
/// is worth a try.
fn missing(pattern: &str, lower: &str, everyday: &Frequencies) -> Option<(Vec<String>, bool)> {
    let needs = literals::of(pattern, everyday);
    let (mut lacking, mut partly) = (Vec::new(), false);
    for alternative in needs.alternatives {
        let windows = Some(alternative.windows).filter(|windows| !windows.is_empty());
        let stands = |set: &Vec<String>| set.iter().any(|text| lower.contains(text.as_str()));
        let (there, not): (Vec<_>, Vec<_>) = windows.into_iter().chain(alternative.checks).partition(stands);
        // Of one way to match, the first thing that is not there; without one, it is tried.
        lacking.extend(not.into_iter().next()?);
        partly |= there.iter().flatten().any(|text| text.len() >= TELLING);
    }
    Some((lacking, partly))
}

fn run(pattern: &LogPattern, text: &str, shown: bool) -> Tried {
    let Ok(regex) = Regex::new(&pattern.text) else {
        return Tried::Stopped { upto: String::new(), range: 0..0, then: pattern.text.clone() };
    };
    let find = |from| regex.find_at(text, from).map(|found| found.range());
    let Some(anywhere) = find(0) else { return stopped(&pattern.text, text) };
    let counts = if pattern.said { said::first_said(text, find) } else { Some(anywhere.clone()) };
    let Some(found) = counts.and_then(|range| regex.captures_at(text, range.start)) else {
        return Tried::Unsaid(anywhere);
    };
    if !shown {
        return Tried::Elsewhere;
    }
    let value = |name: &str| Some((name.to_owned(), found.name(name)?.as_str().to_owned()));
    let values = regex.capture_names().flatten().filter_map(value).collect();
    Tried::Matches(found.get(0).map_or(0..0, |whole| whole.range()), values)
}

/// How far a pattern comes: the longest beginning of its sequence that matches somewhere.
fn stopped(pattern: &str, text: &str) -> Tried {
    // Flags at the beginning hold for all branches.
    let flags = if pattern.starts_with("(?i)") { "(?i)" } else { "" };
    let mut best = Tried::Stopped { upto: String::new(), range: 0..0, then: pattern.to_owned() };
    let mut longest = 0;
    for (branch, ends) in branches(pattern) {
        let upto = |end: usize| format!("{flags}{}", &pattern[branch.start..end]);
        let matched = |end: &usize| Some((*end, Regex::new(&upto(*end)).ok()?.find(text)?.range()));
        if let Some((end, range)) = ends.iter().rev().find_map(matched)
            && range.len() > longest
        {
            longest = range.len();
            let (upto, then) = (pattern[branch.start..end].to_owned(), pattern[end..branch.end].to_owned());
            best = Tried::Stopped { upto, range, then };
        }
    }
    best
}

/// The alternatives of a pattern, and where the parts of the sequence of each end, the last one left out.
fn branches(pattern: &str) -> Vec<(Range<usize>, Vec<usize>)> {
    let Ok(ast) = Parser::new().parse(pattern) else { return Vec::new() };
    let branches = match &ast {
        Ast::Alternation(alternation) => alternation.asts.as_slice(),
        ast => std::slice::from_ref(ast),
    };
    let place = |ast: &Ast| ast.span().start.offset..ast.span().end.offset;
    let ends = |ast: &Ast| match ast {
        Ast::Concat(parts) => parts.asts.iter().map(|part| place(part).end).collect(),
        _ => Vec::new(),
    };
    branches
        .iter()
        .map(|branch| (place(branch), ends(branch)))
        .map(|(range, ends)| (range.clone(), ends.into_iter().filter(|end| *end < range.end).collect()))
        .collect()
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
        let (missing, partly) = missing.expect("nothing of it stands there");
        assert!(!partly);
        assert!(missing.iter().any(|text| text.contains("keyfile")), "{missing:?}");
        assert!(missing.iter().any(|text| text.contains("other long text")), "{missing:?}");
    }
}
