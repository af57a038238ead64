//! What was typed becomes what it means, then a library call.

mod ask;
mod audit;
mod calibrate;
mod collect;
mod completions;
mod diagnose;
#[cfg(feature = "docs")]
mod docs;
mod escalate;
mod evaluate;
mod explain;
mod follow;
mod help;
mod inputs;
mod labelled;
mod list;
#[cfg(feature = "lsp")]
mod lsp;
mod man;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "docs")]
mod mdbook;
#[cfg(feature = "probe")]
mod probe;
mod rules;
mod schema;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "docs")]
mod site;
mod watch;
mod why_not;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::report::printable;
use crate::report::redact::Redactor;
use crate::rule::Pack;

const EXAMPLES: &str = "\
Examples:
  certwhy diagnose bot.log                        what failed in this log, and what to do now
  certwhy diagnose /var/log/letsencrypt           a folder, with everything in it
  journalctl -u certbot | certwhy diagnose -      what another program prints
  certwhy diagnose bot.log --fact bot.status=Stopped --fact dcv.method=dns-01
  certwhy diagnose status.yaml --format json      a status snapshot, for a program
  certwhy probe www.example.org --method http-01  what the CA sees now
  certwhy watch /var/log/letsencrypt              tells of incidents as they happen
  certwhy ask --symptom dcv-failed                questions that lead to the cause
  certwhy audit snapshot.json facts.yaml          best practices that are not kept
  certwhy escalate bot.log --zip case.zip         what support asks for, without secrets
  certwhy why-not dcv.caa-forbidden bot.log       why it is not this cause
  certwhy explain dcv.dns-record-missing          everything about one cause

Exit codes: 0 no cause found, 1 a cause found, 2 wrong use, unreadable input or broken rules.";

/// Why did my certificate automation fail, and what do I do now?
#[derive(Debug, Parser)]
#[command(name = "certwhy", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Args)]
struct Common {
    // After what a command has of its own, however many commands there are.
    /// Lay a folder of rules over the built-in ones: a file of the same path replaces, others add. May be repeated.
    #[arg(long, value_name = "DIR", global = true, display_order = 100, value_hint = clap::ValueHint::DirPath)]
    rules: Vec<PathBuf>,
    /// Use only the rules of --rules, none of the built-in ones.
    #[arg(long, global = true, requires = "rules", display_order = 101)]
    no_builtin: bool,
    /// When to use colours; NO_COLOR is respected.
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", display_order = 102)]
    color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find the likely causes of a failure in logs and status documents.
    Diagnose(diagnose::DiagnoseArgs),
    /// Ask the questions that lead to the cause, one at a time, with or without a log.
    Ask(ask::AskArgs),
    /// Hold best practices against the facts, before anything fails: what is broken, why it matters, what to do.
    Audit(audit::AuditArgs),
    /// Write what support asks for, filled in from logs and status documents, without secrets.
    Escalate(escalate::EscalateArgs),
    /// Follow logs, and tell when an incident opens, turns out to have another cause, or clears.
    Watch(watch::WatchArgs),
    /// Ask the DNS, the servers and the ports themselves: what a CA and clients see now.
    #[cfg(feature = "probe")]
    Probe(probe::ProbeArgs),
    /// Collect what no log holds, as a file to diagnose: status from the API of the platform, answers of a person.
    #[command(subcommand)]
    Collect(collect::CollectCommand),
    /// Show why a cause is not the answer: what is missing, what speaks against it, what is more likely.
    WhyNot(why_not::WhyNotArgs),
    /// Print the article of a cause, a symptom or a guide.
    Explain(explain::ExplainArgs),
    /// List what certwhy knows: causes, symptoms, signals, facts, guides.
    List(list::ListArgs),
    /// Measure the answers on labelled incidents.
    Evaluate(evaluate::EvaluateArgs),
    /// Fit the numbers behind the words of the rules to labelled incidents.
    Calibrate(calibrate::CalibrateArgs),
    /// Write, check and test rules.
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Help in an editor while rules are written: a language server.
    #[cfg(feature = "lsp")]
    Lsp(lsp::LspArgs),
    /// Write the knowledge base as a site, or as pages for other documentation tools.
    #[cfg(feature = "docs")]
    Docs(docs::DocsArgs),
    /// A preprocessor for mdBook: puts causes, symptoms, steps and tables into books.
    #[cfg(feature = "docs")]
    Mdbook(mdbook::MdbookArgs),
    /// Answer over HTTP, with a page to drop logs on.
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    /// Tools for assistants, over standard input and output (MCP).
    #[cfg(feature = "mcp")]
    Mcp(mcp::McpArgs),
    /// Print completions for a shell.
    Completions(completions::CompletionsArgs),
    /// Write the manual pages.
    #[command(hide = true)]
    Man(man::ManArgs),
    /// Help of a command, or what a code of `rules check` means.
    Help(help::HelpArgs),
}

