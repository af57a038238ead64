//! A diagnosis outside of the async runtime: takes what comes out of a body, and gives it to the engine.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender};

use super::gate::Ticket;
use super::problem::{Kind, Problem};
use super::settings::{Settings, short};
use super::upload::Item;
use crate::engine::{Engine, Interim, Outcome, ReadOptions, Session};
use crate::report::{Answer, printable};

/// What an input is called that has no name.
const NAMELESS: &str = "body";
/// Bytes after which the first answer is given of what is known so far; the next one after twice as many.
const FIRST_PARTIAL: u64 = 256 << 10;
/// How often it is told how far reading has come.
const PROGRESS: Duration = Duration::from_millis(200);

/// A line of an answer that is given bit by bit.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Line {
    /// How far reading has come.
    Progress {
        /// Bytes that were read.
        bytes: u64,
    },
    /// What is known so far.
    Partial {
        /// The answer to what was read.
        answer: Box<Answer>,
    },
    /// The answer; nothing comes after it.
    Answer {
        /// The answer.
        answer: Box<Answer>,
    },
    /// There will be no answer; nothing comes after it.
    Error {
        /// Why.
        error: Problem,
    },
}

/// Where progress is told; it is left out where nobody takes it quickly enough.
pub type Lines = Sender<Line>;

/// A piece of work.
pub struct Work {
    /// What is known.
    pub engine: Arc<Engine>,
    /// What was asked for.
    pub settings: Settings,
    /// What comes in.
    pub items: Receiver<Item>,
    /// The right to work.
    pub ticket: Ticket,
    /// Where it waits for what comes in.
    pub runtime: Handle,
    /// Ends it early.
    pub stop: Arc<AtomicBool>,
    /// Hears how far it has come.
    pub lines: Option<Lines>,
}

impl Work {
    /// Reads everything and weighs it; `finish` makes the answer.
    ///
    /// # Errors
    /// What was handed in is not understood, or nothing of it can be used.
    pub fn run<T>(self, finish: impl FnOnce(&Outcome) -> T) -> Result<(Settings, T), Problem> {
        let Work { engine, mut settings, items, ticket, runtime, stop, lines } = self;
        let mut source = Source::new(items, ticket, runtime, stop.clone(), lines);
        let mut next = source.next();
        while let Some(Item::Setting(name, value)) = next {
            settings.set(&name, &value)?;
            next = source.next();
        }
        let mut session = engine.session(settings.now.unwrap_or_else(Timestamp::now));
        session.options(ReadOptions { stop: Some(stop.clone()), ..settings.reading() });
        for fact in &settings.facts {
            take_fact(&mut session, fact)?;
        }
        loop {
            match next {
                Some(Item::Begin(name)) => {
                    let name = name.or_else(|| settings.name.take()).map_or(NAMELESS.to_owned(), |name| short(&name));
                    source.read(&name, &mut session, &settings);
                }
                Some(Item::Setting(name, value)) if name == "fact" => {
                    settings.facts.push(value.clone());
                    take_fact(&mut session, &value)?;
                }
                Some(Item::Setting(name, value)) if name == "name" => settings.name = Some(short(&value)),
                Some(Item::Setting(name, value)) => {
                    // Says first what is wrong with it by itself.
                    settings.set(&name, &value)?;
                    return Err(Problem::bad(format!("{name}: put this field before the files, or into the address")));
                }
                Some(Item::Bytes(_) | Item::End) => {}
                Some(Item::Done) => break,
                None => return Err(Problem::bad("the body breaks off")),
            }
            next = source.next();
        }
        check(&session, &settings)?;
        let outcome = session.diagnose(settings.ranking());
        if stop.load(Ordering::Relaxed) {
            return Err(Problem::new(Kind::TookTooLong, "it was interrupted"));
        }
        Ok((settings, finish(&outcome)))
    }
}

fn take_fact(session: &mut Session, fact: &str) -> Result<(), Problem> {
    session.fact(fact).map_err(|error| {
        let message = error.to_string();
        Problem::bad(format!("fact {}", message.strip_prefix("--fact ").unwrap_or(&message)))
    })
}

/// Something must have been handed in that can be used.
fn check(session: &Session, settings: &Settings) -> Result<(), Problem> {
    let inputs = session.inputs();
    if !settings.facts.is_empty() || inputs.iter().any(|input| input.kind != "skipped") {
        return Ok(());
    }
    if inputs.is_empty() {
        let detail = "the body is empty; send a log, a status document or an archive of them, or at least one fact";
        return Err(Problem::new(Kind::Unusable, detail));
    }
    let why = inputs.iter().map(|input| printable(&format!("{}: {}", input.name, input.notes.join("; "))));
    Err(Problem::new(Kind::Unusable, "none of the inputs can be used; `inputs` says why").inputs(why.collect()))
}

/// Where items come from, with what is told on the way.
struct Source {
    items: Receiver<Item>,
    ticket: Ticket,
    runtime: Handle,
    stop: Arc<AtomicBool>,
    lines: Option<Lines>,
    bytes: u64,
    told: Instant,
    next_partial: u64,
    due: Arc<AtomicBool>,
}

impl Source {
    fn new(
        items: Receiver<Item>,
        ticket: Ticket,
        runtime: Handle,
        stop: Arc<AtomicBool>,
        lines: Option<Lines>,
    ) -> Self {
        let (told, due) = (Instant::now(), Arc::default());
        Self { items, ticket, runtime, stop, lines, bytes: 0, told, next_partial: FIRST_PARTIAL, due }
    }

    fn next(&mut self) -> Option<Item> {
        match self.items.try_recv() {
            Ok(item) => Some(item),
            Err(_) => self.ticket.wait_for(&self.runtime, self.items.recv()),
        }
    }

    /// Reads an input to its end, whatever the engine wants of it.
    fn read<'e>(&mut self, name: &str, session: &mut Session<'e>, settings: &Settings) {
        let (due, lines) = (self.due.clone(), self.lines.clone());
        let mut input = Input { source: self, piece: Bytes::new(), ended: false };
        match lines {
            None => session.read(name, &mut input),
            Some(lines) => {
                let mut tell = |outcome: Outcome<'e>| {
                    let answer = Box::new(Answer::new(&outcome));
                    _ = lines.try_send(Line::Partial { answer });
                };
                let ranking = settings.ranking();
                session.read_telling(name, &mut input, &mut Interim { due: &due, ranking, tell: &mut tell });
            }
        }
        while !input.ended && input.fill_buf().is_ok_and(|piece| !piece.is_empty()) {
            input.piece.clear();
        }
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        let Some(lines) = &self.lines else { return };
        if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            _ = lines.try_send(Line::Progress { bytes: self.bytes });
        }
        if self.bytes >= self.next_partial {
            self.next_partial = self.bytes * 2;
            self.due.store(true, Ordering::Relaxed);
        }
    }
}

/// One input, as it comes.
struct Input<'s> {
    source: &'s mut Source,
    piece: Bytes,
    ended: bool,
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty() && !self.ended {
            if self.source.stop.load(Ordering::Relaxed) {
                return Err(io::Error::other("interrupted"));
            }
            match self.source.next() {
                Some(Item::Bytes(piece)) => {
                    self.source.count(piece.len());
                    self.piece = piece;
                }
                Some(Item::End) => self.ended = true,
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        _ = self.piece.split_to(amount.min(self.piece.len()));
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let read = ready.len().min(buffer.len());
        buffer[..read].copy_from_slice(&ready[..read]);
        self.consume(read);
        Ok(read)
    }
}
