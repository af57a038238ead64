//! Which signals a record shows: one literal filter over its text, then the few patterns that can match.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use crate::input::Record;
use crate::rule::compact;
use crate::rule::literals;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};

/// Compiled size that one pattern may reach, in bytes: a guard against hostile packs.
const SIZE_LIMIT: usize = 4 << 20;

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
        let mut words: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
        for (signal, entry) in knowledge.signals.iter().enumerate() {
            let SignalKind::Log(patterns) = &entry.kind else { continue };
            for text in patterns {
                let ix = scanner.patterns.len();
                scanner.patterns.push(Pattern { signal, text: text.clone(), regex: OnceLock::new() });
                let required = compact::literals(text).map_or_else(|| literals::of(text), <[String]>::to_vec);
                if required.is_empty() {
                    scanner.always.push(ix);
                }
                required.into_iter().for_each(|literal| words.entry(literal).or_default().push(ix));
            }
        }
        let (words, by_literal): (Vec<_>, Vec<_>) = words.into_iter().unzip();
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
