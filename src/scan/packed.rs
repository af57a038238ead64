//! What patterns need, in few bytes: told by parts of the patterns' own texts, so that nothing need be parsed at start.
//!
//! A pattern's text falls into runs of plain letters; nearly every text that a match needs is such a run, or several. Where
//! it is not, its letters are written down. Texts of a set that differ in some places are told as one with choices. Each
//! kind of number has a table of its own, so that a packer finds them alike.

use super::choices::{Piece, together};
use super::frequency::Frequencies;
use super::literals::{self, Alternative, Needs};
use super::plan::hash;
use super::runs::runs;
use super::tables::{Reader, Writer};
use crate::diagnostic::floor_boundary;

/// Numbers of the kinds of pieces.
const RUN: usize = 0;
const PART: usize = 1;
const LETTERS: usize = 2;
const CHOICE: usize = 3;
const KINDS: usize = 4;
/// A shorter part of a run is not shorter to tell than its letters.
const SHORTEST_PART: usize = 4;
/// Texts of a set: more are not what a build has written.
const MOST: usize = 1 << 10;
/// What is told of how far a match reaches over lines by its number: not at all, or without end.
const REACHES: [u32; 2] = [0, u32::MAX];

/// The tables, behind a number that tells the patterns.
#[derive(Default)]
struct Tables<T> {
    /// Of every pattern: its alternatives, its reach, and what is true of it or not.
    patterns: T,
    /// Reaches that have no number.
    reaches: T,
    /// Of every alternative: how many checks, and whether it has windows.
    sets: T,
    /// Of every piece: what it is, and whether more follow.
    pieces: T,
    /// Of every part of a run: where it begins, and its bytes.
    parts: T,
    letters: T,
}

/// Writes down what patterns need, each given with its text.
pub fn write(patterns: &[(&str, &Needs)]) -> Vec<u8> {
    let mut out = Tables::<Vec<u8>>::default();
    for (pattern, needs) in patterns {
        let mut text = TextWriter { runs: runs(pattern), next: 0, out: &mut out };
        let reach = REACHES.iter().position(|reach| *reach == needs.reach);
        let head = needs.alternatives.len() * (REACHES.len() + 1) + reach.unwrap_or(REACHES.len());
        let answers = [needs.anchored, needs.counts_characters, needs.tells_digits_apart];
        put(&mut text.out.patterns, answers.iter().fold(head, |head, yes| head * 2 + usize::from(*yes)));
        if reach.is_none() {
            put(&mut text.out.reaches, needs.reach as usize);
        }
        for Alternative { windows, checks, .. } in &needs.alternatives {
            put(&mut text.out.sets, checks.len() * 2 + usize::from(!windows.is_empty()));
            let windows = (!windows.is_empty()).then_some(windows);
            windows.into_iter().chain(checks).for_each(|set| text.set(set));
        }
    }
    let mut writer = Writer::default();
    writer.longs(&[all_of(patterns.iter().map(|(pattern, _)| *pattern))]);
    let Tables { patterns, reaches, sets, pieces, parts, letters } = out;
    [patterns, reaches, sets, pieces, parts, letters].iter().for_each(|table| writer.bytes(table));
    writer.finish()
}

/// Reads what [`write`] has written of the same patterns in the same order; `None` where it is of others.
pub fn read(bytes: &[u8], patterns: &[&str], everyday: &Frequencies) -> Option<Vec<Needs>> {
    let from = &mut Reader::new(bytes);
    if *from.longs()? != [all_of(patterns.iter().copied())] {
        return None;
    }
    let mut tables = Tables {
        patterns: from.bytes()?,
        reaches: from.bytes()?,
        sets: from.bytes()?,
        pieces: from.bytes()?,
        parts: from.bytes()?,
        letters: from.bytes()?,
    };
    let mut needs = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        needs.push(TextReader { runs: runs(pattern), next: 0, from: &mut tables }.needs(everyday)?);
    }
    tables.is_empty().then_some(needs)
}

/// One number for many patterns and their order.
fn all_of<'t>(patterns: impl Iterator<Item = &'t str>) -> u64 {
    patterns.map(hash).fold(0, |all: u64, one| all.rotate_left(7).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ one)
}

impl Tables<&[u8]> {
    fn is_empty(&self) -> bool {
        let all = [self.patterns, self.reaches, self.sets, self.pieces, self.parts, self.letters];
        all.iter().all(|table| table.is_empty())
    }
}

/// Writes the texts that one pattern needs.
struct TextWriter<'w> {
    runs: Vec<String>,
    /// The run behind the last one that was told.
    next: usize,
    out: &'w mut Tables<Vec<u8>>,
}

