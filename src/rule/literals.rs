//! Texts of which one must stand in every record that a pattern matches: what the scanner looks for first.
//!
//! The build script includes this file too, and works the literals of the embedded rules out beforehand.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A literal shorter than this stands in too many records to be of use.
const MIN_LITERAL: usize = 3;
/// More alternatives than this fill the filter with little gain.
const MAX_ALTERNATIVES: usize = 40;

/// Literals, in lower case, of which at least one must stand in every match; empty where there are no useful ones.
///
/// Letters that only Unicode folds onto ASCII ones (the Kelvin sign) are not considered: no program prints them.
pub fn of(pattern: &str) -> Vec<String> {
    let required = regex_syntax::parse(pattern).ok().and_then(|hir| required(&hir)).unwrap_or_default();
    required.into_iter().map(String::from_utf8).collect::<Result<_, _>>().unwrap_or_default()
}

fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let set = match hir.kind() {
        HirKind::Literal(literal) => vec![literal.0.to_ascii_lowercase()],
        HirKind::Capture(capture) => return required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => return required(&repetition.sub),
        HirKind::Concat(parts) => return required_of_concat(parts),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            all
        }
        _ => return None,
    };
    is_useful(&set).then_some(set)
}

fn required_of_concat(parts: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut run: Vec<u8> = Vec::new();
    let mut consider = |set: Vec<Vec<u8>>| {
        if is_useful(&set) && best.as_ref().is_none_or(|b| quality(&set) > quality(b)) {
            best = Some(set);
        }
    };
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => run.extend(literal.0.to_ascii_lowercase()),
            HirKind::Class(class) if letter(class).is_some() => run.extend(letter(class)),
            HirKind::Look(_) => {}
            _ => {
                consider(vec![std::mem::take(&mut run)]);
                required(part).into_iter().for_each(&mut consider);
            }
        }
    }
    consider(vec![run]);
    best
}

/// The ASCII letter that a class of its two cases stands for.
fn letter(class: &Class) -> Option<u8> {
    let Class::Unicode(class) = class else { return None };
    let mut ascii = class.iter().filter(|r| r.start().is_ascii());
    let (upper, lower) = (ascii.next()?, ascii.next()?);
    let single = |r: &regex_syntax::hir::ClassUnicodeRange| (r.start() == r.end()).then(|| r.start());
    let (upper, lower) = (single(upper)?, single(lower)?);
    (ascii.next().is_none() && upper.to_ascii_lowercase() == lower).then_some(lower as u8)
}

fn is_useful(set: &[Vec<u8>]) -> bool {
    !set.is_empty() && set.len() <= MAX_ALTERNATIVES && set.iter().all(|l| l.len() >= MIN_LITERAL)
}

/// Long literals first, then few of them.
fn quality(set: &[Vec<u8>]) -> (usize, usize) {
    let shortest = set.iter().map(Vec::len).min().unwrap_or(0);
    (shortest.min(12), MAX_ALTERNATIVES - set.len())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn literals_are_the_longest_that_must_stand_in_a_match() {
        assert_eq!(of(r"curl: \(6\) (?P<host>\S+)"), ["curl: (6) "]);
        assert_eq!(of(r"(?i)Access is Denied\b.{0,20}x"), ["access is denied"]);
        assert_eq!(of(r"(?:EACCES|EPERM): \w+"), ["eacces", "eperm"]);
        assert!(of(r"\d+ (?:abc)?").is_empty());
    }
}
