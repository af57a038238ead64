//! Records that are looked through together, by another thread where one is to be had, and taken up in their order.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use super::failure::looks_like_failure;
use super::looks;
use super::scanner::{Mark, Scanner};
use crate::input::Record;
use crate::rule::model::Knowledge;

/// Records, and bytes of their text, that are looked through together.
const FULL: (usize, usize) = (512, 256 << 10);

/// A record, and where it stands.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Index of the input.
    pub input: usize,
    /// Position among all records of the input.
    pub position: u64,
    /// The record.
    pub record: Arc<Record>,
}

/// What a record shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Signals, in their order.
    pub marks: Vec<Mark>,
    /// Whether it may speak of a certificate.
    pub speaks_of_certificates: bool,
    /// Whether it looks like a failure that no signal tells.
    pub is_odd: bool,
}

impl Shown {
    /// Looks at a record.
    pub fn by(record: &Record, scanner: &Scanner, knowledge: &Knowledge) -> Self {
        let marks = scanner.scan(record, knowledge);
        let is_odd = marks.is_empty() && looks_like_failure(record);
        Self { marks, speaks_of_certificates: looks::may_speak(&record.text), is_odd }
    }
}

#[derive(Debug, Clone, Default)]
struct Batch {
    records: Vec<Placed>,
    /// Bytes of their text.
    bytes: usize,
    /// What each shows, once they have been looked through; `None` where that has failed.
    shown: OnceLock<Option<Vec<Shown>>>,
}

impl Batch {
    fn look(&self, scanner: &Scanner, knowledge: &Knowledge) {
        let look = || self.records.iter().map(|placed| Shown::by(&placed.record, scanner, knowledge)).collect();
        // Whoever waits for it is told: a panic of another thread would end the program, whatever else it does.
        self.shown.get_or_init(|| catch_unwind(AssertUnwindSafe(look)).ok());
    }
}

/// Batches of records on their way.
#[derive(Debug, Clone, Default)]
pub struct Batches {
    filling: Batch,
    /// Those that others look through, the first one first.
    sent: VecDeque<Arc<Batch>>,
}

impl Batches {
    /// Adds a record; returns whether the batch is full.
    pub fn push(&mut self, placed: Placed) -> bool {
        self.filling.bytes += placed.record.text.len();
        self.filling.records.push(placed);
        self.filling.records.len() >= FULL.0 || self.filling.bytes >= FULL.1
    }

    /// Has the batch looked through by another thread. Returns the records that are done, when as many wait as there may.
    pub fn send(&mut self, scanner: &Arc<Scanner>, knowledge: &Arc<Knowledge>) -> Vec<(Placed, Shown)> {
        let batch = Arc::new(std::mem::take(&mut self.filling));
        let threads = look_elsewhere(&batch, scanner, knowledge);
        self.sent.push_back(batch);
        let mut done = Vec::new();
        while self.sent.len() > 2 * threads {
            done.extend(self.sent.pop_front().into_iter().flat_map(taken));
        }
        done
    }

    /// Looks through what is left, and returns all records that nobody was given yet.
    pub fn finish(&mut self, scanner: &Scanner, knowledge: &Knowledge) -> Vec<(Placed, Shown)> {
        let last = Arc::new(std::mem::take(&mut self.filling));
        last.look(scanner, knowledge);
        std::mem::take(&mut self.sent).into_iter().chain([last]).flat_map(taken).collect()
    }
}

/// Lets another thread look, and returns the number of those that may; 0 where this one did it itself.
fn look_elsewhere(batch: &Arc<Batch>, scanner: &Arc<Scanner>, knowledge: &Arc<Knowledge>) -> usize {
    #[cfg(feature = "threads")]
    // One of the threads that look must not wait for another.
    if rayon::current_thread_index().is_none() {
        let (batch, scanner, knowledge) = (Arc::clone(batch), Arc::clone(scanner), Arc::clone(knowledge));
        rayon::spawn(move || batch.look(&scanner, &knowledge));
        return rayon::current_num_threads();
    }
    batch.look(scanner, knowledge);
    0
}

/// The records of a batch, each with what it shows, as soon as that is known.
fn taken(batch: Arc<Batch>) -> Vec<(Placed, Shown)> {
    batch.shown.wait();
    let Batch { records, shown, .. } = Arc::unwrap_or_clone(batch);
    let shown = shown.into_inner().flatten().expect("the thread that looked has said what went wrong");
    records.into_iter().zip(shown).collect()
}
