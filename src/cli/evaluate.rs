//! `certwhy evaluate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::Common;
use super::labelled::{self, Labelled};
use crate::ask;
use crate::ask::measure::{self, story};
use crate::calibrate::{self, Case, Method};
use crate::engine::Engine;
use crate::error::Result;
use crate::evaluate::{Figures, Row, confusion, reliability, text};
use crate::reason::{self, Options, score};

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
    /// Measure guided sessions (certwhy ask) instead: the files are withheld, and answer the questions.
    #[arg(long, conflicts_with = "folds")]
    ask: bool,
    /// Cross-validate: fit the numbers behind the words on all parts but one, measure on that one, for each of N parts.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=50))]
    folds: Option<u8>,
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
    if args.ask {
        return sessions(&engine, args, now, common);
    }
    let cases = labelled::read(&engine, &args.cases, now)?;
    let rows = match args.folds {
        None => cases.into_iter().map(|case| case.row).collect(),
        Some(folds) => cross_validated(&engine, cases, usize::from(folds)),
    };
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

/// How many questions it takes to the right cause.
fn sessions(engine: &Engine, args: &EvaluateArgs, now: Timestamp, common: &Common) -> Result<ExitCode> {
    let engine = ask::engine(&engine.knowledge);
    let mut stories = Vec::new();
    for (set, label) in labelled::labels(&args.cases)? {
        let (id, expected, files) = labelled::read_one(&engine, &label, now)?;
        let expected: Vec<usize> = expected.iter().filter_map(|id| engine.knowledge.cause(id)).collect();
        if !expected.is_empty() {
            stories.push(story(&engine, &set, &id, &expected, &files, now));
        }
    }
    let page = match args.format {
        Format::Text => measure::text(&stories, args.list),
        Format::Json => {
            let document = serde_json::json!({ "figures": measure::Figures::of(stories.iter()), "sessions": stories });
            serde_json::to_string_pretty(&document).unwrap_or_default()
        }
    };
    common.print(&page)?;
    Ok(ExitCode::SUCCESS)
}

/// The answers of each part with the numbers that the other parts give.
fn cross_validated(engine: &Engine, labelled: Vec<Labelled>, folds: usize) -> Vec<Row> {
    let knowledge = &engine.knowledge;
    let (cases, mut rows): (Vec<Case>, Vec<Row>) = labelled.into_iter().map(|l| (l.case, l.row)).unzip();
    let all: Vec<&Case> = cases.iter().collect();
    for (part, numbers) in calibrate::held_out(knowledge, &knowledge.numbers, &all, folds, Method::Both) {
        let network = reason::network_with(knowledge, &numbers);
        for ix in part {
            let posterior = score::posterior(&network, &reason::findings(&network, &cases[ix].evidence));
            let named = reason::named(knowledge, &posterior, Options::default());
            rows[ix].got = named.into_iter().map(|(cause, p)| (knowledge.causes[cause].id.clone(), p)).collect();
        }
    }
    rows
}
