//! `certwhy docs expand`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use crate::cli::Common;
use crate::diagnostic::{Diagnostics, SourceFile, count};
use crate::error::{Error, Result};
use crate::publish::embed::{Embedder, Options, expand};
use crate::publish::pages::check::is_address;

/// A larger file is none that a person writes.
const MAX_BYTES: u64 = 4 << 20;

const HELP: &str = "\
A block like this one is text for every other program:

  ```certwhy
  cause dcv.dns-record-missing steps
  ```

It becomes a pair of comments with the text between them, which the next run brings up to date:

  <!-- certwhy: cause dcv.dns-record-missing steps -->
  …
  <!-- /certwhy -->

What a block can ask for: cause ID, symptom ID or guide NAME, each with the anchor of a section, or with summary, steps or
verify; steps ID; table causes stage=dcv; table causes symptom=dcv-failed; table symptoms; graph ID.

Examples:
  certwhy docs expand docs/runbook.md              fill in one file
  certwhy docs expand docs --check                 whether all files of a folder are up to date; nothing is written
  certwhy docs expand docs --base-url https://docs.example.com/certwhy/    with links to the pages

Exit codes: 0 done, or up to date; 1 --check found files that would change; 2 an unknown name, or a file that cannot be
read or written. Nothing is written unless every block of every file can be filled.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ExpandArgs {
    /// Markdown files, or folders with them (.md, .markdown, .mdx).
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write nothing: list the files that would change, and exit with 1.
    #[arg(long)]
    check: bool,
    /// Level of the first heading of what is filled in, 1 to 6.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=6))]
    heading_level: u8,
    /// Where the pages stand; without it, the names of other pages are text alone.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

pub fn run(args: &ExpandArgs, common: &Common) -> Result<ExitCode> {
    if let Some(url) = args.base_url.as_ref().filter(|url| !is_address(url)) {
        return Err(Error::Site(format!("{url} is no address: write it as https://docs.example.com/certwhy/")));
    }
    let engine = common.engine()?;
    let options = Options { heading_level: args.heading_level, base_url: args.base_url.clone(), ..Options::default() };
    let embedder = Embedder::new(&engine, options);
    let mut diagnostics = Diagnostics::default();
    let mut stale: Vec<(PathBuf, String)> = Vec::new();
    let files = files(&args.files)?;
    for path in &files {
        let text = read(path)?;
        let mdx = path.extension().is_some_and(|ending| ending == "mdx");
        let file = Arc::new(SourceFile { path: path.display().to_string(), text, on_disk: Some(path.clone()) });
        match expand::expand(&file, &embedder, mdx) {
            Ok(filled) if filled != file.text => stale.push((path.clone(), filled)),
            Ok(_) => {}
            Err(found) => diagnostics.0.extend(found.0),
        }
    }
    if diagnostics.has_errors() {
        return Err(Error::Rules(diagnostics));
    }
    if args.check {
        let list: String = stale.iter().map(|(path, _)| format!("{} is not up to date\n", path.display())).collect();
        common.print(&format!("{list}{} of {}", stale.len(), count(files.len(), "file")))?;
        return Ok(ExitCode::from(u8::from(!stale.is_empty())));
    }
    for (path, text) in &stale {
        fs::write(path, text).map_err(|source| Error::Unwritable { path: path.clone(), source })?;
    }
    common.print(&format!("{} changed, {} up to date", count(stale.len(), "file"), files.len() - stale.len()))?;
    Ok(ExitCode::SUCCESS)
}

/// The files that were named, and those in the folders that were named.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in named {
        if !path.is_dir() {
            out.push(path.clone());
            continue;
        }
        let wanted = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || name == "node_modules")
        };
        for entry in walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(wanted) {
            let entry = entry.map_err(|error| unreadable(path, &error.to_string()))?;
            let ending = entry.path().extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if entry.file_type().is_file() && matches!(ending, "md" | "markdown" | "mdx") {
                out.push(entry.into_path());
            }
        }
    }
    Ok(out)
}

fn read(path: &Path) -> Result<String> {
    let length = fs::metadata(path).map_err(|error| unreadable(path, &error.to_string()))?.len();
    if length > MAX_BYTES {
        return Err(unreadable(path, "it is larger than 4 MiB"));
    }
    fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::Site(format!("cannot read {}: {why}", path.display()))
}
