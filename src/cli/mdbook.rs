//! `certwhy mdbook`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::error::Result;

#[derive(Debug, Args)]
pub struct MdbookArgs {}

pub fn run(_args: &MdbookArgs, _common: &Common) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
