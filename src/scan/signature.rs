//! Texts that patterns are judged by: what may stand in one is told without looking through it for each.

use std::cell::{Cell, OnceCell};

use memchr::memmem;

/// Bytes of a gram.
pub const GRAM: usize = 3;
/// Numbers of grams, and behind them of pairs of bytes.
pub const GRAMS: usize = 2 * 64 * WORDS;
/// Grams that are kept of a text.
const KEPT: usize = 4;
/// So many grams stand together in a text of at most so many bytes only where what has them stands there, nearly always.
const SURE: (usize, usize) = (3, 1 << 10);
/// Words of a signature.
const WORDS: usize = 64;

/// Texts that are looked for one by one before it is worth working out what stands in the whole: some, and one more for so many
/// bytes of it.
const ONE_BY_ONE: (usize, usize) = (4, 64);

/// A text, in lower case, that patterns are judged by.
#[derive(Debug)]
pub struct Judged {
    lower: Vec<u8>,
    signature: OnceCell<Signature>,
    asked: Cell<usize>,
}

impl Judged {
    /// Makes a text ready.
    pub fn of(text: &[u8]) -> Self {
        Self { lower: text.to_ascii_lowercase(), signature: OnceCell::new(), asked: Cell::new(0) }
    }

    /// The text in lower case.
    pub fn lower(&self) -> &[u8] {
        &self.lower
    }

    /// Whether another text stands in it, as far as that is worth finding out. `grams` are some of the other text, `others` the
    /// texts that will be asked about if it does not.
    pub fn may_hold(&self, text: &[u8], grams: &[u32], others: usize) -> bool {
        let asked = self.asked.get() + 1;
        if asked + others <= ONE_BY_ONE.0 + self.lower.len() / ONE_BY_ONE.1 && self.signature.get().is_none() {
            self.asked.set(asked);
            return self.holds(text);
        }
        // Several grams by chance in a short text are rarer than a search is cheap.
        let sure = grams.len() >= SURE.0 && self.lower.len() <= SURE.1;
        self.signature().may_hold(text, grams) && (sure || self.holds(text))
    }

    fn holds(&self, text: &[u8]) -> bool {
        memmem::find(&self.lower, text).is_some()
    }

    fn signature(&self) -> &Signature {
        self.signature.get_or_init(|| Signature::of(&self.lower))
    }
}

/// Which grams stand in a text, roughly: tells at once of most texts that they do not stand in it.
#[derive(Debug)]
struct Signature {
    /// Grams, and behind them pairs of bytes: for texts that are too short for a gram.
    bits: [u64; 2 * WORDS],
}

impl Signature {
    fn of(text: &[u8]) -> Self {
        let mut bits = [0; 2 * WORDS];
        let mut enter = |number: u32| bits[number as usize / 64] |= 1 << (number % 64);
        text.windows(GRAM).for_each(|bytes| enter(gram(bytes)));
        text.windows(2).for_each(|bytes| enter(pair(bytes)));
        Self { bits }
    }

    fn may_hold(&self, text: &[u8], grams: &[u32]) -> bool {
        self.has(hint(text)) && grams.iter().all(|gram| self.has(*gram))
    }

    fn has(&self, number: u32) -> bool {
        self.bits[number as usize / 64] >> (number % 64) & 1 != 0
    }
}

/// A gram in the middle of a text of at least two bytes, or the pair that it is: without it in a signature, the text does not
/// stand.
fn hint(text: &[u8]) -> u32 {
    match text.get((text.len().saturating_sub(GRAM)) / 2..).filter(|rest| rest.len() >= GRAM) {
        Some(rest) => gram(rest),
        None => pair(text),
    }
}

/// The number of the gram with which a text begins, or of the pair of bytes that it is.
pub fn beginning(text: &[u8]) -> u32 {
    if text.len() >= GRAM { gram(text) } else { pair(text) }
}

/// The number of a gram, letters in one case.
fn gram(bytes: &[u8]) -> u32 {
    let bytes = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) | 0x0020_2020;
    bytes.wrapping_mul(0x9E37_79B1) >> (32 - (WORDS * 64).ilog2())
}

/// The number of a pair of bytes, letters in one case.
fn pair(bytes: &[u8]) -> u32 {
    let bytes = u32::from_le_bytes([bytes[0], bytes[1], 0, 0]) | 0x0000_2020;
    (WORDS as u32 * 64) + (bytes.wrapping_mul(0x9E37_79B1) >> (32 - (WORDS * 64).ilog2()))
}

/// Grams of a text, far from each other.
pub fn some_grams(text: &[u8]) -> Vec<u32> {
    let last = text.len().saturating_sub(GRAM);
    let at = (0..KEPT).map(|ix| ix * last / (KEPT - 1));
    let mut grams: Vec<u32> = at.filter_map(|at| text.get(at..at + GRAM)).map(gram).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}
