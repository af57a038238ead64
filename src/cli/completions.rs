//! `certwhy completions`.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Common};
use crate::error::Result;
use crate::rule::Knowledge;

const HELP: &str = "\
Write it where the shell looks for it, and open a new shell:
  certwhy completions bash > ~/.local/share/bash-completion/completions/certwhy
  certwhy completions zsh > ~/.zfunc/_certwhy     with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  certwhy completions fish > ~/.config/fish/completions/certwhy.fish
  certwhy completions powershell >> $PROFILE
  certwhy completions elvish > ~/.config/elvish/lib/certwhy.elv     with `use certwhy` in rc.elv

In bash and zsh, names of causes, practices and pages complete too; with --rules, those of your own pack as well.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, common: &Common) -> Result<ExitCode> {
    let mut command = with_names(&common.engine()?.knowledge);
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "certwhy", &mut script);
    common.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// The command line with the names that it takes; to run it, they are looked up with a better word for a wrong one.
fn with_names(knowledge: &Knowledge) -> clap::Command {
    // clap keeps names for ever; the process ends with the script.
    let keep = |name: &str| -> &'static str { name.to_owned().leak() };
    let causes: Vec<&'static str> = knowledge.causes.iter().map(|cause| keep(&cause.id)).collect();
    let symptoms = knowledge.symptoms.iter().map(|symptom| keep(&symptom.id));
    let pages = knowledge.pages.keys().map(|path| keep(path.trim_end_matches(".md")));
    let practices: Vec<&'static str> = knowledge.practices.iter().map(|practice| keep(&practice.id)).collect();
    let others = symptoms.chain(practices.iter().copied()).chain(pages);
    let names: Vec<&'static str> = causes.iter().copied().chain(others).collect();
    let one_of = |names: &[&'static str]| PossibleValuesParser::new(names.iter().copied());
    Cli::command()
        .mut_subcommand("why-not", |command| {
            // A changed argument goes to the end: its place is said anew.
            let command = command.mut_arg("cause", |arg| arg.index(1).value_parser(one_of(&causes)));
            command.mut_arg("paths", |arg| arg.index(2))
        })
        .mut_subcommand("audit", |command| {
            let command = command.mut_arg("only", |arg| arg.value_parser(one_of(&practices)));
            command.mut_arg("skip", |arg| arg.value_parser(one_of(&practices)))
        })
        .mut_subcommand("explain", |command| command.mut_arg("name", |arg| arg.value_parser(one_of(&names))))
        .mut_subcommand("rules", |rules| {
            rules.mut_subcommand("graph", |graph| graph.mut_arg("cause", |arg| arg.value_parser(one_of(&causes))))
        })
}
