//! Texts of which one must stand in every match of a pattern: what the scanner looks for first.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::filter::{MIN_WINDOW, comparisons};
use super::frequency::Frequencies;
use super::{characters, digits};

/// More alternatives than this take longer to look for than the pattern itself.
const MAX_ALTERNATIVES: usize = 120;
/// How far a sequence of small choices is multiplied out: what is short grows, and what is many costs.
const PRODUCTS: [usize; 3] = [1, 8, 40];
/// Characters of a class that are taken as so many alternatives.
const MAX_CLASS: usize = 12;
/// Times that a repeated part is written out.
const MAX_REPEATS: u32 = 3;
/// A literal of this length is still worth a look before a pattern runs.
const MIN_CHECKED: usize = 2;
/// Sets that are looked for before a pattern runs, and literals of each.
const MAX_CHECKS: (usize, usize) = (4, 120);
/// What one more window costs, as a rate: the filter's tables fill up.
const PER_WINDOW: f64 = 1e-5;
/// The rate of a window (for each byte of an everyday log) from which on it is too common to be looked for everywhere.
const COMMON: f64 = 1.5e-4;

/// What a comparison costs, as a share of what a window that was found costs.
const COMPARISON: f64 = 0.3;
/// Letters of a word that may be an everyday one, and how often that is expected.
const PLAIN_WORD: usize = 11;
const PLAIN_RATE: f64 = 2e-4;

/// One way in which a pattern can match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alternative {
    /// What the filter looks for, in lower case: one of these stands in every match. Empty where all texts are too short.
    pub windows: Vec<String>,
    /// Whether none of the windows is common in everyday logs.
    pub rare: bool,
    /// Sets of literals in lower case, of each of which one stands in every match too; the most telling first.
    pub checks: Vec<Vec<String>>,
}

/// What a pattern needs in order to match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Its alternatives.
    pub alternatives: Vec<Alternative>,
    /// Bytes of a match that can reach over the end of a line; 0 where none can.
    pub reach: u32,
    /// Whether a match is tied to the beginning or the end of the whole text.
    pub anchored: bool,
    /// Whether it counts characters: see [`characters::are_counted`].
    pub counts_characters: bool,
    /// Whether it tells one digit from another.
    pub tells_digits_apart: bool,
}

/// What a pattern needs. Of one that does not parse, nothing is known.
///
/// Letters that only Unicode folds onto ASCII ones (the Kelvin sign) are not considered: no program prints them.
pub fn of(pattern: &str, everyday: &Frequencies) -> Needs {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        let alternatives = vec![Alternative::default()];
        return Needs {
            alternatives,
            reach: u32::MAX,
            anchored: true,
            counts_characters: false,
            tells_digits_apart: true,
        };
    };
    let alternatives = alternatives(&hir).into_iter().map(|hir| of_alternative(hir, everyday)).collect();
    let longest = || hir.properties().maximum_len().and_then(|bytes| u32::try_from(bytes).ok()).unwrap_or(u32::MAX);
    Needs {
        alternatives,
        reach: if crosses_lines(&hir) { longest() } else { 0 },
        anchored: hir.properties().look_set().contains_anchor_haystack(),
        counts_characters: characters::are_counted(&hir),
        tells_digits_apart: digits::are_told_apart(&hir),
    }
}

fn alternatives(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Alternation(branches) => branches.iter().flat_map(alternatives).collect(),
        HirKind::Capture(capture) => alternatives(&capture.sub),
        _ => vec![hir],
    }
}

