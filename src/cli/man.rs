//! `certwhy man`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, ValueHint};

use super::Cli;
use crate::error::{Error, Result};

const HELP: &str = "\
Example:
  certwhy man --out ~/.local/share/man/man1 && man certwhy-diagnose";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ManArgs {
    /// The folder; it is made where it does not exist. One page for each command.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: PathBuf,
}

pub fn run(args: &ManArgs) -> Result<ExitCode> {
    let unwritable = |source| Error::Unwritable { path: args.out.clone(), source };
    std::fs::create_dir_all(&args.out).map_err(unwritable)?;
    clap_mangen::generate_to(Cli::command(), &args.out).map_err(unwritable)?;
    Ok(ExitCode::SUCCESS)
}
