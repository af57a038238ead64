//! `certwhy evaluate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use walkdir::WalkDir;

use super::Common;
use super::inputs;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::evaluate::{Figures, Label, Row, confusion, reliability, text};
use crate::reason::Options;

#[derive(Debug, Args)]
#[command(after_help = "\
A case is a folder with the files that a person would hand in and a case.json:
  { \"expected\": [\"dcv.caa-forbidden\"] }     acceptable causes, best first; [] for a healthy input")]
pub struct EvaluateArgs {
    /// Folders of cases; each folder below that holds a case.json is one.
    #[arg(value_name = "CASES", required = true)]
    cases: Vec<PathBuf>,
    /// Print each case that is not as expected.
    #[arg(long)]
    list: bool,
    /// How to print the figures.
    #[arg(long, default_value = "text")]
    format: Format,
    /// The present, for facts that depend on it (RFC 3339); the clock if not given.
    #[arg(long, value_name = "TIME", value_parser = super::diagnose::time)]
    now: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

pub fn run(args: &EvaluateArgs, common: &Common) -> Result<ExitCode> {
    let engine = common.engine()?;
    let now = args.now.unwrap_or_else(Timestamp::now);
    let mut rows = Vec::new();
    for top in &args.cases {
        let set = top.file_name().map_or_else(|| top.display().to_string(), |name| name.to_string_lossy().into_owned());
        let before = rows.len();
        for entry in WalkDir::new(top).sort_by_file_name() {
            let entry = entry.map_err(|error| Error::NoInput(vec![error.to_string()]))?;
            if entry.file_name() == "case.json" {
                rows.push(case(&engine, &set, entry.path(), now)?);
            }
        }
        if rows.len() == before {
            let why = format!("{}: no case in it; a case is a folder with a case.json", top.display());
            return Err(Error::NoInput(vec![why]));
        }
    }
    let page = match args.format {
        Format::Text => text(&rows, args.list),
        Format::Json => {
            let document = serde_json::json!({
                "figures": Figures::of(rows.iter()),
                "reliability": reliability(&rows),
                "confusion": confusion(&rows),
                "cases": rows,
            });
            serde_json::to_string_pretty(&document).unwrap_or_default()
        }
    };
    common.print(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn case(engine: &Engine, set: &str, label: &Path, now: Timestamp) -> Result<Row> {
    let unusable = |why: String| Error::NoInput(vec![format!("{}: {why}", label.display())]);
    let text = fs::read_to_string(label).map_err(|error| unusable(error.to_string()))?;
    let Label { expected } = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let folder = label.parent().unwrap_or(label);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| unusable(error.to_string()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name() != label.file_name())
        .collect();
    files.sort();
    let mut session = engine.session(now);
    inputs::read_paths(&mut session, &files);
    let outcome = session.diagnose(Options::default());
    let got = outcome.diagnosis.whole.causes.iter();
    let got = got.map(|ranked| (engine.knowledge.causes[ranked.cause].id.clone(), ranked.probability)).collect();
    let id = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Row { set: set.to_owned(), id, expected, got })
}
