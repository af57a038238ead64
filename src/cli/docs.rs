//! `certwhy docs`.

mod build;
mod expand;

use std::process::ExitCode;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use super::Common;
use crate::error::Result;
use crate::publish::pages::formats::Tool;
use crate::rule::words::Words;

#[derive(Debug, Args)]
pub struct DocsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the knowledge base as a site, as Markdown for other tools, as pieces of HTML, or as JSON.
    Build(build::BuildArgs),
    /// Fill in, or bring up to date, what Markdown files of yours take from the knowledge base.
    Expand(expand::ExpandArgs),
}

/// Reads the name of one of the tools that fit.
fn tool(fits: fn(Tool) -> bool) -> impl TypedValueParser<Value = Tool> {
    let fitting = Tool::ALL.iter().filter(move |(_, tool)| fits(*tool));
    PossibleValuesParser::new(
        fitting.map(|(word, tool)| PossibleValue::new(word).help(tool.meaning().trim_end_matches('.'))),
    )
    .try_map(|word| Tool::from_word(&word).ok_or("no tool of this kind"))
}

pub fn run(args: &DocsArgs, common: &Common) -> Result<ExitCode> {
    match &args.command {
        Command::Build(args) => build::run(args, common),
        Command::Expand(args) => expand::run(args, common),
    }
}
