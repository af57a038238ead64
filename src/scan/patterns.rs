//! Patterns ready to run, each compiled at its first use and only where everything that it needs is there.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use memchr::{memchr, memrchr};
use regex_automata::meta::Regex;

use super::compile::{Run, compile};
use super::frequency::Frequencies;
use super::plan::{self, Group, Plan, Signature};

/// Bytes before and behind a line in which the other parts of a match over several lines may stand.
const MAX_REACH: usize = 4 << 10;
/// Runs from which on a pattern runs often, and bytes of a text from which on it is long.
const OFTEN: (u32, usize) = (1000, 4 << 10);

/// The patterns of a knowledge base.
#[derive(Debug)]
pub struct Patterns {
    plan: Plan,
    /// By number; a pattern that only the plan knows has no text.
    patterns: Vec<Pattern>,
}

/// A pattern, compiled for what it is used for.
#[derive(Debug, Default)]
struct Pattern {
    text: String,
    runs: AtomicU32,
    seldom: OnceLock<Option<Regex>>,
    often: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Ready to run on a text of so many bytes; `None` where it cannot be compiled.
    fn regex(&self, length: usize) -> Option<&Regex> {
        let (slot, run) = match self.runs.fetch_add(1, Ordering::Relaxed) >= OFTEN.0 || length >= OFTEN.1 {
            true => (&self.often, Run::Often),
            false => (&self.seldom, Run::Seldom),
        };
        slot.get_or_init(|| compile(&self.text, run)).as_ref()
    }
}

impl Patterns {
    /// Makes patterns ready; returns the number of each text, `None` of one that is in no plan. A plan that knows all of them,
    /// or most, saves the work of planning.
    pub fn new(texts: &[&str], words: &[&str], known: Option<Plan>) -> (Self, Vec<Option<usize>>) {
        let numbers = |plan: &Plan| texts.iter().map(|text| plan.number(text)).collect::<Vec<_>>();
        let known = known.map(|plan| (numbers(&plan), plan));
        let (numbers, plan) = match known {
            Some((numbers, plan)) if numbers.iter().all(Option::is_some) => (numbers, plan),
            known => {
                let everyday = Frequencies::everyday();
                let is_new = |ix: &usize| known.as_ref().is_none_or(|(numbers, _)| numbers[*ix].is_none());
                let mut needs = plan::needs_of((0..texts.len()).filter(is_new).map(|ix| texts[ix]), &everyday);
                let old = known.as_ref().map(|(_, plan)| plan.needs()).unwrap_or_default();
                let wanted: BTreeSet<u64> = texts.iter().map(|text| plan::hash(text)).collect();
                needs.extend(old.into_iter().filter(|(hash, _)| wanted.contains(hash)));
                let plan = Plan::new(&needs, words, &everyday);
                (numbers(&plan), plan)
            }
        };
        let mut patterns: Vec<Pattern> = Vec::new();
        patterns.resize_with(plan.patterns.len(), Pattern::default);
        for (text, number) in texts.iter().zip(&numbers) {
            if let Some(number) = number {
                patterns[*number].text = (*text).to_owned();
            }
        }
        (Self { plan, patterns }, numbers)
    }

    /// What they need.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.patterns.len()
    }

    /// A pattern, ready to run on a text of so many bytes; `None` where it cannot be compiled.
    pub fn regex(&self, pattern: u32, length: usize) -> Option<&Regex> {
        self.patterns[pattern as usize].regex(length)
    }

    /// Numbers of the patterns that may match in a text, in ascending order.
    pub fn candidates(&self, text: &[u8]) -> Vec<u32> {
        self.able(&[&self.plan.rare, &self.plan.common], self.plan.always.clone(), text)
    }

    /// Whether a pattern matches a line by what is common in everyday logs, and yet long enough to be looked for.
    pub fn is_common_match(&self, line: &[u8]) -> bool {
        let matches = |pattern: u32| self.regex(pattern, line.len()).is_some_and(|regex| regex.is_match(line));
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
            let matches = || self.regex(pattern, around.len()).is_some_and(|regex| regex.is_match(around));
            return self.plan.may_match(alternative, &lower, &Signature::of(&lower))
                && (self.plan.is_anchored(pattern) || matches());
        }
        let text = &block[line.range.clone()];
        let signature = line.signature.get_or_insert_with(|| {
            line.lower.extend(text.iter().map(u8::to_ascii_lowercase));
            Signature::of(&line.lower)
        });
        self.plan.may_match(alternative, &line.lower, signature)
            && self.regex(pattern, text.len()).is_some_and(|regex| regex.is_match(text))
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
