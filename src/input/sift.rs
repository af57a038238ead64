//! Long logs: only the lines that somebody wants are made into records, with the lines around them that belong to the record.
//!
//! Blocks of whole lines are looked through by several threads at once; what they find is taken up in the order of the log, so
//! that the outcome does not depend on their number.

#[cfg(feature = "threads")]
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::ops::ControlFlow;
#[cfg(feature = "threads")]
use std::sync::mpsc;

use memchr::{memchr, memchr_iter, memrchr};

use super::framing::{Framer, MAX_LINE};
use super::read::{Log, Reading, Take, hand_over};

/// Bytes that one thread looks through at a time.
const BLOCK: usize = 256 << 10;
/// Bytes before a block that are kept: where a record may begin whose line stands in the block.
const CONTEXT: usize = 16 << 10;
/// Lines before a wanted one among which the beginning of its record is looked for.
const MAX_BACK: usize = 400;

/// Tells which lines are wanted.
pub trait Sieve: Sync {
    /// Appends where the wanted lines of a block begin, in any order, some more than once. The block consists of whole lines;
    /// `from` is where the part begins that is asked about, what stands before it was asked about already.
    fn lines(&self, block: &[u8], from: usize, wanted: &mut Vec<usize>);
}

/// Whole lines of a log.
struct Block {
    bytes: Vec<u8>,
    /// Where the part begins that no earlier block holds.
    fresh: usize,
}

/// A block that was looked through.
struct Sifted {
    block: Block,
    /// Where its wanted lines begin, in their order.
    wanted: Vec<usize>,
    /// Line ends in the fresh part.
    lines: usize,
}

impl Sifted {
    fn of(block: Block, sieve: &dyn Sieve) -> Self {
        let mut wanted = Vec::new();
        sieve.lines(&block.bytes, block.fresh, &mut wanted);
        wanted.sort_unstable();
        wanted.dedup();
        let lines = memchr_iter(b'\n', &block.bytes[block.fresh..]).count();
        Self { block, wanted, lines }
    }
}

/// Sifts the rest of a log. The framer holds a record that is wanted already.
///
/// Returns whether more is wanted, and whether the framer holds a record that is.
pub fn rest(
    reader: &mut impl BufRead,
    framer: &mut Framer,
    figures: &mut Log,
    reading: Reading<'_>,
    sieve: &dyn Sieve,
    record: Take<'_>,
) -> (ControlFlow<()>, bool) {
    let mut blocks = Blocks { reader, rest: Vec::new(), context: Vec::new(), spare: Vec::new() };
    let mut gatherer = Gatherer { framer, open_since: Some(0), wanted: true, record };
    let flow = match (blocks.next(figures), blocks.is_empty()) {
        (None, _) => ControlFlow::Continue(()),
        // One block is not worth a thread.
        (Some(block), true) => gatherer.take(&Sifted::of(block, sieve), figures),
        #[cfg(feature = "threads")]
        (Some(block), false) => in_parallel(block, &mut blocks, &mut gatherer, figures, reading, sieve),
        #[cfg(not(feature = "threads"))]
        (Some(block), false) => one_by_one(block, &mut blocks, &mut gatherer, figures, reading, sieve),
    };
    (flow, gatherer.wanted)
}

#[cfg(not(feature = "threads"))]
fn one_by_one<R: BufRead>(
    first: Block,
    blocks: &mut Blocks<'_, R>,
    gatherer: &mut Gatherer<'_>,
    figures: &mut Log,
    reading: Reading<'_>,
    sieve: &dyn Sieve,
) -> ControlFlow<()> {
    let mut next = Some(first);
    while let Some(block) = next {
        let sifted = Sifted::of(block, sieve);
        gatherer.take(&sifted, figures)?;
        blocks.spare.push(sifted.block.bytes);
        next = if reading.stopped() { None } else { blocks.next(figures) };
    }
    ControlFlow::Continue(())
}

