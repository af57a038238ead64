//! What the bytes of an input are, and their text.

/// What an input turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 or near enough: invalid bytes are replaced.
    Utf8,
    /// UTF-16 with byte order mark, little endian.
    Utf16Le,
    /// UTF-16 with byte order mark, big endian.
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
    // A stray NUL in a log (a crashed machine leaves them) is no reason to refuse it.
    let odd = sample.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)).count();
    if odd * 10 > sample.len() { Encoding::Binary } else { Encoding::Utf8 }
}

/// The text of a whole input in UTF-16; unpaired halves are replaced.
pub fn utf16(bytes: &[u8], encoding: Encoding) -> String {
    let units = bytes.chunks_exact(2).skip(1).map(|pair| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes([pair[0], pair[1]]),
        _ => u16::from_le_bytes([pair[0], pair[1]]),
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
