//! Which signals a record shows: one literal filter over its text, then the few patterns that can match.

use std::cmp::Reverse;
use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::{Input, PatternID};

use super::{said, words};
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
    users: Vec<Vec<User>>,
}

/// A signal that a pattern shows.
#[derive(Debug, Clone, Copy)]
struct User {
    signal: SignalIx,
    /// Whether only where a program says it.
    said: bool,
}

impl Scanner {
    /// Prepares the patterns of all log signals.
    pub fn new(knowledge: &Knowledge) -> Self {
        let logs = knowledge.signals.iter().enumerate().filter_map(|(ix, signal)| match &signal.kind {
            SignalKind::Log(patterns) => Some((ix, patterns)),
            SignalKind::Fact(_) => None,
        });
        let (users, texts): (Vec<User>, Vec<&str>) = logs
            .flat_map(|(signal, patterns)| patterns.iter().map(move |pattern| (signal, pattern)))
            .map(|(signal, pattern)| (User { signal, said: pattern.said }, pattern.text.as_str()))
            .unzip();
        let (patterns, numbers) = Patterns::new(&texts, &words::all(), compact::plan(&texts));
        let mut by_number: Vec<Vec<User>> = vec![Vec::new(); patterns.count()];
        for (user, number) in users.into_iter().zip(numbers) {
            if let Some(number) = number {
                by_number[number].push(user);
            }
        }
        Scanner { patterns, users: by_number }
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
            let users = self.users[*pattern as usize].iter();
            let users = users.filter(|user| can_show(record, knowledge, user.signal));
            let (said, anywhere): (Vec<&User>, Vec<&User>) = users.partition(|user| user.said);
            if said.is_empty() && anywhere.is_empty() {
                continue;
            }
            let Some(regex) = self.patterns.regex(*pattern, record.text.len()) else { continue };
            for (users, must_be_said) in [(anywhere, false), (said, true)] {
                let found = if users.is_empty() { None } else { find(regex, &record.text, must_be_said) };
                let Some((span, values)) = found else { continue };
                let mark = |user: &User| Mark { signal: user.signal, span: span.clone(), values: values.clone() };
                marks.extend(users.into_iter().map(mark));
            }
        }
        // One mark for each signal: the one that stands first in the record, of those the one with the most values.
        marks.sort_by_key(|mark| (mark.signal, mark.span.start, Reverse(mark.values.len()), mark.span.end));
        marks.dedup_by_key(|mark| mark.signal);
        marks
    }
}

/// Bytes that a pattern matches, and what it captures, by name.
type Found = (Range<usize>, Vec<(String, String)>);

/// The first match that counts.
fn find(regex: &Regex, text: &str, must_be_said: bool) -> Option<Found> {
    let bytes = text.as_bytes();
    let from = match must_be_said {
        false => 0,
        true => said::first_said(text, |from| Some(regex.search(&Input::new(bytes).range(from..))?.range()))?.start,
    };
    let mut captures = regex.create_captures();
    regex.search_captures(&Input::new(bytes).range(from..), &mut captures);
    let whole = captures.get_match()?;
    let names = captures.group_info().pattern_names(PatternID::ZERO).zip(captures.iter());
    let values = names.filter_map(|(name, group)| {
        let (name, value) = (name?, String::from_utf8_lossy(&bytes[group?.range()]));
        let value = value.trim();
        (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
    });
    Some((whole_characters(text, whole.range()), values.collect()))
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
