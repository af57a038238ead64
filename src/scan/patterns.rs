//! Patterns ready to run, each compiled at its first use and only where everything that it needs is there.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::{memchr, memrchr};
use regex::bytes::Regex;

use super::compile::compile;
use super::frequency::Frequencies;
use super::plan::{self, Group, Plan, Signature};

/// Bytes before and behind a line in which the other parts of a match over several lines may stand.
const MAX_REACH: usize = 4 << 10;

/// The patterns of a knowledge base.
#[derive(Debug)]
pub struct Patterns {
    plan: Plan,
    /// By number; a pattern that only the plan knows has no text.
    regexes: Vec<(String, OnceLock<Option<Regex>>)>,
}

impl Patterns {
    /// Makes patterns ready. A plan that knows all of them, or most, saves the work of planning.
    pub fn new<'t>(texts: impl Iterator<Item = &'t str> + Clone, words: &[&str], known: Option<Plan>) -> Self {
        let plan = match known {
            Some(plan) if texts.clone().all(|text| plan.number(text).is_some()) => plan,
            known => {
                let everyday = Frequencies::everyday();
                let news = texts.clone().filter(|text| known.as_ref().is_none_or(|plan| plan.number(text).is_none()));
                let mut needs = plan::needs_of(news, &everyday);
                let old = known.as_ref().map(Plan::needs).unwrap_or_default();
                let wanted: std::collections::BTreeSet<u64> = texts.clone().map(plan::hash).collect();
                needs.extend(old.into_iter().filter(|(hash, _)| wanted.contains(hash)));
                Plan::new(&needs, words, &everyday)
            }
        };
        let mut regexes: Vec<(String, OnceLock<Option<Regex>>)> = Vec::new();
        regexes.resize_with(plan.patterns.len(), Default::default);
        for text in texts {
            if let Some(number) = plan.number(text) {
                regexes[number].0 = text.to_owned();
            }
        }
        Self { plan, regexes }
    }

    /// The number of a pattern.
    pub fn number(&self, text: &str) -> Option<usize> {
        self.plan.number(text)
    }

    /// What they need.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.regexes.len()
    }

    /// A pattern, compiled; `None` where that is not possible.
    pub fn regex(&self, pattern: u32) -> Option<&Regex> {
        let (text, regex) = &self.regexes[pattern as usize];
        regex.get_or_init(|| compile(text)).as_ref()
    }

    /// Numbers of the patterns that may match in a text, in ascending order.
    pub fn candidates(&self, text: &[u8]) -> Vec<u32> {
        self.able(&[&self.plan.rare, &self.plan.common], self.plan.always.clone(), text)
    }

    /// Whether a pattern matches a line by what is common in everyday logs, and yet long enough to be looked for.
    pub fn is_common_match(&self, line: &[u8]) -> bool {
        let matches = |pattern: u32| self.regex(pattern).is_some_and(|regex| regex.is_match(line));
        self.able(&[&self.plan.common], Vec::new(), line).into_iter().any(matches)
    }

    fn able(&self, groups: &[&Group], mut alternatives: Vec<u32>, text: &[u8]) -> Vec<u32> {
        for group in groups {
            group.filter.find(text, &mut |_, window| alternatives.extend(group.users.get(window)));
        }
        if alternatives.is_empty() {
            return alternatives;
        }
        alternatives.sort_unstable();
        alternatives.dedup();
        let lower = text.to_ascii_lowercase();
        let signature = Signature::of(&lower);
        alternatives.retain(|alternative| self.plan.may_match(*alternative, &lower, &signature));
        // Alternatives are numbered in the order of their patterns.
        let mut patterns: Vec<u32> = alternatives.into_iter().map(|ix| self.plan.owner[ix as usize]).collect();
        patterns.dedup();
        patterns
    }

    /// Hands over the beginning of every line of a block that a rare pattern matches, or may match together with the lines
    /// around it, some more than once; and, to `word`, where a word stands and the line around it: it says whether that is
    /// worth a look. `from` is where the part of the block begins that is looked at; what is before it belongs to the lines
    /// around.
    pub fn lines(
        &self,
        block: &[u8],
        from: usize,
        word: &mut impl FnMut(usize, Range<usize>) -> bool,
        take: &mut impl FnMut(usize),
    ) {
        let group = &self.plan.rare;
        let mut line = Line::default();
        group.filter.find(&block[from..], &mut |start, window| {
            let start = from + start;
            if start < line.range.start || start > line.range.end || line.range.is_empty() {
                line.enter(block, start);
            }
            if line.taken {
                return;
            }
            let users = group.users.get(window).iter();
            line.taken = self.plan.is_word(window) && word(start, line.range.clone())
                || users.into_iter().any(|user| line.is_new(*user) && self.matches(block, &mut line, *user));
            if line.taken {
                take(line.range.start);
            }
        });
    }

    fn matches(&self, block: &[u8], line: &mut Line, alternative: u32) -> bool {
        let pattern = self.plan.owner[alternative as usize];
        let reach = self.plan.reach(pattern);
        if reach > 0 {
            let reach = reach.min(MAX_REACH);
            let from = line.range.start.saturating_sub(reach);
            let to = line.range.end + reach;
            // What stands beyond the block is not known.
            if to > block.len() {
                return true;
            }
            let around = &block[from..to];
            let lower = around.to_ascii_lowercase();
            // Where the record begins and ends is not known here.
            let matches = || self.regex(pattern).is_some_and(|regex| regex.is_match(around));
            return self.plan.may_match(alternative, &lower, &Signature::of(&lower))
                && (self.plan.is_anchored(pattern) || matches());
        }
        let text = &block[line.range.clone()];
        let signature = line.signature.get_or_insert_with(|| {
            line.lower.extend(text.iter().map(u8::to_ascii_lowercase));
            Signature::of(&line.lower)
        });
        self.plan.may_match(alternative, &line.lower, signature)
            && self.regex(pattern).is_some_and(|regex| regex.is_match(text))
    }
}

/// The line that is looked at.
#[derive(Default)]
struct Line {
    range: Range<usize>,
    lower: Vec<u8>,
    signature: Option<Signature>,
    tried: Vec<u32>,
    taken: bool,
}

impl Line {
    fn enter(&mut self, block: &[u8], at: usize) {
        let start = memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
        let end = memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end);
        self.range = start..end - usize::from(end > start && block[end - 1] == b'\r');
        self.lower.clear();
        self.signature = None;
        self.tried.clear();
        self.taken = false;
    }

    fn is_new(&mut self, alternative: u32) -> bool {
        let new = !self.tried.contains(&alternative);
        if new {
            self.tried.push(alternative);
        }
        new
    }
}
