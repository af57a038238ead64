//! The whole flow in one place: a knowledge base made ready, and a session that takes inputs and gives a diagnosis.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::diagnostic::count;
use crate::error::{Error, Result};
use crate::input::Record;
use crate::input::envelope::Format;
use crate::input::read::{self, Content, Reading};
use crate::input::sift::Sieve;
use crate::input::time::Reference;
use crate::input::unpack::{self, Part, ReadSeek};
use crate::observe::facts::{self, FactSet};
use crate::observe::pick;
use crate::observe::scanner::Scanner;
use crate::observe::{Observations, Observer};
use crate::reason::score::Network;
use crate::reason::{self, Diagnosis, Options};
use crate::remedy::Remedy;
use crate::rule::model::SignalIx;
use crate::rule::{Knowledge, Pack};

/// A knowledge base, ready to diagnose with.
#[derive(Debug)]
pub struct Engine {
    /// What is known.
    pub knowledge: Arc<Knowledge>,
    /// Its numbers.
    pub network: Network,
    /// Its patterns.
    pub scanner: Arc<Scanner>,
    /// Its templates.
    pub remedy: Remedy,
}

impl Engine {
    /// Makes a pack ready.
    ///
    /// # Errors
    /// [`Error::Rules`] with every mistake of the pack.
    pub fn new(pack: &Pack) -> Result<Self> {
        Ok(Self::from_knowledge(crate::knowledge::load(pack)?))
    }

    /// The knowledge base that is part of the program.
    ///
    /// # Errors
    /// As [`Engine::new`]; a test guards that there are none.
    pub fn embedded() -> Result<Self> {
        Ok(Self::from_knowledge(crate::knowledge::built_in()?))
    }

    /// Makes a knowledge base ready that has been loaded already.
    pub fn from_knowledge(knowledge: Knowledge) -> Self {
        let network = reason::network(&knowledge);
        let scanner = Arc::new(Scanner::new(&knowledge));
        Self { knowledge: Arc::new(knowledge), network, scanner, remedy: Remedy::default() }
    }

    /// Begins a diagnosis; `now` is the time that facts without their own are about.
    pub fn session(&self, now: Timestamp) -> Session<'_> {
        Session {
            engine: self,
            now,
            options: ReadOptions::default(),
            observer: Observer::new(&self.knowledge, &self.scanner),
            inputs: Vec::new(),
            given: FactSet::empty(true, now),
        }
    }
}

/// Positions of records of a log that grows come after those of any file that was read.
const GROWN: u64 = 1 << 48;

/// Which part of logs is looked at.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The form of every log; found out if not given.
    pub format: Option<Format>,
    /// Records before this moment are passed over.
    pub since: Option<Timestamp>,
    /// Records after this moment are passed over.
    pub until: Option<Timestamp>,
    /// Records of each input that are looked at.
    pub limit: Option<u64>,
    /// Once set, nothing more is read.
    pub stop: Option<Arc<AtomicBool>>,
    /// Whether every row of a table counts for what it is about, where none is named; a diagnosis is about one.
    pub all_rows: bool,
}

impl ReadOptions {
    fn stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// Lets records through as [`ReadOptions`] say. A record without a time is as old as the one before it.
struct Wanted {
    options: ReadOptions,
    latest: Option<Timestamp>,
    passed: u64,
    /// Whether there were more records than the limit.
    cut: bool,
}

impl Wanted {
    fn of(options: &ReadOptions) -> Self {
        Wanted { options: options.clone(), latest: None, passed: 0, cut: false }
    }

