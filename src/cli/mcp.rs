//! `certwhy mcp`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueHint};

use super::{Common, stream};
use crate::error::Result;
use crate::mcp::{self, Allowed};

const HELP: &str = "\
An assistant starts this command and speaks the Model Context Protocol with it. Most take a JSON like
this in their settings:
  { \"mcpServers\": { \"certwhy\": { \"command\": \"certwhy\", \"args\": [\"mcp\"] } } }
With files that it may read by itself:
  { \"mcpServers\": { \"certwhy\": { \"command\": \"certwhy\", \"args\": [\"mcp\", \"--allow\", \"/var/log/letsencrypt\"] } } }

Tools: diagnose, next_check, why_not, explain, search. All of them only read, and none opens a
connection. Without --allow, the assistant hands logs in as text, and no file is read.

Exit codes: 0 the assistant ended it, 2 the input is not the protocol, or broken rules.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct McpArgs {
    /// Let the assistant read files below this folder. May be repeated.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    allow: Vec<PathBuf>,
}

pub fn run(args: &McpArgs, common: &Common) -> Result<ExitCode> {
    let allowed = Allowed::new(&args.allow)?;
    if std::io::stdin().is_terminal() {
        let hint = "certwhy mcp is started by an assistant, and waits for its messages now; see certwhy mcp --help";
        let _ = writeln!(stream(std::io::stderr(), common.color), "{hint}");
    }
    mcp::run(common.engine()?, allowed)?;
    Ok(ExitCode::SUCCESS)
}
