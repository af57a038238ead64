//! `certwhy rules fmt`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use walkdir::WalkDir;

use crate::author::fmt::{Unformatted, formatted};
use crate::cli::Common;
use crate::diagnostic::{Place, SourceFile, count};
use crate::error::{Error, Result};
use crate::rule::layer::MANIFEST;
use crate::rule::schema::Kind;
use crate::rule::words::{Stage, Words};

/// A larger file is none that a person writes.
const MAX_BYTES: u64 = 4 << 20;
/// Folders within folders that are looked into, as many as a pack may have.
const MAX_DEPTH: usize = 8;
/// Lines of a difference that are shown of one file.
const SHOWN: usize = 20;

const HELP: &str = "\
The canonical form: fields in the order of the schema (certwhy rules schema cause), two blanks per level, lists
indented below their key, one line end at the end, no returns, no blanks behind a line. Comments stay with the line
or block below them, or behind their line. Values are left as they are written, and so are keys that you choose: the
signals of a file stay in their order. Of an article, the part between the two --- is meant.

A file is written only when it is read as the same values afterwards. Files with anchors, aliases or tags are left alone.

Examples:
  certwhy rules fmt mypack/rules/dcv/odd.yaml     put one file into its canonical form
  certwhy --rules mypack rules fmt                every file of a pack
  certwhy --rules mypack rules fmt --check        which files would change, and how; nothing is written

Exit codes: 0 done, or nothing to do; 1 --check found files that would change; 2 a file cannot be read or written.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct FmtArgs {
    /// Rule files and articles, or folders with them; without any, those of every --rules folder.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write nothing: list the files that would change with what would, and exit with 1.
    #[arg(long)]
    check: bool,
}

pub fn run(args: &FmtArgs, common: &Common) -> Result<ExitCode> {
    if args.files.is_empty() && common.rules.is_empty() {
        return Err(Error::Unknown("say which files: certwhy rules fmt FILE, or --rules DIR".to_owned()));
    }
    let (mut out, mut changed, mut failed) = (String::new(), 0, 0);
    let files = files(args, common);
    for (path, kind) in &files {
        match one(path, *kind) {
            Ok(None) => {}
            Ok(Some((before, after))) if args.check => {
                out.push_str(&difference(path, &before, &after));
                changed += 1;
            }
            Ok(Some((_, after))) => match std::fs::write(path, after) {
                Ok(()) => {
                    out.push_str(&format!("{}\n", path.display()));
                    changed += 1;
                }
                Err(error) => {
                    out.push_str(&format!("{}: cannot be written: {error}\n", path.display()));
                    failed += 1;
                }
            },
            Err(why) => {
                out.push_str(&format!("{why}\n"));
                failed += 1;
            }
        }
    }
    let done = if args.check { "would change" } else { "changed" };
    out.push_str(&format!("{} looked at, {changed} {done}", count(files.len(), "file")));
    if failed > 0 {
        out.push_str(&format!(", {failed} left as they are because of what is told above"));
    }
    common.print(&out)?;
    Ok(ExitCode::from(match (failed, changed) {
        (1.., _) => 2,
        (_, 1..) if args.check => 1,
        _ => 0,
    }))
}

/// The files that are meant and what they are; `None` where that is no kind of rule file.
fn files(args: &FmtArgs, common: &Common) -> BTreeMap<PathBuf, Option<Kind>> {
    let mut files = BTreeMap::new();
    for path in &args.files {
        if path.is_dir() {
            walk(path, &mut files);
        } else {
            files.insert(path.clone(), kind(path));
        }
    }
    for folder in common.rules.iter().filter(|_| args.files.is_empty()) {
        parts(folder).iter().for_each(|part| walk(part, &mut files));
    }
    files
}

