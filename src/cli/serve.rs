//! `certwhy serve`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::error::Result;

#[derive(Debug, Args)]
pub struct ServeArgs {}

pub fn run(_args: &ServeArgs, _common: &Common) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
