//! Opens what was named on the command line, and shows how far long work has come.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use walkdir::{DirEntry, WalkDir};

use crate::engine::Session;
use crate::input::counted::Counted;
use crate::input::unpack::{self, Part};

/// Work that takes longer than this shows how far it has come.
const PATIENCE: Duration = Duration::from_secs(1);

/// Set by the first Ctrl-C; the second one ends the program.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What is said when Ctrl-C ends the program; set once it may do so at the first time.
static FAREWELL: OnceLock<String> = OnceLock::new();

/// Lets Ctrl-C end reading instead of the program, so that what was read so far is diagnosed.
pub fn stop_at_interrupt() -> Arc<AtomicBool> {
    // Without a handler Ctrl-C ends the program at once, as usual.
    let _ = ctrlc::set_handler(|| {
        let farewell = FAREWELL.get();
        if INTERRUPTED.swap(true, Ordering::Relaxed) || farewell.is_some() {
            let _ = io::stderr().write_all(farewell.map_or("", String::as_str).as_bytes());
            std::process::exit(130);
        }
    });
    INTERRUPTED.clone()
}

/// Lets Ctrl-C end the program from here on, with these words: nothing is read any more that could be cut short.
pub fn end_at_interrupt(farewell: String) {
    stop_at_interrupt();
    let _ = FAREWELL.set(farewell);
}

/// Reads files, folders and standard input in the order given.
pub fn read_paths(session: &mut Session, paths: &[PathBuf]) {
    for path in paths {
        if path.as_os_str() == "-" {
            session.read("standard input", Progress::of("standard input", None, io::stdin().lock()));
        } else if path.is_dir() {
            read_folder(session, path);
        } else {
            read_file(session, path);
        }
    }
}

/// Reads a status document from a file or an address.
pub fn read_snapshot(session: &mut Session, snapshot: &str) {
    if !is_address(snapshot) {
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

/// Inputs that cannot be opened a second time, with what was read of them.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<PathBuf, Vec<u8>>);

impl Kept {
    /// Reads an input, and keeps what comes from standard input or an address.
    pub fn read(&mut self, session: &mut Session, path: &Path) {
        let name = shown(path);
        let bytes = match path.to_str() {
            Some("-") => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes).map_err(|error| error.to_string())
            }
            #[cfg(feature = "probe")]
            Some(url) if is_address(url) => crate::probe::fetch(url),
            #[cfg(not(feature = "probe"))]
            Some(url) if is_address(url) => return read_snapshot(session, url),
            _ => return read_paths(session, &[path.to_owned()]),
        };
        match bytes {
            Ok(bytes) => {
                session.read(&name, bytes.as_slice());
                self.0.insert(path.to_owned(), bytes);
            }
            Err(why) => session.skip(&name, why),
        }
    }

    /// Reads inputs a second time, and everything inside of archives, with the names that the session knows them by. What
    /// cannot be opened is left out: the session has told why.
    pub fn again(&self, paths: &[PathBuf], take: &mut dyn FnMut(&str, &mut dyn BufRead)) {
        let mut part = |name: &str, part: Part<'_>| {
            if let Part::Input(reader, _) = part {
                take(name, reader);
            }
        };
        for path in paths {
            if let Some(bytes) = self.0.get(path) {
                unpack::each(&shown(path), &mut bytes.as_slice(), None, None, &mut part);
                continue;
            }
            let files: Vec<PathBuf> = match path.is_dir() {
                true => walk(path).flatten().map(DirEntry::into_path).filter(|path| path.is_file()).collect(),
                false => vec![path.clone()],
            };
            for file in files {
                if let Ok(mut open) = File::open(&file)
                    && let Ok(whole) = open.try_clone()
                {
                    unpack::each(&shown(&file), &mut BufReader::new(whole), Some(&mut open), None, &mut part);
                }
            }
        }
    }
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// What is in a folder and its folders, by name, hidden ones left out.
pub fn walk(folder: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(move |entry| !hidden(entry))
}

fn read_folder(session: &mut Session, folder: &Path) {
    let before = session.inputs().len();
    for entry in walk(folder) {
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
        Ok(mut file) => match file.try_clone() {
            Ok(whole) => {
                let size = whole.metadata().ok().filter(|meta| meta.is_file()).map(|meta| meta.len());
                let reader = Progress::of(&name, size, BufReader::with_capacity(256 << 10, whole));
                session.read_file(&name, reader, &mut file);
            }
            Err(error) => session.skip(&name, format!("cannot be read: {error}")),
        },
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

/// Tells on a terminal how much of a long input was read, how fast, and how long it will take.
struct Progress {
    name: String,
    /// Bytes that there are, where that is known.
    size: Option<u64>,
    read: u64,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A reader whose progress is shown while it is read.
    fn of<R: BufRead>(name: &str, size: Option<u64>, reader: R) -> Counted<R, impl FnMut(usize)> {
        let mut progress = Self { name: name.to_owned(), size, read: 0, started: Instant::now(), bar: None };
        Counted::new(reader, move |bytes| progress.count(bytes))
    }

    fn count(&mut self, bytes: usize) {
        self.read += bytes as u64;
        match &self.bar {
            Some(bar) => bar.set_position(self.read),
            None if self.started.elapsed() >= PATIENCE && io::stderr().is_terminal() => self.bar = Some(self.draw()),
            None => {}
        }
    }

    fn draw(&self) -> ProgressBar {
        let (bar, template) = match self.size {
            Some(size) => {
                let template = "reading {msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
                (ProgressBar::new(size), template)
            }
            None => (ProgressBar::no_length(), "reading {msg} {bytes} {bytes_per_sec}"),
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bar.with_style(style).with_message(self.name.clone()).with_elapsed(self.started.elapsed());
        bar.set_position(self.read);
        bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
