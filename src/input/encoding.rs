//! UTF-16 and Windows-1252 as text, as the Encoding Standard (<https://encoding.spec.whatwg.org/>) decodes them.
//!
//! Of its forty encodings logs need these two; the tables of the others would be a tenth of what a browser loads.

use std::io::{self, BufRead, Read};

/// What the bytes 0x80 to 0x9F are in Windows-1252; all others are the code points of the same number.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Windows-1252 as text. Every byte is a character.
pub fn windows_1252(bytes: &[u8]) -> String {
    let of = |byte: &u8| match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        other => char::from(*other),
    };
    bytes.iter().map(of).collect()
}

/// The order of the two bytes of a code unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The low byte first, as Windows writes.
    Little,
    /// The high byte first.
    Big,
}

/// Decodes UTF-16 that comes in pieces: without its mark, and with U+FFFD for whatever is not well formed.
#[derive(Debug)]
pub struct Utf16 {
    order: Order,
    /// Whether a first code unit, which may be the mark, was there.
    begun: bool,
    /// The first byte of a code unit.
    byte: Option<u8>,
    /// The first half of a pair of surrogates.
    high: Option<u16>,
}

impl Utf16 {
    /// Begins with nothing.
    pub fn new(order: Order) -> Self {
        Self { order, begun: false, byte: None, high: None }
    }

    /// Adds to a text what these bytes, and those before them, say.
    pub fn push(&mut self, mut bytes: &[u8], text: &mut String) {
        text.reserve(bytes.len());
        if let (Some(first), [second, rest @ ..]) = (self.byte, bytes) {
            self.byte = None;
            self.unit([first, *second], text);
            bytes = rest;
        }
        let pairs = bytes.chunks_exact(2);
        if let [byte] = pairs.remainder() {
            self.byte = Some(*byte);
        }
        pairs.for_each(|pair| self.unit([pair[0], pair[1]], text));
    }

    /// Adds what is left when nothing more comes: half a code unit, or half a pair, is no character.
    pub fn finish(&mut self, text: &mut String) {
        let (byte, high) = (self.byte.take(), self.high.take());
        if byte.is_some() || high.is_some() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn unit(&mut self, bytes: [u8; 2], text: &mut String) {
        let unit = match self.order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        };
        if !std::mem::replace(&mut self.begun, true) && unit == 0xfeff {
            return;
        }
        if let Some(high) = self.high.take() {
            if let 0xdc00..=0xdfff = unit {
                text.extend(char::decode_utf16([high, unit]).flatten());
                return;
            }
            text.push(char::REPLACEMENT_CHARACTER);
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => text.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
}

/// UTF-16 as text, all of it.
pub fn utf16(order: Order, bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut decoder = Utf16::new(order);
    decoder.push(bytes, &mut text);
    decoder.finish(&mut text);
    text
}

/// What is read in UTF-16, in UTF-8.
pub struct Utf16Reader<R> {
    inner: R,
    decoder: Utf16,
    /// What was decoded, and how much of it is taken.
    text: String,
    taken: usize,
}

impl<R: BufRead> Utf16Reader<R> {
    /// Reads another reader.
    pub fn new(order: Order, inner: R) -> Self {
        Self { inner, decoder: Utf16::new(order), text: String::new(), taken: 0 }
    }
}

impl<R: BufRead> BufRead for Utf16Reader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.taken == self.text.len() {
            let bytes = self.inner.fill_buf()?;
            let read = bytes.len();
            self.text.clear();
            self.taken = 0;
            self.decoder.push(bytes, &mut self.text);
            self.inner.consume(read);
            if read == 0 {
                self.decoder.finish(&mut self.text);
                break;
            }
        }
        Ok(&self.text.as_bytes()[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        self.taken += amount;
    }
}

impl<R: BufRead> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    const ORDERS: [(Order, &encoding_rs::Encoding); 2] =
        [(Order::Little, encoding_rs::UTF_16LE), (Order::Big, encoding_rs::UTF_16BE)];

    /// Bytes in which surrogates, marks and text stand often enough to meet.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let unit = prop_oneof![any::<u16>(), 0xd800..=0xdfffu16, Just(0xfeffu16), Just(0xfffeu16), 0x20..0x7fu16];
        let odd = prop::option::of(any::<u8>());
        (prop::collection::vec(unit, 0..40), odd)
            .prop_map(|(units, odd)| units.into_iter().flat_map(u16::to_le_bytes).chain(odd).collect())
    }

    #[test]
    fn every_byte_is_what_it_is_in_windows_1252() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(windows_1252(&all), encoding_rs::WINDOWS_1252.decode_without_bom_handling(&all).0);
    }

    proptest! {
        #[test]
        fn utf_16_is_decoded_as_by_encoding_rs(bytes in bytes()) {
            for (order, theirs) in ORDERS {
                prop_assert_eq!(utf16(order, &bytes), theirs.decode_with_bom_removal(&bytes).0);
            }
        }

        #[test]
        fn pieces_change_nothing(bytes in bytes(), at in prop::collection::vec(0..90usize, 0..4), room in 1..9usize) {
            for (order, _) in ORDERS {
                let whole = utf16(order, &bytes);
                let mut text = String::new();
                let mut decoder = Utf16::new(order);
                let mut cuts: Vec<usize> = at.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
                cuts.sort_unstable();
                cuts.windows(2).for_each(|cut| decoder.push(&bytes[cut[0]..cut[1]], &mut text));
                decoder.finish(&mut text);
                prop_assert_eq!(&text, &whole);
                let mut read = String::new();
                Utf16Reader::new(order, BufReader::with_capacity(room, &bytes[..])).read_to_string(&mut read).expect("memory");
                prop_assert_eq!(&read, &whole);
            }
        }
    }
}
