//! Patterns ready to run, each compiled at its first use and only where everything that it needs is there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use memchr::{memchr, memrchr};

use super::compile::{self, Compiled, Run};
use super::digits;
use super::filter::Filter;
use super::frequency::Frequencies;
use super::plan::{self, Group, Plan};
use super::signature::Judged;
use super::store::Store;
use super::tables::Texts;

/// Bytes before and behind a line in which the other parts of a match over several lines may stand.
const MAX_REACH: usize = 4 << 10;
/// Runs from which on a pattern is worth compiling with more care: what that costs is saved by so many runs at most.
const SEVERAL: u32 = 50;
/// Runs from which on a pattern runs often, and bytes of a text from which on it is long.
const OFTEN: (u32, usize) = (1000, 4 << 10);

/// Bytes of a text from which on patterns are not tried on it, masked: that takes long, and long texts seldom come again.
const LONG: usize = 512;

/// Matching lines that pass by before it is worth remembering them, and how many are remembered, of so many bytes at most.
const MATCHING: (usize, usize, usize) = (1000, 4096, 512);

/// The patterns of a knowledge base.
#[derive(Debug)]
pub struct Patterns {
    plan: Plan,
    /// By number; a pattern that only the plan knows has no text.
    texts: Texts,
    /// How often each has run.
    runs: Vec<AtomicU32>,
    /// By number.
    compiled: Store,
    /// By number, as they match whatever the digits are.
    masked: OnceLock<Store>,
    /// Worked out when first asked for: short logs do without.
    tellers: OnceLock<Tellers>,
    matching: Matching,
}

/// Lines, masked, that a pattern matches whatever their digits.
#[derive(Debug, Default)]
struct Matching {
    seen: AtomicUsize,
    lines: RwLock<HashSet<Vec<u8>>>,
}

impl Matching {
    fn knows(&self, line: &[u8]) -> bool {
        self.seen.load(Ordering::Relaxed) >= MATCHING.0
            && line.len() <= MATCHING.2
            && self.lines.read().unwrap_or_else(PoisonError::into_inner).contains(&digits::masked(line))
    }

    /// Whether a line that matches is worth remembering.
    fn asks_for(&self, line: &[u8]) -> bool {
        line.len() <= MATCHING.2 && self.seen.fetch_add(1, Ordering::Relaxed) >= MATCHING.0
    }

    fn remember(&self, line: &[u8]) {
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= MATCHING.1 {
            *lines = HashSet::new();
        }
        lines.insert(digits::masked(line));
    }
}

/// Patterns that tell one digit from another.
#[derive(Debug)]
struct Tellers {
    /// Finds their windows, masked, in masked texts.
    filter: Filter,
    /// The windows that are the same when masked: whether of the common group, and which.
    windows: Vec<Vec<(bool, u32)>>,
}

