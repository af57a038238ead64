//! `certwhy docs`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::error::Result;

#[derive(Debug, Args)]
pub struct DocsArgs {}

pub fn run(_args: &DocsArgs, _common: &Common) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
