//! Which patterns tell one digit from another. The others match the same bytes of two texts that differ in their digits alone,
//! so that what they show in one of them need not be looked for in the other.

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Repetition};

/// What stands for any digit.
const ANY: u8 = b'0';

/// A text in which all digits are the same.
pub fn masked(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if byte.is_ascii_digit() { ANY } else { *byte }).collect()
}

/// Whether a pattern tells one ASCII digit from another.
pub fn are_told_apart(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().any(u8::is_ascii_digit),
        HirKind::Class(class) => {
            let holds = |digit: u8| match class {
                Class::Unicode(class) => {
                    class.iter().any(|range| (range.start()..=range.end()).contains(&char::from(digit)))
                }
                Class::Bytes(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&digit)),
            };
            !matches!((b'0'..=b'9').filter(|digit| holds(*digit)).count(), 0 | 10)
        }
        HirKind::Repetition(repetition) => are_told_apart(&repetition.sub),
        HirKind::Capture(capture) => are_told_apart(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(are_told_apart),
        // Every digit is a character of a word.
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

/// What an expression matches, and whatever is the same but for its digits.
pub fn whatever(hir: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(whatever).collect();
    match hir.kind() {
        HirKind::Literal(literal) => {
            let byte = |byte: &u8| if byte.is_ascii_digit() { any() } else { Hir::literal([*byte]) };
            Hir::concat(literal.0.iter().map(byte).collect())
        }
        HirKind::Class(_) if !are_told_apart(hir) => hir.clone(),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.push(ClassUnicodeRange::new('0', '9'));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.push(ClassBytesRange::new(b'0', b'9'));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Repetition(repetition) => {
            let sub = Box::new(whatever(&repetition.sub));
            Hir::repetition(Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => Hir::capture(Capture { sub: Box::new(whatever(&capture.sub)), ..capture.clone() }),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

fn any() -> Hir {
    Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(b'0', b'9')])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::compile::{Compiled, Run, compile_known, compile_masked};
    use super::{are_told_apart, masked};

    proptest! {
        /// Of what a pattern matches, no digit is told from another any more.
        #[test]
        fn what_matches_does_so_when_it_is_masked(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "key", "4", "[45]", "[^7]", "[2-9a]{1,3}", r"\d", r"\D", "(?:1|b)+", "(?P<x>0x?)", "é9", "[ü3]", r"\b", " ", ".",
                ]),
                1..7,
            ),
            texts in prop::collection::vec("[0-9a-cekxyü ]{0,12}|key4 ?[0-9]{0,4}", 1..20),
            counts_characters: bool,
        ) {
            let pattern = parts.concat().replace("(?P<x>", "(?:");
            let own = compile_known(&pattern, counts_characters, Run::Seldom).expect("a small pattern");
            let whatever = compile_masked(&pattern, counts_characters).expect("a small pattern");
            for text in &texts {
                let matches = |regex: &Compiled| regex.is_match(&masked(text.as_bytes()));
                prop_assert!(!own.is_match(text.as_bytes()) || matches(&whatever), "{pattern} {text}");
                prop_assert!(!matches(&own) || matches(&whatever));
            }
        }
    }

    fn tells_apart(pattern: &str) -> bool {
        are_told_apart(&regex_syntax::parse(pattern).expect("a pattern"))
    }

    #[test]
    fn digits_that_are_told_apart_are_found_wherever_they_stand() {
        for pattern in ["error 42", "[45][0-9]{2}", r"\x35", r"[^7]", "(?:a|b(?P<x>c{1,9}[!-5]))", r"a\{3\}", "[{3}]"] {
            assert!(tells_apart(pattern), "{pattern}");
        }
        for pattern in [r"\d{2}:\d{2}", "[^\\n]{0,80} of (?P<x>[0-9a-f]{8,40})", r"\bkey\b.", r"[ -~]\S\w", "(?i)a{3}"]
        {
            assert!(!tells_apart(pattern), "{pattern}");
        }
    }

    #[test]
    fn only_digits_are_masked() {
        assert_eq!(masked("a1é29\0".as_bytes()), "a0é00\0".as_bytes());
    }
}
