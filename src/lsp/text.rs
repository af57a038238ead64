//! Places in a text: bytes, as the rules have them, and lines with UTF-16 columns, as editors have them.

use std::ops::Range;

use lsp_types::{Position, Range as Span};

use crate::diagnostic::floor_boundary;

/// The line and column (in UTF-16 units, both from 0) of a byte.
pub fn position(text: &str, offset: usize) -> Position {
    let before = &text[..floor_boundary(text, offset)];
    let line = before.bytes().filter(|b| *b == b'\n').count();
    let column: usize = before.rsplit('\n').next().unwrap_or("").chars().map(char::len_utf16).sum();
    Position { line: line as u32, character: column as u32 }
}

/// As [`position`], for both ends.
pub fn span(text: &str, range: &Range<usize>) -> Span {
    Span { start: position(text, range.start), end: position(text, range.end.max(range.start)) }
}

/// The byte at a line and column; what lies behind a line is its end, what lies behind the text is the text's end.
pub fn offset(text: &str, position: Position) -> usize {
    let mut start = 0;
    for _ in 0..position.line {
        match text[start..].find('\n') {
            Some(end) => start += end + 1,
            None => return text.len(),
        }
    }
    let line = text[start..].split(['\n', '\r']).next().unwrap_or("");
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= position.character as usize {
            return start + at;
        }
        units += c.len_utf16();
    }
    start + line.len()
}

/// The word around a byte: letters, digits and what else stands in ids.
pub fn token(text: &str, offset: usize) -> Range<usize> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let offset = floor_boundary(text, offset);
    let start = text[..offset].char_indices().rev().take_while(|(_, c)| part(*c)).last().map_or(offset, |(at, _)| at);
    let end = text[offset..].find(|c| !part(c)).map_or(text.len(), |at| offset + at);
    // The dash of a list is none of it.
    let dashes = text[start..offset].len() - text[start..offset].trim_start_matches('-').len();
    start + dashes..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16() {
        let text = "a: 1\r\nü𝄞x: 2\n";
        let x = text.find('x').unwrap();
        assert_eq!(position(text, x), Position { line: 1, character: 3 });
        assert_eq!(offset(text, Position { line: 1, character: 3 }), x);
        assert_eq!(offset(text, Position { line: 0, character: 99 }), 4);
        assert_eq!(offset(text, Position { line: 99, character: 0 }), text.len());
        // Within a character: before it or behind it, but never inside.
        assert!(text.is_char_boundary(offset(text, Position { line: 1, character: 2 })));
    }

    #[test]
    fn a_token_is_an_id() {
        let text = "- { signal: tool.no-record, how: usually }";
        assert_eq!(&text[token(text, text.find("no-r").unwrap())], "tool.no-record");
        assert!(token(text, 1).is_empty());
    }
}