#[cfg(feature = "threads")]
fn in_parallel<R: BufRead>(
    first: Block,
    blocks: &mut Blocks<'_, R>,
    gatherer: &mut Gatherer<'_>,
    figures: &mut Log,
    reading: Reading<'_>,
    sieve: &dyn Sieve,
) -> ControlFlow<()> {
    // Enough that no thread waits while this one gathers, and few enough for little memory.
    let most = 2 * rayon::current_num_threads() as u64 + 1;
    let (done, results) = mpsc::channel();
    rayon::in_place_scope(|scope| {
        let mut early: BTreeMap<u64, Sifted> = BTreeMap::new();
        let (mut sent, mut taken) = (0, 0);
        let mut next = Some(first);
        let mut flow = ControlFlow::Continue(());
        loop {
            while let Some(block) = next.take() {
                let (done, number) = (done.clone(), sent);
                // Nobody waits for it any more where reading has ended.
                scope.spawn(move |_| _ = done.send((number, Sifted::of(block, sieve))));
                sent += 1;
                if sent - taken < most && flow.is_continue() && !reading.stopped() {
                    next = blocks.next(figures);
                }
            }
            if taken == sent {
                return flow;
            }
            let Ok((number, sifted)) = results.recv() else { return flow };
            early.insert(number, sifted);
            while let Some(sifted) = early.remove(&taken) {
                taken += 1;
                if flow.is_continue() {
                    flow = gatherer.take(&sifted, figures);
                }
                blocks.spare.push(sifted.block.bytes);
            }
            if flow.is_continue() && !reading.stopped() {
                next = blocks.next(figures);
            }
        }
    })
}

/// Cuts a log into blocks.
struct Blocks<'r, R> {
    reader: &'r mut R,
    /// Read already: the beginning of a line.
    rest: Vec<u8>,
    /// The last lines of the block before.
    context: Vec<u8>,
    /// Memory of blocks that are done with.
    spare: Vec<Vec<u8>>,
}

impl<R: BufRead> Blocks<'_, R> {
    /// Whether nothing is left.
    fn is_empty(&mut self) -> bool {
        self.rest.is_empty() && self.reader.fill_buf().is_ok_and(<[u8]>::is_empty)
    }

    fn next(&mut self, figures: &mut Log) -> Option<Block> {
        let mut bytes = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK + CONTEXT + MAX_LINE));
        bytes.clear();
        bytes.append(&mut self.context);
        let fresh = bytes.len();
        bytes.append(&mut self.rest);
        let mut ended = false;
        while bytes.len() - fresh < BLOCK && !ended {
            match self.reader.fill_buf() {
                Ok([]) => ended = true,
                Ok(read) => {
                    let read = &read[..read.len().min(BLOCK + fresh - bytes.len())];
                    bytes.extend(read);
                    let read = read.len();
                    self.reader.consume(read);
                    figures.bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    figures.broke_off = Some(error.to_string());
                    ended = true;
                }
            }
        }
        match memrchr(b'\n', &bytes[fresh..]) {
            _ if ended => {}
            Some(end) => self.rest.extend(bytes.drain(fresh + end + 1..)),
            None => self.skip_line(&mut bytes, figures),
        }
        figures.cut_lines += cut_long_lines(&mut bytes, fresh);
        if bytes.len() == fresh {
            return None;
        }
        let kept = bytes.len().saturating_sub(CONTEXT);
        if let Some(end) = memchr(b'\n', &bytes[kept..]) {
            self.context.extend(&bytes[kept + end + 1..]);
        }
        Some(Block { bytes, fresh })
    }

    /// A line that is longer than a block: what does not count of it is passed over.
    fn skip_line(&mut self, bytes: &mut Vec<u8>, figures: &mut Log) {
        match self.reader.skip_until(b'\n') {
            Ok(skipped) => figures.bytes += skipped as u64,
            Err(error) => figures.broke_off = Some(error.to_string()),
        }
        bytes.push(b'\n');
    }
}

