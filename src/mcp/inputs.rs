//! What an assistant hands in becomes a session: texts, facts, and files below the allowed folders.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde_json::Value;
use walkdir::WalkDir;

use super::tools::{Inputs, LogText};
use crate::diagnostic::count;
use crate::engine::{Engine, ReadOptions, Session};
use crate::error::{Error, Result};

/// Bytes of all texts of one call.
pub const TEXT: usize = 8 << 20;
/// Texts of one call.
pub const LOGS: usize = 50;
/// Bytes of a name.
const NAME: usize = 200;
/// Facts of one call.
const FACTS: usize = 200;
/// Files that one call reads.
const FILES: usize = 500;
/// Bytes of all files that one call reads.
const BYTES: u64 = 1 << 30;

/// Folders in which files may be read.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Vec<PathBuf>);

impl Allowed {
    /// Takes the folders as they are now, with every link resolved.
    ///
    /// # Errors
    /// One of them is no folder, or is the root of the file system.
    pub fn new(folders: &[PathBuf]) -> Result<Self> {
        let canonical = |folder: &PathBuf| {
            let wrong = |why: String| Error::Unknown(format!("--allow {}: {why}", folder.display()));
            let real = folder.canonicalize().map_err(|error| wrong(error.to_string()))?;
            match real {
                real if !real.is_dir() => Err(wrong("not a folder; name the folder that holds the logs".into())),
                real if real.parent().is_none() => {
                    Err(wrong("that is every file; name the folder that holds the logs".into()))
                }
                real => Ok(real),
            }
        };
        folders.iter().map(canonical).collect::<Result<_>>().map(Allowed)
    }

    /// Whether there is no folder, so that no file may be read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a path really leads, if that is below an allowed folder. A relative one begins at any of them.
    fn resolve(&self, path: &Path) -> std::result::Result<PathBuf, String> {
        let shown = path.display();
        if self.0.is_empty() {
            return Err(format!(
                "{shown}: this server reads no files. Hand the log in as text, or ask the person to start it with \
                 `certwhy mcp --allow FOLDER`"
            ));
        }
        let all: Vec<String> = self.0.iter().map(|folder| folder.display().to_string()).collect();
        // Whether a path outside exists is nobody's business: the answer is the same.
        let outside = || format!("{shown}: not a file or folder below what this server may read: {}", all.join(", "));
        let real = self.0.iter().find_map(|folder| folder.join(path).canonicalize().ok()).ok_or_else(outside)?;
        if self.holds(&real) { Ok(real) } else { Err(outside()) }
    }

    fn holds(&self, real: &Path) -> bool {
        self.0.iter().any(|folder| real.starts_with(folder))
    }
}

/// Reads everything that was handed in.
///
/// # Errors
/// A sentence with the way out: nothing was handed in, too much, a fact that is none, or a file that may not be read.
pub fn session<'e>(
    engine: &'e Engine,
    allowed: &Allowed,
    inputs: &Inputs,
    stop: Arc<AtomicBool>,
) -> std::result::Result<Session<'e>, String> {
    check(&inputs.logs, &inputs.facts)?;
    let now = match &inputs.now {
        None => Timestamp::now(),
        Some(now) => now.parse().map_err(|_| format!("now: `{now}` is no time; write 2026-11-20T08:00:00Z"))?,
    };
    let mut session = engine.session(now);
    session.options(ReadOptions { stop: Some(stop), ..ReadOptions::default() });
    for (path, value) in &inputs.facts {
        let told = session.fact(&format!("{path}={}", fact_text(value)));
        told.map_err(|error| format!("facts: {}", error.to_string().trim_start_matches("--fact ")))?;
    }
    for log in &inputs.logs {
        session.read(&log.name, log.text.as_bytes());
    }
    let mut room = Room::default();
    for path in &inputs.paths {
        read_path(&mut session, allowed, Path::new(path), &mut room)?;
    }
    if inputs.logs.is_empty() && inputs.facts.is_empty() && inputs.paths.is_empty() {
        return Err("nothing was handed in; give `logs` (the text of each log with its name) or `facts`".into());
    }
    let unused = session.inputs().iter().all(|input| input.kind == "skipped");
    if unused && inputs.facts.is_empty() {
        let why = session.inputs().iter().map(|input| format!("{}: {}", input.name, input.notes.join("; ")));
        return Err(format!("nothing could be read:\n{}", why.collect::<Vec<_>>().join("\n")));
    }
    Ok(session)
}

