//! Finds thousands of literals in one pass: a hash of a few bytes at every third position, bits for each hash that a
//! literal can show there, and a comparison only where they are set.
//!
//! Every literal is entered for each of the three ways in which it can lie to those positions, by whichever of its parts is
//! the rarest: a part of eight bytes where it is long enough, else of six or four.

use super::tables::{Reader, Texts, Writer};

/// Distance of the positions that are looked at.
const STEP: usize = 3;
/// Bytes of the parts that are hashed.
const SIZES: [usize; 3] = [8, 6, 4];
/// A literal must reach over so many bytes: one of the smallest parts lies in it wherever it stands.
pub const MIN_WINDOW: usize = SIZES[2] + STEP - 1;
/// Words of a bit table (64 KiB: two of them stay in a second-level cache).
const WORDS: usize = 1 << WORD_BITS;
const WORD_BITS: u32 = 13;
/// Hashes share a list by their upper bits.
const LIST_BITS: u32 = 16;
/// ASCII letters in one case; other bytes may fall together, which the comparison tells apart.
const FOLD: u64 = 0x2020_2020_2020_2020;
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Where in a literal a part was taken.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// The lower half of the hash: the upper half has chosen the list.
    tag: u32,
    literal: u32,
    offset: u32,
}

/// A set of literals, ready to be looked for without regard to ASCII case.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Hashes that can be seen, by size of the parts.
    bits: [Box<[u64; WORDS]>; 3],
    /// Where the list of every value of the hash's upper bits begins.
    lists: Vec<u32>,
    entries: Vec<Entry>,
    literals: Texts,
}

/// The size of the parts of a literal, as a number of [`SIZES`].
fn tier(literal: &[u8]) -> usize {
    SIZES.iter().position(|size| literal.len() >= size + STEP - 1).unwrap_or(SIZES.len() - 1)
}

/// The rarest part of a literal that lies at a position when the literal lies to it in one of the ways.
fn rarest(literal: &[u8], way: usize, rate: impl Fn(&[u8]) -> f64) -> Option<usize> {
    let size = SIZES[tier(literal)];
    let offsets = (way..(literal.len() + 1).saturating_sub(size)).step_by(STEP);
    let rate = |offset: usize| rate(&literal[offset..offset + size]);
    offsets.min_by(|a, b| rate(*a).total_cmp(&rate(*b)))
}

/// How often a literal will be compared, for each byte of a text: `rate` says how often some bytes stand there.
pub fn comparisons(literal: &[u8], rate: impl Fn(&[u8]) -> f64) -> f64 {
    let size = SIZES[tier(literal)];
    let of = |offset: usize| rate(&literal[offset..offset + size]);
    (0..STEP).map(|way| rarest(literal, way, &rate).map_or(1.0, of)).sum::<f64>() / STEP as f64
}

impl Filter {
    /// Enters literals, in lower case, each of at least [`MIN_WINDOW`] bytes. One byte less is possible, but fills the tables
    /// forty times as much; shorter ones are not found everywhere.
    ///
    /// `rate` says how often some bytes stand in a text.
    pub fn new(literals: Texts, rate: impl Fn(&[u8]) -> f64) -> Self {
        let mut bits = [(); 3].map(|()| Box::new([0; WORDS]));
        let mut entries: Vec<(u64, Entry)> = Vec::new();
        for (ix, literal) in literals.iter().enumerate() {
            let tier = tier(literal);
            let size = SIZES[tier];
            let mut enter = |bytes: [u8; 8], offset: usize| {
                let hash = hash(u64::from_le_bytes(bytes) | FOLD, tier);
                let (one, two) = places_of(hash);
                bits[tier][word_of(hash)] |= 1 << one | 1 << two;
                entries.push((hash, Entry { tag: hash as u32, literal: ix as u32, offset: offset as u32 }));
            };
            for way in 0..STEP {
                let mut bytes = [0; 8];
                if let Some(offset) = rarest(literal, way, &rate) {
                    bytes[..size].copy_from_slice(&literal[offset..offset + size]);
                    enter(bytes, offset);
                } else if literal.len() + 1 == way + size {
                    // One byte behind the literal belongs to the part: whichever it is, letters in one case.
                    bytes[..size - 1].copy_from_slice(&literal[way..]);
                    for behind in (0..=u8::MAX).filter(|byte| byte & FOLD as u8 != 0) {
                        bytes[size - 1] = behind;
                        enter(bytes, way);
                    }
                }
            }
        }
        entries.sort_by_key(|(hash, entry)| (*hash, entry.literal));
        let mut lists = vec![0; (1 << LIST_BITS) + 1];
        entries.iter().for_each(|(hash, _)| lists[list_of(*hash) + 1] += 1);
        for ix in 1..lists.len() {
            lists[ix] += lists[ix - 1];
        }
        Self { bits, lists, entries: entries.into_iter().map(|(_, entry)| entry).collect(), literals }
    }

    /// Hands over every literal that stands in a text: where it begins, and which one. In the order of the positions at
    /// which they are noticed.
    pub fn find(&self, text: &[u8], found: &mut impl FnMut(usize, u32)) {
        let mut at = 0;
        // Eight positions at a time: their bytes lie within 32.
        while let Some(bytes) = text.get(at..at + 32) {
            let bytes: &[u8; 32] = bytes.try_into().expect("32 bytes");
            let mut noticed = 0u32;
            for ix in 0..8 {
                let word = word_at(bytes, ix * STEP);
                let bits = self.bit(word, 0) | self.bit(word, 1) | self.bit(word, 2);
                noticed |= (bits as u32) << ix;
            }
            while noticed != 0 {
                let ix = noticed.trailing_zeros() as usize;
                noticed &= noticed - 1;
                self.compare(text, at + ix * STEP, word_at(bytes, ix * STEP), found);
            }
            at += 8 * STEP;
        }
        while at < text.len() {
            let mut bytes = [0; 8];
            let rest = &text[at..text.len().min(at + 8)];
            bytes[..rest.len()].copy_from_slice(rest);
            self.compare(text, at, u64::from_le_bytes(bytes) | FOLD, found);
            at += STEP;
        }
    }

