//! `certwhy rules`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Common, schema};
use crate::engine::Engine;
use crate::error::Result;
use crate::rule_tests;

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Load the rules and report every mistake with file, line and column.
    Check,
    /// Run the examples of the signals and the tests of the causes.
    Test(TestArgs),
    /// Print or write the JSON Schemas of the rule files, for editors.
    Schema(schema::SchemaArgs),
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Only causes and signals whose id begins with this, for instance dcv. or nginx.
    #[arg(value_name = "PREFIX", default_value = "")]
    prefix: String,
}

pub fn run(command: &RulesCommand, common: &Common) -> Result<ExitCode> {
    match command {
        RulesCommand::Check => {
            // From the text, also of the rules that the build has read already.
            let engine = Engine::new(&common.pack()?.from_text())?;
            let k = &engine.knowledge;
            let counts = format!(
                "{} causes, {} signals, {} symptoms, {} facts, {} mappings, {} pages: no mistakes",
                k.causes.len(),
                k.signals.len(),
                k.symptoms.len(),
                k.facts.len(),
                k.mappings.len(),
                k.pages.len()
            );
            common.print(&counts)?;
            Ok(ExitCode::SUCCESS)
        }
        RulesCommand::Schema(args) => schema::run(args, common),
        RulesCommand::Test(args) => {
            // The examples stand in the text only.
            let engine = Engine::new(&common.pack()?.from_text())?;
            let report = rule_tests::run(&engine, &args.prefix);
            let mut text = String::new();
            for failure in &report.failures {
                text.push_str(&format!("{failure}\n"));
            }
            let failed = report.failures.len();
            text.push_str(&format!("{} run, {failed} failed", crate::diagnostic::count(report.run, "test")));
            common.print(&text)?;
            Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
    }
}
