//! `certwhy mcp`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::error::Result;

#[derive(Debug, Args)]
pub struct McpArgs {}

pub fn run(_args: &McpArgs, _common: &Common) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
