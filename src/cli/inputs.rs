//! Opens what was named on the command line, and shows how far long work has come.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use walkdir::WalkDir;

use crate::engine::Session;

/// Work that takes longer than this shows how far it has come.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads files, folders and standard input in the order given.
pub fn read_paths(session: &mut Session, paths: &[PathBuf]) {
    for path in paths {
        if path.as_os_str() == "-" {
            session.read("standard input", Progress::new("standard input", io::stdin().lock()));
        } else if path.is_dir() {
            read_folder(session, path);
        } else {
            read_file(session, path);
        }
    }
}

/// Reads a status document from a file or an address.
pub fn read_snapshot(session: &mut Session, snapshot: &str) {
    if !snapshot.starts_with("http://") && !snapshot.starts_with("https://") {
        return read_paths(session, &[PathBuf::from(snapshot)]);
    }
    #[cfg(feature = "probe")]
    match crate::probe::fetch(snapshot) {
        Ok(body) => session.read(snapshot, body.as_slice()),
        Err(why) => session.skip(snapshot, why),
    }
    #[cfg(not(feature = "probe"))]
    session.skip(snapshot, "this build opens no connections; save the document to a file and hand that in");
}

fn read_folder(session: &mut Session, folder: &Path) {
    let before = session.inputs().len();
    let hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| !hidden(entry));
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_file() || entry.path_is_symlink() && entry.path().is_file() => {
                read_file(session, entry.path());
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).display().to_string();
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                session.skip(&path, why);
            }
        }
    }
    if session.inputs().len() == before {
        session.skip(&folder.display().to_string(), "a folder without files; hand in the folder in which the logs are");
    }
}

fn read_file(session: &mut Session, path: &Path) {
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => session.read(&name, Progress::new(&name, BufReader::with_capacity(256 << 10, file))),
        Err(error) => {
            let way_out = match error.kind() {
                io::ErrorKind::NotFound => " (check the spelling; relative paths start at the current folder)",
                io::ErrorKind::PermissionDenied => " (run as a user who may read it, for instance with sudo)",
                _ => "",
            };
            session.skip(&name, format!("cannot be opened: {error}{way_out}"));
        }
    }
}

/// A reader that tells on a terminal how much of a long input was read.
struct Progress<R> {
    inner: R,
    name: String,
    bytes: u64,
    next: Instant,
    shown: bool,
    terminal: bool,
}

impl<R> Progress<R> {
    fn new(name: &str, inner: R) -> Self {
        let terminal = io::stderr().is_terminal();
        Self { inner, name: name.to_owned(), bytes: 0, next: Instant::now() + PATIENCE, shown: false, terminal }
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.terminal && Instant::now() >= self.next {
            self.next = Instant::now() + Duration::from_millis(200);
            self.shown = true;
            let _ = write!(io::stderr(), "\r\x1b[Kreading {}: {} MB", self.name, self.bytes >> 20);
        }
    }
}

impl<R: Read> Read for Progress<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Progress<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.count(amount);
    }
}

impl<R> Drop for Progress<R> {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
