//! Finds thousands of literals in one pass: a hash of five bytes at every second position, a table that tells of most of them
//! that no literal can show them there, and a comparison only where it does not.
//!
//! Every literal is entered for each of the two ways in which it can lie to those positions, by whichever of its parts is the
//! rarest.

use std::borrow::Cow;

use super::tables::{Reader, Texts, Writer};

/// Distance of the positions that are looked at.
const STEP: usize = 2;
/// Bytes of the parts that are hashed.
const PART: usize = 5;
/// A literal must reach over so many bytes: one of the parts lies in it wherever it stands.
pub const MIN_WINDOW: usize = PART + STEP - 1;
/// Positions that are looked at in one go, and the bytes over which they and the words that begin there reach.
const POSITIONS: usize = 12;
const REACH: usize = 32;
/// Words of the table of marks (128 KiB, of which everyday text asks for few: half as much leads to twice as many comparisons).
const MARKS: usize = 1 << MARK_BITS;
const MARK_BITS: u32 = 15;
/// Hashes share a list by their upper bits.
const LIST_BITS: u32 = 16;
/// ASCII letters in one case; other bytes may fall together, which the comparison tells apart.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// Shifted by the bytes that do not belong to a part: what they would add falls out of the product.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15 << (64 - 8 * PART);

/// Where in a literal a part was taken.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// The eight bytes of the literal that are the rarest, letters in one case; behind a shorter literal, zeros.
    word: u64,
    literal: u32,
    /// Where the part begins in the literal.
    part: u16,
    /// Where the word begins in it.
    probe: u16,
}

impl Entry {
    /// As it is kept.
    fn packed(self) -> [u64; 2] {
        [self.word, u64::from(self.literal) << 32 | u64::from(self.part) << 16 | u64::from(self.probe)]
    }

    fn of([word, place]: [u64; 2]) -> Self {
        Self { word, literal: (place >> 32) as u32, part: (place >> 16) as u16, probe: place as u16 }
    }
}

/// A set of literals, ready to be looked for without regard to ASCII case.
#[derive(Debug, Clone)]
pub struct Filter {
    /// By the upper bits of a hash: the bits that no hash has that can be seen, of those that [`marks_of`] takes.
    marks: Cow<'static, [u32]>,
    /// Where the list of every value of the hash's upper bits begins.
    lists: Cow<'static, [u32]>,
    /// [`Entry`] by [`Entry`].
    entries: Cow<'static, [u64]>,
    literals: Texts,
}

/// How often parts of literals stand in a text: as the rate of everyday text says, and, of what is in none, as the literals
/// themselves say, which are in the language of the field.
struct Rates<R> {
    everyday: R,
    /// Literals by the upper bits of the hash of a part that they have.
    sharing: Vec<u32>,
}

/// What one literal more that has a part adds to how often it is expected, for each byte of a text: about what is known least of
/// everyday text.
const SHARED: f64 = 1e-6;

impl<R: Fn(&[u8]) -> f64> Rates<R> {
    fn of(literals: &Texts, everyday: R) -> Self {
        let mut sharing = vec![0; 1 << LIST_BITS];
        for literal in literals.iter() {
            reached(literal).windows(PART).for_each(|part| sharing[list_of(hash_of(part))] += 1);
        }
        Self { everyday, sharing }
    }

    fn of_part(&self, part: &[u8]) -> f64 {
        (self.everyday)(part) + SHARED * f64::from(self.sharing[list_of(hash_of(part))])
    }

    /// As that of the rarest part.
    fn of_word(&self, word: &[u8]) -> f64 {
        word.windows(PART).map(|part| self.of_part(part)).fold(f64::MAX, f64::min)
    }
}

/// The rarest part of a literal that lies at a position when the literal lies to it in one of the ways.
fn rarest(literal: &[u8], way: usize, rate: impl Fn(&[u8]) -> f64) -> Option<usize> {
    let offsets = (way..(reached(literal).len() + 1).saturating_sub(PART)).step_by(STEP);
    let rate = |offset: usize| rate(&literal[offset..offset + PART]);
    offsets.min_by(|a, b| rate(*a).total_cmp(&rate(*b)))
}

/// As much of a literal as places of its parts are kept of.
fn reached(literal: &[u8]) -> &[u8] {
    &literal[..literal.len().min(usize::from(u16::MAX))]
}

/// How often a literal will be compared, for each byte of a text: `rate` says how often some bytes stand there.
pub fn comparisons(literal: &[u8], rate: impl Fn(&[u8]) -> f64) -> f64 {
    let of = |offset: usize| rate(&literal[offset..offset + PART]);
    (0..STEP).map(|way| rarest(literal, way, &rate).map_or(1.0, of)).sum::<f64>() / STEP as f64
}

/// The rarest eight bytes of a literal, and where they begin; all of a shorter one.
fn rarest_word(literal: &[u8], rate: impl Fn(&[u8]) -> f64) -> (u64, usize) {
    let words = reached(literal).windows(8).enumerate();
    let rarest = words.map(|(at, bytes)| (rate(bytes), at)).min_by(|a, b| a.0.total_cmp(&b.0));
    let at = rarest.map_or(0, |(_, at)| at);
    let length = literal.len().min(8);
    let mut bytes = [0; 8];
    bytes[..length].copy_from_slice(&literal[at..at + length]);
    (u64::from_le_bytes(bytes) | FOLD & (u64::MAX >> (64 - 8 * length)), at)
}

