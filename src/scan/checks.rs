//! Which alternatives of patterns have the texts in a record that they need besides what the filter looks for: all of these
//! texts are looked for in one pass.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::signature::{GRAM, GRAMS, beginning};
use super::tables::{Lists, Reader, Texts, Writer};

/// Sets of texts, of each of which one must stand in a text that an alternative matches.
#[derive(Debug, Clone)]
pub struct Checks {
    /// Texts by the number of the gram, or the pair of bytes, with which they begin.
    beginnings: Lists,
    texts: Texts,
    /// By text: in which sets of which alternatives it is.
    uses: Lists,
    /// By alternative: a bit for each set.
    sets: Cow<'static, [u32]>,
}

/// Bits of a use that tell the set.
const SET_BITS: u32 = 5;

impl Checks {
    /// Takes the sets of every alternative, at most 32, with texts in lower case, each of at least two bytes.
    pub fn new<'t>(alternatives: impl IntoIterator<Item = Vec<Vec<&'t [u8]>>>) -> Self {
        let mut by_text: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
        let mut sets = Vec::new();
        for (alternative, own) in (0u32..).zip(alternatives) {
            sets.push(own.iter().fold(0, |bits, _| bits << 1 | 1));
            for (set, texts) in (0u32..).zip(own) {
                texts.into_iter().for_each(|text| by_text.entry(text).or_default().push(alternative << SET_BITS | set));
            }
        }
        let mut by_beginning: Vec<Vec<u32>> = vec![Vec::new(); GRAMS];
        let mut uses = Lists::default();
        for (ix, (text, own)) in (0u32..).zip(&by_text) {
            by_beginning[beginning(text) as usize].push(ix);
            uses.push(own.iter().copied());
        }
        let mut beginnings = Lists::default();
        by_beginning.into_iter().for_each(|list| beginnings.push(list));
        Self { beginnings, texts: Texts::of_bytes(by_text.into_keys()), uses, sets: sets.into() }
    }

    /// Writes them down.
    pub fn write(&self, out: &mut Writer) {
        self.beginnings.write(out);
        self.texts.write(out);
        self.uses.write(out);
        out.numbers(&self.sets);
    }

    /// Reads what [`Checks::write`] has written.
    pub fn read(from: &mut Reader<'static>) -> Option<Self> {
        let (beginnings, texts) = (Lists::read(from)?, Texts::read(from)?);
        Some(Self { beginnings, texts, uses: Lists::read(from)?, sets: from.numbers()? })
    }

    /// The alternatives of whose sets a text stands each, in ascending order; `lower` is in lower case.
    pub fn able(&self, lower: &[u8]) -> Vec<u32> {
        let mut missing = self.sets.to_vec();
        let mut look = |at: usize, bytes: usize| {
            for text in self.beginnings.get(beginning(&lower[at..at + bytes])) {
                if lower[at..].starts_with(self.texts.get(*text)) {
                    let uses = self.uses.get(*text).iter();
                    uses.for_each(|own| missing[(own >> SET_BITS) as usize] &= !(1 << (own & ((1 << SET_BITS) - 1))));
                }
            }
        };
        for at in 0..lower.len().saturating_sub(1) {
            look(at, 2);
            if at + GRAM <= lower.len() {
                look(at, GRAM);
            }
        }
        (0u32..).zip(missing).filter(|(_, missing)| *missing == 0).map(|(alternative, _)| alternative).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Checks;

    proptest! {
        #[test]
        fn alternatives_are_able_where_all_their_sets_are_there(
            alternatives in prop::collection::vec(
                prop::collection::vec(prop::collection::vec("[ab0]{2,4}", 1..4), 0..4),
                0..9,
            ),
            text in "[ab0]{0,12}",
        ) {
            let bytes = alternatives.iter().map(|own| own.iter().map(|set| set.iter().map(String::as_bytes).collect()).collect());
            let checks = Checks::new(bytes);
            let able = |alternative: &[Vec<String>]| {
                alternative.iter().all(|set| set.iter().any(|own| text.contains(own.as_str())))
            };
            let expected: Vec<u32> =
                (0u32..).zip(&alternatives).filter(|(_, own)| able(own)).map(|(alternative, _)| alternative).collect();
            prop_assert_eq!(checks.able(text.as_bytes()), expected);
        }
    }
}
