//! What to look for, for all patterns together: worked out by the build for the embedded rules, at start for others.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use memchr::memmem;

use super::checks::Checks;
use super::digits;
use super::filter::Filter;
use super::frequency::Frequencies;
use super::literals::{self, Alternative, Needs};
use super::signature::{Judged, some_grams};
use super::tables::{Lists, Reader, Texts, Writer};

/// What the filter of a plan finds, and which alternatives of patterns it speaks for.
#[derive(Debug, Clone)]
pub struct Group {
    /// Finds windows.
    pub filter: Filter,
    /// Alternatives by window.
    pub users: Lists,
}

/// The needs of many patterns.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Hashes of the patterns' texts in ascending order: the place of a hash is the number of the pattern.
    pub patterns: Cow<'static, [u64]>,
    /// By pattern: bytes of a match that can reach over the end of a line.
    reach: Cow<'static, [u32]>,
    /// By pattern: whether a match is tied to the beginning or the end of the text, whether it counts characters, whether it
    /// tells digits apart; a bit for each.
    answers: Cow<'static, [u32]>,
    /// The windows of alternatives that are rare in everyday logs, and the words: looked for everywhere.
    pub rare: Group,
    /// Windows of the rare group that are words, in ascending order.
    words: Cow<'static, [u32]>,
    /// The windows of the other alternatives.
    pub common: Group,
    /// Alternatives without a window.
    pub always: Cow<'static, [u32]>,
    /// What these need: every record is looked through for it.
    needed: Checks,
    /// The pattern of every alternative.
    pub owner: Cow<'static, [u32]>,
    /// The sets of checks of every alternative, as numbers of `sets`.
    checks: Lists,
    /// Texts of every set.
    sets: Lists,
    texts: Texts,
    /// Some grams of every text: see [`Judged`].
    grams: Lists,
}

/// Bits of what is true of a pattern or not.
const ANCHORED: u32 = 1;
const COUNTS_CHARACTERS: u32 = 2;
const TELLS_DIGITS_APART: u32 = 4;

