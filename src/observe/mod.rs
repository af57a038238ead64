//! From records and facts to evidence.

mod batch;
pub mod condition;
pub mod evidence;
pub mod facts;
pub mod failure;
pub mod incident;
pub mod looks;
mod memory;
pub mod pick;
pub mod said;
pub mod scanner;
mod sieve;
pub mod snapshot;
pub mod words;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::input::{Level, Record};
use crate::rule::model::{FactValue, Knowledge};
use crate::rule::words::FactKind;
use batch::{Batches, Placed, Shown};
use facts::FactSet;
use failure::telling;
use jiff::Timestamp;
use looks::Looks;
use scanner::{Mark, Scanner};

/// Sightings that are kept of one and the same thing, besides the latest one; the count goes on.
const KEPT: usize = 4;
/// Sightings, and bytes of their text, from which on records of the same signals are taken for one and the same thing,
/// whomever they are about.
const MAX_SIGHTINGS: (usize, usize) = (6_000, 16 << 20);
/// Different unexplained records that are kept.
const MAX_UNEXPLAINED: usize = 200;

/// Stands for the command line where an input is named.
pub const COMMAND_LINE: usize = usize::MAX;

/// Names of captures that say whom a record is about.
pub const SUBJECTS: [&str; 3] = ["domain", "bot", "order"];

/// A record in which signals were seen.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// Index of the input.
    pub input: usize,
    /// Position among all records of the input.
    pub position: u64,
    /// The record.
    pub record: Arc<Record>,
    /// What was seen.
    pub marks: Vec<Mark>,
}

impl Sighting {
    /// Whether this one was certainly written after another: by position in the same input, else by time.
    pub fn is_after(&self, other: &Sighting) -> bool {
        if self.input == other.input {
            return self.position > other.position;
        }
        matches!((self.record.time, other.record.time), (Some(a), Some(b)) if a > b)
    }

    /// What the record says about whom it is: values of [`SUBJECTS`], in one spelling.
    pub fn subject(&self) -> BTreeMap<&'static str, String> {
        SUBJECTS.iter().filter_map(|kind| Some((*kind, self.name(kind)?))).collect()
    }

    /// The first value of a capture, in one spelling.
    pub fn name(&self, capture: &str) -> Option<String> {
        let mut values = self.marks.iter().flat_map(|mark| &mark.values);
        values.find(|(name, _)| name == capture).map(|(_, value)| normal_subject(value))
    }
}

/// One spelling of a subject: lower case, no trailing dot, no wildcard or challenge label.
pub fn normal_subject(value: &str) -> String {
    let value =
        value.trim().trim_matches(['"', '\'', '`', '[', ']']).trim_end_matches(['.', ',', ':']).to_ascii_lowercase();
    let value = value.strip_prefix("_acme-challenge.").unwrap_or(&value);
    value.strip_prefix("*.").unwrap_or(value).to_owned()
}

/// Whether two records can be about the same subject: no common name has different values.
pub fn compatible(a: &BTreeMap<&'static str, String>, b: &BTreeMap<&'static str, String>) -> bool {
    a.iter().all(|(key, value)| b.get(key).is_none_or(|other| other == value))
}

/// A record that looks like a failure and that no rule knows.
#[derive(Debug, Clone)]
pub struct Unexplained {
    /// Index of the input.
    pub input: usize,
    /// The first of its kind.
    pub record: Arc<Record>,
    /// Records that differ only in digits.
    pub count: u64,
}

/// Everything that was seen.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    /// Records with signals, in the order of inputs and positions.
    pub sightings: Vec<Sighting>,
    /// Facts, one set per subject.
    pub sets: Vec<FactSet>,
    /// Kinds of records that were seen, and the lowest level of each.
    pub sources: BTreeMap<String, Option<Level>>,
    /// Failures that no rule knows, most telling first.
    pub unexplained: Vec<Unexplained>,
    /// Sightings of each signal, in their order.
    pub places: BTreeMap<usize, Vec<usize>>,
    /// Inputs that speak of more than one domain.
    pub mixed: BTreeSet<usize>,
    /// Records in which each signal was seen, also those that are not kept.
    pub counts: BTreeMap<usize, u64>,
    /// Signals that a person has looked for in a log and not found.
    pub denied: BTreeSet<usize>,
}

