//! `certwhy calibrate`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::{Common, labelled};
use crate::calibrate::{self, Case, Method};
use crate::error::{Error, Result};
use crate::rule::numbers::{Lock, LogLoss, Numbers};

const HELP: &str = "\
The words of the rules (common, usually, specific, …) stand for numbers. This fits them, and the strengths of single
edges, to labelled incidents, around the design's numbers. It keeps what predicts incidents that had no part in the fit
best (words, edges, or both), and writes nothing where that is no better than the numbers in use.

Example, in the folder that holds rules/:
  certwhy calibrate incidents/ --out rules/calibration.lock.yaml

Exit codes: 0 better numbers were found, 1 none were, 2 wrong use, unreadable input or broken rules.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CalibrateArgs {
    /// Folders of cases; each folder below that holds a case.json is one.
    #[arg(value_name = "CASES", required = true)]
    cases: Vec<PathBuf>,
    /// Write the lock file here; it takes effect as calibration.lock.yaml in a rules folder. Printed if not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Parts into which the incidents are divided for the cross-validation.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=50))]
    folds: u8,
    /// The present, for facts that depend on it (RFC 3339); the clock if not given.
    #[arg(long, value_name = "TIME", value_parser = super::diagnose::time)]
    now: Option<Timestamp>,
}

pub fn run(args: &CalibrateArgs, common: &Common) -> Result<ExitCode> {
    let engine = common.engine()?;
    let knowledge = &engine.knowledge;
    let folds = usize::from(args.folds);
    let read = labelled::read(&engine, &args.cases, args.now.unwrap_or_else(Timestamp::now))?;
    let cases: Vec<&Case> = read.iter().map(|labelled| &labelled.case).collect();
    let before = calibrate::log_loss(knowledge, &knowledge.numbers, &cases);
    let mut report = format!(
        "{} incidents in {folds} parts; mean log-loss per incident on parts that had no part in the fit:\n",
        cases.len()
    );
    report.push_str(&format!("  {before:.4}  the numbers in use\n"));
    let mut best: Option<(Method, f64)> = None;
    for (method, what) in [(Method::Words, "words"), (Method::Edges, "edges"), (Method::Both, "words and edges")] {
        let loss = calibrate::cross_validated(knowledge, &Numbers::default(), &cases, folds, method);
        report.push_str(&format!("  {loss:.4}  {what} fitted\n"));
        if loss < best.map_or(before, |(_, least)| least) {
            best = Some((method, loss));
        }
    }
    let Some((method, after)) = best else {
        report.push_str("Refused: no fit predicts better than the numbers in use. Nothing was written.");
        common.print(&report)?;
        return Ok(ExitCode::from(1));
    };
    let numbers = calibrate::fit(knowledge, &Numbers::default(), &cases, method);
    let lock = Lock::new(&numbers, cases.len(), folds, LogLoss { before, after });
    let yaml = serde_yaml::to_string(&lock).unwrap_or_default();
    let text = format!("# Written by `certwhy calibrate`; read it before you keep it.\n{yaml}");
    match &args.out {
        Some(path) => {
            fs::write(path, text).map_err(|source| Error::Unwritable { path: path.clone(), source })?;
            report.push_str(&format!("Written to {}.", path.display()));
        }
        None => report.push_str(&text),
    }
    common.print(&report)?;
    Ok(ExitCode::SUCCESS)
}