/// Where patterns that tell digits apart may match in texts that are the same when masked.
#[derive(Debug, Default)]
pub struct Places {
    /// Where a window may stand, whether of the common group, and which.
    windows: Vec<(usize, bool, u32)>,
    /// Alternatives without a window that may match.
    alternatives: Vec<u32>,
    /// The patterns that may match, in ascending order.
    patterns: Vec<u32>,
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
        let count = plan.patterns.len();
        let mut by_number = vec![""; count];
        for (text, number) in texts.iter().zip(&numbers) {
            if let Some(number) = number {
                by_number[*number] = text;
            }
        }
        let patterns = Self {
            plan,
            texts: Texts::of(by_number),
            runs: std::iter::repeat_with(AtomicU32::default).take(count).collect(),
            compiled: Store::new(count),
            masked: OnceLock::new(),
            tellers: OnceLock::new(),
            matching: Matching::default(),
        };
        (patterns, numbers)
    }

    /// What they need.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.runs.len()
    }

    /// A pattern, ready to run on a text of so many bytes; `None` where it cannot be compiled.
    pub fn regex(&self, pattern: u32, length: usize) -> Option<Arc<Compiled>> {
        let run = match self.runs[pattern as usize].fetch_add(1, Ordering::Relaxed) {
            runs if runs >= OFTEN.0 || length >= OFTEN.1 => Run::Often,
            SEVERAL.. => Run::SeveralTimes,
            _ => Run::Seldom,
        };
        let counts_characters = self.plan.counts_characters(pattern);
        self.compiled.get(pattern as usize, run, || compile::compile_known(self.text(pattern)?, counts_characters, run))
    }

    fn text(&self, pattern: u32) -> Option<&str> {
        std::str::from_utf8(self.texts.get(pattern)).ok()
    }

    /// Numbers of the patterns that may match in a text, in ascending order.
    pub fn candidates(&self, text: &[u8], judged: &Judged) -> Vec<u32> {
        let mut alternatives = [self.users(&self.plan.rare, text), self.users(&self.plan.common, text)].concat();
        alternatives.retain(|alternative| self.plan.may_match(*alternative, judged));
        alternatives.extend(self.plan.without_window(judged));
        self.owners(alternatives)
    }

    /// Whether a pattern tells one digit from another: what another one matches in a text, it matches in every text that is the
    /// same when masked.
    pub fn tells_digits_apart(&self, pattern: u32) -> bool {
        self.plan.tells_digits_apart(pattern)
    }

    /// Where patterns that tell digits apart may match in texts that are the same as this one when masked.
    pub fn places(&self, masked: &[u8], judged: &Judged) -> Places {
        let tellers = self.tellers();
        let mut windows = Vec::new();
        tellers.filter.find(masked, &mut |start, same| {
            windows.extend(tellers.windows[same as usize].iter().map(|(common, window)| (start, *common, *window)));
        });
        windows.sort_unstable();
        windows.dedup();
        let mut alternatives: Vec<u32> = self.plan.always.to_vec();
        let lower = masked.to_ascii_lowercase();
        let may = |alternative: &u32| {
            self.is_of_teller(*alternative) && self.plan.may_match_whatever_digits(*alternative, judged, &lower)
        };
        alternatives.retain(may);
        let of_windows = windows.iter().flat_map(|(_, common, window)| self.group(*common).users.get(*window));
        let all = of_windows.copied().filter(may).chain(alternatives.iter().copied()).collect();
        let mut patterns = self.owners(all);
        patterns.retain(|pattern| masked.len() >= LONG || self.may_match_masked(*pattern, masked));
        let is_left = |alternative: &u32| patterns.binary_search(&self.plan.owner[*alternative as usize]).is_ok();
        alternatives.retain(is_left);
        windows.retain(|(_, common, window)| self.group(*common).users.get(*window).iter().any(is_left));
        Places { windows, alternatives, patterns }
    }

    /// Whether a pattern that tells digits apart matches some text that is the same as another one when masked.
    fn may_match_masked(&self, pattern: u32, masked: &[u8]) -> bool {
        let counts_characters = self.plan.counts_characters(pattern);
        let compile = || compile::compile_masked(self.text(pattern)?, counts_characters);
        let regex = self.masked.get_or_init(|| Store::new(self.count())).get(pattern as usize, Run::Seldom, compile);
        regex.is_none_or(|regex| regex.is_match(masked))
    }

    /// Numbers of the patterns that tell digits apart and may match in a text, in ascending order; `places` are those of a text
    /// that is the same when masked.
    pub fn candidates_at(&self, text: &[u8], places: &Places) -> Vec<u32> {
        let mut alternatives = places.alternatives.clone();
        for (start, common, window) in &places.windows {
            let group = self.group(*common);
            let literal = group.filter.literal(*window);
            let stands = text.get(*start..start + literal.len());
            if stands.is_some_and(|stands| stands.eq_ignore_ascii_case(literal)) {
                alternatives.extend(group.users.get(*window));
            }
        }
        let mut patterns = self.owners(alternatives);
        patterns.retain(|pattern| places.patterns.binary_search(pattern).is_ok());
        patterns
    }

    fn is_of_teller(&self, alternative: u32) -> bool {
        self.tells_digits_apart(self.plan.owner[alternative as usize])
    }

    fn group(&self, common: bool) -> &Group {
        if common { &self.plan.common } else { &self.plan.rare }
    }

    fn tellers(&self) -> &Tellers {
        self.tellers.get_or_init(|| {
            let mut same: BTreeMap<String, Vec<(bool, u32)>> = BTreeMap::new();
            for common in [false, true] {
                let group = self.group(common);
                for (window, literal) in (0u32..).zip(group.filter.literals()) {
                    if group.users.get(window).iter().any(|alternative| self.is_of_teller(*alternative)) {
                        let masked = digits::masked(literal);
                        same.entry(String::from_utf8_lossy(&masked).into_owned()).or_default().push((common, window));
                    }
                }
            }
            let everyday = Frequencies::everyday();
            let filter = Filter::new(Texts::of(same.keys().map(String::as_str)), |bytes| everyday.rate(bytes));
            Tellers { filter, windows: same.into_values().collect() }
        })
    }

    /// Whether a pattern matches a line by what is common in everyday logs, and yet long enough to be looked for.
    pub fn is_common_match(&self, line: &[u8]) -> bool {
        let is_match = |pattern: u32| self.regex(pattern, line.len()).is_some_and(|regex| regex.is_match(line));
        let judged = Judged::of(line);
        let mut alternatives = self.users(&self.plan.common, line);
        alternatives.retain(|alternative| self.plan.may_match(*alternative, &judged));
        self.owners(alternatives).into_iter().any(is_match)
    }

    /// The alternatives of a group whose windows stand in a text, in ascending order.
    fn users(&self, group: &Group, text: &[u8]) -> Vec<u32> {
        let mut alternatives = Vec::new();
        group.filter.find(text, &mut |_, window| alternatives.extend(group.users.get(window)));
        alternatives.sort_unstable();
        alternatives.dedup();
        alternatives
    }

    /// The patterns of alternatives, in ascending order.
    fn owners(&self, alternatives: Vec<u32>) -> Vec<u32> {
        let mut patterns: Vec<u32> = alternatives.into_iter().map(|ix| self.plan.owner[ix as usize]).collect();
        patterns.sort_unstable();
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
        let text = &block[line.range.clone()];
        if *line.known.get_or_insert_with(|| self.matching.knows(text)) {
            return true;
        }
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
            // Where the record begins and ends is not known here.
            let is_match = || self.regex(pattern, around.len()).is_some_and(|regex| regex.is_match(around));
            return self.plan.may_match(alternative, &Judged::of(around))
                && (self.plan.is_anchored(pattern) || is_match());
        }
        if !self.plan.may_match(alternative, line.judged.get_or_insert_with(|| Judged::of(text))) {
            return false;
        }
        let is_match = self.regex(pattern, text.len()).is_some_and(|regex| regex.is_match(text));
        if is_match && self.matching.asks_for(text) && !self.tells_digits_apart(pattern) {
            self.matching.remember(text);
        }
        is_match
    }
}

