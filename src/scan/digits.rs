//! Which patterns tell one digit from another. The others match the same bytes of two texts that differ in their digits alone,
//! so that what they show in one of them need not be looked for in the other.

use regex_syntax::hir::{Class, Hir, HirKind};

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

#[cfg(test)]
mod tests {
    use super::{are_told_apart, masked};

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
