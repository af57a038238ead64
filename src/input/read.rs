//! One input from its first byte to its last: what it is, and its records or its document.

use std::io::{self, BufRead, Cursor, Read};

use serde_json::Value;

use super::Record;
use super::decode::{self, Encoding};
use super::dialect;
use super::document::{self, MAX_DOCUMENT, Shape};
use super::framing::{Framer, MAX_LINE};
use super::time::Reference;

/// Bytes by which an input is judged.
const SAMPLE: usize = 64 << 10;
/// Bytes of a UTF-16 input that are read.
const MAX_UTF16: u64 = 256 << 20;

/// What an input turned out to be.
#[derive(Debug)]
pub enum Content {
    /// A log: its records were handed over.
    Log(Log),
    /// A JSON or YAML document, and its text.
    Document(Value, String),
    /// Named as a document but does not parse; the reader's message, and the text.
    Broken(String, String),
    /// Nothing in it.
    Empty,
    /// Cannot be used; why, and the way out.
    Unusable(String),
}

/// Figures of a log.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Lines read.
    pub lines: usize,
    /// Records handed over.
    pub records: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Lines that were longer than is kept.
    pub cut_lines: usize,
}

/// Reads an input to its end; the records of a log go to `record`, each with its position.
///
/// # Errors
/// Reading failed.
pub fn read(
    name: &str,
    mut reader: impl BufRead,
    reference: Reference,
    record: &mut dyn FnMut(u64, Record),
) -> io::Result<Content> {
    let mut head = Vec::new();
    reader.by_ref().take(SAMPLE as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Content::Empty);
    }
    if let Some(way_out) = archive(&head) {
        return Ok(Content::Unusable(way_out.to_owned()));
    }
    let encoding = decode::detect(&head);
    match encoding {
        Encoding::Binary => Ok(Content::Unusable("not text (binary data); export it as text first".to_owned())),
        Encoding::Utf16Le | Encoding::Utf16Be => {
            reader.take(MAX_UTF16).read_to_end(&mut head)?;
            let text = decode::utf16(&head, encoding);
            text_input(name, text.as_bytes(), Cursor::new(Vec::new()), reference, record)
        }
        Encoding::Utf8 => text_input(name, &head, reader, reference, record),
    }
}

fn archive(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, ..] => Some("compressed with gzip; hand it in as: zcat FILE | certwhy diagnose -"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("compressed with zstd; hand it in as: zstdcat FILE | certwhy diagnose -"),
        [b'B', b'Z', b'h', ..] => Some("compressed with bzip2; hand it in as: bzcat FILE | certwhy diagnose -"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => {
            Some("compressed with xz; hand it in as: xzcat FILE | certwhy diagnose -")
        }
        [b'P', b'K', 3, 4, ..] => Some("a ZIP archive; unpack it and hand in the folder"),
        [b'E', b'l', b'f', b'F', b'i', b'l', b'e', ..] => {
            Some("a Windows event log; export it as text: wevtutil qe FILE /lf /f:text > events.txt")
        }
        _ => None,
    }
}

fn text_input(
    name: &str,
    head: &[u8],
    mut rest: impl BufRead,
    reference: Reference,
    record: &mut dyn FnMut(u64, Record),
) -> io::Result<Content> {
    let sample = String::from_utf8_lossy(head).into_owned();
    if sample.trim().is_empty() && rest.fill_buf()?.is_empty() {
        return Ok(Content::Empty);
    }
    let mut head = head.to_vec();
    if document::may_be(name, &sample) {
        rest.by_ref().take((MAX_DOCUMENT + 1 - head.len().min(MAX_DOCUMENT)) as u64).read_to_end(&mut head)?;
        let text = String::from_utf8_lossy(&head);
        match document::read(name, &text) {
            Shape::Document(value) => return Ok(Content::Document(value, text.into_owned())),
            Shape::Broken(problem) => return Ok(Content::Broken(problem, text.into_owned())),
            Shape::Text => {}
        }
    }
    log(&sample, Cursor::new(head).chain(rest), reference, record).map(Content::Log)
}

/// Reads a text as a log: every line counts, whatever it is.
///
/// # Errors
/// Reading failed.
pub fn log(
    sample: &str,
    mut reader: impl BufRead,
    reference: Reference,
    record: &mut dyn FnMut(u64, Record),
) -> io::Result<Log> {
    let mut framer = Framer::new(dialect::detect(sample, reference), reference);
    let mut figures = Log::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE as u64 + 2).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        figures.bytes += read as u64;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > MAX_LINE {
            figures.bytes += reader.skip_until(b'\n')? as u64;
        }
        if let Some(complete) = framer.push(&line) {
            record(figures.records, complete);
            figures.records += 1;
        }
    }
    if let Some(last) = framer.finish() {
        record(figures.records, last);
        figures.records += 1;
    }
    figures.lines = framer.lines();
    figures.cut_lines = framer.cut_lines;
    Ok(figures)
}
