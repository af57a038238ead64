//! Texts within texts: JSON in a message, a query in a parameter, markup. Secrets are looked for in what is meant, and taken
//! out where it is written.

use std::ops::Range;

use super::plain::is_opaque;

/// Columns from which on a line may have been wrapped.
const WRAPPED: usize = 40;
/// How often a text can be wrapped in another.
const DEPTH: usize = 3;

/// A text without its escapes, and where each of its bytes stands in the original.
pub struct View {
    /// The text.
    pub text: Vec<u8>,
    /// For each byte the range of the original that it was written as.
    from: Vec<Range<usize>>,
}

impl View {
    /// The texts inside of a text, the outermost first; none where nothing is escaped.
    pub fn inside(text: &str) -> Vec<View> {
        let mut views: Vec<View> = Vec::new();
        while views.len() < DEPTH {
            let next = match views.last() {
                None => opened(text.as_bytes(), &|at| at..at + 1),
                Some(view) => opened(&view.text, &|at| view.from[at].clone()),
            };
            let Some(next) = next else { break };
            views.push(next);
        }
        // A value that is wrapped over lines is whole where they are joined.
        let wrapped = match views.last() {
            None => joined(text.as_bytes(), &|at| at..at + 1),
            Some(view) => joined(&view.text, &|at| view.from[at].clone()),
        };
        let raw = (!views.is_empty()).then(|| joined(text.as_bytes(), &|at| at..at + 1)).flatten();
        views.extend(wrapped.into_iter().chain(raw));
        views
    }

    /// Where a part of it stands in the original.
    pub fn original(&self, part: Range<usize>) -> Option<Range<usize>> {
        let (first, last) = (self.from.get(part.start)?, self.from.get(part.end.checked_sub(1)?)?);
        Some(first.start..last.end)
    }
}

/// A text with its escapes opened once; `None` where there are none.
fn opened(text: &[u8], origin: &dyn Fn(usize) -> Range<usize>) -> Option<View> {
    let mut view = View { text: Vec::with_capacity(text.len()), from: Vec::with_capacity(text.len()) };
    let mut at = 0;
    let mut changed = false;
    while at < text.len() {
        let (byte, length) = escape(&text[at..]).unwrap_or((text[at], 1));
        changed |= length > 1;
        view.text.push(byte);
        view.from.push(origin(at).start..origin(at + length - 1).end);
        at += length;
    }
    changed.then_some(view)
}

/// A text whose wrapped lines are joined where a word goes on that is none of a language; `None` where there are none.
fn joined(text: &[u8], origin: &dyn Fn(usize) -> Range<usize>) -> Option<View> {
    let mut view = View { text: Vec::with_capacity(text.len()), from: Vec::with_capacity(text.len()) };
    let mut line = 0;
    let mut at = 0;
    let mut changed = false;
    while at < text.len() {
        if let Some(end) = wrap(&text[line..], at - line) {
            changed = true;
            at = line + end;
            line = at;
            continue;
        }
        if text[at] == b'\n' {
            line = at + 1;
        }
        view.text.push(text[at]);
        view.from.push(origin(at));
        at += 1;
    }
    changed.then_some(view)
}

/// Where the next line goes on, when the text is wrapped at this column: a backslash or a long line before it, a word behind
/// it that looks random.
fn wrap(text: &[u8], column: usize) -> Option<usize> {
    let rest = &text[column..];
    let slash = usize::from(rest.first() == Some(&b'\\'));
    let end = slash + usize::from(rest.get(slash) == Some(&b'\r'));
    if rest.get(end) != Some(&b'\n') || slash == 0 && column < WRAPPED {
        return None;
    }
    let blanks = rest[end + 1..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'|' | b'>')).count();
    let next = &rest[end + 1 + blanks..];
    let length = next
        .iter()
        .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b';' | b',' | b':' | b'&'))
        .count();
    let word = String::from_utf8_lossy(&next[..length]);
    (is_opaque(&word) && (slash > 0 || blanks > 0)).then_some(column + end + 1 + blanks)
}

/// The byte that stands for an escape at the start of a text, and how long the escape is. Characters beyond ASCII stay as
/// they are written: none of them tells where a secret is.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    const NAMED: [(&[u8], u8); 9] = [
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&#39;", b'\''),
        (b"&#34;", b'"'),
        (b"&amp;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&#10;", b'\n'),
        (b"&#13;", b'\r'),
    ];
    match text {
        [b'\\', b'u' | b'U', b'0', b'0', high, low, ..] => ascii(*high, *low).map(|byte| (byte, 6)),
        [b'\\', b'x', high, low, ..] => ascii(*high, *low).map(|byte| (byte, 4)),
        [b'\\', byte @ (b'"' | b'\'' | b'\\' | b'/'), ..] => Some((*byte, 2)),
        [b'\\', b'n', ..] => Some((b'\n', 2)),
        [b'\\', b'r', ..] => Some((b'\r', 2)),
        [b'\\', b't', ..] => Some((b'\t', 2)),
        [b'%', high, low, ..] => ascii(*high, *low).map(|byte| (byte, 3)),
        [b'&', ..] => NAMED.iter().find(|(name, _)| text.starts_with(name)).map(|(name, byte)| (*byte, name.len())),
        _ => None,
    }
}

fn ascii(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let byte = (digit(high)? * 16 + digit(low)?) as u8;
    byte.is_ascii().then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn what_is_meant_and_where_it_is_written() {
        let text = r#"{"msg":"{\"a\":\"b%3Dc\"}"}"#;
        let views = View::inside(text);
        let last = views.last().expect("a view");
        let meant = String::from_utf8(last.text.clone()).expect("text");
        assert!(meant.contains(r#"{"a":"b=c"}"#), "{meant}");
        let at = meant.find("b=c").expect("stands there");
        assert_eq!(&text[last.original(at..at + 3).expect("a place")], "b%3Dc");
        assert!(View::inside("nothing is escaped here").is_empty());
    }
}
