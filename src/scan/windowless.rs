//! Which alternatives of patterns can match by texts that are too short for the filter: in a record, all of these texts are
//! looked for together.

use std::collections::BTreeMap;

use super::signature::{GRAM, GRAMS, beginning};
use super::tables::{Lists, Texts};

/// Sets of texts, of each of which one must stand in a text that an alternative matches.
#[derive(Debug, Clone)]
pub struct Windowless {
    /// Texts by the number of the gram, or the pair of bytes, with which they begin.
    beginnings: Lists,
    texts: Texts,
    /// By text: in which sets of which alternatives it is.
    uses: Lists,
    /// By alternative: a bit for each set.
    sets: Vec<u32>,
}

/// Bits of a use that tell the set.
const SET_BITS: u32 = 5;

impl Windowless {
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
        Self { beginnings, texts: Texts::of_bytes(by_text.into_keys()), uses, sets }
    }

    /// The alternatives of whose sets a text stands each, in ascending order; `lower` is in lower case.
    pub fn able(&self, lower: &[u8]) -> Vec<u32> {
        let mut missing = self.sets.clone();
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

    use super::Windowless;

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
            let windowless = Windowless::new(bytes);
            let able = |alternative: &[Vec<String>]| {
                alternative.iter().all(|set| set.iter().any(|own| text.contains(own.as_str())))
            };
            let expected: Vec<u32> =
                (0u32..).zip(&alternatives).filter(|(_, own)| able(own)).map(|(alternative, _)| alternative).collect();
            prop_assert_eq!(windowless.able(text.as_bytes()), expected);
        }
    }
}
