//! Which signals a record shows: one literal filter over its text, then the few patterns that can match.

use std::cmp::Reverse;
use std::ops::Range;

use regex_automata::PatternID;

use super::words;
use crate::diagnostic::floor_boundary;
use crate::input::Record;
use crate::rule::compact;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};
use crate::scan::patterns::Patterns;

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
    patterns: Patterns,
    /// Signals that a pattern shows, in ascending order; by number of the pattern.
    signals: Vec<Vec<SignalIx>>,
}

impl Scanner {
    /// Prepares the patterns of all log signals.
    pub fn new(knowledge: &Knowledge) -> Self {
        let logs = knowledge.signals.iter().enumerate().filter_map(|(ix, signal)| match &signal.kind {
            SignalKind::Log(texts) => Some((ix, texts)),
            SignalKind::Fact(_) => None,
        });
        let (users, texts): (Vec<SignalIx>, Vec<&str>) =
            logs.flat_map(|(ix, texts)| texts.iter().map(move |text| (ix, text.as_str()))).unzip();
        let (patterns, numbers) = Patterns::new(&texts, &words::all(), compact::plan());
        let mut signals: Vec<Vec<SignalIx>> = vec![Vec::new(); patterns.count()];
        for (user, number) in users.into_iter().zip(numbers) {
            if let Some(number) = number {
                signals[number].push(user);
            }
        }
        Scanner { patterns, signals }
    }

    /// The signals of a record, in their order, each with the pattern that matches first.
    pub fn scan(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        self.run(&self.patterns.candidates(record.text.as_bytes()), record, knowledge)
    }

    /// As [`Scanner::scan`], by running every pattern: slow and simple, the oracle of the filter.
    pub fn scan_all(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let all: Vec<u32> = (0..self.patterns.count() as u32).collect();
        self.run(&all, record, knowledge)
    }

    /// The patterns alone.
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    fn run(&self, patterns: &[u32], record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for pattern in patterns {
            let signals = self.signals[*pattern as usize].iter();
            let mut signals = signals.filter(|signal| can_show(record, knowledge, **signal)).peekable();
            if signals.peek().is_none() {
                continue;
            }
            let Some(regex) = self.patterns.regex(*pattern, record.text.len()) else { continue };
            let text = record.text.as_bytes();
            let mut captures = regex.create_captures();
            regex.captures(text, &mut captures);
            let Some(whole) = captures.get_match() else { continue };
            let names = captures.group_info().pattern_names(PatternID::ZERO).zip(captures.iter());
            let values = names.filter_map(|(name, group)| {
                let (name, value) = (name?, String::from_utf8_lossy(&text[group?.range()]));
                let value = value.trim();
                (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
            });
            let values: Vec<_> = values.collect();
            let span = whole_characters(&record.text, whole.range());
            marks.extend(signals.map(|signal| Mark { signal: *signal, span: span.clone(), values: values.clone() }));
        }
        // One mark for each signal: the one that stands first in the record, of those the one with the most values.
        marks.sort_by_key(|mark| (mark.signal, mark.span.start, Reverse(mark.values.len()), mark.span.end));
        marks.dedup_by_key(|mark| mark.signal);
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