    fn pass(&mut self, record: Record, take: impl FnOnce(Record)) -> ControlFlow<()> {
        if self.options.stopped() {
            return ControlFlow::Break(());
        }
        self.latest = record.time.or(self.latest);
        let early = matches!((self.latest, self.options.since), (Some(time), Some(since)) if time < since);
        let late = matches!((self.latest, self.options.until), (Some(time), Some(until)) if time > until);
        if early || late {
            return ControlFlow::Continue(());
        }
        if self.options.limit.is_some_and(|limit| self.passed >= limit) {
            self.cut = true;
            return ControlFlow::Break(());
        }
        self.passed += 1;
        take(record);
        ControlFlow::Continue(())
    }
}

/// What became of one input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InputReport {
    /// Its name as handed in.
    pub name: String,
    /// Its form, outermost last: what carries its lines, the program that wrote them, the encoding, what it was wrapped
    /// in (`docker, nginx-error, tar in gzip`); empty for a plain text of an unknown program.
    pub format: String,
    /// What it is: `log`, `facts`, or the title of the mapping that knows it; `skipped` when it was not used.
    pub kind: String,
    /// Lines read.
    pub lines: usize,
    /// Records that were looked at: all of a log, or of a long one those that may matter.
    pub records: u64,
    /// What a person should know about it: why it was skipped, what was cut.
    pub notes: Vec<String>,
    /// Whether something in it could not be used that may hold the cause: it cannot be read, is not text, does not parse.
    pub broken: bool,
}

/// Takes inputs one after the other.
#[derive(Debug, Clone)]
pub struct Session<'e> {
    engine: &'e Engine,
    now: Timestamp,
    options: ReadOptions,
    observer: Observer<'e>,
    inputs: Vec<InputReport>,
    given: FactSet,
}

/// Everything that a session found out.
#[derive(Debug)]
pub struct Outcome<'e> {
    /// The engine that it came from.
    pub engine: &'e Engine,
    /// What was handed in.
    pub inputs: Vec<InputReport>,
    /// What was seen.
    pub seen: Observations,
    /// What it means.
    pub diagnosis: Diagnosis,
    /// Whether reading was interrupted, so that this is the diagnosis of a part.
    pub partial: bool,
}

/// Everything that was read, before any of it is weighed.
#[derive(Debug)]
pub struct Gathered<'e> {
    /// The engine that it came from.
    pub engine: &'e Engine,
    /// What was handed in.
    pub inputs: Vec<InputReport>,
    /// What was seen; the facts of each document are a set of their own.
    pub seen: Observations,
    /// The facts of the command line.
    pub given: FactSet,
    /// The present.
    pub now: Timestamp,
    /// Whether reading was interrupted.
    pub partial: bool,
}

/// Whoever wants to know what is known so far, while an input is still read.
pub struct Interim<'i, 'e> {
    /// Set when the next answer is due; taken back when it is given, at the next record that may matter.
    pub due: &'i AtomicBool,
    /// How it is ranked.
    pub ranking: Options,
    /// Takes it.
    pub tell: &'i mut dyn FnMut(Outcome<'e>),
}

impl<'e> Session<'e> {
    /// Sets which part of logs is looked at, from here on.
    pub fn options(&mut self, options: ReadOptions) {
        self.options = options;
    }

    /// Lets every row of a table count for what it is about, where none is named.
    pub fn take_all_rows(&mut self) {
        self.options.all_rows = true;
    }

    /// Reads one input to its end, and everything inside of it where it is an archive. A part that cannot be used becomes
    /// a note, never an error.
    pub fn read(&mut self, name: &str, mut reader: impl BufRead) {
        let stop = self.options.stop.clone();
        unpack::each(name, &mut reader, None, stop, &mut |name, part| self.part(name, part, None));
    }

    /// As [`Session::read`], and tells what is known so far whenever that is due.
    pub fn read_telling(&mut self, name: &str, mut reader: impl BufRead, interim: &mut Interim<'_, 'e>) {
        let stop = self.options.stop.clone();
        unpack::each(name, &mut reader, None, stop, &mut |name, part| self.part(name, part, Some(interim)));
    }