fn crosses_lines(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&'\n'))
        }
        HirKind::Class(Class::Bytes(class)) => class.iter().any(|range| (range.start()..=range.end()).contains(&b'\n')),
        HirKind::Repetition(repetition) => crosses_lines(&repetition.sub),
        HirKind::Capture(capture) => crosses_lines(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(crosses_lines),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

type Set = Vec<Vec<u8>>;

fn of_alternative(hir: &Hir, everyday: &Frequencies) -> Alternative {
    let mut sets = Vec::new();
    for most in PRODUCTS {
        Reader { most, sets: &mut sets }.collect(hir);
    }
    // A cut inside of a character makes no text.
    let text = |set: Set| set.into_iter().map(|bytes| String::from_utf8(bytes).ok()).collect::<Option<Vec<_>>>();
    let mut sets: Vec<Vec<String>> = sets.into_iter().filter_map(text).map(shortest).collect();
    let cost = |text: &String| {
        let compared = comparisons(text.as_bytes(), |part| everyday.rate(part));
        PER_WINDOW + expected_rate(text, everyday).max(COMPARISON * compared)
    };
    let rate = |set: &[String]| set.iter().map(cost).sum::<f64>();
    let length = |set: &[String]| set.iter().map(String::len).min();
    sets.sort_by(|a, b| rate(a).total_cmp(&rate(b)).then_with(|| length(b).cmp(&length(a))).then_with(|| a.cmp(b)));
    sets.dedup();
    let long = |set: &Vec<String>| set.iter().all(|text| text.len() >= MIN_WINDOW);
    let windows = sets.iter().position(long).map(|best| sets.remove(best)).unwrap_or_default();
    let rare = are_rare(&windows, everyday);
    // The same part of a pattern was read in several ways: what another set implies tells nothing more.
    let mut checks: Vec<Vec<String>> = Vec::new();
    for set in sets {
        let told = |by: &[String]| by.iter().all(|long| set.iter().any(|text| long.contains(text.as_str())));
        let known = told(&windows) && !windows.is_empty() || checks.iter().any(|check| told(check));
        if !known && set.len() <= MAX_CHECKS.1 && checks.len() < MAX_CHECKS.0 {
            checks.push(set);
        }
    }
    Alternative { windows, rare, checks }
}

/// Whether none of the windows of an alternative is common in everyday logs.
pub fn are_rare(windows: &[String], everyday: &Frequencies) -> bool {
    !windows.is_empty() && windows.iter().all(|text| expected_rate(text, everyday) < COMMON)
}

/// The rate at which a text is expected in a log. No sample holds all the words of a language: one that stands alone is
/// taken for an everyday one.
fn expected_rate(text: &str, everyday: &Frequencies) -> f64 {
    let word = text.trim_matches(' ');
    let plain = word.len() <= PLAIN_WORD && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    everyday.rate(text.as_bytes()).max(if plain { PLAIN_RATE } else { 0.0 })
}

/// Without those that hold another one of the set.
fn shortest(mut set: Vec<String>) -> Vec<String> {
    set.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let mut out: Vec<String> = Vec::new();
    for text in set {
        if !out.iter().any(|short| text.contains(short.as_str())) {
            out.push(text);
        }
    }
    out
}

/// Reads sets of literals off an expression.
struct Reader<'s> {
    /// Texts that a sequence is multiplied out to.
    most: usize,
    sets: &'s mut Vec<Set>,
}

impl Reader<'_> {
    fn collect(&mut self, hir: &Hir) {
        if let Some(set) = self.texts(hir) {
            return self.push(set);
        }
        match hir.kind() {
            HirKind::Capture(capture) => self.collect(&capture.sub),
            HirKind::Repetition(repetition) if repetition.min > 0 => self.collect(&repetition.sub),
            HirKind::Concat(parts) => self.sequence(parts),
            HirKind::Alternation(branches) => {
                let mut all = Vec::new();
                for branch in branches {
                    let mut own = Vec::new();
                    Reader { most: self.most, sets: &mut own }.collect(branch);
                    let Some(best) = own.into_iter().max_by_key(worth) else { return };
                    all.extend(best);
                }
                self.push(all);
            }
            _ => {}
        }
    }

    fn sequence(&mut self, parts: &[Hir]) {
        let mut run: Set = vec![Vec::new()];
        for part in parts {
            match self.texts(part) {
                Some(set) if run.len() * set.len() <= self.most => run = product(&run, &set),
                Some(set) => self.push(std::mem::replace(&mut run, set)),
                None => {
                    self.push(std::mem::replace(&mut run, vec![Vec::new()]));
                    self.collect(part);
                }
            }
        }
        self.push(run);
    }

    /// All texts that an expression matches, in lower case, where they are few.
    fn texts(&self, hir: &Hir) -> Option<Set> {
        let mut set = match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
            HirKind::Literal(literal) => vec![literal.0.to_ascii_lowercase()],
            HirKind::Class(class) => characters(class)?,
            HirKind::Capture(capture) => self.texts(&capture.sub)?,
            HirKind::Repetition(repetition) => {
                let most = repetition.max.filter(|max| *max <= MAX_REPEATS)?;
                let once = self.texts(&repetition.sub)?;
                let mut all: Set = Vec::new();
                let mut power: Set = vec![Vec::new()];
                for times in 0..=most {
                    if times >= repetition.min {
                        all.extend(power.iter().cloned());
                    }
                    power = product(&power, &once);
                    if power.len() > MAX_ALTERNATIVES {
                        return None;
                    }
                }
                all
            }
            HirKind::Concat(parts) => {
                let mut run: Set = vec![Vec::new()];
                for part in parts {
                    run = product(&run, &self.texts(part)?);
                    if run.len() > self.most {
                        return None;
                    }
                }
                run
            }
            HirKind::Alternation(branches) => {
                let mut all = Vec::new();
                for branch in branches {
                    all.extend(self.texts(branch)?);
                }
                all
            }
        };
        set.sort();
        set.dedup();
        (set.len() <= MAX_ALTERNATIVES).then_some(set)
    }

    fn push(&mut self, mut set: Set) {
        set.sort();
        set.dedup();
        if !set.is_empty() && set.len() <= MAX_ALTERNATIVES && set.iter().all(|text| text.len() >= MIN_CHECKED) {
            self.sets.push(set);
        }
    }
}