impl Filter {
    /// Enters literals, in lower case, each of at least [`MIN_WINDOW`] bytes. One byte less is possible, but fills the tables
    /// a hundred times as much; shorter ones are not found everywhere.
    ///
    /// `rate` says how often some bytes stand in a text.
    pub fn new(literals: Texts, rate: impl Fn(&[u8]) -> f64) -> Self {
        let mut marks = vec![u32::MAX; MARKS];
        let mut entries: Vec<(u64, Entry)> = Vec::new();
        let rates = Rates::of(&literals, rate);
        for (ix, literal) in (0u32..).zip(literals.iter()) {
            let (word, probe) = rarest_word(literal, |word| rates.of_word(word));
            let mut enter = |bytes: [u8; 8], part: usize| {
                let hash = hash(u64::from_le_bytes(bytes) | FOLD);
                marks[mark_of(hash)] &= !marks_of(hash);
                entries.push((hash, Entry { word, literal: ix, part: part as u16, probe: probe as u16 }));
            };
            for way in 0..STEP {
                let mut bytes = [0; 8];
                if let Some(offset) = rarest(literal, way, |part| rates.of_part(part)) {
                    bytes[..PART].copy_from_slice(&literal[offset..offset + PART]);
                    enter(bytes, offset);
                } else if literal.len() + 1 == way + PART {
                    // One byte behind the literal belongs to the part: whichever it is, letters in one case.
                    bytes[..PART - 1].copy_from_slice(&literal[way..]);
                    for behind in (0..=u8::MAX).filter(|byte| byte & FOLD as u8 != 0) {
                        bytes[PART - 1] = behind;
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
        let entries = entries.into_iter().flat_map(|(_, entry)| entry.packed()).collect();
        Self { marks: marks.into(), lists: lists.into(), entries, literals }
    }

    /// Hands over every literal that stands in a text: where it begins, and which one. In the order of the positions at
    /// which they are noticed.
    pub fn find(&self, text: &[u8], found: &mut impl FnMut(usize, u32)) {
        let Ok(marks) = self.marks.as_ref().try_into() else { return };
        let mut at = 0;
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
            self.look(marks, text, at, bytes, found);
            at += POSITIONS * STEP;
        }
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let mut bytes = [0; REACH];
            bytes[..rest.len()].copy_from_slice(rest);
            self.look(marks, text, at, &bytes, found);
            at += POSITIONS * STEP;
        }
    }

    /// Looks at the positions of some bytes, which stand at a place of the text.
    #[inline(always)]
    fn look(
        &self,
        marks: &[u32; MARKS],
        text: &[u8],
        at: usize,
        bytes: &[u8; REACH],
        found: &mut impl FnMut(usize, u32),
    ) {
        for ix in 0..POSITIONS {
            let hash = hash(word_at(bytes, ix * STEP));
            if marks_of(hash) & marks[mark_of(hash)] == 0 {
                self.compare(text, at + ix * STEP, hash, found);
            }
        }
    }

    #[inline(never)]
    fn compare(&self, text: &[u8], at: usize, hash: u64, found: &mut impl FnMut(usize, u32)) {
        let list = list_of(hash);
        let (entries, _) = self.entries.as_chunks();
        for entry in &entries[self.lists[list] as usize..self.lists[list + 1] as usize] {
            let entry = Entry::of(*entry);
            let Some(start) = at.checked_sub(usize::from(entry.part)) else { continue };
            if let Some(bytes) = text.get(start + usize::from(entry.probe)..).and_then(<[u8]>::first_chunk)
                && (u64::from_le_bytes(*bytes) | FOLD) & (u64::MAX >> (entry.word.leading_zeros() & !7)) != entry.word
            {
                continue;
            }
            let literal = self.literals.get(entry.literal);
            if text.get(start..start + literal.len()).is_some_and(|stands| stands.eq_ignore_ascii_case(literal)) {
                found(start, entry.literal);
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
        out.numbers(&self.marks);
        out.numbers(&self.lists);
        out.longs(&self.entries);
        self.literals.write(out);
    }

    /// Reads tables that [`Filter::write`] has written; `None` where they are of another form.
    pub fn read(from: &mut Reader<'static>) -> Option<Self> {
        let (marks, lists, entries) = (from.numbers()?, from.numbers()?, from.longs()?);
        let literals = Texts::read(from)?;
        (marks.len() == MARKS).then_some(Self { marks, lists, entries, literals })
    }
}

fn word_at(bytes: &[u8; REACH], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes")) | FOLD
}

/// The hash of a part, given the eight bytes from where it begins.
fn hash(word: u64) -> u64 {
    word.wrapping_mul(MULTIPLIER)
}

fn hash_of(part: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..PART].copy_from_slice(&part[..PART]);
    hash(u64::from_le_bytes(bytes) | FOLD)
}

fn mark_of(hash: u64) -> usize {
    (hash >> (64 - MARK_BITS)) as usize
}

/// Some of the bits of a word, about half of them: a hash that was not entered rarely has none but those of others that were.
fn marks_of(hash: u64) -> u32 {
    (hash >> (64 - 8 * PART)) as u32
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
    fn tables_of_another_size_are_refused() {
        let mut writer = Writer::default();
        Filter::new(Texts::of(["failed"]), |_| 0.5).write(&mut writer);
        let bytes: &'static [u8] = writer.finish().leak();
        assert!(Filter::read(&mut Reader::new(bytes)).is_some_and(|filter| found(&filter, b"it failed") == [(3, 0)]));
        let mut writer = Writer::default();
        writer.numbers(&[u32::MAX; MARKS / 2]);
        writer.numbers(&[0; (1 << LIST_BITS) + 1]);
        writer.longs(&[]);
        Texts::default().write(&mut writer);
        assert!(Filter::read(&mut Reader::new(writer.finish().leak())).is_none());
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