/// A pattern's text as a number: eight bytes at a time, since every start asks for thousands.
pub fn hash(text: &str) -> u64 {
    // Two odd numbers of evenly spread bits: those of SplitMix64 (Steele, Lea, Flood 2014).
    let mix = |hash: u64, word: u64| (hash.rotate_left(27) ^ word).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let (words, rest) = text.as_bytes().as_chunks();
    let hash = words.iter().fold(text.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = mix(hash, u64::from_le_bytes(last));
    (hash ^ hash >> 31).wrapping_mul(0x94D0_49BB_1331_11EB)
}

impl Plan {
    /// Plans for patterns, given by the hashes of their texts, and for words in lower case that are looked for beside them.
    pub fn new(needs: &BTreeMap<u64, Needs>, words: &[&str], everyday: &Frequencies) -> Self {
        let mut texts = Numbered::default();
        let (mut rare, mut common) = (BTreeMap::new(), BTreeMap::new());
        let (mut reach, mut answers) = (Vec::new(), Vec::new());
        let (mut always, mut owner) = (Vec::new(), Vec::new());
        let (mut checks, mut sets) = (Lists::default(), Lists::default());
        let mut next_set = 0;
        for (pattern, needs) in needs.values().enumerate() {
            reach.push(needs.reach);
            let bit = |yes: bool, bit: u32| if yes { bit } else { 0 };
            answers.push(
                bit(needs.anchored, ANCHORED)
                    | bit(needs.counts_characters, COUNTS_CHARACTERS)
                    | bit(needs.tells_digits_apart, TELLS_DIGITS_APART),
            );
            for Alternative { windows, rare: is_rare, checks: own } in &needs.alternatives {
                let ix = owner.len() as u32;
                owner.push(pattern as u32);
                let group: &mut BTreeMap<&str, Vec<u32>> = if *is_rare { &mut rare } else { &mut common };
                windows.iter().for_each(|window| group.entry(window).or_default().push(ix));
                if windows.is_empty() {
                    always.push(ix);
                }
                checks.push(next_set..next_set + own.len() as u32);
                next_set += own.len() as u32;
                own.iter().for_each(|set| sets.push(set.iter().map(|text| texts.number(text)).collect::<Vec<_>>()));
            }
        }
        let set = |set: &u32| sets.get(*set).iter().map(|text| texts.order[*text as usize].as_bytes()).collect();
        let needed = Checks::new(always.iter().map(|ix| checks.get(*ix).iter().map(set).collect()));
        for word in words {
            rare.entry(word).or_default();
        }
        let words =
            rare.keys().enumerate().filter(|(_, window)| words.contains(window)).map(|(ix, _)| ix as u32).collect();
        let group = |windows: BTreeMap<&str, Vec<u32>>| {
            let mut users = Lists::default();
            windows.values().for_each(|list| users.push(list.iter().copied()));
            Group { filter: Filter::new(Texts::of(windows.into_keys()), |bytes| everyday.rate(bytes)), users }
        };
        let mut grams = Lists::default();
        texts.order.iter().for_each(|text| grams.push(some_grams(text.as_bytes())));
        Self {
            patterns: needs.keys().copied().collect(),
            reach: reach.into(),
            answers: answers.into(),
            rare: group(rare),
            common: group(common),
            words,
            always: always.into(),
            owner: owner.into(),
            checks,
            sets,
            texts: Texts::of(texts.order),
            grams,
            needed,
        }
    }

    /// The number of a pattern.
    pub fn number(&self, text: &str) -> Option<usize> {
        self.patterns.binary_search(&hash(text)).ok()
    }

    /// Bytes of a match of a pattern that can reach over the end of a line; 0 where none can.
    pub fn reach(&self, pattern: u32) -> usize {
        self.reach[pattern as usize] as usize
    }

    /// Whether a match of a pattern is tied to the beginning or the end of the text.
    pub fn is_anchored(&self, pattern: u32) -> bool {
        self.answers[pattern as usize] & ANCHORED != 0
    }

    /// Whether a pattern counts characters: see [`super::characters::are_counted`].
    pub fn counts_characters(&self, pattern: u32) -> bool {
        self.answers[pattern as usize] & COUNTS_CHARACTERS != 0
    }

    /// Whether a pattern tells one digit from another: what another one matches in a text, it matches in every text that is the
    /// same when masked.
    pub fn tells_digits_apart(&self, pattern: u32) -> bool {
        self.answers[pattern as usize] & TELLS_DIGITS_APART != 0
    }

    /// Whether a window of the rare group is a word.
    pub fn is_word(&self, window: u32) -> bool {
        self.words.binary_search(&window).is_ok()
    }

    /// Whether everything that an alternative needs besides its windows stands in a text, as far as that is worth finding out.
    pub fn may_match(&self, alternative: u32, text: &Judged) -> bool {
        self.has_all(alternative, |own, others| self.stands(own, others, text))
    }

    /// As [`Plan::may_match`], for every text that differs from this one in its digits alone; `masked` is in lower case.
    pub fn may_match_whatever_digits(&self, alternative: u32, text: &Judged, masked: &[u8]) -> bool {
        self.has_all(alternative, |own, others| {
            let bytes = self.texts.get(own);
            match bytes.iter().any(u8::is_ascii_digit) {
                true => memmem::find(masked, &digits::masked(bytes)).is_some(),
                false => self.stands(own, others, text),
            }
        })
    }

    /// Alternatives without a window that have everything that they need in a text, in ascending order.
    pub fn without_window(&self, text: &Judged) -> Vec<u32> {
        self.needed.able(text.lower()).into_iter().map(|ix| self.always[ix as usize]).collect()
    }

    /// Whether of every set of an alternative a text stands; `stands` is told how many more the set has.
    fn has_all(&self, alternative: u32, stands: impl Fn(u32, usize) -> bool) -> bool {
        let mut sets = self.checks.get(alternative).iter().map(|set| self.sets.get(*set));
        sets.all(|set| (1..).zip(set).any(|(asked, own)| stands(*own, set.len() - asked)))
    }

    fn stands(&self, own: u32, others: usize, text: &Judged) -> bool {
        text.may_hold(self.texts.get(own), self.grams.get(own), others)
    }

    /// Writes the plan down.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.longs(&self.patterns);
        out.numbers(&self.reach);
        out.numbers(&self.answers);
        for group in [&self.rare, &self.common] {
            group.filter.write(&mut out);
            group.users.write(&mut out);
        }
        out.numbers(&self.words);
        out.numbers(&self.always);
        out.numbers(&self.owner);
        self.checks.write(&mut out);
        self.sets.write(&mut out);
        self.texts.write(&mut out);
        self.grams.write(&mut out);
        self.needed.write(&mut out);
        out.finish()
    }

    /// Reads what [`Plan::write`] has written; `None` where it is of another form.
    pub fn read(bytes: &'static [u8]) -> Option<Self> {
        let from = &mut Reader::new(bytes);
        let (patterns, reach, answers) = (from.longs()?, from.numbers()?, from.numbers()?);
        let mut group = || Some(Group { filter: Filter::read(from)?, users: Lists::read(from)? });
        let (rare, common) = (group()?, group()?);
        let (words, always, owner) = (from.numbers()?, from.numbers()?, from.numbers()?);
        let (checks, sets) = (Lists::read(from)?, Lists::read(from)?);
        let (texts, grams) = (Texts::read(from)?, Lists::read(from)?);
        let needed = Checks::read(from)?;
        Some(Self { patterns, reach, answers, rare, common, words, always, owner, checks, sets, texts, grams, needed })
    }

    /// What the patterns of the plan need, to plan for them together with others.
    pub fn needs(&self) -> BTreeMap<u64, Needs> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut windows: Vec<(Vec<String>, bool)> = vec![(Vec::new(), false); self.owner.len()];
        for (group, is_rare) in [(&self.rare, true), (&self.common, false)] {
            for (ix, window) in group.filter.literals().enumerate() {
                for user in group.users.get(ix as u32) {
                    windows[*user as usize].0.push(text(window));
                    windows[*user as usize].1 = is_rare;
                }
            }
        }
        let mut out: BTreeMap<u64, Needs> = BTreeMap::new();
        for (ix, (pattern, (windows, rare))) in self.owner.iter().zip(windows).enumerate() {
            let sets = self.checks.get(ix as u32).iter().map(|set| self.sets.get(*set));
            let checks = sets.map(|set| set.iter().map(|number| text(self.texts.get(*number))).collect()).collect();
            let needs = out.entry(self.patterns[*pattern as usize]).or_default();
            needs.reach = self.reach[*pattern as usize];
            needs.anchored = self.is_anchored(*pattern);
            needs.counts_characters = self.counts_characters(*pattern);
            needs.tells_digits_apart = self.tells_digits_apart(*pattern);
            needs.alternatives.push(Alternative { windows, rare, checks });
        }
        out
    }
}

