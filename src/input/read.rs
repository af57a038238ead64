//! One input from its first byte to its last: what it is, and its records or its document.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::Record;
use super::decode::{self, Encoding};
use super::dialect;
use super::document::{self, MAX_DOCUMENT, Shape};
use super::encoding::{Order, Utf16Reader};
use super::envelope::Format;
use super::events::EventLines;
use super::framing::{Framer, MAX_LINE};
use super::sift::{self, Sieve};
use super::time::Reference;

/// Bytes by which an input is judged.
const SAMPLE: usize = 64 << 10;

/// Bytes of a log that are made into records whatever stands there; only what is longer is sifted.
const WHOLE: u64 = 256 << 10;

/// What an input turned out to be.
#[derive(Debug)]
pub enum Content {
    /// A log: its records were handed over.
    Log(Log),
    /// A JSON or YAML document, and its text.
    Document(Value, String),
    /// A document only if something knows it, else a log; and its text.
    Candidate(Value, String),
    /// Named as a document but does not parse; the reader's message, and the text.
    Broken(String, String),
    /// Nothing in it.
    Empty,
    /// Cannot be used; why, and the way out.
    Unusable(String),
}

/// How to read.
#[derive(Clone, Copy)]
pub struct Reading<'s> {
    /// What times are read with.
    pub reference: Reference,
    /// The form of every log; found out if not given.
    pub format: Option<Format>,
    /// Which lines of a long log are wanted; without it all are.
    pub sieve: Option<&'s dyn Sieve>,
    /// Once set, nothing more is read.
    pub stop: Option<&'s AtomicBool>,
}

impl Reading<'_> {
    /// Whether nothing more is to be read.
    pub fn stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// What a record is handed to, with its position in the input; says whether more are wanted.
pub type Take<'t> = &'t mut dyn FnMut(u64, Record) -> ControlFlow<()>;

/// Figures of a log.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Log {
    /// What carries its lines.
    pub format: Format,
    /// The program that wrote it, where its lines give it away.
    pub program: Option<&'static str>,
    /// Whether it was in UTF-16.
    pub utf16: bool,
    /// Lines read.
    pub lines: usize,
    /// Records handed over.
    pub records: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Lines that were longer than is kept.
    pub cut_lines: usize,
    /// Why reading ended before the input did.
    pub broke_off: Option<String>,
}

/// Reads an input to its end; the records of a log go to `record`, each with its position.
///
/// # Errors
/// Reading failed.
pub fn read(name: &str, mut reader: impl BufRead, reading: Reading<'_>, record: Take<'_>) -> io::Result<Content> {
    let mut head = Vec::new();
    reader.by_ref().take(SAMPLE as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Content::Empty);
    }
    if let Some(way_out) = binary_log(&head) {
        return Ok(Content::Unusable(way_out.to_owned()));
    }
    let order = match decode::detect(&head) {
        Encoding::Binary => {
            return Ok(Content::Unusable("not text (binary data); export it as text first".to_owned()));
        }
        Encoding::Utf8 => return text_input(name, &head, reader, reading, record),
        Encoding::Utf16Le => Order::Little,
        Encoding::Utf16Be => Order::Big,
    };
    let mut decoded = Utf16Reader::new(order, Cursor::new(head).chain(reader));
    let mut head = Vec::new();
    decoded.by_ref().take(SAMPLE as u64).read_to_end(&mut head)?;
    let mut content = text_input(name, &head, decoded, reading, record)?;
    if let Content::Log(figures) = &mut content {
        figures.utf16 = true;
    }
    Ok(content)
}

/// Binary logs that a tool of their system turns into text.
fn binary_log(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'E', b'l', b'f', b'F', b'i', b'l', b'e', ..] => {
            Some("a Windows event log; export it as text: wevtutil qe FILE /lf /f:text > events.txt")
        }
        [b'L', b'P', b'K', b'S', b'H', b'H', b'R', b'H', ..] => {
            Some("a journal of systemd; export it as text: journalctl --file FILE > journal.txt")
        }
        _ => None,
    }
}

