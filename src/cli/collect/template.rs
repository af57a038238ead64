//! `certwhy collect template`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::Common;
use crate::cli;
use crate::error::{Error, Result};
use crate::report::template::{paths_for, write};

const HELP: &str = "\
What no log and no API tells, a person finds in the portal or on a host. Fill in what you know:
  certwhy collect template --out facts.yaml                   every question
  certwhy collect template --for deploy                       what decides about a stage
  certwhy collect template --for renewal-not-triggered        … about a symptom
  certwhy collect template --for bot.service-stopped          … about a cause
  certwhy collect template --for audit                        what best practices ask for
  certwhy diagnose bot.log facts.yaml
  certwhy audit facts.yaml

Exit codes: 0 done, 2 wrong use, or the file cannot be written.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct TemplateArgs {
    /// Only what decides about this stage, symptom, cause or practice; `audit` stands for all practices. May be repeated.
    #[arg(long = "for", value_name = "NAME")]
    about: Vec<String>,
    /// Write it into this file, which must not exist, instead of printing it.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// The moment that the file is about (RFC 3339); the clock if not given.
    #[arg(long, value_name = "TIME", value_parser = cli::diagnose::time)]
    now: Option<Timestamp>,
}

pub fn run(args: &TemplateArgs, common: &Common) -> Result<ExitCode> {
    let knowledge = common.engine()?.knowledge;
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for word in &args.about {
        paths.extend(paths_for(&knowledge, word).map_err(Error::Unknown)?);
    }
    let wanted = (!args.about.is_empty()).then_some(&paths);
    let page = write(&knowledge, wanted, &args.about, args.now.unwrap_or_else(Timestamp::now));
    match &args.out {
        None => common.print(&page)?,
        Some(path) => {
            // What somebody has filled in already is worth more than an empty form.
            let unwritable = |source| Error::Unwritable { path: path.clone(), source };
            let mut file = std::fs::File::create_new(path).map_err(unwritable)?;
            std::io::Write::write_all(&mut file, page.as_bytes()).map_err(unwritable)?;
            common.print(&format!("{} written; fill it in, then: certwhy diagnose {0}", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
