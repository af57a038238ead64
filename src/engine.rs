//! The whole flow in one place: a knowledge base made ready, and a session that takes inputs and gives a diagnosis.

use std::io::BufRead;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::input::read::{self, Content};
use crate::input::time::Reference;
use crate::observe::facts::{self, FactSet};
use crate::observe::scanner::Scanner;
use crate::observe::{Observations, Observer};
use crate::reason::score::Network;
use crate::reason::{self, Diagnosis, Options};
use crate::remedy::Remedy;
use crate::rule::{Knowledge, Pack};

/// A knowledge base, ready to diagnose with.
#[derive(Debug)]
pub struct Engine {
    /// What is known.
    pub knowledge: Knowledge,
    /// Its numbers.
    pub network: Network,
    /// Its patterns.
    pub scanner: Scanner,
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
        Self::new(&Pack::embedded())
    }

    fn from_knowledge(knowledge: Knowledge) -> Self {
        let network = reason::network(&knowledge);
        let scanner = Scanner::new(&knowledge);
        Self { knowledge, network, scanner, remedy: Remedy::default() }
    }

    /// Begins a diagnosis; `now` is the time that facts without their own are about.
    pub fn session(&self, now: Timestamp) -> Session<'_> {
        Session {
            engine: self,
            now,
            observer: Observer::new(&self.knowledge, &self.scanner),
            inputs: Vec::new(),
            given: FactSet::empty(true, now),
        }
    }
}

/// What became of one input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InputReport {
    /// Its name as handed in.
    pub name: String,
    /// What it is: `log`, `facts`, or the title of the mapping that knows it; `skipped` when it was not used.
    pub kind: String,
    /// Lines read.
    pub lines: usize,
    /// Records in it.
    pub records: u64,
    /// What a person should know about it: why it was skipped, what was cut.
    pub notes: Vec<String>,
    /// Whether something in it could not be used that may hold the cause: it cannot be read, is not text, does not parse.
    pub broken: bool,
}

/// Takes inputs one after the other.
#[derive(Debug)]
pub struct Session<'e> {
    engine: &'e Engine,
    now: Timestamp,
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
}

impl<'e> Session<'e> {
    /// Reads one input to its end. A part that cannot be used becomes a note, never an error.
    pub fn read(&mut self, name: &str, reader: impl BufRead) {
        let input = self.inputs.len();
        let reference = Reference { now: self.now };
        let observer = &mut self.observer;
        let content =
            read::read(name, reader, reference, &mut |position, record| observer.record(input, position, record));
        let mut report = InputReport { name: name.to_owned(), ..InputReport::default() };
        match content {
            Err(error) => skip(&mut report, format!("reading failed: {error}"), true),
            Ok(Content::Empty) => skip(&mut report, "empty".to_owned(), false),
            Ok(Content::Unusable(why)) => skip(&mut report, why, true),
            Ok(Content::Log(figures)) => log_report(&mut report, figures),
            Ok(Content::Broken(problem, text)) => {
                self.text(input, &text, &mut report);
                report.broken = true;
                report.notes.push(format!("{problem}; no facts were taken from it, its lines were read as a log"));
            }
            Ok(Content::Document(value, text)) => self.document(input, &value, &text, &mut report),
        }
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

    /// What became of the inputs so far.
    pub fn inputs(&self) -> &[InputReport] {
        &self.inputs
    }

    /// Weighs everything that was read.
    pub fn diagnose(self, options: Options) -> Outcome<'e> {
        let Session { engine, mut observer, inputs, given, now } = self;
        observer.messages(&given);
        let mut seen = observer.finish(now);
        merge_facts(&mut seen, given);
        let diagnosis = reason::diagnose(&engine.knowledge, &engine.network, &seen, options);
        Outcome { engine, inputs, seen, diagnosis }
    }

    fn document(&mut self, input: usize, value: &serde_json::Value, text: &str, report: &mut InputReport) {
        let reading = facts::read(&self.engine.knowledge, input, value, text, self.now);
        report.lines = text.lines().count();
        report.notes = reading.notes;
        if reading.known {
            report.kind = reading.kind;
            reading.sets.into_iter().for_each(|set| self.observer.facts(set));
            return;
        }
        self.text(input, text, report);
        let way_out = "a document of unknown shape, read as text; for facts write a file with `facts:` on top (`certwhy list facts`)";
        report.notes.push(way_out.to_owned());
    }

    /// A document that gives no facts: its words may still say what happened.
    fn text(&mut self, input: usize, text: &str, report: &mut InputReport) {
        let observer = &mut self.observer;
        let reference = Reference { now: self.now };
        let figures = read::log(text, text.as_bytes(), reference, &mut |position, record| {
            observer.record(input, position, record)
        });
        if let Ok(figures) = figures {
            log_report(report, figures);
        }
    }
}

fn skip(report: &mut InputReport, why: String, broken: bool) {
    report.kind = "skipped".to_owned();
    report.broken = broken;
    report.notes.push(why);
}

fn log_report(report: &mut InputReport, figures: read::Log) {
    report.kind = "log".to_owned();
    report.lines = figures.lines;
    report.records = figures.records;
    if figures.cut_lines > 0 {
        report.notes.push(format!("{} cut at 64 KiB", crate::diagnostic::count(figures.cut_lines, "line")));
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
