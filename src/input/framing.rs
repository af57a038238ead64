//! Lines to records: which lines belong together.

use std::borrow::Cow;

use super::Record;
use super::decode;
use super::dialect::{self, Dialect};
use super::envelope::{Format, JournalEntry, Line};
use super::time::{self, Reference};

/// Bytes of one line that are kept; a longer line is cut, and the cut is counted.
pub const MAX_LINE: usize = 64 << 10;
/// Lines of one record; what comes after begins a new one.
const MAX_LINES: usize = 400;
/// Blank lines inside one record.
const MAX_BLANK: usize = 20;
/// Bytes of one record.
const MAX_RECORD: usize = 128 << 10;

/// Collects lines into records.
#[derive(Debug)]
pub struct Framer {
    dialect: Dialect,
    reference: Reference,
    current: Option<Open>,
    /// Of a line that the carrier has cut.
    partial: String,
    entry: JournalEntry,
    line: usize,
    /// Lines that were cut at [`MAX_LINE`].
    pub cut_lines: usize,
}

#[derive(Debug)]
struct Open {
    record: Record,
    lines: usize,
    stamped: bool,
    /// Blank lines that belong to the record only if something continues it.
    blank: usize,
    trace: Trace,
}

/// Where a Python traceback or a PEM block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    No,
    /// After `Traceback (most recent call last)`, before the line that names the exception.
    Frames,
    /// After the exception's line.
    Done,
    /// Between the BEGIN and END lines of a PEM block.
    Pem,
}

impl Framer {
    /// A framer for one file.
    pub fn new(dialect: Dialect, reference: Reference) -> Self {
        Self {
            dialect,
            reference,
            current: None,
            partial: String::new(),
            entry: JournalEntry::default(),
            line: 0,
            cut_lines: 0,
        }
    }

    /// Takes the next line, without its line end; returns the record that it completes.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Record> {
        self.line += 1;
        if self.dialect.format == Format::JournalExport {
            let entry = self.entry.take(bytes)?;
            return self.line(entry);
        }
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let bytes = if bytes.len() > MAX_LINE {
            self.cut_lines += 1;
            &bytes[..MAX_LINE]
        } else {
            bytes
        };
        let text = decode::text(bytes);
        let text = if self.line == 1 { text.trim_start_matches('\u{feff}') } else { &text };
        let mut line = self.dialect.format.open(text, self.reference);
        if line.partial && self.partial.len() + line.text.len() <= MAX_LINE {
            self.partial.push_str(&line.text);
            return None;
        }
        if !self.partial.is_empty() {
            self.partial.push_str(&line.text);
            line.text = Cow::Owned(std::mem::take(&mut self.partial));
        }
        self.line(line)
    }

    fn line(&mut self, line: Line<'_>) -> Option<Record> {
        let text: &str = &decode::plain(&line.text);
        if text.trim().is_empty() {
            if let Some(open) = &mut self.current {
                open.blank += 1;
            }
            return None;
        }
        let stamp = time::at_start(dialect::strip_program(text), self.reference);
        let begins = self.dialect.format.begins(text);
        let stamped = begins.unwrap_or(line.whole || stamp.is_some() || dialect::is_json(text));
        if self.continues(text, stamped) {
            self.append(text);
            return None;
        }
        let (time, used) = stamp.map_or((line.time, 0), |(time, used)| (Some(time), used));
        let tag = (used > 0).then(|| text.get(used..).and_then(dialect::syslog_tag)).flatten();
        let record = Record {
            line: self.line,
            text: text.to_owned(),
            time,
            level: dialect::level(text).or(line.level),
            source: tag.or(line.source.as_deref()).or(self.dialect.source).map(str::to_owned),
        };
        let trace = trace_after(Trace::No, text);
        self.current.replace(Open { record, lines: 1, stamped, blank: 0, trace }).map(|open| open.record)
    }

    /// The last record.
    pub fn finish(&mut self) -> Option<Record> {
        self.current.take().map(|open| open.record)
    }

    /// Ends the input: what the carrier still holds comes out too, before the last record.
    pub fn rest(&mut self) -> Option<Record> {
        let held = std::mem::take(&mut self.partial);
        let line =
            if held.is_empty() { self.entry.take(b"")? } else { Line { text: Cow::Owned(held), ..Line::default() } };
        self.line(line)
    }

    /// Begins anew behind so many lines, whatever it holds.
    pub fn restart(&mut self, lines: usize) {
        self.current = None;
        self.line = lines;
    }

    /// Whether a line begins a record, whatever else stands before it than the line that does.
    pub fn certainly_begins(&self, line: &[u8], before: &[u8]) -> bool {
        if line.trim_ascii().is_empty() {
            return false;
        }
        let text = decode::text(line);
        let text = decode::plain(&text);
        if dialect::is_stamped(&text, self.reference) {
            return true;
        }
        let continued = |line: &[u8]| matches!(line.first(), None | Some(b' ' | b'\t' | b'\r'));
        let chain = ["Traceback", "During handling", "The above exception", "Caused by:", "-----"];
        // A body of PEM is one word.
        let word = |line: &[u8]| line.len() > 40 && !line.contains(&b' ');
        !self.dialect.stamped
            && !continued(line)
            && !continued(before)
            && !word(line)
            && !word(before)
            && !chain.iter().any(|mark| text.contains(mark))
    }

    /// Lines seen so far.
    pub fn lines(&self) -> usize {
        self.line
    }

    fn continues(&self, text: &str, stamped: bool) -> bool {
        let Some(open) = &self.current else { return false };
        if open.lines >= MAX_LINES || open.blank > MAX_BLANK || open.record.text.len() > MAX_RECORD {
            return false;
        }
        if stamped {
            return false;
        }
        if open.trace == Trace::Pem || self.dialect.format.begins(text).is_some() {
            return true;
        }
        if open.trace == Trace::Frames {
            return true;
        }
        let chained = text.starts_with("During handling of the above exception")
            || text.starts_with("The above exception was the direct cause")
            || text.starts_with("Traceback (most recent call last)");
        if chained && open.trace == Trace::Done {
            return true;
        }
        // A program that stamps its lines prints the rest of an event without a time, unless it never does.
        if open.stamped && self.dialect.stamped {
            return text.starts_with([' ', '\t']) || !dialect::writes_one_line(&open.record.text);
        }
        if open.blank > 0 {
            return false;
        }
        text.starts_with([' ', '\t']) || text.starts_with("Caused by:") || text.starts_with("-----BEGIN ")
    }

    fn append(&mut self, text: &str) {
        let Some(open) = &mut self.current else { return };
        for _ in 0..std::mem::take(&mut open.blank) {
            open.record.text.push('\n');
        }
        open.record.text.push('\n');
        open.record.text.push_str(text);
        open.lines += 1;
        open.trace = trace_after(open.trace, text);
    }
}

fn trace_after(before: Trace, text: &str) -> Trace {
    if before == Trace::Pem {
        return if text.contains("-----END ") { Trace::No } else { Trace::Pem };
    }
    if text.contains("-----BEGIN ") && !text.contains("-----END ") {
        return Trace::Pem;
    }
    if text.contains("Traceback (most recent call last)") {
        return Trace::Frames;
    }
    match before {
        Trace::Frames if !text.starts_with([' ', '\t']) => Trace::Done,
        // What stands between two tracebacks announces the next one.
        other => other,
    }
}