/// Texts of patterns in the order of their numbers, each once.
pub fn in_order<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<&'t str> {
    let by_hash: BTreeMap<u64, &str> = texts.into_iter().map(|text| (hash(text), text)).collect();
    by_hash.into_values().collect()
}

/// What patterns need, read off their texts.
pub fn needs_of<'t>(texts: impl IntoIterator<Item = &'t str>, everyday: &Frequencies) -> BTreeMap<u64, Needs> {
    texts.into_iter().map(|text| (hash(text), literals::of(text, everyday))).collect()
}

/// Gives numbers to texts, to equal ones the same.
#[derive(Default)]
struct Numbered<'t> {
    numbers: HashMap<&'t str, u32>,
    order: Vec<&'t str>,
}

impl<'t> Numbered<'t> {
    fn number(&mut self, text: &'t str) -> u32 {
        *self.numbers.entry(text).or_insert_with(|| {
            self.order.push(text);
            self.order.len() as u32 - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_comes_back_as_it_was() {
        let everyday = Frequencies::everyday();
        let patterns = [
            r"key \S+ does not match|no keyfile here",
            r"https://\S+",
            r"(?i)(?:not|never) found: [^\n]+ chain\b",
            r"\d+x",
        ];
        let needs = needs_of(patterns, &everyday);
        let plan = Plan::new(&needs, &["failed"], &everyday);
        let again = Plan::read(plan.write().leak()).expect("as written");
        assert_eq!(plan.write(), again.write());
        assert_eq!(Plan::new(&again.needs(), &["failed"], &everyday).write(), plan.write());
        assert!(patterns.iter().all(|pattern| again.number(pattern).is_some()));
        let rare =
            |ix: usize| again.needs()[&hash(patterns[ix])].alternatives.iter().all(|alternative| alternative.rare);
        assert_eq!([0, 1, 2, 3].map(rare), [true, false, true, false]);
    }
}
