//! `certwhy help`: of a command, or of a code.

use std::process::ExitCode;

use clap::{Args, CommandFactory};

use super::{Cli, Common};
use crate::diagnostic::or_did_you_mean;
use crate::error::{Error, Result};
use crate::lint::codes;

#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A command (rules check), a code (E0103), or the word codes for all of them.
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

pub fn run(args: &HelpArgs, common: &Common) -> Result<ExitCode> {
    common.print(&page(&args.topic)?)?;
    Ok(ExitCode::SUCCESS)
}

fn page(topic: &[String]) -> Result<String> {
    if let [word] = topic {
        if word == "codes" {
            let line = |(code, title)| format!("{code}  {title}\n");
            return Ok(codes::all().into_iter().map(line).collect());
        }
        if let Some(page) = codes::page(word) {
            return Ok(page.to_owned());
        }
        if is_code(word) {
            let near = or_did_you_mean(&word.to_ascii_uppercase(), codes::all().into_iter().map(|(code, _)| code));
            return Err(Error::Unknown(format!("there is no code {word}{near} (certwhy help codes lists all)")));
        }
    }
    let mut command = Cli::command();
    command.build();
    for word in topic {
        let known: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        command = command.find_subcommand(word).cloned().ok_or_else(|| {
            let near = or_did_you_mean(word, known.iter().map(String::as_str));
            Error::Unknown(format!("there is no command {word}{near}"))
        })?;
    }
    Ok(command.render_long_help().to_string())
}

fn is_code(word: &str) -> bool {
    let mut bytes = word.bytes();
    matches!(bytes.next(), Some(b'E' | b'e' | b'W' | b'w')) && word.len() > 1 && bytes.all(|b| b.is_ascii_digit())
}
