//! Which signals a record shows: one literal filter over its text, then the few patterns that can match.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::input::Record;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};

/// Compiled size that one pattern may reach, in bytes: a guard against hostile packs.
const SIZE_LIMIT: usize = 4 << 20;
/// A literal shorter than this stands in too many records to be of use.
const MIN_LITERAL: usize = 3;
/// More alternatives than this fill the filter with little gain.
const MAX_ALTERNATIVES: usize = 40;

/// A signal seen in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The signal.
    pub signal: SignalIx,
    /// Bytes of the record's text that matched.
    pub span: Range<usize>,
    /// Captured values by name.
    pub values: Vec<(String, String)>,
}

/// All patterns of a knowledge base, ready to run.
#[derive(Debug)]
pub struct Scanner {
    patterns: Vec<Pattern>,
    filter: Option<AhoCorasick>,
    /// Patterns by literal of the filter.
    by_literal: Vec<Vec<usize>>,
    /// Patterns without a usable literal: they run on every record.
    always: Vec<usize>,
}

#[derive(Debug)]
struct Pattern {
    signal: SignalIx,
    text: String,
    /// Compiled at first use: most patterns never meet a candidate.
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn regex(&self) -> Option<&Regex> {
        let compile = || regex::RegexBuilder::new(&self.text).size_limit(SIZE_LIMIT).build().ok();
        self.regex.get_or_init(compile).as_ref()
    }
}

impl Scanner {
    /// Prepares the patterns of all log signals.
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut scanner = Scanner { patterns: Vec::new(), filter: None, by_literal: Vec::new(), always: Vec::new() };
        let mut literals: std::collections::BTreeMap<Vec<u8>, Vec<usize>> = std::collections::BTreeMap::new();
        for (signal, entry) in knowledge.signals.iter().enumerate() {
            let SignalKind::Log(patterns) = &entry.kind else { continue };
            for text in patterns {
                let ix = scanner.patterns.len();
                scanner.patterns.push(Pattern { signal, text: text.clone(), regex: OnceLock::new() });
                match regex_syntax::parse(text).ok().and_then(|hir| required(&hir)) {
                    Some(set) => set.into_iter().for_each(|literal| literals.entry(literal).or_default().push(ix)),
                    None => scanner.always.push(ix),
                }
            }
        }
        let (words, by_literal): (Vec<_>, Vec<_>) = literals.into_iter().unzip();
        scanner.by_literal = by_literal;
        let mut builder = AhoCorasick::builder();
        scanner.filter = builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(words).ok();
        if scanner.filter.is_none() {
            scanner.always = (0..scanner.patterns.len()).collect();
        }
        scanner
    }

    /// The signals of a record, in the order of their ids, each at its first match.
    pub fn scan(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let mut candidates = self.always.clone();
        if let Some(filter) = &self.filter {
            for found in filter.find_overlapping_iter(&record.text) {
                candidates.extend(&self.by_literal[found.pattern().as_usize()]);
            }
        }
        self.run(candidates, record, knowledge)
    }

    /// As [`Scanner::scan`], by running every pattern: slow and simple, the oracle of the filter.
    pub fn scan_all(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        self.run((0..self.patterns.len()).collect(), record, knowledge)
    }

    fn run(&self, mut candidates: Vec<usize>, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        candidates.sort_unstable();
        candidates.dedup();
        let mut marks: Vec<Mark> = Vec::new();
        for ix in candidates {
            let pattern = &self.patterns[ix];
            let seen = marks.last().is_some_and(|m| m.signal == pattern.signal);
            if seen || !can_show(record, knowledge, pattern.signal) {
                continue;
            }
            let Some(regex) = pattern.regex() else { continue };
            let Some(captures) = regex.captures(&record.text) else { continue };
            let values = regex.capture_names().flatten().filter_map(|name| {
                let value = captures.name(name)?.as_str().trim();
                (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
            });
            let values = values.collect();
            let span = captures.get(0).map_or(0..0, |m| m.range());
            marks.push(Mark { signal: pattern.signal, span, values });
        }
        marks
    }
}

/// Level and kind of a record speak against a signal only where they are known.
fn can_show(record: &Record, knowledge: &Knowledge, signal: SignalIx) -> bool {
    let signal = &knowledge.signals[signal];
    let level = match (signal.min_level, record.level) {
        (Some(lowest), Some(level)) => level >= lowest,
        _ => true,
    };
    let source = match &record.source {
        Some(source) if !signal.sources.is_empty() => signal.sources.iter().any(|s| s == source),
        _ => true,
    };
    level && source
}

/// Literals, in lower case, of which at least one must stand in every match. `None`: no useful ones.
///
/// Letters that only Unicode folds onto ASCII ones (the Kelvin sign) are not considered: no program prints them.
fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let set = match hir.kind() {
        HirKind::Literal(literal) => vec![literal.0.to_ascii_lowercase()],
        HirKind::Capture(capture) => return required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => return required(&repetition.sub),
        HirKind::Concat(parts) => return required_of_concat(parts),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            all
        }
        _ => return None,
    };
    is_useful(&set).then_some(set)
}

fn required_of_concat(parts: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut run: Vec<u8> = Vec::new();
    let mut consider = |set: Vec<Vec<u8>>| {
        if is_useful(&set) && best.as_ref().is_none_or(|b| quality(&set) > quality(b)) {
            best = Some(set);
        }
    };
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => run.extend(literal.0.to_ascii_lowercase()),
            HirKind::Class(class) if letter(class).is_some() => run.extend(letter(class)),
            HirKind::Look(_) => {}
            _ => {
                consider(vec![std::mem::take(&mut run)]);
                required(part).into_iter().for_each(&mut consider);
            }
        }
    }
    consider(vec![run]);
    best
}

/// The ASCII letter that a class of its two cases stands for.
fn letter(class: &Class) -> Option<u8> {
    let Class::Unicode(class) = class else { return None };
    let mut ascii = class.iter().filter(|r| r.start().is_ascii());
    let (upper, lower) = (ascii.next()?, ascii.next()?);
    let single = |r: &regex_syntax::hir::ClassUnicodeRange| (r.start() == r.end()).then(|| r.start());
    let (upper, lower) = (single(upper)?, single(lower)?);
    (ascii.next().is_none() && upper.to_ascii_lowercase() == lower).then_some(lower as u8)
}

fn is_useful(set: &[Vec<u8>]) -> bool {
    !set.is_empty() && set.len() <= MAX_ALTERNATIVES && set.iter().all(|l| l.len() >= MIN_LITERAL)
}

/// Long literals first, then few of them.
fn quality(set: &[Vec<u8>]) -> (usize, usize) {
    let shortest = set.iter().map(Vec::len).min().unwrap_or(0);
    (shortest.min(12), MAX_ALTERNATIVES - set.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(pattern: &str) -> Option<Vec<String>> {
        let set = required(&regex_syntax::parse(pattern).expect("a valid pattern"))?;
        Some(set.into_iter().map(|l| String::from_utf8(l).expect("text")).collect())
    }

    #[test]
    fn literals_are_the_longest_that_must_stand_in_a_match() {
        assert_eq!(literals(r"curl: \(6\) (?P<host>\S+)"), Some(vec!["curl: (6) ".into()]));
        assert_eq!(literals(r"(?i)Access is Denied\b.{0,20}x"), Some(vec!["access is denied".into()]));
        assert_eq!(literals(r"(?:EACCES|EPERM): \w+"), Some(vec!["eacces".into(), "eperm".into()]));
        assert_eq!(literals(r"\d+ (?:abc)?"), None);
    }
}