    /// As [`Session::read`], for an input that can also be read at any place.
    pub fn read_file(&mut self, name: &str, mut reader: impl BufRead, file: &mut dyn ReadSeek) {
        let stop = self.options.stop.clone();
        unpack::each(name, &mut reader, Some(file), stop, &mut |name, part| self.part(name, part, None));
    }

    /// As [`Session::read_file`], and tells what is known so far whenever that is due.
    pub fn read_file_telling(
        &mut self,
        name: &str,
        mut reader: impl BufRead,
        file: &mut dyn ReadSeek,
        interim: &mut Interim<'_, 'e>,
    ) {
        let stop = self.options.stop.clone();
        unpack::each(name, &mut reader, Some(file), stop, &mut |name, part| self.part(name, part, Some(interim)));
    }

    fn part(&mut self, name: &str, part: Part<'_>, interim: Option<&mut Interim<'_, 'e>>) {
        match part {
            Part::Input(reader, wrapping) => self.plain(name, wrapping, reader, interim),
            Part::Refused(why) => self.skip(name, why),
        }
    }

    fn plain(&mut self, name: &str, wrapping: &str, reader: impl BufRead, mut interim: Option<&mut Interim<'_, 'e>>) {
        if self.options.stopped() {
            return self.skip(name, "not read: interrupted");
        }
        let input = self.inputs.len();
        let options = self.options.clone();
        let (reading, mut wanted) = (self.reading(&options), Wanted::of(&options));
        let Session { engine, now, observer, inputs, given, .. } = self;
        let content = read::read(unpack::inner_name(name), reader, reading, &mut |position, record| {
            let flow = wanted.pass(record, |record| observer.record(input, position, record));
            if let Some(interim) = interim.as_deref_mut().filter(|interim| interim.due.swap(false, Ordering::Relaxed)) {
                let report = InputReport { name: name.to_owned(), kind: "log".to_owned(), ..InputReport::default() };
                let inputs = inputs.iter().cloned().chain([report]).collect();
                let (observer, given) = (observer.clone(), given.clone());
                let session = Session { engine, now: *now, options: ReadOptions::default(), observer, inputs, given };
                (interim.tell)(Outcome { partial: true, ..session.diagnose(interim.ranking) });
            }
            flow
        });
        let mut report = InputReport { name: name.to_owned(), format: wrapping.to_owned(), ..InputReport::default() };
        match content {
            Err(error) => skip(&mut report, unpack::unreadable(wrapping, &error), true),
            Ok(Content::Empty) => skip(&mut report, "empty".to_owned(), false),
            Ok(Content::Unusable(why)) => skip(&mut report, why, true),
            Ok(Content::Log(figures)) => log_report(&mut report, figures, &wanted),
            Ok(Content::Broken(problem, text)) => {
                self.text(input, &text, &mut report);
                report.broken = true;
                report.notes.push(format!("{problem}; no facts were taken from it, its lines were read as a log"));
            }
            Ok(Content::Document(value, text)) => self.document(input, &value, &text, &mut report),
            Ok(Content::Candidate(value, text)) => self.candidate(input, &value, &text, &mut report),
        }
        self.inputs.push(report);
    }

    /// Takes facts that were found out elsewhere, by path, as an input of their own that holds for all that is diagnosed.
    pub fn found(
        &mut self,
        report: InputReport,
        values: impl IntoIterator<Item = (String, serde_json::Value)>,
        at: Timestamp,
    ) {
        let set = facts::found(&self.engine.knowledge, self.inputs.len(), values, at);
        self.observer.facts(set);
        self.inputs.push(report);
    }

    /// Notes an input that the caller could not open.
    pub fn skip(&mut self, name: &str, why: impl Into<String>) {
        let mut report = InputReport { name: name.to_owned(), ..InputReport::default() };
        skip(&mut report, why.into(), true);
        self.inputs.push(report);
    }