fn product(left: &Set, right: &Set) -> Set {
    left.iter().flat_map(|l| right.iter().map(move |r| [l.as_slice(), r].concat())).collect()
}

/// Long texts first, then few of them: twice as many weigh as much as one character less.
fn worth(set: &Set) -> i32 {
    let shortest = set.iter().map(Vec::len).min().unwrap_or(0).min(12);
    shortest as i32 - set.len().max(1).ilog2() as i32
}

/// The characters of a small class, in lower case.
fn characters(class: &Class) -> Option<Set> {
    let mut all: Set = match class {
        Class::Bytes(class) => {
            let count: usize = class.iter().map(|range| range.len()).sum();
            let bytes = class.iter().flat_map(|range| range.start()..=range.end());
            (count <= 2 * MAX_CLASS).then(|| bytes.map(|byte| vec![byte.to_ascii_lowercase()]).collect())?
        }
        Class::Unicode(class) => {
            let count: usize = class.iter().map(|range| range.len()).sum();
            let letters = class.iter().flat_map(|range| range.start()..=range.end());
            let letters = letters.filter(|letter| !matches!(letter, '\u{212a}' | '\u{17f}'));
            let text = |letter: char| letter.to_ascii_lowercase().to_string().into_bytes();
            (count <= 2 * MAX_CLASS).then(|| letters.map(text).collect())?
        }
    };
    all.sort();
    all.dedup();
    (!all.is_empty() && all.len() <= MAX_CLASS).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::{Needs, of};
    use crate::scan::frequency::Frequencies;

    fn needs(pattern: &str) -> Needs {
        of(pattern, &Frequencies::everyday())
    }

    fn windows(pattern: &str) -> Vec<Vec<String>> {
        needs(pattern).alternatives.into_iter().map(|alternative| alternative.windows).collect()
    }

    #[test]
    fn a_window_stands_in_every_match() {
        assert_eq!(windows(r"curl: \(6\) (?P<host>\S+)"), [["curl: (6) "]]);
        assert_eq!(windows(r"(?i)Access is Denied\b.{0,20}x"), [["access is denied"]]);
        assert_eq!(windows(r"(?:EACCES|EPERM_X): \w+"), [["eacces: ", "eperm_x: "]]);
        assert_eq!(windows(r"\d+ (?:abc)?"), [[""; 0]]);
    }

    #[test]
    fn small_choices_are_multiplied_out() {
        assert_eq!(windows(r"bad nonces?: [45]0[12]"), [["bad nonce"]]);
        assert_eq!(windows(r"(?i)un(?:known|heard)CA\d"), [["unheardca", "unknownca"]]);
    }

    #[test]
    fn what_stands_everywhere_is_told_from_what_is_rare() {
        assert!(!needs(r"https://\S+ \d").alternatives[0].rare);
        let all = needs(r"https://\S+ is not an ACME directory");
        assert!(all.alternatives[0].rare);
        assert_eq!(all.alternatives[0].windows, [" is not an acme directory"]);
        assert_eq!(all.alternatives[0].checks, [["https://"]]);
    }

    #[test]
    fn checks_tell_that_a_pattern_cannot_match() {
        let all = &needs(r"(?i)(?:certificate|key)[^\n]{0,80}(?:not found|missing) in (?P<path>\S+)").alternatives[0];
        assert_eq!(all.windows, ["missing in ", "not found in "]);
        assert_eq!(all.checks, [["key", "certificate"]]);
    }

    #[test]
    fn alternatives_are_read_apart_and_so_are_lines() {
        assert_eq!(windows(r"keyfile \S+ gone|no (?P<path>\S+) for the key"), [["keyfile "], [" for the key"]]);
        assert_eq!(needs(r"no [^\n]{1,9} for the key").reach, 0);
        assert_eq!(needs(r"no\s{1,2}key for the file").reach, "no  key for the file".len() as u32 + 4);
        assert_eq!(needs(r"no\s+key for the file").reach, u32::MAX);
    }
}