impl TextWriter<'_> {
    fn set(&mut self, set: &[String]) {
        let texts = set.iter().map(|text| self.cut(text)).collect();
        self.pieces(&together(texts));
    }

    /// A text as pieces, the longest ones first; letters that stand in no run one by one.
    fn cut(&self, mut text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while let Some(letter) = text.chars().next() {
            let (piece, length) = match self.longest(text) {
                Some((run, 0, length)) if length == self.runs[run].len() => (Piece::Run(run), length),
                Some((run, from, length)) if length >= SHORTEST_PART => (Piece::Part(run, from, length), length),
                _ => (Piece::Letters(letter.to_string()), letter.len_utf8()),
            };
            pieces.push(piece);
            text = &text[length..];
        }
        pieces
    }

    /// The run with the most letters that a text begins with: which, where in it they begin, and how many bytes. Whole runs
    /// before parts of them.
    fn longest(&self, text: &str) -> Option<(usize, usize, usize)> {
        let mut best = ((0, false), None);
        let first = *text.as_bytes().first()?;
        for (ix, run) in self.runs.iter().enumerate() {
            for from in memchr::memchr_iter(first, run.as_bytes()) {
                let same = run.as_bytes()[from..].iter().zip(text.as_bytes()).take_while(|(one, other)| one == other);
                let length = floor_boundary(text, same.count());
                let rank = (length, length == run.len());
                if rank > best.0 {
                    best = (rank, Some((ix, from, length)));
                }
            }
        }
        best.1
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        if pieces.is_empty() {
            return self.piece(LETTERS, 0, false);
        }
        let mut rest = pieces;
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            match first {
                Piece::Run(run) => self.run(RUN, *run, !rest.is_empty()),
                Piece::Part(run, from, length) => {
                    self.run(PART, *run, !rest.is_empty());
                    put(&mut self.out.parts, *from);
                    put(&mut self.out.parts, *length);
                }
                Piece::Letters(letters) => {
                    let mut letters = letters.clone();
                    while let Some((Piece::Letters(more), behind)) = rest.split_first() {
                        letters.push_str(more);
                        rest = behind;
                    }
                    self.piece(LETTERS, letters.len(), !rest.is_empty());
                    self.out.letters.extend(letters.bytes());
                }
                Piece::Choice(choices) => {
                    self.piece(CHOICE, choices.len(), !rest.is_empty());
                    choices.iter().for_each(|choice| self.pieces(choice));
                }
            }
        }
    }

    fn run(&mut self, kind: usize, run: usize, goes_on: bool) {
        // Small where it is near.
        let step = if run >= self.next { 2 * (run - self.next) } else { 2 * (self.next - run) - 1 };
        self.piece(kind, step, goes_on);
        self.next = run + 1;
    }

    fn piece(&mut self, kind: usize, number: usize, goes_on: bool) {
        put(&mut self.out.pieces, (number * KINDS + kind) * 2 + usize::from(goes_on));
    }
}

/// Reads the texts that one pattern needs.
struct TextReader<'r, 'b> {
    runs: Vec<String>,
    next: usize,
    from: &'r mut Tables<&'b [u8]>,
}

impl TextReader<'_, '_> {
    fn needs(&mut self, everyday: &Frequencies) -> Option<Needs> {
        let head = take(&mut self.from.patterns)?;
        let [anchored, counts_characters, tells_digits_apart] = [4, 2, 1].map(|bit| head & bit != 0);
        let head = head / 8;
        let (count, reach) = (head / (REACHES.len() + 1), head % (REACHES.len() + 1));
        let reach = match REACHES.get(reach) {
            Some(reach) => *reach,
            None => u32::try_from(take(&mut self.from.reaches)?).ok()?,
        };
        let alternatives = (0..count).map(|_| self.alternative(everyday)).collect::<Option<Vec<_>>>()?;
        Some(Needs { alternatives, reach, anchored, counts_characters, tells_digits_apart })
    }

    fn alternative(&mut self, everyday: &Frequencies) -> Option<Alternative> {
        let head = take(&mut self.from.sets)?;
        let windows = if head % 2 == 1 { self.set()? } else { Vec::new() };
        let checks = (0..head / 2).map(|_| self.set()).collect::<Option<Vec<_>>>()?;
        Some(Alternative { rare: literals::are_rare(&windows, everyday), windows, checks })
    }

    /// In the order that [`literals`] gives them.
    fn set(&mut self) -> Option<Vec<String>> {
        let mut set = self.texts()?;
        set.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        Some(set)
    }