    /// Takes a fact of the command line, `path=value`; it holds for everything.
    ///
    /// # Errors
    /// [`Error::Fact`]: no `=`, an unknown path, or a value that does not fit, each with the way out.
    pub fn fact(&mut self, argument: &str) -> Result<()> {
        let (path, value) = facts::parse_argument(&self.engine.knowledge, argument).map_err(Error::Fact)?;
        self.given.values.insert(path, value);
        Ok(())
    }

    /// Notes answers of a person as an input of their own, and returns its number for [`Session::said`].
    pub fn answers(&mut self, name: &str) -> usize {
        let kind = "answers".to_owned();
        self.inputs.push(InputReport { name: name.to_owned(), kind, ..InputReport::default() });
        self.inputs.len() - 1
    }

    /// Takes what a person says that a log shows; `line` is the number of the answer.
    pub fn said(&mut self, input: usize, line: usize, signal: SignalIx, text: &str) {
        let report = &mut self.inputs[input];
        report.lines = report.lines.max(line);
        self.observer.said(input, line, signal, text);
    }

    /// Takes what a person says that a log does not show.
    pub fn denied(&mut self, signal: SignalIx) {
        self.observer.denied(signal);
    }

    /// Notes a log that grows, and returns its number for [`Session::record`].
    pub fn growing(&mut self, name: &str) -> usize {
        let kind = "log".to_owned();
        self.inputs.push(InputReport { name: name.to_owned(), kind, ..InputReport::default() });
        self.inputs.len() - 1
    }

    /// Takes a record of a log that grows; returns whether it may change the diagnosis. A record without a time was
    /// written just now.
    pub fn record(&mut self, input: usize, mut record: Record) -> bool {
        record.time = record.time.or_else(|| Some(Timestamp::now()));
        let report = &mut self.inputs[input];
        report.lines = report.lines.max(record.line);
        report.records += 1;
        // Lines of a rotated log begin anew; what comes later stands behind all that was read before.
        let position = GROWN + report.records;
        self.observer.shows(input, position, record)
    }

    /// Forgets records that were written before a moment.
    pub fn forget(&mut self, before: Timestamp) {
        self.observer.forget(before);
    }

    /// Weighs what was read so far; reading can go on.
    pub fn so_far(&self, now: Timestamp, ranking: Options) -> Outcome<'e> {
        Session { now, ..self.clone() }.diagnose(ranking)
    }

    /// What became of the inputs so far.
    pub fn inputs(&self) -> &[InputReport] {
        &self.inputs
    }

    /// Gives everything that was read, as it is.
    pub fn gathered(self) -> Gathered<'e> {
        let Session { engine, mut observer, inputs, given, now, options: reading } = self;
        observer.messages(&given);
        let seen = observer.finish(now);
        Gathered { engine, inputs, seen, given, now, partial: reading.stopped() }
    }

    /// Weighs everything that was read.
    pub fn diagnose(self, ranking: Options) -> Outcome<'e> {
        let Gathered { engine, inputs, mut seen, given, partial, .. } = self.gathered();
        merge_facts(&mut seen, given);
        let diagnosis = reason::diagnose(&engine.knowledge, &engine.network, &seen, ranking);
        Outcome { engine, inputs, seen, diagnosis, partial }
    }

    fn document(&mut self, input: usize, value: &serde_json::Value, text: &str, report: &mut InputReport) {
        let reading = facts::read(&self.engine.knowledge, input, value, text, self.now);
        report.lines = text.lines().count();
        report.notes = reading.notes;
        report.broken = reading.incomplete;
        if reading.known {
            if reading.also_text {
                self.text(input, text, report);
            }
            report.kind = reading.kind;
            reading.sets.into_iter().for_each(|set| self.observer.facts(set));
            return;
        }
        self.text(input, text, report);
        let way_out = "a document of unknown shape, read as text; for facts write a file with `facts:` on top (`certwhy list facts`)";
        report.notes.push(way_out.to_owned());
    }

    /// What is a document only if a mapping knows it. Of the rows of a table the one that was named counts for everything
    /// (`--bot`, or the fact by which rows are told apart), and so does a row that is the only one.
    fn candidate(&mut self, input: usize, value: &serde_json::Value, text: &str, report: &mut InputReport) {
        let mut reading = facts::read(&self.engine.knowledge, input, value, text, self.now);
        if !reading.known || reading.also_text {
            self.text(input, text, report);
        }
        if !reading.known {
            return;
        }
        let named = reading.by.as_ref().is_some_and(|by| self.given.values.contains_key(by));
        if value.is_array() && (named || !self.options.all_rows) {
            pick::pick(&mut reading, &self.given.values);
        }
        report.lines = text.lines().count();
        report.broken |= reading.incomplete;
        report.notes.extend(reading.notes);
        report.kind = reading.kind;
        reading.sets.into_iter().for_each(|set| self.observer.facts(set));
    }

    fn reading<'o>(&self, options: &'o ReadOptions) -> Reading<'o>
    where
        'e: 'o,
    {
        // A moment and a number of records are counted from the first record on.
        let all = options.since.is_some() || options.until.is_some() || options.limit.is_some();
        let sieve = (!all).then_some(self.engine.scanner.as_ref() as &dyn Sieve);
        let reference = Reference { now: self.now };
        Reading { reference, format: options.format, sieve, stop: options.stop.as_deref() }
    }

    /// A document that gives no facts: its words may still say what happened.
    fn text(&mut self, input: usize, text: &str, report: &mut InputReport) {
        let options = self.options.clone();
        let (reading, mut wanted) = (self.reading(&options), Wanted::of(&options));
        let observer = &mut self.observer;
        let figures = read::log(text, text.as_bytes(), reading, &mut |position, record| {
            wanted.pass(record, |record| observer.record(input, position, record))
        });
        if let Ok(figures) = figures {
            log_report(report, figures, &wanted);
        }
    }
}

