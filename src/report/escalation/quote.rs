//! Inputs read once more, for what stands around the evidence, and without their secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::Excerpt;
use crate::engine::Outcome;
use crate::input::decode::{self, Encoding};
use crate::input::encoding::{Order, Utf16Reader};
use crate::input::envelope::Format;
use crate::input::events::EventLines;
use crate::input::framing::MAX_LINE;
use crate::report::redact::Redactor;

/// Lines that are quoted before and behind one.
const AROUND: usize = 4;
/// Places that are quoted.
const PLACES: usize = 40;
/// Bytes by which an input is judged.
const SAMPLE: usize = 64 << 10;
/// Bytes that are looked at together, and those after which that ends also inside a key.
const CHUNK: (usize, usize) = (256 << 10, 4 << 20);
/// Bytes of all whole logs together; of what is longer the beginning is kept.
const MOST: usize = 256 << 20;

/// Lines of inputs that are wanted, by the names of the inputs.
#[derive(Debug, Clone, Default)]
pub struct Wanted(BTreeMap<String, BTreeSet<usize>>);

impl Wanted {
    /// The lines of the evidence, of what is over, and of what no rule knows.
    pub fn of(outcome: &Outcome) -> Self {
        let whole = &outcome.diagnosis.whole;
        let seen = &outcome.seen;
        let mut places: Vec<(usize, usize)> = Vec::new();
        for ranked in &whole.causes {
            for (signal, _) in &ranked.for_it {
                let present = whole.evidence.present.iter().find(|p| p.signal == *signal);
                for (sighting, mark) in present.iter().flat_map(|p| p.marks.iter().take(2)) {
                    let sighting = &seen.sightings[*sighting];
                    let before = sighting.record.text.get(..sighting.marks[*mark].span.start).unwrap_or_default();
                    places.push((sighting.input, sighting.record.line + before.matches('\n').count()));
                }
            }
        }
        places.extend(seen.unexplained.iter().take(3).map(|odd| (odd.input, odd.record.line)));
        let over = whole.evidence.cleared.iter().map(|cleared| &seen.sightings[cleared.mark.0]);
        places.extend(over.take(5).map(|sighting| (sighting.input, sighting.record.line)));
        let mut wanted = Wanted::default();
        for (input, line) in places.into_iter().filter(|(_, line)| *line > 0).take(PLACES) {
            if let Some(input) = outcome.inputs.get(input) {
                wanted.0.entry(input.name.clone()).or_default().insert(line);
            }
        }
        wanted
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Quotes {
    /// Lines around the evidence.
    pub excerpts: Vec<Excerpt>,
    /// Whole inputs without secrets, where they are wanted: name and text.
    pub whole: Vec<(String, String)>,
    /// What could not be taken along, and why.
    pub notes: Vec<String>,
    keep_whole: bool,
    kept: usize,
}

impl Quotes {
    /// Begins; with `whole` the inputs are kept in full.
    pub fn new(whole: bool) -> Self {
        Quotes { keep_whole: whole, ..Quotes::default() }
    }

    /// Reads one input, the name of which is that of the diagnosis.
    pub fn read(&mut self, name: &str, reader: &mut dyn BufRead, wanted: &Wanted, redactor: &mut Redactor) {
        let empty = BTreeSet::new();
        let lines = wanted.0.get(name).unwrap_or(&empty);
        if lines.is_empty() && !self.keep_whole {
            return;
        }
        let shown = redactor.text(name);
        let mut copy = Copy { lines, quotes: self, name: shown.clone(), text: String::new(), line: 0 };
        if let Err(error) = copy.all(reader, redactor) {
            copy.quotes.notes.push(format!("{shown}: {error}"));
        }
        let text = copy.text;
        if self.keep_whole && !text.is_empty() {
            self.whole.push((shown, text));
        }
    }
}

struct Copy<'c> {
    lines: &'c BTreeSet<usize>,
    quotes: &'c mut Quotes,
    name: String,
    text: String,
    /// Number of the last line.
    line: usize,
}

impl Copy<'_> {
    fn all(&mut self, reader: &mut dyn BufRead, redactor: &mut Redactor) -> io::Result<()> {
        let mut head = Vec::new();
        reader.take(SAMPLE as u64).read_to_end(&mut head)?;
        let order = match decode::detect(&head) {
            Encoding::Binary => return Err(io::Error::other("not taken along: it is no text")),
            Encoding::Utf8 => {
                let events = Format::detect(&String::from_utf8_lossy(&head)) == Format::EventsXml;
                let whole = Cursor::new(head).chain(reader);
                return match events {
                    true => self.chunks(&mut BufReader::new(EventLines::new(whole)), redactor),
                    false => self.chunks(&mut BufReader::new(whole), redactor),
                };
            }
            Encoding::Utf16Le => Order::Little,
            Encoding::Utf16Be => Order::Big,
        };
        self.chunks(&mut BufReader::new(Utf16Reader::new(order, Cursor::new(head).chain(reader))), redactor)
    }

    fn chunks(&mut self, reader: &mut dyn BufRead, redactor: &mut Redactor) -> io::Result<()> {
        let mut chunk = String::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if reader.take(MAX_LINE as u64).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            chunk.push_str(&decode::text(&line));
            if line.last() != Some(&b'\n') && line.len() >= MAX_LINE {
                reader.skip_until(b'\n')?;
                chunk.push('\n');
            }
            if chunk.len() >= CHUNK.0 && !inside_key(&chunk) || chunk.len() >= CHUNK.1 {
                self.take(&std::mem::take(&mut chunk), redactor);
            }
            if self.quotes.kept >= MOST {
                let note = format!("{}: only its first {} lines: the logs are too long together", self.name, self.line);
                self.quotes.notes.push(note);
                break;
            }
        }
        self.take(&chunk, redactor);
        Ok(())
    }

    fn take(&mut self, chunk: &str, redactor: &mut Redactor) {
        let redacted = redactor.lines(chunk);
        for line in redacted.lines() {
            self.line += 1;
            if self.lines.range(self.line.saturating_sub(AROUND)..=self.line + AROUND).next().is_some() {
                self.quote(line);
            }
        }
        if self.quotes.keep_whole {
            self.quotes.kept += redacted.len();
            self.text.push_str(&redacted);
        }
    }

    fn quote(&mut self, line: &str) {
        let number = self.line;
        let evidence = self.lines.contains(&number).then_some(number);
        match self.quotes.excerpts.last_mut() {
            Some(last) if last.file == self.name && last.first_line + last.lines.len() == number => {
                last.lines.push(line.to_owned());
                last.evidence.extend(evidence);
            }
            _ => self.quotes.excerpts.push(Excerpt {
                file: self.name.clone(),
                first_line: number,
                lines: vec![line.to_owned()],
                evidence: evidence.into_iter().collect(),
            }),
        }
    }
}

/// Whether a chunk ends within a private key, so that its end is still to come.
fn inside_key(chunk: &str) -> bool {
    let last = |mark: &str| chunk.rfind(mark);
    match chunk.rfind("PRIVATE KEY") {
        None => false,
        Some(_) => last("-----BEGIN ") > last("-----END "),
    }
}
