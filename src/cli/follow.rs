//! The logs that are watched: files and folders as named, also when they come and go.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use same_file::Handle;
use walkdir::DirEntry;

use super::inputs;
use crate::input::Record;
use crate::input::envelope::Format;
use crate::input::tail::{Event, From, Tail};
use crate::input::time::Reference;

/// Files that are followed at once; each needs a handle.
const MAX_FILES: usize = 500;
/// Endings of logs that were put away.
const PUT_AWAY: [&str; 10] = ["gz", "xz", "bz2", "zst", "zip", "tar", "tgz", "old", "bak", "swp"];

/// Follows logs.
pub struct Follower {
    named: Vec<PathBuf>,
    reference: Reference,
    format: Option<Format>,
    /// By path; `None` for one that cannot be read.
    tails: BTreeMap<PathBuf, Option<Tail>>,
    /// What this program writes itself.
    own: Vec<Handle>,
    /// Whether the first look is over: what comes later is new and read from its start.
    started: bool,
    full: bool,
}

/// What was found.
pub enum Found<'f> {
    /// A record of a log.
    Record(&'f Path, Record),
    /// What a person should know about a log.
    Note(&'f Path, String),
}

impl Follower {
    /// Follows files and folders. Those that are not there yet are waited for.
    pub fn new(named: Vec<PathBuf>, reference: Reference, format: Option<Format>) -> Self {
        // Of a stream that is closed there is nothing to leave out.
        let own = [Handle::stdout(), Handle::stderr()].into_iter().flatten().collect();
        Self { named, reference, format, tails: BTreeMap::new(), own, started: false, full: false }
    }

    /// Follows a file from behind what was read of it already.
    pub fn behind(&mut self, path: &Path, from: From) -> std::io::Result<()> {
        let tail = Tail::open(path, from, self.reference, self.format)?;
        self.tails.insert(path.to_owned(), Some(tail));
        Ok(())
    }

    /// The files that are there, put away ones left out.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = Vec::new();
        for named in &self.named {
            if !named.is_dir() {
                all.extend(named.is_file().then(|| named.clone()));
                continue;
            }
            let inside = inputs::walk(named).flatten().map(DirEntry::into_path).filter(|path| path.is_file());
            let inside: Vec<PathBuf> = inside.collect();
            let known = |name: &Path| inside.iter().chain(self.tails.keys()).any(|live| is_copy_of(name, live));
            all.extend(inside.iter().filter(|path| !is_put_away(path) && !known(path)).cloned());
        }
        all.sort();
        all.dedup();
        all
    }

    /// Looks for logs that are new.
    pub fn look(&mut self, found: &mut dyn FnMut(Found)) {
        // What could not be read and is gone, or can be read by now, is looked at anew.
        self.tails.retain(|path, tail| tail.is_some() || path.exists() && File::open(path).is_err());
        for path in self.files() {
            if self.tails.contains_key(&path) {
                continue;
            }
            // Another name of one that is followed: it was renamed.
            let known = |handle: Handle| {
                self.own.contains(&handle) || self.tails.values().flatten().any(|tail| tail.is(&handle))
            };
            if Handle::from_path(&path).is_ok_and(known) {
                continue;
            }
            if self.tails.len() >= MAX_FILES {
                if !std::mem::replace(&mut self.full, true) {
                    let why = format!("not watched: {MAX_FILES} logs are watched already; name fewer folders");
                    found(Found::Note(&path, why));
                }
                continue;
            }
            let from = if self.started { From::Start } else { From::End };
            match Tail::open(&path, from, self.reference, self.format) {
                Ok(tail) => {
                    if self.started {
                        found(Found::Note(&path, "a new log, read from its start".to_owned()));
                    }
                    self.tails.insert(path, Some(tail));
                }
                Err(error) => {
                    found(Found::Note(&path, format!("cannot be read: {error}")));
                    self.tails.insert(path, None);
                }
            }
        }
        self.started = true;
    }

    /// Reads what was written since; returns whether there is more to read at once.
    pub fn read(&mut self, found: &mut dyn FnMut(Found)) -> bool {
        let mut more = false;
        for (path, slot) in &mut self.tails {
            let Some(tail) = slot else { continue };
            let mut events = Vec::new();
            let result = tail.poll(&mut |record| found(Found::Record(path, record)), &mut |event| events.push(event));
            for event in events {
                found(Found::Note(path, told(event).to_owned()));
            }
            match result {
                Ok(again) => more |= again,
                Err(error) => {
                    tail.finish(&mut |record| found(Found::Record(path, record)));
                    found(Found::Note(path, format!("cannot be read any more: {error}")));
                    *slot = None;
                }
            }
        }
        more
    }

    /// How many logs are watched.
    pub fn count(&self) -> usize {
        self.tails.values().flatten().count()
    }

    /// Nothing more will be read.
    pub fn finish(&mut self, found: &mut dyn FnMut(Found)) {
        while self.read(found) {}
        for (path, tail) in &mut self.tails {
            if let Some(tail) = tail {
                tail.finish(&mut |record| found(Found::Record(path, record)));
            }
        }
    }
}

