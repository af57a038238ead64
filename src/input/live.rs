//! A log that is still written: bytes go in as they come, records come out.

use memchr::memchr;

use super::Record;
use super::decode::{self, Encoding};
use super::dialect;
use super::encoding::{self, Order, Utf16};
use super::envelope::Format;
use super::framing::{Framer, MAX_LINE};
use super::time::Reference;

/// Whether what comes in can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// It is a log.
    Log,
    /// It is not text; nothing of it is kept.
    Binary,
}

/// Makes records of bytes that come in pieces.
pub struct Live {
    reference: Reference,
    format: Option<Format>,
    /// Known once there is a line to judge by.
    known: Option<Known>,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    /// Lines before the first byte.
    lines: usize,
}

struct Known {
    framer: Framer,
    /// For UTF-16; `None` where lines are decoded one by one.
    decoder: Option<Utf16>,
}

impl Live {
    /// Begins with nothing; the form of the log is found out if not given.
    pub fn new(reference: Reference, format: Option<Format>) -> Self {
        Self { reference, format, known: None, rest: Vec::new(), lines: 0 }
    }

    /// Begins behind `lines` lines that nobody asks about; `head` is what they begin with, to judge the log by.
    pub fn behind(head: &[u8], lines: usize, reference: Reference, format: Option<Format>) -> Self {
        let mut live = Self { lines, ..Self::new(reference, format) };
        if head.contains(&b'\n') {
            live.judge(head);
        }
        live
    }

    /// Takes what was written since; complete records go to `take`.
    pub fn push(&mut self, bytes: &[u8], take: &mut dyn FnMut(Record)) -> Intake {
        if self.known.is_none() {
            self.rest.extend(bytes);
            if !self.rest.contains(&b'\n') && self.rest.len() < MAX_LINE {
                return Intake::Log;
            }
            let held = std::mem::take(&mut self.rest);
            return match self.judge(&held) {
                Intake::Log => self.decode(&held, take),
                Intake::Binary => Intake::Binary,
            };
        }
        self.decode(bytes, take)
    }

    /// Nothing was written for a while: what is held is complete.
    pub fn settle(&mut self, take: &mut dyn FnMut(Record)) {
        if self.known.is_none() && !self.rest.is_empty() {
            let held = std::mem::take(&mut self.rest);
            if self.judge(&held) == Intake::Log {
                self.decode(&held, take);
            }
        }
        let Some(known) = &mut self.known else { return };
        if !self.rest.is_empty() {
            known.framer.push(&std::mem::take(&mut self.rest)).map(&mut *take);
        }
        for last in [known.framer.rest(), known.framer.finish()].into_iter().flatten() {
            take(last);
        }
    }

    fn judge(&mut self, sample: &[u8]) -> Intake {
        let utf16 = match decode::detect(sample) {
            Encoding::Binary => return Intake::Binary,
            Encoding::Utf8 => None,
            Encoding::Utf16Le => Some(Order::Little),
            Encoding::Utf16Be => Some(Order::Big),
        };
        let text = match utf16 {
            Some(order) => encoding::utf16(order, sample),
            None => String::from_utf8_lossy(sample).into_owned(),
        };
        let format = self.format.unwrap_or_else(|| Format::detect(&text));
        let mut framer = Framer::new(dialect::detect(&text, format, self.reference), self.reference);
        framer.restart(self.lines);
        let decoder = utf16.map(Utf16::new);
        self.known = Some(Known { framer, decoder });
        Intake::Log
    }

    fn decode(&mut self, bytes: &[u8], take: &mut dyn FnMut(Record)) -> Intake {
        let Some(known) = &mut self.known else { return Intake::Log };
        match &mut known.decoder {
            None => lines(&mut known.framer, &mut self.rest, bytes, take),
            Some(decoder) => {
                let mut text = String::new();
                decoder.push(bytes, &mut text);
                lines(&mut known.framer, &mut self.rest, text.as_bytes(), take);
            }
        }
        Intake::Log
    }
}

/// Hands complete lines to a framer; `rest` is what stands before the first byte, and behind the last line end afterwards.
fn lines(framer: &mut Framer, rest: &mut Vec<u8>, mut bytes: &[u8], take: &mut dyn FnMut(Record)) {
    while let Some(end) = memchr(b'\n', bytes) {
        let (line, behind) = bytes.split_at(end);
        let complete = if rest.is_empty() {
            framer.push(line)
        } else {
            rest.extend(line);
            framer.push(&std::mem::take(rest))
        };
        complete.map(&mut *take);
        bytes = &behind[1..];
    }
    // What a line has beyond that is cut anyway.
    let room = (MAX_LINE + 2).saturating_sub(rest.len());
    rest.extend(&bytes[..bytes.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(usize, String)> {
        let reference = Reference { now: "2026-11-28T12:00:00Z".parse().expect("a time") };
        let mut live = Live::new(reference, None);
        let mut out = Vec::new();
        for piece in pieces {
            live.push(piece, &mut |record| out.push((record.line, record.text)));
        }
        live.settle(&mut |record| out.push((record.line, record.text)));
        out
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let log = "2026-11-28 11:00:00 a\n  more of a\n2026-11-28 11:00:01 b\r\n2026-11-28 11:00:02 ü".as_bytes();
        let whole = read(&[log]);
        assert_eq!(whole.len(), 3);
        assert_eq!(whole[0], (1, "2026-11-28 11:00:00 a\n  more of a".to_owned()));
        assert_eq!(whole[2], (4, "2026-11-28 11:00:02 ü".to_owned()));
        for at in 0..log.len() {
            assert_eq!(read(&[&log[..at], &log[at..]]), whole, "cut at {at}");
        }
        let bytes: Vec<&[u8]> = log.chunks(1).collect();
        assert_eq!(read(&bytes), whole);
    }

    #[test]
    fn utf_16_comes_in_pieces_too() {
        let text = "\u{feff}2026-11-28 11:00:00 Fehler: ü\r\n2026-11-28 11:00:01 b\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let want = vec![(1, "2026-11-28 11:00:00 Fehler: ü".to_owned()), (2, "2026-11-28 11:00:01 b".to_owned())];
        assert_eq!(read(&[&bytes]), want);
        assert_eq!(read(&[&bytes[..31], &bytes[31..]]), want);
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let reference = Reference { now: "2026-11-28T12:00:00Z".parse().expect("a time") };
        let mut live = Live::new(reference, None);
        let bytes: Vec<u8> = (0..200u8).map(|n| n % 9).chain([b'\n']).collect();
        assert_eq!(live.push(&bytes, &mut |_| panic!("no record")), Intake::Binary);
    }
}
