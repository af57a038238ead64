//! `certwhy docs`.

mod build;
mod expand;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Common;
use crate::error::Result;

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

pub fn run(args: &DocsArgs, common: &Common) -> Result<ExitCode> {
    match &args.command {
        Command::Build(args) => build::run(args, common),
        Command::Expand(args) => expand::run(args, common),
    }
}