fn told(event: Event) -> &'static str {
    match event {
        Event::Replaced => "rotated; the new file is read from its start",
        Event::CutShort => "became shorter; read again from its start",
        Event::Binary => "not text (binary data); not watched",
    }
}

/// Whether a file is no log that grows, by its name.
fn is_put_away(path: &Path) -> bool {
    path.extension()
        .and_then(|end| end.to_str())
        .is_some_and(|end| PUT_AWAY.contains(&end.to_ascii_lowercase().as_str()))
        || path.file_name().is_some_and(|name| name.as_encoded_bytes().ends_with(b"~"))
}

/// Whether a name is that of a log and something behind it, as rotation leaves them: `bot.log.1`, `bot.log-20261128`.
fn is_copy_of(path: &Path, live: &Path) -> bool {
    let (Some(name), Some(live_name)) = (path.file_name(), live.file_name()) else { return false };
    if path.parent() != live.parent() {
        return false;
    }
    let behind = name.as_encoded_bytes().strip_prefix(live_name.as_encoded_bytes());
    behind.is_some_and(|behind| matches!(behind, [b'.' | b'-' | b'_', b'0'..=b'9', ..]))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn follower(folder: &Path) -> Follower {
        let reference = Reference { now: "2026-11-28T12:00:00Z".parse().expect("a time") };
        Follower::new(vec![folder.to_owned()], reference, None)
    }

    fn seen(follower: &mut Follower) -> Vec<String> {
        let mut out = Vec::new();
        let mut found = |found: Found| match found {
            Found::Record(path, record) => out.push(format!("{}: {}", name(path), record.text)),
            Found::Note(path, note) => out.push(format!("{}! {note}", name(path))),
        };
        follower.look(&mut found);
        follower.finish(&mut found);
        out
    }

    fn name(path: &Path) -> String {
        path.file_name().expect("a file").to_string_lossy().into_owned()
    }

    #[test]
    fn a_folder_is_watched_with_what_comes_into_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("bot.log"), "old\n").expect("written");
        fs::write(path("bot.log.1"), "older\n").expect("written");
        fs::write(path("bot.log.2.gz"), "oldest").expect("written");
        let mut follower = follower(folder.path());
        assert_eq!(seen(&mut follower), [""; 0]);
        assert_eq!(follower.count(), 1);
        fs::write(path("bot.log"), "old\nnew\n").expect("written");
        fs::write(path("run-2.log"), "first of another\n").expect("written");
        fs::write(path("bot.log-20261128"), "a copy\n").expect("written");
        assert_eq!(
            seen(&mut follower),
            ["run-2.log! a new log, read from its start", "bot.log: new", "run-2.log: first of another"]
        );
    }

    #[test]
    fn names_of_days_are_logs_of_their_own() {
        let folder = Path::new("/logs");
        assert!(!is_copy_of(&folder.join("log-20261128.txt"), &folder.join("log-20261127.txt")));
        assert!(is_copy_of(&folder.join("a.log.1"), &folder.join("a.log")));
        assert!(!is_copy_of(&folder.join("a.log"), &folder.join("a.log")));
        assert!(is_put_away(&folder.join("a.log.2.GZ")));
    }
}