/// Cuts the lines from a place on that are longer than is kept; returns their number.
fn cut_long_lines(bytes: &mut Vec<u8>, from: usize) -> usize {
    // A line that is too long leaves one of these stretches without a line end.
    let stretches = (from..bytes.len()).step_by(MAX_LINE / 2);
    let mut suspicious =
        stretches.map(|at| &bytes[at..bytes.len().min(at + MAX_LINE / 2)]).filter(|part| memchr(b'\n', part).is_none());
    if suspicious.all(|part| part.len() < MAX_LINE / 2) {
        return 0;
    }
    let mut cut = 0;
    let mut at = from;
    while at < bytes.len() {
        let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
        if end - at > MAX_LINE {
            bytes.drain(at + MAX_LINE..end);
            cut += 1;
            at += MAX_LINE + 1;
        } else {
            at = end + 1;
        }
    }
    cut
}

/// Makes records around wanted lines.
struct Gatherer<'g> {
    framer: &'g mut Framer,
    /// Where the first line of the record stands that the framer holds; `None` where lines were passed over since.
    open_since: Option<usize>,
    /// Whether that record is wanted.
    wanted: bool,
    record: Take<'g>,
}

impl Gatherer<'_> {
    fn take(&mut self, sifted: &Sifted, figures: &mut Log) -> ControlFlow<()> {
        let block = &sifted.block;
        let bytes = &block.bytes;
        // The framer's lines are counted from here on.
        let before = figures.lines;
        let mut at = block.fresh;
        // Where a record was begun last, and the lines before it.
        let mut counted = (block.fresh, before);
        self.open_since = self.open_since.map(|_| block.fresh.saturating_sub(1));
        for start in sifted.wanted.iter().copied() {
            at = self.finish(bytes, at, start, figures)?;
            if start < at {
                // Taken already: the line began the record that is held, or went into one that is wanted.
                self.wanted |= self.open_since.is_some_and(|open| start >= open);
                continue;
            }
            let back = self.back(bytes, at, start);
            if let Some(back) = back {
                let line_ends = |part: &[u8]| memchr_iter(b'\n', part).count();
                let lines = if back < block.fresh {
                    before - line_ends(&bytes[back..block.fresh])
                } else {
                    counted = (back, counted.1 + line_ends(&bytes[counted.0..back]));
                    counted.1
                };
                self.framer.restart(lines);
                at = back;
            }
            while at <= start {
                let (line, next) = line_at(bytes, at);
                if let Some(complete) = self.framer.push(line) {
                    self.open_since = Some(at);
                    if std::mem::take(&mut self.wanted) {
                        hand_over(complete, figures, self.record)?;
                    }
                } else if back == Some(at) {
                    self.open_since = Some(at);
                }
                at = next;
            }
            self.wanted = true;
        }
        at = self.finish(bytes, at, bytes.len(), figures)?;
        if at < bytes.len() {
            self.open_since = None;
        }
        figures.lines = before + sifted.lines;
        ControlFlow::Continue(())
    }

    /// Adds lines to the record that is held, if it is wanted, until it ends; returns the place behind them.
    fn finish(&mut self, bytes: &[u8], mut at: usize, to: usize, figures: &mut Log) -> ControlFlow<(), usize> {
        while self.wanted && at < to {
            let (line, next) = line_at(bytes, at);
            if let Some(complete) = self.framer.push(line) {
                self.open_since = Some(at);
                self.wanted = false;
                hand_over(complete, figures, self.record)?;
            }
            at = next;
        }
        ControlFlow::Continue(at)
    }

    /// Where to begin so that the record of a line comes out whole; `None`: where the framer stands.
    fn back(&self, bytes: &[u8], at: usize, start: usize) -> Option<usize> {
        let mut here = start;
        for _ in 0..MAX_BACK {
            if self.open_since.is_some() && here == at {
                return None;
            }
            let Some(end) = here.checked_sub(1) else { return Some(here) };
            let before = memrchr(b'\n', &bytes[..end]).map_or(0, |end| end + 1);
            if self.framer.certainly_begins(line_at(bytes, here).0, &bytes[before..end]) {
                return Some(here);
            }
            here = before;
        }
        Some(here)
    }
}

/// The line at a place, without its end, and the place behind it.
fn line_at(bytes: &[u8], at: usize) -> (&[u8], usize) {
    match memchr(b'\n', &bytes[at..]) {
        Some(end) => (&bytes[at..at + end], at + end + 1),
        None => (&bytes[at..], bytes.len()),
    }
}
