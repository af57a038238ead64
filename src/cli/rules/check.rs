//! `certwhy rules check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::cli::{Common, labelled};
use crate::diagnostic::count;
use crate::error::{Error, Result};
use crate::lint::{self, Checked, Seen, edits, formats};
use crate::rule::Knowledge;

const HELP: &str = "\
Everything is told at once, each finding with its code, file, line and column:
  E01..  mistakes that keep the rules from loading
  E02..  mistakes that do not: ids, conditions that never hold, placeholders that nothing fills in
  W03..  what works, but hardly as meant

Examples:
  certwhy --rules mypack rules check              what is wrong in my own rules, laid over the built-in ones
  certwhy --rules mypack rules check --fix        mend what is a matter of typing
  certwhy --rules mypack rules check --incidents incidents/
                                                  are priors and leaks in line with labelled incidents?
  certwhy help W0308                              what a code means, with an example
  certwhy help codes                              all of them

Exit codes: 0 nothing found, or warnings only; 1 warnings, with --deny-warnings; 2 errors.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CheckArgs {
    /// How the findings are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Mend what is a matter of typing: words and names that were probably meant otherwise.
    #[arg(long)]
    fix: bool,
    /// Compare priors and leaks with labelled incidents: folders that hold a case.json beside the files handed in.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    incidents: Vec<PathBuf>,
    /// Fail on warnings too.
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the line itself, and a caret under what is meant.
    Text,
    /// One document (certwhy/check/1).
    Json,
    /// Annotations in GitHub's workflows.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

pub fn run(args: &CheckArgs, common: &Common) -> Result<ExitCode> {
    let mut checked = check(common)?;
    let mut fixed = 0;
    if args.fix {
        if common.rules.is_empty() {
            return Err(Error::Unknown("--fix changes files: say which with --rules DIR".to_owned()));
        }
        // One mistake can hide another one.
        loop {
            let now = edits::apply(checked.diagnostics.0.iter().filter_map(|found| found.edit.as_ref()))?;
            if now == 0 {
                break;
            }
            fixed += now;
            checked = check(common)?;
        }
    }
    if let (Some(engine), false) = (&checked.engine, args.incidents.is_empty()) {
        let cases = labelled::read(engine, &args.incidents, Timestamp::now())?;
        let seen = |labelled: labelled::Labelled| {
            let evidence = labelled.case.evidence;
            (evidence.present.into_iter().map(|present| present.signal).collect(), labelled.case.expected)
        };
        checked.against(&Seen(cases.into_iter().map(seen).collect()));
    }
    let diagnostics = &checked.diagnostics;
    let text = match args.format {
        Format::Text => text(&checked, fixed),
        Format::Json => format!("{:#}", formats::json(diagnostics)),
        Format::Github => formats::github(diagnostics),
        Format::Sarif => format!("{:#}", formats::sarif(diagnostics)),
    };
    common.print(&text)?;
    let (errors, warnings) = diagnostics.counts();
    Ok(ExitCode::from(match (errors, warnings) {
        (0, 1..) if args.deny_warnings => 1,
        (0, _) => 0,
        _ => 2,
    }))
}

fn check(common: &Common) -> Result<Checked> {
    Ok(lint::check(&common.pack()?))
}

fn text(checked: &Checked, fixed: usize) -> String {
    let mut out = String::new();
    if fixed > 0 {
        out.push_str(&format!("{} mended\n\n", count(fixed, "mistake")));
    }
    let counts = checked.engine.as_ref().map(|engine| counts(&engine.knowledge));
    match (checked.diagnostics.0.is_empty(), counts) {
        (true, Some(counts)) => out.push_str(&format!("{counts}: no mistakes")),
        (_, counts) => {
            out.push_str(&checked.diagnostics.render(true));
            out.push_str(&counts.map_or(String::new(), |counts| format!(" in {counts}")));
            out.push_str("\nwhat a code means: certwhy help CODE");
        }
    }
    out
}

fn counts(knowledge: &Knowledge) -> String {
    format!(
        "{} causes, {} signals, {} symptoms, {}{} facts, {} mappings, {} pages",
        knowledge.causes.len(),
        knowledge.signals.len(),
        knowledge.symptoms.len(),
        // Most packs have none.
        match knowledge.practices.len() {
            0 => String::new(),
            practices => format!("{}, ", count(practices, "practice")),
        },
        knowledge.facts.len(),
        knowledge.mappings.len(),
        knowledge.pages.len()
    )
}
