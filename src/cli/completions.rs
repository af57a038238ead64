//! `certwhy completions`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::error::Result;

#[derive(Debug, Args)]
pub struct CompletionsArgs {}

pub fn run(_args: &CompletionsArgs, _common: &Common) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