    fn bit(&self, word: u64, tier: usize) -> u64 {
        let hash = hash(word, tier);
        let (bits, (one, two)) = (self.bits[tier][word_of(hash)], places_of(hash));
        bits >> one & bits >> two & 1
    }

    #[inline(never)]
    fn compare(&self, text: &[u8], at: usize, word: u64, found: &mut impl FnMut(usize, u32)) {
        for tier in (0..SIZES.len()).filter(|tier| self.bit(word, *tier) != 0) {
            let hash = hash(word, tier);
            let list = list_of(hash);
            let (from, to) = (self.lists[list] as usize, self.lists[list + 1] as usize);
            for entry in self.entries[from..to].iter().filter(|entry| entry.tag == hash as u32) {
                let literal = self.literals.get(entry.literal);
                let Some(start) = at.checked_sub(entry.offset as usize) else { continue };
                if text.get(start..start + literal.len()).is_some_and(|stands| stands.eq_ignore_ascii_case(literal)) {
                    found(start, entry.literal);
                }
            }
        }
    }

    /// The literal of a number.
    pub fn literal(&self, literal: u32) -> &[u8] {
        self.literals.get(literal)
    }

    /// All literals, in the order of their numbers.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.literals.iter()
    }

    /// Writes the tables down.
    pub fn write(&self, out: &mut Writer) {
        self.bits.iter().for_each(|bits| out.longs(bits.as_slice()));
        out.numbers(&self.lists);
        out.numbers(&self.entries.iter().flat_map(|e| [e.tag, e.literal, e.offset]).collect::<Vec<_>>());
        self.literals.write(out);
    }

    /// Reads tables that [`Filter::write`] has written; `None` where they are of another form.
    pub fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut bits = || from.longs()?.into_boxed_slice().try_into().ok();
        let bits = [bits()?, bits()?, bits()?];
        let lists = from.numbers()?;
        let entries = from.numbers()?;
        let entries = entries.chunks_exact(3).map(|e| Entry { tag: e[0], literal: e[1], offset: e[2] }).collect();
        let literals = Texts::read(from)?;
        Some(Self { bits, lists, entries, literals })
    }
}

fn word_at(bytes: &[u8; 32], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes")) | FOLD
}

/// The hash of a part, given the eight bytes from where it begins.
fn hash(word: u64, tier: usize) -> u64 {
    (word & (u64::MAX >> (64 - 8 * SIZES[tier]))).wrapping_mul(MULTIPLIER)
}

fn word_of(hash: u64) -> usize {
    (hash >> (64 - WORD_BITS)) as usize
}

/// Two bits of the word: half as many hashes are noticed for nothing as with one.
fn places_of(hash: u64) -> (u64, u64) {
    (hash >> (58 - WORD_BITS) & 63, hash >> (52 - WORD_BITS) & 63)
}

fn list_of(hash: u64) -> usize {
    (hash >> (64 - LIST_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(filter: &Filter, text: &[u8]) -> Vec<(usize, u32)> {
        let mut out = Vec::new();
        filter.find(text, &mut |at, literal| out.push((at, literal)));
        out.sort_unstable();
        out.dedup();
        out
    }

    proptest! {
        /// As a search for each literal alone finds them.
        #[test]
        fn every_literal_is_found_wherever_it_stands(
            literals in prop::collection::btree_set("[a-d:é]{6,20}", 1..20),
            pieces in prop::collection::vec(prop_oneof!["[a-dA-D:é]{0,30}", "[\\x00-\\x7f]{0,40}"], 0..12),
            picks in prop::collection::vec((any::<prop::sample::Index>(), 0..12usize), 0..6),
        ) {
            let literals: Vec<String> = literals.into_iter().collect();
            let mut pieces = pieces;
            for (pick, at) in picks {
                let literal = &literals[pick.index(literals.len())];
                pieces.insert(at.min(pieces.len()), literal.to_ascii_uppercase());
            }
            let text = pieces.concat().into_bytes();
            let filter = Filter::new(Texts::of(literals.iter().map(String::as_str)), |_| 0.5);
            let mut expected: Vec<(usize, u32)> = Vec::new();
            for (ix, literal) in literals.iter().enumerate() {
                let stands = text.windows(literal.len()).enumerate();
                let stands = stands.filter(|(_, bytes)| bytes.eq_ignore_ascii_case(literal.as_bytes()));
                expected.extend(stands.map(|(at, _)| (at, ix as u32)));
            }
            expected.sort_unstable();
            prop_assert_eq!(found(&filter, &text), expected);
        }
    }

    #[test]
    fn a_word_of_five_bytes_is_found_too() {
        let filter = Filter::new(Texts::of(["error"]), |_| 0.5);
        for shift in 0..12 {
            for behind in ["", "s", "\n", "\u{e9}", "\0"] {
                let text = format!("{}Error{behind}", " ".repeat(shift));
                assert_eq!(found(&filter, text.as_bytes()), [(shift, 0)], "{text:?}");
            }
        }
    }
}
