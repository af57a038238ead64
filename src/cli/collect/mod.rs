//! `certwhy collect`: facts that no log holds, from the platform itself or from a person.

#[cfg(feature = "probe")]
mod certinext;
mod template;

use std::process::ExitCode;

use clap::Subcommand;

use super::Common;
use crate::error::Result;

const HELP: &str = "\
What is collected is a file that `certwhy diagnose` reads beside the logs:
  certwhy collect certinext --region us --order 7100000003 --out snapshot.json
  certwhy diagnose bot.log snapshot.json

What only the portal shows, a person fills in, or its tables are exported as CSV:
  certwhy collect template --for bot --out facts.yaml
  certwhy diagnose bot.log facts.yaml
  certwhy diagnose bot.log bots.csv --bot PROV-BOT-03";

#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub enum CollectCommand {
    /// Read orders and domain validation from the API of CERTInext, and change nothing there.
    #[cfg(feature = "probe")]
    Certinext(Box<certinext::CertinextArgs>),
    /// Write a facts file to fill in: every question, where to find the answer, and what may stand there.
    Template(template::TemplateArgs),
}

pub fn run(command: &CollectCommand, common: &Common) -> Result<ExitCode> {
    match command {
        #[cfg(feature = "probe")]
        CollectCommand::Certinext(args) => certinext::run(args, common),
        CollectCommand::Template(args) => template::run(args, common),
    }
}
