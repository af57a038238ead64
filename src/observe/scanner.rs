//! Which signals a record shows: one literal filter over its text, then the few patterns that can match.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use regex_automata::{Input, PatternID};

use super::memory::Memory;
use super::{said, words};
use crate::diagnostic::floor_boundary;
use crate::input::Record;
use crate::rule::compact;
use crate::rule::model::{Knowledge, SignalIx, SignalKind};
use crate::scan::compile::Compiled;
use crate::scan::patterns::Patterns;
use crate::scan::signature::Judged;

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
    /// The number of a pattern and a signal that it shows, in ascending order.
    users: Vec<(u32, User)>,
    memory: Memory,
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
        let mut users: Vec<(u32, User)> =
            numbers.into_iter().zip(users).filter_map(|(number, user)| Some((number? as u32, user))).collect();
        // Signals are in their order already.
        users.sort_by_key(|(pattern, _)| *pattern);
        Scanner { patterns, users, memory: Memory::default() }
    }

    fn users(&self, pattern: u32) -> &[(u32, User)] {
        let from = self.users.partition_point(|(of, _)| *of < pattern);
        let own = self.users[from..].iter().take_while(|(of, _)| *of == pattern).count();
        &self.users[from..from + own]
    }

    /// The signals of a record, in their order, each with the pattern that matches first.
    pub fn scan(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let text = record.text.as_bytes();
        let look = |candidates: &[u32]| self.run(candidates, record, knowledge);
        let Some(shape) = self.memory.shape(record) else {
            return marks(&look(&self.patterns.candidates(text, &Judged::of(text))), &record.text);
        };
        let known = self.memory.known(&shape);
        let places = |masked: &[u8]| self.patterns.places(masked, &Judged::of(text));
        if let Some((known, places)) = known.as_ref().and_then(|known| Some((known, known.places(places)?))) {
            let hits = look(&self.patterns.candidates_at(text, places));
            return marks(hits.iter().chain(&known.hits), &record.text);
        }
        let hits = look(&self.patterns.candidates(text, &Judged::of(text)));
        let marks = marks(&hits, &record.text);
        if known.is_none() {
            let lasting = hits.into_iter().filter(|hit| !self.patterns.tells_digits_apart(hit.pattern)).collect();
            self.memory.remember(shape, lasting);
        }
        marks
    }

    /// As [`Scanner::scan`], by running every pattern: slow and simple, the oracle of the filter.
    pub fn scan_all(&self, record: &Record, knowledge: &Knowledge) -> Vec<Mark> {
        let all: Vec<u32> = (0..self.patterns.count() as u32).collect();
        marks(&self.run(&all, record, knowledge), &record.text)
    }

    /// The patterns alone.
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    fn run(&self, patterns: &[u32], record: &Record, knowledge: &Knowledge) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        for pattern in patterns {
            let users = self.users(*pattern).iter().map(|(_, user)| user);
            let users = users.filter(|user| can_show(record, knowledge, user.signal));
            let (said, anywhere): (Vec<&User>, Vec<&User>) = users.partition(|user| user.said);
            if said.is_empty() && anywhere.is_empty() {
                continue;
            }
            let Some(regex) = self.patterns.regex(*pattern, record.text.len()) else { continue };
            for (users, said) in [(anywhere, false), (said, true)] {
                let found = if users.is_empty() { None } else { find(&regex, &record.text, said) };
                let Some((span, groups)) = found else { continue };
                let hit = |user: &User| {
                    let (span, groups) = (span.clone(), groups.clone());
                    Hit { signal: user.signal, pattern: *pattern, said, span, groups }
                };
                hits.extend(users.into_iter().map(hit));
            }
        }
        hits
    }
}

/// A match of a pattern that shows a signal.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The number of the pattern.
    pub pattern: u32,
    signal: SignalIx,
    /// Whether it counts because a program says it.
    said: bool,
    /// Bytes of the text that matched.
    span: Range<usize>,
    /// Where captured values stand, by name.
    groups: Vec<(String, Range<usize>)>,
}

/// One mark for each signal: the one that stands first in the record, of those the one with the most values.
fn marks<'h>(hits: impl IntoIterator<Item = &'h Hit>, text: &str) -> Vec<Mark> {
    let mut hits: Vec<&Hit> = hits.into_iter().collect();
    hits.sort_unstable_by_key(|hit| {
        (hit.signal, hit.span.start, Reverse(hit.groups.len()), hit.span.end, hit.pattern, hit.said)
    });
    hits.dedup_by_key(|hit| hit.signal);
    let value = |(name, range): &(String, Range<usize>)| (name.clone(), captured(text, range).trim().to_owned());
    let mark =
        |hit: &Hit| Mark { signal: hit.signal, span: hit.span.clone(), values: hit.groups.iter().map(value).collect() };
    hits.into_iter().map(mark).collect()
}

fn captured<'t>(text: &'t str, range: &Range<usize>) -> Cow<'t, str> {
    String::from_utf8_lossy(&text.as_bytes()[range.clone()])
}

/// Bytes that a pattern matches, and where captured values stand in a text, by name.
type Found = (Range<usize>, Vec<(String, Range<usize>)>);

/// The first match that counts.
fn find(regex: &Compiled, text: &str, must_be_said: bool) -> Option<Found> {
    let bytes = text.as_bytes();
    let mut latest = None;
    let mut find = |from| {
        let captures = latest.insert(regex.captures(&Input::new(bytes).range(from..)));
        Some(captures.get_match()?.range())
    };
    if must_be_said {
        said::first_said(text, find)?
    } else {
        find(0)?
    };
    let captures = latest?;
    let whole = captures.get_match()?;
    let names = captures.group_info().pattern_names(PatternID::ZERO).zip(captures.iter());
    let groups = names.filter_map(|(name, group)| {
        let (name, range) = (name?, group?.range());
        (!captured(text, &range).trim().is_empty()).then(|| (name.to_owned(), range))
    });
    Some((whole_characters(text, whole.range()), groups.collect()))
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