fn text_input(
    name: &str,
    head: &[u8],
    mut rest: impl BufRead,
    reading: Reading<'_>,
    record: Take<'_>,
) -> io::Result<Content> {
    let sample = String::from_utf8_lossy(head).into_owned();
    if sample.trim().is_empty() && rest.fill_buf()?.is_empty() {
        return Ok(Content::Empty);
    }
    let mut head = head.to_vec();
    let format = reading.format.unwrap_or_else(|| Format::detect(&sample));
    // What a runtime or the journal wrote is a log, also when it is a single object.
    let is_log = reading.format.is_some() || matches!(format, Format::Docker | Format::JournalJson);
    if !is_log && document::may_be(name, &sample) {
        rest.by_ref().take((MAX_DOCUMENT + 1 - head.len().min(MAX_DOCUMENT)) as u64).read_to_end(&mut head)?;
        let text = String::from_utf8_lossy(&head);
        match document::read(name, &text) {
            Shape::Document(value) => return Ok(Content::Document(value, text.into_owned())),
            // What carries the lines of a log is one already.
            Shape::Candidate(value) if matches!(format, Format::Plain | Format::Logfmt) => {
                return Ok(Content::Candidate(value, text.into_owned()));
            }
            Shape::Broken(problem) => return Ok(Content::Broken(problem, text.into_owned())),
            Shape::Candidate(_) | Shape::Text => {}
        }
    }
    let reading = Reading { format: Some(format), ..reading };
    let whole = Cursor::new(head).chain(rest);
    let figures = match format {
        Format::EventsXml => log(&sample, BufReader::new(EventLines::new(whole)), reading, record),
        _ => log(&sample, whole, reading, record),
    };
    figures.map(Content::Log)
}

/// Reads a text as a log: every line counts, whatever it is.
///
/// # Errors
/// Reading failed.
pub fn log(sample: &str, mut reader: impl BufRead, reading: Reading<'_>, record: Take<'_>) -> io::Result<Log> {
    let format = reading.format.unwrap_or_else(|| Format::detect(sample));
    let dialect = dialect::detect(sample, format, reading.reference);
    let mut figures = Log { format: dialect.format, program: dialect.source, ..Log::default() };
    let mut framer = Framer::new(dialect, reading.reference);
    let mut line = Vec::new();
    let mut wanted = ControlFlow::Continue(());
    let mut open = true;
    // Lines of a carrier say little before they are opened.
    let sieve = reading.sieve.filter(|_| matches!(figures.format, Format::Plain | Format::JsonLines | Format::Logfmt));
    while wanted.is_continue() {
        if let Some(sieve) = sieve
            && figures.bytes >= WHOLE
        {
            figures.lines = framer.lines();
            (wanted, open) = sift::rest(&mut reader, &mut framer, &mut figures, reading, sieve, record);
            break;
        }
        match next_line(&mut reader, &mut line) {
            Ok(0) => break,
            Ok(read) => figures.bytes += read,
            Err(error) if figures.bytes == 0 => return Err(error),
            Err(error) => {
                figures.broke_off = Some(error.to_string());
                break;
            }
        }
        let Some(complete) = framer.push(&line) else { continue };
        wanted = hand_over(complete, &mut figures, record);
    }
    if figures.lines == 0 {
        figures.lines = framer.lines();
    }
    for last in [framer.rest(), framer.finish()].into_iter().flatten().filter(|_| open) {
        if wanted.is_continue() {
            wanted = hand_over(last, &mut figures, record);
        }
    }
    figures.cut_lines += framer.cut_lines;
    Ok(figures)
}

/// Counts a record that is taken.
pub(super) fn hand_over(complete: Record, figures: &mut Log, record: Take<'_>) -> ControlFlow<()> {
    let wanted = record(complete.line as u64, complete);
    figures.records += u64::from(wanted.is_continue());
    wanted
}

/// The next line without its end, cut behind [`MAX_LINE`]; how many bytes it took, 0 at the end of the input.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let mut read = reader.by_ref().take(MAX_LINE as u64 + 2).read_until(b'\n', line)? as u64;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > MAX_LINE {
        read += reader.skip_until(b'\n')? as u64;
    }
    Ok(read)
}