/// Takes records one by one, and keeps what matters of them.
#[derive(Debug, Clone)]
pub struct Observer<'k> {
    knowledge: &'k Arc<Knowledge>,
    scanner: &'k Arc<Scanner>,
    seen: Observations,
    /// Sightings of the same signals with the same subject: how many, and where the latest stands.
    kinds: HashMap<String, (usize, Option<usize>)>,
    odd: HashMap<String, usize>,
    looks: Looks,
    batches: Batches,
    /// Bytes of the text of what is kept.
    kept_bytes: usize,
}

impl<'k> Observer<'k> {
    /// Starts with nothing.
    pub fn new(knowledge: &'k Arc<Knowledge>, scanner: &'k Arc<Scanner>) -> Self {
        Self {
            knowledge,
            scanner,
            seen: Observations::default(),
            kinds: HashMap::new(),
            odd: HashMap::new(),
            looks: Looks::default(),
            batches: Batches::default(),
            kept_bytes: 0,
        }
    }

    /// Takes one record.
    pub fn record(&mut self, input: usize, position: u64, record: Record) {
        if self.batches.push(Placed { input, position, record: Arc::new(record) }) {
            let done = self.batches.send(self.scanner, self.knowledge);
            self.add_all(done);
        }
    }

    /// Takes one record, and returns whether it shows a signal.
    pub fn shows(&mut self, input: usize, position: u64, record: Record) -> bool {
        self.settle();
        let shown = Shown::by(&record, self.scanner, self.knowledge);
        self.add(Placed { input, position, record: Arc::new(record) }, shown)
    }

    /// Adds what all records show that were taken.
    fn settle(&mut self) {
        let done = self.batches.finish(self.scanner, self.knowledge);
        self.add_all(done);
    }

    fn add_all(&mut self, done: Vec<(Placed, Shown)>) {
        for (placed, shown) in done {
            self.add(placed, shown);
        }
    }

    fn add(&mut self, placed: Placed, shown: Shown) -> bool {
        let (Placed { input, position, record }, marks) = (placed, shown.marks);
        if let Some(source) = &record.source {
            match self.seen.sources.get_mut(source) {
                Some(lowest) => *lowest = (*lowest).min(record.level),
                None => _ = self.seen.sources.insert(source.clone(), record.level),
            }
        }
        if shown.speaks_of_certificates {
            self.looks.record(input, &record);
        }
        if marks.is_empty() {
            if shown.is_odd {
                self.odd(input, record);
            }
            return false;
        }
        for mark in &marks {
            *self.seen.counts.entry(mark.signal).or_default() += 1;
        }
        self.keep(Sighting { input, position, record, marks });
        true
    }

    /// Takes what a person says that a log shows, as a record of its own.
    pub fn said(&mut self, input: usize, line: usize, signal: usize, text: &str) {
        self.settle();
        let record = Record { line, ..Record::alone(text) };
        let mark = Mark { signal, span: 0..record.text.len(), values: Vec::new() };
        *self.seen.counts.entry(signal).or_default() += 1;
        // Several signs may be in one answer: each is an observation of its own.
        let position = (line as u64) << 16 | self.seen.sightings.len() as u64;
        self.keep(Sighting { input, position, record: Arc::new(record), marks: vec![mark] });
    }

    /// Takes what a person says that a log does not show.
    pub fn denied(&mut self, signal: usize) {
        self.seen.denied.insert(signal);
    }

    /// Forgets records that were written before a moment.
    pub fn forget(&mut self, before: Timestamp) {
        self.settle();
        let old = |record: &Record| record.time.is_some_and(|time| time < before);
        let all = std::mem::take(&mut self.seen.sightings);
        self.kinds.clear();
        self.kept_bytes = 0;
        all.into_iter().filter(|sighting| !old(&sighting.record)).for_each(|sighting| self.keep(sighting));
        self.seen.unexplained.retain(|unexplained| !old(&unexplained.record));
        let shapes = self.seen.unexplained.iter().enumerate().map(|(ix, odd)| (shape(&odd.record), ix));
        self.odd = shapes.collect();
    }

