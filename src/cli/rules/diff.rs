//! `certwhy rules diff`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use walkdir::WalkDir;

use crate::author::diff::Difference;
use crate::author::diff::answers::Answers;
use crate::cli::{Common, labelled};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::knowledge::{self, Understood};
use crate::rule::Pack;
use crate::rule::layer::is_whole;

/// The word for the rules that are part of the program.
const BUILTIN: &str = "builtin";

const HELP: &str = "\
OLD and NEW are folders of rules, or the word builtin. A folder with its own facts.yaml and symptoms.yaml is all
there is; another one is laid over the built-in rules (with --rules over those too, with --no-builtin --rules DIR over
DIR alone). Meaning is compared: comments, the order of fields and quotes make no difference.

Examples:
  certwhy rules diff builtin mypack                          what a pack adds and replaces
  certwhy rules diff before/mypack mypack                    what a change of a pack changes
  certwhy rules diff builtin mypack --incidents incidents/   and which labelled incidents are answered otherwise

Exit codes: 0 no difference, 1 something differs, 2 a folder cannot be read or its rules cannot be used.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct DiffArgs {
    /// The rules before: a folder, or builtin.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The rules now: a folder, or builtin.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Tell which labelled incidents are answered otherwise: folders that hold a case.json beside the files handed in.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    incidents: Vec<PathBuf>,
    /// How the difference is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The present, for facts of incidents that depend on it (RFC 3339); the clock if not given.
    #[arg(long, value_name = "TIME", value_parser = crate::cli::diagnose::time)]
    now: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One document (certwhy/diff/1).
    Json,
}

pub fn run(args: &DiffArgs, common: &Common) -> Result<ExitCode> {
    let (old, new) = (pack(&args.old, common)?, pack(&args.new, common)?);
    let labels = labels(&args.incidents)?;
    let difference = Difference::between(&understood(&old)?, &understood(&new)?, &new, &labels);
    let answers = match args.incidents.is_empty() {
        true => None,
        false => Some(answers(&old, &new, args)?),
    };
    let text = match args.format {
        Format::Text => difference.text() + &answers.iter().map(|a| format!("\n{}", a.text())).collect::<String>(),
        Format::Json => {
            let (added, removed, changed) = difference.counts();
            let counts = json!({ "added": added, "removed": removed, "changed": changed });
            let document = json!({
                "schema": "certwhy/diff/1", "counts": counts, "changes": difference.changes, "incidents": answers,
            });
            format!("{document:#}")
        }
    };
    common.print(&text)?;
    let same = difference.changes.is_empty() && answers.is_none_or(|answers| answers.changed.is_empty());
    Ok(ExitCode::from(u8::from(!same)))
}

/// One side, with examples and tests.
fn pack(side: &Path, common: &Common) -> Result<Pack> {
    if side == Path::new(BUILTIN) {
        return Ok(Pack::embedded().from_text());
    }
    let rules = if side.join("rules").is_dir() { side.join("rules") } else { side.to_owned() };
    let whole = is_whole(&rules);
    let mut pack = if whole { Pack::default() } else { common.pack()? };
    pack.overlay(side)?;
    Ok(pack.from_text())
}

fn understood(pack: &Pack) -> Result<Understood> {
    let understood = knowledge::understand(pack);
    match understood.diagnostics.has_errors() {
        true => Err(Error::Rules(understood.diagnostics)),
        false => Ok(understood),
    }
}

/// The labels of the incidents, which name causes.
fn labels(folders: &[PathBuf]) -> Result<Vec<(String, String)>> {
    let mut labels = Vec::new();
    for entry in folders.iter().flat_map(|folder| WalkDir::new(folder).sort_by_file_name()) {
        let entry = entry.map_err(|error| Error::NoInput(vec![error.to_string()]))?;
        if entry.file_name() == "case.json" {
            let name = entry.path().display().to_string();
            let text = std::fs::read_to_string(entry.path());
            labels.push((name.clone(), text.map_err(|error| Error::NoInput(vec![format!("{name}: {error}")]))?));
        }
    }
    Ok(labels)
}

fn answers(old: &Pack, new: &Pack, args: &DiffArgs) -> Result<Answers> {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let rows = |pack: &Pack| -> Result<_> {
        let labelled = labelled::read(&Engine::new(pack)?, &args.incidents, now)?;
        Ok(labelled.into_iter().map(|labelled| labelled.row))
    };
    // They are ordered by what does not depend on the rules.
    let pairs: Vec<_> = rows(old)?.zip(rows(new)?).collect();
    Ok(Answers::between(&pairs))
}
