//! What the latest records showed: programs repeat themselves, with other times and numbers, and a record that differs from
//! one of them in its digits alone need not be looked through again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::scanner::Hit;
use crate::input::{Level, Record};
use crate::scan::digits;
use crate::scan::patterns::Places;

/// Records that are looked through before it is worth remembering what they show.
const WORTH: usize = 1000;
/// Times that a known record comes again before it is worth finding out which patterns can match it: most come once, those of
/// many lines above all.
const AGAIN: u32 = 16;
/// Bytes of a record that is remembered.
const LONGEST: usize = 2 << 10;
/// Records, and bytes of their text, from which on all are forgotten: what still comes is soon remembered again.
const MOST: (usize, usize) = (4096, 1 << 20);

/// Remembers records.
#[derive(Debug, Default)]
pub struct Memory {
    seen: AtomicUsize,
    hasher: RandomState,
    records: RwLock<Records>,
}

#[derive(Debug, Default)]
struct Records {
    /// By their hash.
    known: HashMap<u64, Arc<Known>>,
    /// Bytes of their text.
    bytes: usize,
}

/// What matters of a record for what it shows, besides its digits.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Its text, masked.
    text: Vec<u8>,
    level: Option<Level>,
    source: Option<String>,
}

/// What is known of records of a shape.
#[derive(Debug)]
pub struct Known {
    shape: Shape,
    /// What patterns match that do not tell digits apart.
    pub hits: Vec<Hit>,
    /// How often it came again.
    again: AtomicU32,
    places: OnceLock<Places>,
}

impl Known {
    /// Where patterns may match that tell digits apart; `None` as long as that is not worth finding out.
    pub fn places(&self, find: impl FnOnce(&[u8]) -> Places) -> Option<&Places> {
        let worth = self.again.fetch_add(1, Ordering::Relaxed) >= AGAIN;
        worth.then(|| self.places.get_or_init(|| find(&self.shape.text)))
    }
}

impl Memory {
    /// The shape of a record that is worth remembering, or that may be known.
    pub fn shape(&self, record: &Record) -> Option<Shape> {
        let worth = record.text.len() <= LONGEST && self.seen.fetch_add(1, Ordering::Relaxed) >= WORTH;
        worth.then(|| Shape {
            text: digits::masked(record.text.as_bytes()),
            level: record.level,
            source: record.source.clone(),
        })
    }

    /// What is known of a shape.
    pub fn known(&self, shape: &Shape) -> Option<Arc<Known>> {
        let hash = self.hasher.hash_one(shape);
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.known.get(&hash).filter(|known| known.shape == *shape).cloned()
    }

    /// Remembers what is known of a shape.
    pub fn remember(&self, shape: Shape, hits: Vec<Hit>) {
        let hash = self.hasher.hash_one(&shape);
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        if records.known.len() >= MOST.0 || records.bytes >= MOST.1 {
            *records = Records::default();
        }
        records.bytes += shape.text.len();
        let known = Known { shape, hits, again: AtomicU32::new(0), places: OnceLock::new() };
        records.known.insert(hash, Arc::new(known));
    }
}
