//! What the bytes of an input are, and their text.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memchr3;
use regex::Regex;

use super::encoding;

/// What an input turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 or one of the single-byte encodings: told line by line, see [`text`].
    Utf8,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// Not text: has many NUL or control bytes.
    Binary,
}

/// Judges by the first bytes of an input (64 KiB are plenty).
pub fn detect(sample: &[u8]) -> Encoding {
    match sample {
        [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    // Tools of Windows write UTF-16 without a mark too: of text in Latin letters, every other byte is zero.
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half >= 4 && odd * 10 > half * 7 && even * 10 < half {
        return Encoding::Utf16Le;
    }
    if half >= 4 && even * 10 > half * 7 && odd * 10 < half {
        return Encoding::Utf16Be;
    }
    // A stray NUL in a log (a crashed machine leaves them) is no reason to refuse it.
    let odd = sample.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)).count();
    if odd * 10 > sample.len() { Encoding::Binary } else { Encoding::Utf8 }
}

/// The text of a line: UTF-8, or Windows-1252 (which holds Latin-1) where it is not.
pub fn text(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        // What a cut has left of a last character is no sign of another encoding.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(line),
        Err(_) => encoding::windows_1252(line).into(),
    }
}

/// Colours and other control sequences of terminals (ECMA-48), what JSON and Go put before a quotation mark or print
/// instead of one, and what HTML prints for it.
static DRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]",
        r#"|\\+(?P<quote>")|\\u00(?P<code>2[267]|3[ce])|&(?P<entity>quot|amp|lt|gt|apos|#39|#34);"#,
    ))
    .expect("the pattern is a constant")
});

/// Whether what begins here is something that [`plain`] may take away or put another sign for.
pub fn is_dress(text: &[u8]) -> bool {
    match text {
        [b'\x1b', ..] => true,
        [b'\\', rest @ ..] => {
            let rest = &rest[rest.iter().take_while(|byte| **byte == b'\\').count()..];
            rest.starts_with(b"\"") || rest.starts_with(b"u00")
        }
        [b'&', rest @ ..] => [&b"quot;"[..], b"amp;", b"lt;", b"gt;", b"apos;", b"#39;", b"#34;"]
            .iter()
            .any(|entity| rest.starts_with(entity)),
        _ => false,
    }
}

/// A line as the program meant it: without colours, and with the quotation marks that a logger or a page has escaped.
pub fn plain(line: &str) -> Cow<'_, str> {
    if memchr3(b'\x1b', b'\\', b'&', line.as_bytes()).is_none() {
        return Cow::Borrowed(line);
    }
    DRESS.replace_all(line, |found: &regex::Captures<'_>| {
        let code = ["quote", "code", "entity"].iter().find_map(|name| found.name(name));
        match code.map(|code| code.as_str()) {
            None => "",
            Some("26" | "amp") => "&",
            Some("27" | "apos" | "#39") => "'",
            Some("3c" | "lt") => "<",
            Some("3e" | "gt") => ">",
            Some(_) => "\"",
        }
    })
}