    /// Keeps the first sightings of every kind, and the latest.
    fn keep(&mut self, sighting: Sighting) {
        let mut key = sighting.input.to_string();
        for mark in &sighting.marks {
            key.push_str(&format!(" {}", mark.signal));
        }
        if self.seen.sightings.len() < MAX_SIGHTINGS.0 && self.kept_bytes < MAX_SIGHTINGS.1 {
            for (name, value) in sighting.subject() {
                key.push_str(&format!(" {name}={value}"));
            }
        }
        let (count, latest) = self.kinds.entry(key).or_default();
        *count += 1;
        if *count > KEPT {
            if let Some(at) = latest {
                self.seen.sightings[*at] = sighting;
                return;
            }
            *latest = Some(self.seen.sightings.len());
        }
        self.kept_bytes += sighting.record.text.len();
        self.seen.sightings.push(sighting);
    }

    /// Adds facts; what a program said in one of them counts as a record too.
    pub fn facts(&mut self, set: FactSet) {
        self.messages(&set);
        self.seen.sets.push(set);
    }

    /// Looks at the messages among facts.
    pub fn messages(&mut self, set: &FactSet) {
        let kind = |path: &str| self.knowledge.facts.get(path).map(|fact| fact.kind);
        let messages: Vec<_> = set.values.iter().filter(|(path, _)| kind(path) == Some(FactKind::Message)).collect();
        for (position, (path, value)) in messages.into_iter().enumerate() {
            let FactValue::Text(text) = value else { continue };
            let (input, line) = set.places.get(path).map_or((COMMAND_LINE, None), |place| *place);
            let record = Record { line: line.unwrap_or(0), text: text.clone(), time: None, level: None, source: None };
            self.record(input, position as u64, record);
        }
    }

    /// What every incident asks of all sightings.
    fn index(&mut self) {
        let mut domains: BTreeMap<usize, String> = BTreeMap::new();
        for (ix, sighting) in self.seen.sightings.iter().enumerate() {
            for mark in &sighting.marks {
                self.seen.places.entry(mark.signal).or_default().push(ix);
            }
            if let Some(domain) = sighting.subject().remove("domain")
                && *domains.entry(sighting.input).or_insert_with(|| domain.clone()) != domain
            {
                self.seen.mixed.insert(sighting.input);
            }
        }
    }

    /// What only several records together tell, as facts.
    fn compare(&mut self, now: Timestamp) {
        const PATH: &str = "endpoint.older_than_seen";
        let told = self.seen.sets.iter().any(|set| set.values.contains_key(PATH));
        if let Some(look) = self.looks.older_after_newer()
            && self.knowledge.facts.contains_key(PATH)
            && !told
        {
            let mut set = FactSet::empty(true, now);
            set.values.insert(PATH.to_owned(), FactValue::YesNo(true));
            set.places.insert(PATH.to_owned(), (look.input, Some(look.line)));
            self.seen.sets.push(set);
        }
    }

    /// Everything that was seen; `now` is the time of the facts that records tell.
    pub fn finish(mut self, now: Timestamp) -> Observations {
        self.settle();
        self.compare(now);
        self.seen.sightings.sort_by_key(|s| (s.input, s.position));
        self.index();
        self.seen.unexplained.sort_by_key(|u| (Reverse(telling(&u.record)), u.input, u.record.line));
        self.seen
    }

    fn odd(&mut self, input: usize, record: Arc<Record>) {
        let shape = shape(&record);
        match self.odd.get(&shape) {
            Some(ix) => self.seen.unexplained[*ix].count += 1,
            None if self.seen.unexplained.len() < MAX_UNEXPLAINED => {
                self.odd.insert(shape, self.seen.unexplained.len());
                self.seen.unexplained.push(Unexplained { input, record, count: 1 });
            }
            None => {}
        }
    }
}

/// What records have in common that differ only in digits.
fn shape(record: &Record) -> String {
    record.text.chars().take(300).filter(|c| !c.is_ascii_digit()).collect()
}