    /// The texts that a sequence of pieces stands for.
    fn texts(&mut self) -> Option<Vec<String>> {
        let mut texts = vec![String::new()];
        loop {
            let piece = take(&mut self.from.pieces)?;
            let number = piece / 2 / KINDS;
            match piece / 2 % KINDS {
                RUN => {
                    let run = self.run(number)?;
                    texts.iter_mut().for_each(|text| text.push_str(&self.runs[run]));
                }
                PART => {
                    let run = self.run(number)?;
                    let (from, length) = (take(&mut self.from.parts)?, take(&mut self.from.parts)?);
                    let part = self.runs[run].get(from..)?.get(..length)?;
                    texts.iter_mut().for_each(|text| text.push_str(part));
                }
                LETTERS => {
                    let (letters, rest) = self.from.letters.split_at_checked(number)?;
                    self.from.letters = rest;
                    let letters = std::str::from_utf8(letters).ok()?;
                    texts.iter_mut().for_each(|text| text.push_str(letters));
                }
                _ => {
                    let mut choices = Vec::new();
                    for _ in 0..number {
                        choices.extend(self.texts()?);
                    }
                    if texts.len() * choices.len() > MOST {
                        return None;
                    }
                    let each = |text: &String| choices.iter().map(|choice| [text.as_str(), choice].concat()).collect();
                    texts = texts.iter().flat_map(|text| -> Vec<String> { each(text) }).collect();
                }
            }
            if piece % 2 == 0 {
                return Some(texts);
            }
        }
    }

    fn run(&mut self, step: usize) -> Option<usize> {
        let far = step.div_ceil(2);
        let run = if step.is_multiple_of(2) { self.next.checked_add(far)? } else { self.next.checked_sub(far)? };
        self.next = run + 1;
        (run < self.runs.len()).then_some(run)
    }
}

/// Writes a number, seven bits to a byte.
fn put(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number that [`put`] has written.
fn take(from: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static EVERYDAY: LazyLock<Frequencies> = LazyLock::new(Frequencies::everyday);

    fn again(pattern: &str, needs: &Needs) -> Option<Vec<Needs>> {
        read(&write(&[(pattern, needs)]), &[pattern], &EVERYDAY)
    }

    proptest! {
        #[test]
        fn what_patterns_need_comes_back(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "key", "File ", r"\.pem", ": ", "(?:not|never) found", "(?P<a>one|other)", "s?", "[-_ ]", r"\S+", "[Cc]ert",
                    "(?i:Ünicode k)", "x{1,2}", r"\bin\b", "|", "[^\\n]{0,9}", r"\(6\)", "(?:a|b|)(?:lpha|eta|)", "[]x]", r"[\]y]",
                    "(?i)привет", "^", "$", r"\n",
                ]),
                1..12,
            ),
        ) {
            let pattern = parts.concat();
            let needs = literals::of(&pattern, &EVERYDAY);
            prop_assert_eq!(again(&pattern, &needs), Some(vec![needs]));
        }

        /// Also where the runs of the pattern are not what its texts are made of.
        #[test]
        fn any_set_comes_back(
            pattern in "[a-cü]{0,9}|.{0,40}",
            windows in prop::collection::btree_set("[a-cü]{0,7}|.{1,12}", 0..40),
            checks in prop::collection::vec(prop::collection::btree_set("[a-cü]{2,5}", 1..40), 0..4),
            reach: u32,
            answers: [bool; 3],
        ) {
            let in_order = |set: std::collections::BTreeSet<String>| {
                let mut set: Vec<String> = set.into_iter().collect();
                set.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
                set
            };
            let windows = in_order(windows);
            let rare = literals::are_rare(&windows, &EVERYDAY);
            let alternative = Alternative { windows, rare, checks: checks.into_iter().map(in_order).collect() };
            let [anchored, counts_characters, tells_digits_apart] = answers;
            let alternatives = vec![alternative.clone(), alternative];
            let needs = Needs { alternatives, reach, anchored, counts_characters, tells_digits_apart };
            prop_assert_eq!(again(&pattern, &needs), Some(vec![needs]));
        }

        #[test]
        fn bytes_of_another_kind_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..60usize) {
            prop_assert_eq!(read(&bytes, &["key file"], &EVERYDAY), None);
            let needs = literals::of("key (?:file|store)", &EVERYDAY);
            let whole = write(&[("key (?:file|store)", &needs)]);
            let cut = &whole[..whole.len().saturating_sub(cut + 1)];
            prop_assert_eq!(read(cut, &["key (?:file|store)"], &EVERYDAY), None);
        }
    }

    #[test]
    fn texts_that_differ_are_told_as_one_with_choices() {
        let needs = literals::of("(?:bad|no) nonces?: [45]0[12]", &EVERYDAY);
        let bytes = write(&[("(?:bad|no) nonces?: [45]0[12]", &needs)]);
        let texts: usize = needs.alternatives[0].checks.iter().flatten().map(String::len).sum();
        assert!(bytes.len() < texts, "{} {texts}", bytes.len());
    }
}
