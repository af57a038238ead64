//! `certwhy why-not`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::Common;
use super::diagnose::InputArgs;
use crate::error::{Error, Result};
use crate::reason::Options;
use crate::report::why_not::WhyNotAnswer;
use crate::report::{self, page, text};

const HELP: &str = "\
Example:
  certwhy why-not dcv.caa-forbidden bot.log --fact dcv.method=http-01

Exit codes: 0 the cause is not the leading one, 1 it is, 2 wrong use, unreadable input or broken rules.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct WhyNotArgs {
    /// The cause in question (certwhy list causes).
    #[arg(value_name = "CAUSE")]
    cause: String,
    #[command(flatten)]
    inputs: InputArgs,
    /// How to print the answer.
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program: the contract certwhy/why-not/1.
    Json,
}

pub fn run(args: &WhyNotArgs, common: &Common) -> Result<ExitCode> {
    args.inputs.check("why-not")?;
    let engine = common.engine()?;
    let cause = engine.knowledge.cause(&args.cause);
    let cause = cause.ok_or_else(|| Error::Unknown(page::unknown(&engine, &args.cause)))?;
    let outcome = args.inputs.session(&engine)?.diagnose(Options::default());
    let answer = WhyNotAnswer::new(&outcome, cause);
    let page = match args.format {
        Format::Text => text::why_not(&answer, super::width()),
        Format::Json => report::why_not_json(&answer),
    };
    common.print(&page)?;
    Ok(ExitCode::from(u8::from(answer.rank == Some(1))))
}