/// The folders that a pack is made of: rules/ and knowledge/ in it, or itself and the knowledge/ beside it.
fn parts(pack: &Path) -> Vec<PathBuf> {
    let within = ["rules", "knowledge"].map(|name| pack.join(name));
    let within: Vec<PathBuf> = within.into_iter().filter(|part| part.is_dir()).collect();
    if !within.is_empty() {
        return within;
    }
    let parent = std::path::absolute(pack).ok().and_then(|pack| Some(pack.parent()?.join("knowledge")));
    [Some(pack.to_owned()), parent.filter(|beside| beside.is_dir())].into_iter().flatten().collect()
}

/// Everything in a folder that is a rule file; a folder that cannot be read is one that has to be told.
fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Option<Kind>>) {
    let walk = WalkDir::new(folder).follow_links(true).max_depth(MAX_DEPTH);
    let shown = |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    for entry in walk.into_iter().filter_entry(shown) {
        match entry {
            Ok(entry) => {
                if let (true, Some(kind)) = (entry.file_type().is_file(), kind(entry.path())) {
                    files.insert(entry.into_path(), Some(kind));
                }
            }
            Err(error) => {
                // A link that leads nowhere is of interest only where it would be a rule.
                let path = error.path().unwrap_or(folder);
                if error.depth() == 0 || path.is_dir() || kind(path).is_some() {
                    files.insert(path.to_owned(), None);
                }
            }
        }
    }
}

/// What a file is, by its name and the folders that it stands in.
fn kind(path: &Path) -> Option<Kind> {
    let path = std::path::absolute(path).ok()?;
    let mut parts = path.components().rev().filter_map(|part| part.as_os_str().to_str());
    let (name, folder, above) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    if name.ends_with(".md") {
        return Kind::of_path(&format!("knowledge/{above}/{folder}/{name}"));
    }
    if name == MANIFEST {
        return Some(Kind::Pack);
    }
    match Stage::from_word(folder).is_some() || ["signals", "mappings", "practices"].contains(&folder) {
        true => Kind::of_path(&format!("rules/{folder}/{name}")),
        false => Kind::of_path(&format!("rules/{name}")),
    }
}

/// The text of a file and its canonical form, where that is another one.
fn one(path: &Path, kind: Option<Kind>) -> std::result::Result<Option<(String, String)>, String> {
    let told = |why: String| format!("{}: {why}", path.display());
    let metadata = std::fs::metadata(path).map_err(|error| told(format!("cannot be read: {error}")))?;
    if metadata.len() > MAX_BYTES {
        return Err(told("is larger than 4 MiB".to_owned()));
    }
    let kind =
        kind.ok_or_else(|| told("is no rule file by its place: see rules/README.md for the folders".to_owned()))?;
    let before = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => told("is not UTF-8: save it as UTF-8".to_owned()),
        _ => told(format!("cannot be read: {error}")),
    })?;
    match formatted(kind, &before) {
        Ok(after) if after == before => Ok(None),
        Ok(after) => Ok(Some((before, after))),
        Err(Unformatted { message, range }) => {
            let file = SourceFile { path: String::new(), text: before, on_disk: None };
            let (line, column) = Place { file: Arc::new(file), range }.line_column();
            Err(format!("{}:{line}:{column}: {message}", path.display()))
        }
    }
}

/// The lines that would change, a few of them.
fn difference(path: &Path, before: &str, after: &str) -> String {
    let mut out = format!("{}\n", path.display());
    let differs = similar::TextDiff::from_lines(before, after);
    let text = differs.unified_diff().context_radius(1).missing_newline_hint(false).to_string();
    // What is no character is shown, since it is all that changes in such a line.
    let lines: Vec<String> = text.lines().map(|line| line.replace('\t', "→").replace('\r', "␍")).collect();
    for line in lines.iter().take(SHOWN) {
        let blanks = line.len() - line.trim_end_matches(' ').len();
        let told = if line.starts_with('-') { line.trim_end().to_owned() + &"·".repeat(blanks) } else { line.clone() };
        out.push_str(&format!("  {told}\n"));
    }
    if lines.len() > SHOWN {
        out.push_str(&format!("  … and {} more lines\n", lines.len() - SHOWN));
    }
    out
}
