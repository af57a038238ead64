//! `certwhy rules graph`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::cli::Common;
use crate::diagnostic::or_did_you_mean;
use crate::error::{Error, Result};
use crate::graph::picture::Picture;

const HELP: &str = "\
Examples:
  certwhy rules graph dcv.caa-forbidden --format svg > caa.svg   one cause: what brings it about, what it shows
  certwhy rules graph --format dot | dot -Tpdf > rules.pdf       all causes and symptoms, drawn by Graphviz
  certwhy rules graph host.disk-full                             a block for a page that draws Mermaid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct GraphArgs {
    /// A cause; all causes and symptoms, without signals, if not given.
    #[arg(value_name = "CAUSE")]
    cause: Option<String>,
    /// How it is drawn.
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
    /// A picture of its own.
    Svg,
}

pub fn run(args: &GraphArgs, common: &Common) -> Result<ExitCode> {
    let knowledge = common.engine()?.knowledge;
    let picture = match &args.cause {
        None => Picture::whole(&knowledge),
        Some(id) => {
            let cause = knowledge.cause(id).ok_or_else(|| {
                let near = or_did_you_mean(id, knowledge.causes.iter().map(|cause| cause.id.as_str()));
                Error::Unknown(format!("there is no cause {id}{near}"))
            })?;
            Picture::around(&knowledge, cause)
        }
    };
    common.print(&match args.format {
        Format::Dot => picture.dot(),
        Format::Mermaid => picture.mermaid(),
        Format::Svg => picture.svg(),
    })?;
    Ok(ExitCode::SUCCESS)
}
