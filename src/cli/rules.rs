//! `certwhy rules`.

mod check;
mod diff;
mod fmt;
mod graph;
mod new;
mod packs;
mod stats;
mod test;
mod why;

use std::process::ExitCode;

use clap::Subcommand;

use super::{Common, schema};
use crate::error::Result;

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Write a rule to start from, for a line that no rule knows.
    New(new::NewArgs),
    /// Report every mistake in the rules, and what their author will regret, with file, line and column.
    Check(check::CheckArgs),
    /// Run the examples of the signals and the tests of the causes.
    Test(test::TestArgs),
    /// Put rule files into their canonical form: the order of fields, and indentation.
    Fmt(fmt::FmtArgs),
    /// Tell what differs between two packs, and which labelled incidents are answered otherwise.
    Diff(diff::DiffArgs),
    /// Show which patterns match a record, and where the others stop.
    Why(why::WhyArgs),
    /// Draw the decision graph, or the neighbourhood of a cause.
    Graph(graph::GraphArgs),
    /// Count priors, leaks, strengths and edges.
    Stats(stats::StatsArgs),
    /// List the packs that are laid over each other: name, version, and which files each one adds and replaces.
    Packs(packs::PacksArgs),
    /// Print or write the JSON Schemas of the rule files, for editors.
    Schema(schema::SchemaArgs),
}

pub fn run(command: &RulesCommand, common: &Common) -> Result<ExitCode> {
    match command {
        RulesCommand::New(args) => new::run(args, common),
        RulesCommand::Check(args) => check::run(args, common),
        RulesCommand::Test(args) => test::run(args, common),
        RulesCommand::Fmt(args) => fmt::run(args, common),
        RulesCommand::Diff(args) => diff::run(args, common),
        RulesCommand::Why(args) => why::run(args, common),
        RulesCommand::Graph(args) => graph::run(args, common),
        RulesCommand::Stats(args) => stats::run(args, common),
        RulesCommand::Packs(args) => packs::run(args, common),
        RulesCommand::Schema(args) => schema::run(args, common),
    }
}
