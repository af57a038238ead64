//! `certwhy docs`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Common;
use super::site::{self, SiteArgs};
use crate::engine::Engine;
use crate::error::Result;
use crate::publish::pages;

const HELP: &str = "\
Examples:
  certwhy docs build --out site                      a site of its own: open site/index.html
  certwhy --rules mypack docs build --out site       with the causes of a pack of yours
  certwhy docs build --out site --title 'Certificate help' --brand '#7a1f5c' --logo logo.svg
  certwhy docs build --out site --base-url https://docs.example.com/certwhy/

Files that are there already are replaced, others stay. The same rules make the same bytes.";

#[derive(Debug, Args)]
pub struct DocsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the knowledge base as a site that works from files and from any web server, without a connection.
    Build(BuildArgs),
}

#[derive(Debug, Args)]
#[command(after_help = HELP)]
struct BuildArgs {
    /// The folder to write to; made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    site: SiteArgs,
}

pub fn run(args: &DocsArgs, common: &Common) -> Result<ExitCode> {
    let Command::Build(args) = &args.command;
    let pack = common.pack()?;
    let engine = Engine::new(&pack)?;
    site::write(&engine, &pages::all(&engine, &pack), &args.out, &args.site, common)?;
    Ok(ExitCode::SUCCESS)
}
