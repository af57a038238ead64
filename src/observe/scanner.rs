//! Which signals a record shows: one literal filter over its text, then the few patterns that can match.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;
use regex::bytes::Regex;

use crate::diagnostic::floor_boundary;
use crate::input::Record;
use crate::rule::compact;
use crate::rule::literals::{self, Required};
use crate::rule::matcher;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};

/// Bytes after which building the filter has paid off; until then the literals are looked for one by one.
const FILTER_FROM: usize = 16 << 10;

/// The kind of records that visitors write.
const ACCESS_LOG: &str = "access-log";

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
    /// Literals in lower case, and the patterns that need one of them.
    literals: Vec<(String, Vec<usize>)>,
    /// All literals at once; building it takes longer than reading a short log.
    filter: OnceLock<Option<AhoCorasick>>,
    /// Bytes that were scanned.
    scanned: AtomicUsize,
    /// Patterns without a usable literal: they run on every record.
    always: Vec<usize>,
}

#[derive(Debug)]
struct Pattern {
    signal: SignalIx,
    text: String,
    /// Literals that must stand in a match.
    required: Cow<'static, Required>,
    /// Compiled at first use: most patterns never meet a candidate.
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| matcher::compile(&self.text)).as_ref()
    }

    /// Whether a match can stand in this text, given in lower case.
    fn may_match(&self, lower: &[u8]) -> bool {
        let stands = |literal: &String| memmem::find(lower, literal.as_bytes()).is_some();
        self.required.iter().any(|sets| sets.iter().all(|set| set.is_empty() || set.iter().any(stands)))
    }

    /// What the filter looks for; `None` where an alternative has nothing to be filtered by.
    fn filter(&self) -> Option<Vec<&String>> {
        let sets = self.required.iter().map(|sets| sets.first().filter(|set| !set.is_empty()));
        Some(sets.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

impl Scanner {
    /// Prepares the patterns of all log signals.
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut patterns: Vec<Pattern> = Vec::new();
        let mut always: Vec<usize> = Vec::new();
        let mut words: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (signal, entry) in knowledge.signals.iter().enumerate() {
            let SignalKind::Log(texts) = &entry.kind else { continue };
            for text in texts {
                let ix = patterns.len();
                let required = compact::literals(text).map_or_else(|| Cow::Owned(literals::of(text)), Cow::Borrowed);
                let pattern = Pattern { signal, text: text.clone(), required, regex: OnceLock::new() };
                match pattern.filter() {
                    Some(literals) => {
                        literals.into_iter().for_each(|literal| words.entry(literal.clone()).or_default().push(ix));
                    }
                    None => always.push(ix),
                }
                patterns.push(pattern);
            }
        }
        let literals = words.into_iter().collect();
        Scanner { patterns, literals, filter: OnceLock::new(), scanned: AtomicUsize::new(0), always }
    }

    /// The signals of a record, in the order of their ids, each at its first match.
    pub fn scan(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let mut candidates = self.always.clone();
        let lower = record.text.to_ascii_lowercase();
        let before = self.scanned.fetch_add(record.text.len(), Ordering::Relaxed);
        if before + record.text.len() < FILTER_FROM {
            for (literal, patterns) in &self.literals {
                if memmem::find(lower.as_bytes(), literal.as_bytes()).is_some() {
                    candidates.extend(patterns);
                }
            }
        } else if let Some(filter) = self.filter.get_or_init(|| self.build_filter()) {
            for found in filter.find_overlapping_iter(&record.text) {
                candidates.extend(&self.literals[found.pattern().as_usize()].1);
            }
        } else {
            candidates.extend(0..self.patterns.len());
        }
        candidates.sort_unstable();
        candidates.dedup();
        let possible = candidates.into_iter().filter(|ix| {
            let pattern = &self.patterns[*ix];
            can_show(record, knowledge, pattern.signal) && pattern.may_match(lower.as_bytes())
        });
        self.run(possible, record)
    }

    fn build_filter(&self) -> Option<AhoCorasick> {
        let literals = self.literals.iter().map(|(literal, _)| literal);
        AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(literals).ok()
    }

    /// As [`Scanner::scan`], by running every pattern: slow and simple, the oracle of the filter.
    pub fn scan_all(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let all = 0..self.patterns.len();
        self.run(all.filter(|ix| can_show(record, knowledge, self.patterns[*ix].signal)), record)
    }

    /// Runs patterns, given in their order.
    fn run(&self, candidates: impl Iterator<Item = usize>, record: &Record) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for ix in candidates {
            let pattern = &self.patterns[ix];
            if marks.last().is_some_and(|m| m.signal == pattern.signal) {
                continue;
            }
            let Some(regex) = pattern.regex() else { continue };
            let Some(captures) = regex.captures(record.text.as_bytes()) else { continue };
            let values = regex.capture_names().flatten().filter_map(|name| {
                let value = String::from_utf8_lossy(captures.name(name)?.as_bytes());
                let value = value.trim();
                (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
            });
            let values = values.collect();
            let span = captures.get(0).map_or(0..0, |m| whole_characters(&record.text, m.range()));
            marks.push(Mark { signal: pattern.signal, span, values });
        }
        marks
    }
}

/// A gap of a bounded number of bytes may end inside a character.
fn whole_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let start = floor_boundary(text, range.start);
    let end = (range.end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

/// Level and kind of a record speak against a signal only where they are known.
fn can_show(record: &Record, knowledge: &Knowledge, signal: SignalIx) -> bool {
    let signal = &knowledge.signals[signal];
    let level = match (signal.min_level, record.level) {
        (Some(lowest), Some(level)) => level >= lowest,
        _ => true,
    };
    let source = match &record.source {
        // What stands in an access log is written by visitors: only a rule that asks for it may believe it.
        Some(source) if source == ACCESS_LOG => signal.sources.contains(source),
        Some(source) if !signal.sources.is_empty() => signal.sources.iter().any(|s| s == source),
        _ => true,
    };
    level && source
}
