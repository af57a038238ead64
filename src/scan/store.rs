//! Compiled patterns, as many as a bound of memory allows: what was not run for longest is forgotten, and compiled again where
//! it is needed.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::compile::{Compiled, Run};

/// Bytes of compiled patterns from which on some are forgotten.
const BOUND: usize = 24 << 20;

/// Compiled patterns.
#[derive(Debug)]
pub struct Store {
    entries: Vec<Entry>,
    bytes: AtomicUsize,
    bound: AtomicUsize,
    /// How often patterns were asked for.
    asked: AtomicU64,
    /// Patterns that were compiled since some were forgotten, and how many of them were there before.
    compiled: [AtomicUsize; 2],
    forgetting: Mutex<()>,
}

#[derive(Debug, Default)]
struct Entry {
    /// When it was asked for last.
    last: AtomicU64,
    slot: RwLock<Slot>,
}

#[derive(Debug, Default)]
enum Slot {
    #[default]
    Empty,
    /// It was there.
    Forgotten,
    /// It cannot be compiled.
    Refused,
    Ready(Run, Arc<Compiled>),
}

impl Slot {
    fn bytes(&self) -> usize {
        match self {
            Slot::Ready(_, regex) => regex.memory_usage(),
            Slot::Empty | Slot::Forgotten | Slot::Refused => 0,
        }
    }

    /// What is there, where it is as good as is asked for.
    fn get(&self, run: Run) -> Option<Option<Arc<Compiled>>> {
        match self {
            Slot::Refused => Some(None),
            Slot::Ready(known, regex) if *known >= run => Some(Some(Arc::clone(regex))),
            Slot::Ready(..) | Slot::Empty | Slot::Forgotten => None,
        }
    }
}

impl Store {
    /// Room for so many patterns.
    pub fn new(count: usize) -> Self {
        Self::bounded(count, BOUND)
    }

    fn bounded(count: usize, bound: usize) -> Self {
        let mut entries = Vec::new();
        entries.resize_with(count, Entry::default);
        Self {
            entries,
            bytes: AtomicUsize::new(0),
            bound: AtomicUsize::new(bound),
            asked: AtomicU64::new(0),
            compiled: Default::default(),
            forgetting: Mutex::new(()),
        }
    }

    /// A pattern for a run, compiled if need be; `None` where it cannot be compiled.
    pub fn get(&self, number: usize, run: Run, compile: impl FnOnce() -> Option<Compiled>) -> Option<Arc<Compiled>> {
        let entry = &self.entries[number];
        entry.last.store(self.asked.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if let Some(known) = entry.slot.read().unwrap_or_else(PoisonError::into_inner).get(run) {
            return known;
        }
        let compiled = compile().map(Arc::new);
        let was = self.put(entry, compiled.clone().map_or(Slot::Refused, |regex| Slot::Ready(run, regex)));
        self.compiled[0].fetch_add(1, Ordering::Relaxed);
        self.compiled[1].fetch_add(usize::from(matches!(was, Slot::Forgotten)), Ordering::Relaxed);
        if self.bytes.load(Ordering::Relaxed) > self.bound.load(Ordering::Relaxed) {
            self.forget();
        }
        compiled
    }

    /// Puts something in the place of what was there, which is returned.
    fn put(&self, entry: &Entry, new: Slot) -> Slot {
        let mut slot = entry.slot.write().unwrap_or_else(PoisonError::into_inner);
        self.bytes.fetch_add(new.bytes(), Ordering::Relaxed);
        let old = std::mem::replace(&mut *slot, new);
        self.bytes.fetch_sub(old.bytes(), Ordering::Relaxed);
        old
    }

    /// Forgets what was not asked for for longest, down to half of the bound.
    fn forget(&self) {
        let Ok(_alone) = self.forgetting.try_lock() else { return };
        let bound = self.bound.load(Ordering::Relaxed);
        let [compiled, again] = [0, 1].map(|ix| self.compiled[ix].swap(0, Ordering::Relaxed));
        // What is in use does not fit: compiling over and over would cost more than memory.
        if 2 * again > compiled {
            return self.bound.store(bound + bound / 2, Ordering::Relaxed);
        }
        let is_ready =
            |entry: &Entry| matches!(&*entry.slot.read().unwrap_or_else(PoisonError::into_inner), Slot::Ready(..));
        let mut ready: Vec<(u64, &Entry)> =
            self.entries.iter().map(|entry| (entry.last.load(Ordering::Relaxed), entry)).collect();
        ready.retain(|(_, entry)| is_ready(entry));
        ready.sort_unstable_by_key(|(last, _)| *last);
        for (_, entry) in ready {
            if self.bytes.load(Ordering::Relaxed) <= bound / 2 {
                break;
            }
            self.put(entry, Slot::Forgotten);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile;
    use super::*;

    fn store_of(bound: usize) -> (Store, impl Fn(&Store, usize, Run) -> Option<Arc<Compiled>>) {
        let get = |store: &Store, number: usize, run: Run| {
            store.get(number, run, || compile::compile(&format!("pattern {number}: \\d{{1,20}}"), run))
        };
        (Store::bounded(100, bound), get)
    }

    #[test]
    fn what_is_in_use_stays_and_the_rest_is_forgotten() {
        let one = compile::compile("pattern 10: \\d{1,20}", Run::Seldom).expect("a small pattern").memory_usage();
        let (store, get) = store_of(10 * one);
        let first = get(&store, 0, Run::Seldom).expect("a small pattern");
        for number in 1..100 {
            assert!(
                get(&store, number, Run::Seldom)
                    .is_some_and(|regex| regex.is_match(format!("pattern {number}: 7").as_bytes()))
            );
            let again = get(&store, 0, Run::Seldom).expect("a small pattern");
            assert!(Arc::ptr_eq(&first, &again), "it is in use");
        }
        assert!(store.bytes.load(Ordering::Relaxed) <= 11 * one);
        let ready = |entry: &&Entry| matches!(&*entry.slot.read().expect("nobody panicked"), Slot::Ready(..));
        let left = store.entries.iter().filter(ready).count();
        assert!((5..=11).contains(&left), "{left}");
    }

    #[test]
    fn a_pattern_that_runs_often_is_compiled_with_more_care() {
        let (store, get) = store_of(usize::MAX);
        let seldom = get(&store, 0, Run::Seldom).expect("a small pattern");
        let often = get(&store, 0, Run::Often).expect("a small pattern");
        assert!(!Arc::ptr_eq(&seldom, &often));
        assert!(Arc::ptr_eq(&often, &get(&store, 0, Run::Seldom).expect("a small pattern")), "the better one is there");
        assert_eq!(store.bytes.load(Ordering::Relaxed), often.memory_usage(), "the other one is gone");
    }

    #[test]
    fn the_bound_gives_way_to_what_is_in_use() {
        let one = compile::compile("pattern 10: \\d{1,20}", Run::Seldom).expect("a small pattern").memory_usage();
        let (store, get) = store_of(10 * one);
        for _ in 0..20 {
            (0..50).for_each(|number| assert!(get(&store, number, Run::Seldom).is_some()));
        }
        assert!(store.bound.load(Ordering::Relaxed) >= 50 * one);
        let all: Vec<_> = (0..50).filter_map(|number| get(&store, number, Run::Seldom)).collect();
        let again = (0..50).filter_map(|number| get(&store, number, Run::Seldom));
        assert!(again.zip(&all).all(|(again, first)| Arc::ptr_eq(&again, first)), "nothing is compiled again");
    }
}
