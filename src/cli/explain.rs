//! `certwhy explain`.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::error::{Error, Result};
use crate::report::page;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A cause (dcv.dns-record-missing), a symptom (dcv-failed), or a page (guides/4-dcv).
    #[arg(value_name = "NAME")]
    name: String,
}

pub fn run(args: &ExplainArgs, common: &Common) -> Result<ExitCode> {
    let engine = common.engine()?;
    let page = page::explain(&engine, &args.name).ok_or_else(|| Error::Unknown(page::unknown(&engine, &args.name)))?;
    common.print(&page)?;
    Ok(ExitCode::SUCCESS)
}
