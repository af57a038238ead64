//! Whether a program says what a pattern matches, or prose merely has the same words.
//!
//! A program begins a record with what it says, or puts its name, a level, a time or a colon before it. A manual, a
//! comment in a configuration or the progress of a build has the words in the middle of a sentence.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memrchr;
use regex::bytes::Regex;

/// Bytes of a line before a match in which something may tell that a program speaks.
const REACH: usize = 200;
/// Bytes that this may take up itself.
const LONGEST: usize = 40;
/// Matches in a record that are looked at before it is taken for prose.
const MOST: usize = 200;

/// Directly before the match: a colon, an equals sign, a column or an arrow, and quotes, brackets or a number behind it;
/// or a dotted name, as of a module or a key.
const DIRECT: &str = r#"(?i-u)(?:[:=|>] ?["'(\[]*(?:\(?\d+\)? )?|\b(?:[a-z0-9_]+\.)+)$"#;
/// Further before it: a level, a key under which programs tell what went wrong, the time of day, the end of a prefix.
const EARLIER: &str = concat!(
    r"(?i-u)\b(?-i:ERR|ERROR|FATAL|CRITICAL|SEVERE|WARN|WARNING|FAILED|ALERT)\b",
    r"|\[(?:[a-z]+:)?(?:emerg|alert|crit|error|warn|fatal)[a-z]*\]|\bWarning  |error \[",
    r"|(?:code|description|detail|errors?|exception|fail(?:ed|ure)|fatal|message|msg|reason|result|state|status)",
    r#""?(?: ?[:=(]|\])|\d:\d\d:\d\d|\]: "#,
);

static BEFORE: LazyLock<Option<(Regex, Regex)>> =
    LazyLock::new(|| Some((Regex::new(DIRECT).ok()?, Regex::new(EARLIER).ok()?)));

/// What makes a match count as said, for people.
pub const WHERE: &str = "at the beginning of the record; after `: `, `=`, `|`, `>` or a dotted name; or behind a level word, \
                         a time, `[error]`, `]: ` or `message=` on its line";

/// Whether a program says what begins at this byte of a record. Any byte up to the length of the text will do.
pub fn is_said(text: &[u8], at: usize) -> bool {
    let Some(before) = text.get(..at) else { return false };
    if before.is_empty() {
        return true;
    }
    let Some((direct, earlier)) = BEFORE.as_ref() else { return true };
    let line = memrchr(b'\n', before).map_or(0, |end| end + 1);
    let from = line.max(at.saturating_sub(REACH + LONGEST));
    if direct.is_match_at(before, from) {
        return true;
    }
    // One byte more, so that the end of a word is seen.
    let around = &text[..text.len().min(at + 1)];
    let mut next = from;
    while let Some(found) = earlier.find_at(around, next) {
        if found.end() <= at && found.end() + REACH >= at {
            return true;
        }
        next = found.end();
    }
    false
}

/// The first match of a pattern in a record that is said. `find` is the next match from a byte on.
pub fn first_said(text: &str, mut find: impl FnMut(usize) -> Option<Range<usize>>) -> Option<Range<usize>> {
    let mut from = 0;
    for _ in 0..MOST {
        let found = find(from)?;
        if is_said(text.as_bytes(), found.start) {
            return Some(found);
        }
        // A match that is said may overlap one that is not.
        from = (found.start + 1..=text.len()).find(|at| text.is_char_boundary(*at))?;
    }
    None
}