/// Runs the program; the result is its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match dispatch(&cli) {
        Ok(code) => code,
        // Whoever reads our output has seen enough.
        Err(Error::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let text = match &error {
                Error::Rules(diagnostics) => diagnostics.render(true),
                // What was typed may be a secret.
                other => Redactor::default().text(&format!("certwhy: {other}")),
            };
            let _ = writeln!(stream(std::io::stderr(), cli.common.color), "{text}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(cli: &Cli) -> Result<ExitCode> {
    match &cli.command {
        Command::Diagnose(args) => diagnose::run(args, &cli.common),
        Command::Ask(args) => ask::run(args, &cli.common),
        Command::Audit(args) => audit::run(args, &cli.common),
        Command::Escalate(args) => escalate::run(args, &cli.common),
        Command::Watch(args) => watch::run(args, &cli.common),
        #[cfg(feature = "probe")]
        Command::Probe(args) => probe::run(args, &cli.common),
        Command::Collect(command) => collect::run(command, &cli.common),
        Command::WhyNot(args) => why_not::run(args, &cli.common),
        Command::Explain(args) => explain::run(args, &cli.common),
        Command::List(args) => list::run(args, &cli.common),
        Command::Evaluate(args) => evaluate::run(args, &cli.common),
        Command::Calibrate(args) => calibrate::run(args, &cli.common),
        Command::Rules(command) => rules::run(command, &cli.common),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => lsp::run(args, &cli.common),
        #[cfg(feature = "docs")]
        Command::Docs(args) => docs::run(args, &cli.common),
        #[cfg(feature = "docs")]
        Command::Mdbook(args) => mdbook::run(args, &cli.common),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, &cli.common),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => mcp::run(args, &cli.common),
        Command::Completions(args) => completions::run(args, &cli.common),
        Command::Man(args) => man::run(args),
        Command::Help(args) => help::run(args, &cli.common),
    }
}

impl Common {
    fn pack(&self) -> Result<Pack> {
        self.pack_of(&self.rules)
    }

    fn pack_of(&self, folders: &[PathBuf]) -> Result<Pack> {
        let mut pack = if self.no_builtin { Pack::default() } else { Pack::embedded() };
        for folder in folders {
            pack.overlay(folder)?;
        }
        Ok(pack)
    }

    fn engine(&self) -> Result<Engine> {
        let is_built_in = self.rules.is_empty() && !self.no_builtin;
        if is_built_in { Engine::embedded() } else { Engine::new(&self.pack()?) }
    }

    /// Says on standard error what is going on.
    fn tell(&self, text: &str) {
        let mut stderr = stream(std::io::stderr(), self.color);
        // Whoever does not listen misses nothing of the answer.
        let _ = writeln!(stderr, "certwhy: {}", printable(text));
    }

    /// Writes to standard output; colours only where they are wanted.
    fn print(&self, text: &str) -> Result<()> {
        let mut out = stream(std::io::stdout(), self.color);
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }
}

fn stream<S: anstream::stream::RawStream>(raw: S, color: Color) -> AutoStream<S> {
    let choice = match color {
        Color::Auto => AutoStream::choice(&raw),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    AutoStream::new(raw, choice)
}

/// Columns of the terminal; 100 where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}