/// The line that is looked at.
#[derive(Default)]
struct Line {
    range: Range<usize>,
    judged: Option<Judged>,
    tried: Vec<u32>,
    /// Whether it is one that is known to match.
    known: Option<bool>,
    taken: bool,
}

impl Line {
    fn enter(&mut self, block: &[u8], at: usize) {
        let start = memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
        let end = memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end);
        self.range = start..end - usize::from(end > start && block[end - 1] == b'\r');
        self.judged = None;
        self.tried.clear();
        self.known = None;
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] = [
        r"host \S{1,20} refused with \d{3}\b",
        "handshake 42 failed",
        r"^renewal [0-4]\d of the key is gone",
        "no such zone: 0",
    ];
    const LINES: [&str; 5] = [
        "at 07: host a77 refused with 404",
        "at 07: handshake 42 failed",
        "renewal 31 of the key is gone",
        "no such zone: 01",
        "nothing at all, 1234567",
    ];

    /// Lines with other digits each time: the beginning of each, and whether a pattern matches it.
    #[test]
    fn lines_that_are_known_to_match_are_those_that_do() {
        let (patterns, _) = Patterns::new(&TEXTS, &[], None);
        let all: Vec<Compiled> = TEXTS.iter().filter_map(|text| compile::compile(text, Run::Often)).collect();
        assert_eq!(all.len(), TEXTS.len());
        let mut seed = 7u64;
        let mut digit = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u8 % 10 + b'0'
        };
        let (mut block, mut expected) = (Vec::new(), Vec::new());
        for round in 0..4 * MATCHING.0 {
            let line: Vec<u8> = LINES[round % LINES.len()].bytes().collect();
            let line: Vec<u8> =
                line.into_iter().map(|byte| if byte.is_ascii_digit() && round > 20 { digit() } else { byte }).collect();
            if all.iter().any(|regex| regex.is_match(&line)) {
                expected.push(block.len());
            }
            block.extend(line);
            block.extend(if round % 3 == 0 { b"\r\n".as_slice() } else { b"\n" });
        }
        let mut found = Vec::new();
        patterns.lines(&block, 0, &mut |_, _| false, &mut |start| found.push(start));
        assert!(patterns.matching.seen.load(Ordering::Relaxed) > MATCHING.0, "some were remembered");
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected);
    }
}
