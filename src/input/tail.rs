//! A log file that is followed: what is written to it, also when it is rotated, cut short or written anew.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use memchr::memchr_iter;
use same_file::Handle;

use super::Record;
use super::envelope::Format;
use super::live::{Intake, Live};
use super::time::Reference;

/// Bytes by which a log is judged that is followed from its end.
const SAMPLE: u64 = 64 << 10;
/// Bytes that are read of one log before others have their turn.
const TURN: u64 = 4 << 20;
/// After so long without another line a record is complete.
const SETTLE: Duration = Duration::from_secs(1);
/// A program that is told to open its log anew writes to the old one until it has done so.
const LINGER: Duration = Duration::from_secs(1);

/// Where to begin in a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With its first line.
    Start,
    /// Behind what it holds.
    End,
    /// Behind so many bytes of whole lines.
    Byte(u64),
}

/// What happened to a file that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Another file has its name now, and is followed from its start.
    Replaced,
    /// It became shorter, and is followed from its start.
    CutShort,
    /// It is not text; nothing more is read of it.
    Binary,
}

/// One file that is followed.
pub struct Tail {
    path: PathBuf,
    file: File,
    /// Which file that is, whatever its name.
    identity: Handle,
    at: u64,
    live: Live,
    reference: Reference,
    format: Option<Format>,
    grew: Option<Instant>,
    /// Since when another file has its name.
    left: Option<Instant>,
    refused: bool,
}

impl Tail {
    /// Opens a file to follow.
    ///
    /// # Errors
    /// It cannot be opened or read.
    pub fn open(path: &Path, from: From, reference: Reference, format: Option<Format>) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let identity = Handle::from_file(file.try_clone()?)?;
        let end = match from {
            From::Start => 0,
            From::End => file.metadata()?.len(),
            From::Byte(end) => end,
        };
        let mut live = Live::new(reference, format);
        if end > 0 {
            let mut head = Vec::new();
            file.by_ref().take(SAMPLE.min(end)).read_to_end(&mut head)?;
            file.rewind()?;
            live = Live::behind(&head, line_ends(&mut file.by_ref().take(end))?, reference, format);
            file.seek(SeekFrom::Start(end))?;
        }
        let path = path.to_owned();
        Ok(Self { path, file, identity, at: end, live, reference, format, grew: None, left: None, refused: false })
    }

    /// Reads what was written since the last time; records go to `take`, and what happened to the file to `event`.
    /// Returns whether there is more to read at once.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub fn poll(&mut self, take: &mut dyn FnMut(Record), event: &mut dyn FnMut(Event)) -> io::Result<bool> {
        let more = self.read(take, event)?;
        if more {
            return Ok(true);
        }
        if self.file.metadata()?.len() < self.at {
            self.file.rewind()?;
            self.begin_anew(take);
            event(Event::CutShort);
            return Ok(true);
        }
        // A file without a name is still written to by whoever has it open: it is left when another has its name.
        match Handle::from_path(&self.path) {
            Ok(now) if now != self.identity => {
                if self.left.get_or_insert_with(Instant::now).elapsed() < LINGER {
                    return Ok(false);
                }
                self.file = File::open(&self.path)?;
                self.identity = now;
                self.begin_anew(take);
                event(Event::Replaced);
                return Ok(true);
            }
            _ => self.left = None,
        }
        if self.grew.is_some_and(|grew| grew.elapsed() >= SETTLE) {
            self.grew = None;
            self.live.settle(take);
        }
        Ok(false)
    }

    /// Whether this is the file that is followed, under whatever name.
    pub fn is(&self, file: &Handle) -> bool {
        self.identity == *file
    }

    /// What was written is complete: nothing more will be read.
    pub fn finish(&mut self, take: &mut dyn FnMut(Record)) {
        self.live.settle(take);
    }

    fn begin_anew(&mut self, take: &mut dyn FnMut(Record)) {
        self.live.settle(take);
        self.live = Live::new(self.reference, self.format);
        self.at = 0;
        self.refused = false;
        self.grew = None;
        self.left = None;
    }

    fn read(&mut self, take: &mut dyn FnMut(Record), event: &mut dyn FnMut(Event)) -> io::Result<bool> {
        let mut bytes = Vec::new();
        let read = self.file.by_ref().take(TURN).read_to_end(&mut bytes)? as u64;
        self.at += read;
        if read == 0 {
            return Ok(false);
        }
        self.grew = Some(Instant::now());
        if !self.refused && self.live.push(&bytes, take) == Intake::Binary {
            self.refused = true;
            event(Event::Binary);
        }
        Ok(read == TURN)
    }
}