fn skip(report: &mut InputReport, why: String, broken: bool) {
    report.kind = "skipped".to_owned();
    report.broken = broken;
    report.notes.push(why);
}

fn log_report(report: &mut InputReport, figures: read::Log, wanted: &Wanted) {
    report.kind = "log".to_owned();
    let carrier = (figures.format != Format::Plain).then(|| figures.format.word());
    let parts = [carrier, figures.program, figures.utf16.then_some("utf-16"), Some(report.format.as_str())];
    report.format = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    report.lines = figures.lines;
    report.records = figures.records;
    let interrupted = || wanted.options.stopped().then(|| "interrupted".to_owned());
    if let Some(why) = figures.broke_off.or_else(interrupted) {
        report.broken = true;
        report.notes.push(format!("read only up to line {}: {why}", figures.lines));
    }
    if figures.cut_lines > 0 {
        report.notes.push(format!("{} cut at 64 KiB", count(figures.cut_lines, "line")));
    }
    if wanted.cut {
        report.notes.push(format!("only its first {} looked at", count(wanted.passed as usize, "record")));
    }
}

/// Facts files and the command line hold for all; the command line wins, then the first file.
fn merge_facts(seen: &mut Observations, given: FactSet) {
    let (shared, mut sets): (Vec<FactSet>, Vec<FactSet>) =
        std::mem::take(&mut seen.sets).into_iter().partition(|set| set.shared);
    let mut global = given;
    global.at = shared.first().map_or(global.at, |set| set.at);
    for set in shared {
        for (path, value) in set.values {
            if let std::collections::btree_map::Entry::Vacant(entry) = global.values.entry(path) {
                global.places.extend(set.places.get(entry.key()).map(|place| (entry.key().clone(), *place)));
                entry.insert(value);
            }
        }
    }
    for set in &mut sets {
        for (path, value) in &global.values {
            set.values.entry(path.clone()).or_insert_with(|| value.clone());
        }
    }
    if !global.values.is_empty() {
        sets.push(global);
    }
    seen.sets = sets;
}
