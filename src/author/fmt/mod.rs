//! The canonical form of rule files: fields in the order of their schema, two blanks per level, comments kept.
//!
//! Values are left as they are written: scalars are not quoted anew, and what stands in `{ }` and `[ ]` stays as it is.
//! A text is read into [`tree`], put in order by [`order`] and written by [`print`]; nothing comes out that is not
//! read as the same values.

mod order;
mod print;
mod tree;

use std::ops::Range;

use serde::de::IgnoredAny;

use crate::rule::file::{
    self, CauseFile, FactsFile, FixFile, MappingFile, Node, NodeKind, PackFile, PracticeFile, SignalsFile, SymptomsFile,
};
use crate::rule::front_matter;
use crate::rule::schema::Kind;

/// Why a file is left as it is, and the bytes of it that are meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unformatted {
    /// What stands in the way.
    pub message: String,
    /// Where, in the text as it was given.
    pub range: Range<usize>,
}

impl Unformatted {
    fn new(message: impl Into<String>, at: usize) -> Self {
        Unformatted { message: message.into(), range: at..at }
    }
}

/// The canonical form of a file.
///
/// # Errors
/// The file cannot be read, or holds what has no canonical form (anchors, aliases, tags).
pub fn formatted(kind: Kind, text: &str) -> Result<String, Unformatted> {
    let mut clean = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    // A file that was converted twice has two returns in a line end.
    while clean.contains("\r\n") {
        clean = clean.replace("\r\n", "\n");
    }
    let result = match kind {
        Kind::Article => article(&clean),
        _ => yaml(kind, &clean),
    };
    // Places are those of the text as it was given.
    result.map_err(|error| {
        let [start, end] = [error.range.start, error.range.end].map(|at| given(text, at));
        Unformatted { range: start..end, ..error }
    })
}

/// The byte of a text that is the `at`th one without marks of order and returns before line ends.
fn given(text: &str, at: usize) -> usize {
    let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
    let bytes = &text.as_bytes()[skipped..];
    let mut left = at;
    for (ix, byte) in bytes.iter().enumerate() {
        if *byte == b'\r' && bytes[ix..].iter().find(|byte| **byte != b'\r') == Some(&b'\n') {
            continue;
        }
        if left == 0 {
            return skipped + ix;
        }
        left -= 1;
    }
    text.len()
}

/// Of an article, the front matter; the rest is a person's text.
fn article(text: &str) -> Result<String, Unformatted> {
    let Some((front, body)) = front_matter::split(text) else {
        let message = "the article has no front matter: start it with ---, steps: and verify:, closed by ---";
        return Err(Unformatted::new(message, 0));
    };
    let offset = front_matter::OPENING.len();
    let front = yaml(Kind::Article, front)
        .map_err(|error| Unformatted { range: error.range.start + offset..error.range.end + offset, ..error })?;
    Ok(format!("{}{front}---\n{}\n", front_matter::OPENING, body.trim_end_matches('\n')))
}

fn yaml(kind: Kind, text: &str) -> Result<String, Unformatted> {
    readable(kind, text)?;
    let before = parse::<Node>(text)?;
    let mut tree = tree::read(text, &before)?;
    order::order(&mut tree, kind);
    let out = print::text(tree);
    let Ok(after) = parse::<Node>(&out) else {
        return Err(Unformatted::new("in its canonical form the file could not be read any more", 0));
    };
    if let Some(range) = differs(&before, &after) {
        let message = "in its canonical form this would be read as another value".to_owned();
        return Err(Unformatted { message, range });
    }
    if letters(text) != letters(&out) {
        return Err(Unformatted::new("in its canonical form a comment would be lost", 0));
    }
    Ok(out)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Unformatted> {
    file::parse(text).map_err(|error| Unformatted { message: error.message, range: error.range })
}

/// A file of another shape has no order.
fn readable(kind: Kind, text: &str) -> Result<(), Unformatted> {
    match kind {
        Kind::Cause => parse::<CauseFile>(text).map(drop),
        Kind::Signals => parse::<SignalsFile>(text).map(drop),
        Kind::Facts => parse::<FactsFile>(text).map(drop),
        Kind::Symptoms => parse::<SymptomsFile>(text).map(drop),
        Kind::Mapping => parse::<MappingFile>(text).map(drop),
        Kind::Practice => parse::<PracticeFile>(text).map(drop),
        Kind::Article => parse::<FixFile>(text).map(drop),
        Kind::FactsDocument => parse::<IgnoredAny>(text).map(drop),
        Kind::Pack => parse::<PackFile>(text).map(drop),
    }
}

/// The first place whose value is another one; the order of the keys of a map says nothing.
fn differs(before: &Node, after: &Node) -> Option<Range<usize>> {
    match (&before.kind, &after.kind) {
        (NodeKind::List(a), NodeKind::List(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| differs(a, b))
        }
        (NodeKind::Map(a), NodeKind::Map(b)) if a.len() == b.len() => {
            a.iter().find_map(|(key, a)| match b.iter().find(|(other, _)| other == key) {
                Some((_, b)) => differs(a, b),
                None => Some(key.range.clone()),
            })
        }
        (NodeKind::List(_) | NodeKind::Map(_), _) => Some(before.range.clone()),
        (a, b) => (a != b).then(|| before.range.clone()),
    }
}

/// What no order and no indentation changes: every character that is no blank.
fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    letters.sort_unstable();
    letters
}
