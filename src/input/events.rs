//! Windows events as XML: what saves them puts all of them into one line, and each is to be a line of its own.

use std::io::{self, BufRead, Read};

/// What ends an event.
const END: &[u8] = b"</Event>";

/// A reader in which a line end stands behind every event.
#[derive(Debug)]
pub struct EventLines<R> {
    inner: R,
    /// Bytes of [`END`] that were read last.
    matched: usize,
}

impl<R: BufRead> EventLines<R> {
    /// Reads events from a reader.
    pub fn new(inner: R) -> Self {
        Self { inner, matched: 0 }
    }
}

impl<R: BufRead> Read for EventLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.fill_buf()?;
        let Some(first) = read.first() else { return Ok(0) };
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.matched == END.len() {
            self.matched = 0;
            if !matches!(first, b'\r' | b'\n') {
                buffer[0] = b'\n';
                return Ok(1);
            }
        }
        let mut taken = 0;
        for (to, byte) in buffer.iter_mut().zip(read) {
            *to = *byte;
            taken += 1;
            // No part of the mark repeats its beginning, so that only its first byte can begin it anew.
            self.matched = match *byte == END[self.matched] {
                true => self.matched + 1,
                false => usize::from(*byte == END[0]),
            };
            if self.matched == END.len() {
                break;
            }
        }
        self.inner.consume(taken);
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn every_event_gets_a_line() {
        for (given, expected) in [
            (
                "<Events><Event>a</Event><Event>b</Event></Events>",
                "<Events><Event>a</Event>\n<Event>b</Event>\n</Events>",
            ),
            ("<Event>a</Event>\r\n<Event>b</Event>\n", "<Event>a</Event>\r\n<Event>b</Event>\n"),
            ("<</Event></<</Event>", "<</Event>\n</<</Event>"),
            ("", ""),
        ] {
            for size in [1, 3, 64] {
                let mut out = String::new();
                let inner = BufReader::with_capacity(size, given.as_bytes());
                EventLines::new(inner).read_to_string(&mut out).expect("text");
                assert_eq!(out, expected, "{size}");
            }
        }
    }
}