fn check(logs: &[LogText], facts: &BTreeMap<String, Value>) -> std::result::Result<(), String> {
    let bytes: usize = logs.iter().map(|log| log.text.len()).sum();
    if bytes > TEXT {
        let (has, limit) = (bytes >> 20, TEXT >> 20);
        return Err(format!(
            "the logs are {has} MiB long, {limit} MiB are read at most; hand in the part around the failure, or let the \
             person run `certwhy diagnose` on the files"
        ));
    }
    if logs.len() > LOGS {
        return Err(format!("{} were handed in, {LOGS} are read at most in one call", count(logs.len(), "log")));
    }
    if facts.len() > FACTS {
        return Err(format!("{} were handed in, {FACTS} are read at most in one call", count(facts.len(), "fact")));
    }
    match logs.iter().find(|log| log.name.is_empty() || log.name.len() > NAME) {
        Some(_) => Err(format!("the name of a log is empty or longer than {NAME} bytes; give its file name")),
        None => Ok(()),
    }
}

/// A value as one writes it behind `--fact path=`.
fn fact_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(fact_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// How much one call has read from files.
#[derive(Default)]
struct Room {
    files: usize,
    bytes: u64,
}

impl Room {
    fn take(&mut self, bytes: u64) -> std::result::Result<(), String> {
        self.files += 1;
        self.bytes += bytes;
        if self.files > FILES || self.bytes > BYTES {
            return Err(format!(
                "more than {FILES} files or {} GiB; name the files that matter, or let the person run `certwhy diagnose`",
                BYTES >> 30
            ));
        }
        Ok(())
    }
}

fn read_path(
    session: &mut Session,
    allowed: &Allowed,
    path: &Path,
    room: &mut Room,
) -> std::result::Result<(), String> {
    let real = allowed.resolve(path)?;
    if !real.is_dir() {
        return read_file(session, allowed, &real, room);
    }
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let entries = WalkDir::new(&real).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => read_file(session, allowed, entry.path(), room)?,
            // A link may lead anywhere: where it really leads decides.
            Ok(entry) if entry.path_is_symlink() => match allowed.resolve(entry.path()) {
                Ok(target) if target.is_file() => read_file(session, allowed, &target, room)?,
                Ok(_) => {}
                Err(_) => {
                    session.skip(&entry.path().display().to_string(), "a link that leads out of the allowed folder")
                }
            },
            Ok(_) => {}
            Err(error) => session.skip(&real.display().to_string(), error.to_string()),
        }
    }
    Ok(())
}

fn read_file(
    session: &mut Session,
    allowed: &Allowed,
    real: &Path,
    room: &mut Room,
) -> std::result::Result<(), String> {
    let name = real.display().to_string();
    // Opening a pipe or a device would wait for ever.
    let size = match real.symlink_metadata() {
        Ok(meta) if meta.is_file() => meta.len(),
        Ok(_) => {
            session.skip(&name, "not a regular file");
            return Ok(());
        }
        Err(error) => {
            session.skip(&name, format!("cannot be read: {error}"));
            return Ok(());
        }
    };
    room.take(size)?;
    match open(allowed, real) {
        Ok((reader, mut file)) => session.read_file(&name, BufReader::with_capacity(256 << 10, reader), &mut file),
        Err(error) => session.skip(&name, format!("cannot be opened: {error}")),
    }
    Ok(())
}

/// Opens a file twice, and makes sure that it still is the one that may be read: a link may have taken its place.
fn open(allowed: &Allowed, real: &Path) -> std::io::Result<(File, File)> {
    let file = File::open(real)?;
    let now = real.canonicalize()?;
    let same = same_file::Handle::from_file(file.try_clone()?)? == same_file::Handle::from_path(&now)?;
    if !same || !allowed.holds(&now) {
        return Err(std::io::Error::other("it was replaced while it was opened"));
    }
    Ok((file.try_clone()?, file))
}
