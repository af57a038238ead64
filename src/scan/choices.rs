//! Many texts as one: what they have in common is told once, what they differ in as choices.

use std::collections::BTreeSet;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// A run of the pattern.
    Run(usize),
    /// A part of a run: where it begins in it, and its bytes.
    Part(usize, usize, usize),
    /// Letters that stand in the table of letters.
    Letters(String),
    /// One of these.
    Choice(Vec<Vec<Piece>>),
}

/// Texts, each cut into pieces.
pub type Sequences = BTreeSet<Vec<Piece>>;

/// The pieces of one text that stands for all of them.
pub fn together(mut texts: Sequences) -> Vec<Piece> {
    let mut before = Vec::new();
    let mut behind = Vec::new();
    loop {
        let Some(first) = texts.first().filter(|_| texts.len() > 1) else {
            before.extend(texts.into_iter().flatten());
            break;
        };
        let common = |at: fn(&[Piece]) -> Option<&Piece>| {
            at(first).filter(|piece| texts.iter().all(|text| at(text) == Some(*piece))).cloned()
        };
        if let Some(piece) = common(<[Piece]>::first) {
            before.push(piece);
            texts = texts.into_iter().map(|text| text[1..].to_vec()).collect();
        } else if let Some(piece) = common(<[Piece]>::last) {
            behind.push(piece);
            texts = texts.into_iter().map(|text| text[..text.len() - 1].to_vec()).collect();
        } else {
            before.extend(choices(texts));
            break;
        }
    }
    before.extend(behind.into_iter().rev());
    before
}

/// Texts that have nothing in common where they begin and end.
fn choices(texts: Sequences) -> Vec<Piece> {
    if let Some((left, right)) = factors(&texts) {
        return [together(left), together(right)].concat();
    }
    let by = |end: fn(&[Piece]) -> Option<&Piece>| {
        let mut groups: Vec<Sequences> = Vec::new();
        for text in &texts {
            let same = |group: &&mut Sequences| group.first().is_some_and(|other| end(other) == end(text));
            match groups.iter_mut().find(same) {
                Some(group) => _ = group.insert(text.clone()),
                None => groups.push(Sequences::from([text.clone()])),
            }
        }
        groups
    };
    let (first, last) = (by(<[Piece]>::first), by(<[Piece]>::last));
    let groups = if last.len() < first.len() { last } else { first };
    vec![Piece::Choice(groups.into_iter().map(together).collect())]
}

/// Two sets of which each text of the one with each of the other makes the texts.
fn factors(texts: &Sequences) -> Option<(Sequences, Sequences)> {
    let longest = texts.iter().max_by_key(|text| text.len())?;
    (1..longest.len()).find_map(|at| {
        let (head, tail) = longest.split_at(at);
        let left: Sequences = texts.iter().filter_map(|text| Some(text.strip_suffix(tail)?.to_vec())).collect();
        let right: Sequences = texts.iter().filter_map(|text| Some(text.strip_prefix(head)?.to_vec())).collect();
        let whole = left.len() > 1 && right.len() > 1 && left.len() * right.len() == texts.len();
        let all = || left.iter().flat_map(|left| right.iter().map(move |right| [left.as_slice(), right].concat()));
        (whole && all().collect::<Sequences>() == *texts).then_some((left, right))
    })
}
