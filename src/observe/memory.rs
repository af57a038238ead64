//! What the latest records showed: programs repeat themselves, with other times and numbers, and a record that differs from
//! one of them in its digits alone need not be looked through again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::scanner::Hit;
use crate::input::{Level, Record};
use crate::scan::digits;
use crate::scan::patterns::Places;

/// Records that are looked through before it is worth remembering what they show.
const WORTH: usize = 1000;
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
    pub text: Vec<u8>,
    level: Option<Level>,
    source: Option<String>,
}

/// What is known of records of a shape.
#[derive(Debug)]
pub struct Known {
    shape: Shape,
    /// What patterns match that do not tell digits apart.
    pub hits: Vec<Hit>,
    /// Where patterns may match that do.
    pub places: Places,
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
    pub fn remember(&self, shape: Shape, hits: Vec<Hit>, places: Places) {
        let hash = self.hasher.hash_one(&shape);
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        if records.known.len() >= MOST.0 || records.bytes >= MOST.1 {
            *records = Records::default();
        }
        records.bytes += shape.text.len();
        records.known.insert(hash, Arc::new(Known { shape, hits, places }));
    }
}
