//! `certwhy docs expand`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::tool;
use crate::cli::Common;
use crate::diagnostic::{Diagnostics, SourceFile, count};
use crate::error::{Error, Result};
use crate::publish::embed::expand::{self, Marks};
use crate::publish::embed::{Embedder, Options};
use crate::publish::folder;
use crate::publish::pages::check::is_address;
use crate::publish::pages::formats::Tool;

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
  certwhy docs expand handbook --for gitbook --out docs    docs is what GitBook reads; handbook keeps its blocks

Tools that write files back in their own way, as GitBook does, lose the comments: keep the files with the blocks elsewhere,
and have --out make those that the tool reads. Only Markdown is written there; pictures and other files stay where they are.

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
    /// The tool that reads the Markdown: its tabs, hints and admonitions are used [default: plain].
    #[arg(long = "for", value_name = "TOOL", value_parser = tool(|tool| tool.style().is_some()))]
    tool: Option<Tool>,
    /// Write the filled files here, without the comments, and leave those with the blocks as they are.
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// With --out: write into a folder with files of others too; they stay, unless one has the same name.
    #[arg(long, requires = "out")]
    force: bool,
    /// Where the pages stand; without it, the names of other pages are text alone.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

/// A file with directives.
struct Source {
    path: PathBuf,
    /// Below the folder that was named.
    name: String,
}

pub fn run(args: &ExpandArgs, common: &Common) -> Result<ExitCode> {
    if let Some(url) = args.base_url.as_ref().filter(|url| !is_address(url)) {
        return Err(Error::Site(format!("{url} is no address: write it as https://docs.example.com/certwhy/")));
    }
    let engine = common.engine()?;
    let defaults = Options::default();
    let style = args.tool.and_then(Tool::style).unwrap_or(defaults.style);
    let options = Options { style, heading_level: args.heading_level, base_url: args.base_url.clone(), ..defaults };
    let embedder = Embedder::new(&engine, options);
    let mut diagnostics = Diagnostics::default();
    let (mut all, mut stale) = (Vec::new(), Vec::new());
    for source in sources(&args.files)? {
        let Source { path, name } = source;
        let text = read(&path)?;
        let marks = match () {
            () if args.out.is_some() => Marks::Nothing,
            () if path.extension().is_some_and(|ending| ending == "mdx") => Marks::MdxComments,
            () => Marks::Comments,
        };
        let file = Arc::new(SourceFile { path: path.display().to_string(), text, on_disk: Some(path.clone()) });
        match expand::expand(&file, &embedder, marks) {
            Ok(filled) => {
                if filled != file.text {
                    stale.push((path, filled.clone()));
                }
                all.push((name, filled));
            }
            Err(found) => diagnostics.0.extend(found.0),
        }
    }
    if diagnostics.has_errors() {
        return Err(Error::Rules(diagnostics));
    }
    if let Some(out) = &args.out {
        let files: Vec<(&str, &[u8])> = all.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        let written = folder::write(out, &files, args.force, |_| {})?;
        let (changed, same, removed) = (count(written.changed, "file"), written.same, written.removed);
        common.print(&format!("{}: {changed} written, {same} unchanged, {removed} removed", out.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.check {
        let list: String = stale.iter().map(|(path, _)| format!("{} is not up to date\n", path.display())).collect();
        common.print(&format!("{list}{} of {}", stale.len(), count(all.len(), "file")))?;
        return Ok(ExitCode::from(u8::from(!stale.is_empty())));
    }
    for (path, text) in &stale {
        fs::write(path, text).map_err(|source| Error::Unwritable { path: path.clone(), source })?;
    }
    common.print(&format!("{} changed, {} up to date", count(stale.len(), "file"), all.len() - stale.len()))?;
    Ok(ExitCode::SUCCESS)
}

/// The files that were named, and those in the folders that were named.
fn sources(named: &[PathBuf]) -> Result<Vec<Source>> {
    let mut out = Vec::new();
    for path in named {
        if !path.is_dir() {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            out.push(Source { path: path.clone(), name });
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
                let below = entry.path().strip_prefix(path).unwrap_or(entry.path());
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                out.push(Source { name: parts.join("/"), path: entry.into_path() });
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
