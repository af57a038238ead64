//! Texts of which one must stand in every record that a pattern matches: what the scanner looks for first.
//!
//! The build script includes this file too, and works the literals of the embedded rules out beforehand.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A literal shorter than this stands in too many records to be of use for the filter.
const MIN_LITERAL: usize = 3;
/// A literal of this length is still worth a look before a pattern runs.
const MIN_CHECKED: usize = 2;
/// More alternatives than this take longer to look for than the pattern itself.
const MAX_ALTERNATIVES: usize = 120;

/// What must stand in a match: one of the alternatives of a pattern, and of an alternative one literal of every set.
pub type Required = Vec<Vec<Vec<String>>>;

/// The alternatives of a pattern, each with its sets of literals in lower case. The first set of an alternative is the one
/// to filter by; it is empty where there is no useful one, though the others may still tell that it cannot match.
///
/// Letters that only Unicode folds onto ASCII ones (the Kelvin sign) are not considered: no program prints them.
pub fn of(pattern: &str) -> Required {
    let Ok(hir) = regex_syntax::parse(pattern) else { return vec![vec![Vec::new()]] };
    alternatives(&hir).into_iter().map(of_alternative).collect()
}

fn alternatives(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Alternation(branches) => branches.iter().flat_map(alternatives).collect(),
        HirKind::Capture(capture) => alternatives(&capture.sub),
        _ => vec![hir],
    }
}

fn of_alternative(hir: &Hir) -> Vec<Vec<String>> {
    let mut sets = Vec::new();
    collect(hir, &mut sets);
    // The best one first; the others in the order in which they stand.
    let best =
        (0..sets.len()).filter(|ix| is_filter(&sets[*ix])).max_by_key(|ix| (quality(&sets[*ix]), usize::MAX - ix));
    match best {
        Some(best) => sets[..=best].rotate_right(1),
        None => sets.insert(0, Vec::new()),
    }
    let text = |set: Vec<Vec<u8>>| set.into_iter().map(String::from_utf8).collect::<Result<Vec<_>, _>>();
    sets.into_iter()
        .map(|set| text(set).unwrap_or_default())
        .enumerate()
        .filter(|(at, set)| *at == 0 || !set.is_empty())
        .map(|(_, set)| set)
        .collect()
}

/// Every set that can be read off an expression.
fn collect(hir: &Hir, sets: &mut Vec<Vec<Vec<u8>>>) {
    match hir.kind() {
        HirKind::Literal(literal) => push(sets, vec![literal.0.to_ascii_lowercase()]),
        HirKind::Capture(capture) => collect(&capture.sub, sets),
        HirKind::Repetition(repetition) if repetition.min > 0 => collect(&repetition.sub, sets),
        HirKind::Concat(parts) => collect_concat(parts, sets),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                let mut own = Vec::new();
                collect(branch, &mut own);
                let Some(best) = own.into_iter().max_by_key(|set| quality(set)) else { return };
                all.extend(best);
            }
            push(sets, all);
        }
        _ => {}
    }
}

fn collect_concat(parts: &[Hir], sets: &mut Vec<Vec<Vec<u8>>>) {
    let mut run: Vec<u8> = Vec::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => run.extend(literal.0.to_ascii_lowercase()),
            HirKind::Class(class) if letter(class).is_some() => run.extend(letter(class)),
            HirKind::Look(_) => {}
            _ => {
                push(sets, vec![std::mem::take(&mut run)]);
                collect(part, sets);
            }
        }
    }
    push(sets, vec![run]);
}

fn push(sets: &mut Vec<Vec<Vec<u8>>>, mut set: Vec<Vec<u8>>) {
    set.sort();
    set.dedup();
    if !set.is_empty() && set.len() <= MAX_ALTERNATIVES && set.iter().all(|l| l.len() >= MIN_CHECKED) {
        sets.push(set);
    }
}

fn is_filter(set: &[Vec<u8>]) -> bool {
    set.iter().all(|literal| literal.len() >= MIN_LITERAL)
}

/// Long literals first, then few of them: eight more alternatives weigh as much as one character less.
fn quality(set: &[Vec<u8>]) -> i32 {
    let shortest = set.iter().map(Vec::len).min().unwrap_or(0).min(12);
    8 * shortest as i32 - set.len() as i32
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

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_first_set_holds_the_longest_that_must_stand_in_a_match() {
        assert_eq!(of(r"curl: \(6\) (?P<host>\S+)"), [[["curl: (6) "]]]);
        assert_eq!(of(r"(?i)Access is Denied\b.{0,20}x"), [[["access is denied"]]]);
        assert_eq!(of(r"(?:EACCES|EPERM): \w+")[0][0], ["eacces", "eperm"]);
        assert_eq!(of(r"\d+ (?:abc)?"), [[Vec::<String>::new()]]);
    }

    #[test]
    fn further_sets_tell_that_a_pattern_cannot_match() {
        let sets = &of(r"(?i)(?:certificate|key)[^\n]{0,80}(?:not found|missing) in (?P<path>\S+)")[0];
        assert_eq!(sets[0], ["missing", "not found"]);
        assert!(sets[1..].contains(&vec!["certificate".to_owned(), "key".to_owned()]), "{sets:?}");
        // Nothing to filter by, and yet something to look for.
        assert_eq!(of(r"(?:ab|cd)\d"), [[vec![], vec!["ab".to_owned(), "cd".to_owned()]]]);
    }

    #[test]
    fn alternatives_are_required_apart() {
        let all = of(r"key \S+ is missing|no (?P<path>\S+) for the key");
        assert_eq!(all, [[vec![" is missing"], vec!["key "]], [vec![" for the key"], vec!["no "]]]);
    }
}