fn line_ends(reader: &mut impl Read) -> io::Result<usize> {
    let mut buffer = vec![0; 256 << 10];
    let mut lines = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(lines),
            read => lines += memchr_iter(b'\n', &buffer[..read]).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use super::*;

    struct Watched {
        tail: Tail,
        seen: Vec<(usize, String)>,
        events: Vec<Event>,
    }

    impl Watched {
        fn open(path: &Path, from: From) -> Self {
            let reference = Reference { now: "2026-11-28T12:00:00Z".parse().expect("a time") };
            let tail = Tail::open(path, from, reference, None).expect("it is there");
            Self { tail, seen: Vec::new(), events: Vec::new() }
        }

        /// All that there is, without waiting for a record to be complete.
        fn read(&mut self) -> Vec<(usize, String)> {
            let (seen, events) = (&mut self.seen, &mut self.events);
            let mut take = |record: Record| seen.push((record.line, record.text));
            while self.tail.poll(&mut take, &mut |event| events.push(event)).expect("readable") {}
            self.tail.finish(&mut take);
            std::mem::take(&mut self.seen)
        }
    }

    fn add(path: &Path, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("writable");
        file.write_all(text.as_bytes()).expect("room");
    }

    fn line(number: usize, text: &str) -> (usize, String) {
        (number, text.to_owned())
    }

    #[test]
    fn only_what_is_written_later_is_read_from_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bot.log");
        add(&path, "first\nsecond\n");
        let mut log = Watched::open(&path, From::End);
        assert_eq!(log.read(), []);
        add(&path, "third\n");
        assert_eq!(log.read(), [line(3, "third")]);
        let mut whole = Watched::open(&path, From::Start);
        assert_eq!(whole.read().len(), 3);
    }

    #[test]
    fn the_rest_of_a_rotated_file_is_read_before_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bot.log");
        add(&path, "first\n");
        let mut log = Watched::open(&path, From::End);
        add(&path, "second\n");
        fs::rename(&path, folder.path().join("bot.log.1")).expect("renamed");
        add(&folder.path().join("bot.log.1"), "third\n");
        assert_eq!(log.read(), [line(2, "second"), line(3, "third")]);
        add(&path, "fourth\n");
        assert_eq!(log.read(), []);
        add(&folder.path().join("bot.log.1"), "late\n");
        assert_eq!(log.read(), [line(4, "late")]);
        std::thread::sleep(LINGER);
        assert_eq!(log.read(), [line(1, "fourth")]);
        assert_eq!(log.events, [Event::Replaced]);
    }

    #[test]
    fn a_file_that_was_cut_short_is_read_from_its_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bot.log");
        add(&path, "first line of it\n");
        let mut log = Watched::open(&path, From::Start);
        assert_eq!(log.read().len(), 1);
        fs::write(&path, "anew\n").expect("written");
        assert_eq!(log.read(), [line(1, "anew")]);
        assert_eq!(log.events, [Event::CutShort]);
    }

    #[test]
    fn what_is_not_text_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wtmp");
        fs::write(&path, [0, 1, 2, 3, 4, 5, b'\n'].repeat(30)).expect("written");
        let mut log = Watched::open(&path, From::Start);
        assert_eq!(log.read(), []);
        add(&path, "text\n");
        assert_eq!(log.read(), []);
        assert_eq!(log.events, [Event::Binary]);
    }
}
