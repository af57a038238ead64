//! `certwhy rules test`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use walkdir::WalkDir;

use crate::cli::Common;
use crate::cli::labelled::{self, Labelled};
use crate::diagnostic::{Edit, Place, count};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::knowledge;
use crate::lint::edits;
use crate::rule::Pack;
use crate::rule_tests::coverage::Share;
use crate::rule_tests::{self, Report, Tested, Verdict, junit};

const HELP: &str = "\
What is run: the examples of the signals, the tests of the causes and the practices, and, of every --rules folder, the labelled cases in
its tests/ (a case is a folder with the files that a person hands in and a case.json: { \"expected\": [\"dcv.caa-forbidden\"] }).

Verdicts: ok; missing, what must be found is not; noisy, what must not be found is; wrong rank, other causes come before.

Examples:
  certwhy --rules mypack rules test connector.vaultpush     the tests of one rule
  certwhy --rules mypack rules test --coverage              what no test makes use of
  certwhy rules test --coverage --min-coverage 95           fail when less than 95 % of anything is made use of
  certwhy --rules mypack rules test --update                write down what came out, to look at with a diff

Exit codes: 0 all as expected, 1 a test failed or the coverage is too small, 2 the rules cannot be loaded.";

/// Names of unused things that are shown of each kind.
const SHOWN: usize = 15;

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct TestArgs {
    /// Only causes, signals and practices whose id begins with this, for instance dcv. or nginx or practice.
    #[arg(value_name = "PREFIX", default_value = "")]
    prefix: String,
    /// How the outcome is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Labelled cases beside those in the tests/ of --rules.
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
    /// Tell what the tests make use of: signals, causes, edges between them, and templates of fixes.
    #[arg(long)]
    coverage: bool,
    /// Per cent of each that must be made use of; nothing is rounded.
    #[arg(long, value_name = "PERCENT", requires = "coverage")]
    min_coverage: Option<f64>,
    /// Write into the tests of causes and the cases what came out, in the folders of --rules.
    #[arg(long)]
    update: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what failed, as expected and as found.
    Text,
    /// One document with every test (certwhy/test/1).
    Json,
    /// JUnit XML.
    Junit,
}

pub fn run(args: &TestArgs, common: &Common) -> Result<ExitCode> {
    // The examples stand in the text only.
    let pack = common.pack()?.from_text();
    let engine = Engine::new(&pack)?;
    let prefix = engine.knowledge.current(&args.prefix);
    let mut report = rule_tests::run(&engine, prefix, args.coverage);
    let cases = cases(args, common, &engine)?;
    let tested: Vec<Tested> = cases.iter().map(case).collect();
    report.tests.extend(tested.iter().cloned());
    let shares = if args.coverage { report.coverage.shares(&engine.knowledge, prefix) } else { Vec::new() };
    let updated = if args.update { update(&pack, &report, &cases, &tested)? } else { 0 };
    let text = match args.format {
        Format::Text => text(&report, &shares, updated),
        Format::Json => {
            let failed = report.failures().count();
            let document = serde_json::json!({
                "schema": "certwhy/test/1", "run": report.tests.len(), "failed": failed,
                "tests": report.tests, "coverage": shares,
            });
            format!("{document:#}")
        }
        Format::Junit => junit::xml(&report.tests),
    };
    common.print(&text)?;
    let too_small = args.min_coverage.is_some_and(|percent| !shares.iter().all(|share| share.reaches(percent)));
    Ok(ExitCode::from(u8::from(too_small || report.failures().next().is_some())))
}

/// The labelled cases that belong to the packs; none where only some rules are asked for.
fn cases(args: &TestArgs, common: &Common, engine: &Engine) -> Result<Vec<Labelled>> {
    let mut folders = args.cases.clone();
    if args.prefix.is_empty() {
        let holds_a_case = |folder: &PathBuf| {
            WalkDir::new(folder).into_iter().filter_map(|entry| entry.ok()).any(|e| e.file_name() == "case.json")
        };
        folders.extend(common.rules.iter().map(|folder| folder.join("tests")).filter(holds_a_case));
    }
    if folders.is_empty() { Ok(Vec::new()) } else { labelled::read(engine, &folders, Timestamp::now()) }
}

fn case(case: &Labelled) -> Tested {
    let row = &case.row;
    let verdict = match row.got.first() {
        None if row.expected.is_empty() => Verdict::Ok,
        None => Verdict::Missing,
        Some(_) if row.expected.is_empty() => Verdict::Noisy,
        Some((first, _)) if row.expected.contains(first) => Verdict::Ok,
        Some(_) if row.got.iter().any(|(id, _)| row.expected.contains(id)) => Verdict::WrongRank,
        Some(_) => Verdict::Missing,
    };
    let got: Vec<String> = row.got.iter().take(3).map(|(id, p)| format!("{id} {p:.2}")).collect();
    let or_none = |list: Vec<String>, sep: &str| if list.is_empty() { "no cause".to_owned() } else { list.join(sep) };
    Tested {
        file: case.label.parent().unwrap_or(&case.label).display().to_string(),
        id: row.id.clone(),
        name: "case".to_owned(),
        number: 0,
        verdict,
        expected: or_none(row.expected.clone(), " or "),
        found: or_none(got, ", "),
        right: None,
    }
}

/// Writes what came out into the tests; returns how many were changed.
fn update(pack: &Pack, report: &Report, cases: &[Labelled], tested: &[Tested]) -> Result<usize> {
    let shapes = knowledge::understand(pack).shapes;
    let edit = |test: &Tested| {
        let (file, shape) = shapes.causes.get(&test.id)?;
        let written = shape.tests.get(test.number)?;
        let place = Place { file: file.clone(), range: written.expect.range.clone() };
        Some(Edit { place, text: test.right?.to_string() })
    };
    let found: Vec<Edit> = report.failures().filter_map(edit).collect();
    let mut updated = edits::apply(&found)?;
    for (case, _) in cases.iter().zip(tested).filter(|(_, test)| test.verdict != Verdict::Ok) {
        relabel(&case.label, case.row.got.first().map(|(id, _)| id.as_str()))?;
        updated += 1;
    }
    Ok(updated)
}

fn relabel(label: &Path, cause: Option<&str>) -> Result<()> {
    let unusable = |source: std::io::Error| Error::Unwritable { path: label.to_owned(), source };
    let text = fs::read_to_string(label).map_err(unusable)?;
    let mut document: serde_json::Value = serde_json::from_str(&text).map_err(|e| unusable(e.into()))?;
    document["expected"] = cause.into_iter().collect::<Vec<_>>().into();
    fs::write(label, format!("{document:#}\n")).map_err(unusable)
}

fn text(report: &Report, shares: &[Share], updated: usize) -> String {
    let mut text = String::new();
    for failure in report.failures() {
        text.push_str(&format!("{failure}\n\n"));
    }
    for share in shares {
        text.push_str(&format!("{:>9}  {} of {} {}\n", share.percent(), share.used, share.all, share.what));
    }
    for share in shares.iter().filter(|share| !share.unused.is_empty()) {
        text.push_str(&format!("\n{} that no test makes use of:\n", share.what));
        share.unused.iter().take(SHOWN).for_each(|name| text.push_str(&format!("  {name}\n")));
        if share.unused.len() > SHOWN {
            text.push_str(&format!("  and {} more (--format json)\n", share.unused.len() - SHOWN));
        }
    }
    if !shares.is_empty() {
        text.push('\n');
    }
    if updated > 0 {
        text.push_str(&format!("{} updated; look at the change before you keep it\n", count(updated, "test")));
    }
    text.push_str(&format!("{} run, {} failed", count(report.tests.len(), "test"), report.failures().count()));
    text
}
