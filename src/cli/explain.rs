//! `certwhy explain`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::Common;
use crate::error::{Error, Result};
use crate::report::{page, ticket};

const HELP: &str = "\
Examples:
  certwhy explain dcv.dns-record-missing                   everything about one cause
  certwhy explain dcv-failed                               what is behind a symptom
  certwhy explain practice.renewal-window                  why a practice, and how it is checked
  certwhy explain dcv.dns-record-missing --format ticket   short and plain, to paste into a ticket";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct ExplainArgs {
    /// A cause (dcv.dns-record-missing), a symptom (dcv-failed), a practice (practice.renewal-window), or a page
    /// (guides/4-dcv).
    #[arg(value_name = "NAME")]
    name: String,
    /// How to print it.
    #[arg(long, default_value = "text")]
    format: Format,
    /// With --format ticket: the address that the text names for reading on.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The whole article.
    Text,
    /// Of a cause: what it is, what to do, how to know that it worked.
    Ticket,
}

pub fn run(args: &ExplainArgs, common: &Common) -> Result<ExitCode> {
    let engine = common.engine()?;
    let page = match args.format {
        Format::Text => page::explain(&engine, &args.name),
        Format::Ticket => ticket::write(&engine, &args.name, args.link.as_deref()),
    };
    let page = page.ok_or_else(|| Error::Unknown(page::unknown(&engine, &args.name)))?;
    common.print(&page)?;
    Ok(ExitCode::SUCCESS)
}
