//! `certwhy ask`: the terminal of a guided session.

mod lines;
mod talk;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::Common;
use super::diagnose::InputArgs;
use crate::ask::{self, Given, Interview, Saved};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::reason::Options;
use lines::Lines;
use talk::{Talk, Voice};

const HELP: &str = "\
At each question:
  yes, no, 1, 1 3, a value     an answer; numbers are those of the list
  ?                            you do not know
  log                          paste a log, and end it with a line that holds a dot alone; log FILE reads one
  why                          why this is asked
  back                         take the last answer back
  plan                         the diagnosis so far, and what to do
  probe                        let certwhy look itself, where a probe answers the question
  quit                         end with what is known so far

  certwhy ask                                     begin with what you see
  certwhy ask --symptom deployment-failed         certwhy list symptoms shows all
  certwhy ask bot.log --save case.json            what a log does not tell, and go on later
  certwhy ask --resume case.json --save case.json
  certwhy ask --symptom dcv-failed --answers facts.yaml --format json

--answers takes one answer a line, as they are typed, or YAML with facts:
  symptom: dcv-failed
  signs: [boulder.txt-missing]                    signals that the log shows (certwhy list signals)
  facts: { dcv.method: dns-01, dcv.txt_found: no }

Exit codes: 0 no cause found, 1 a cause found, 2 wrong use, unreadable input or broken rules.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct AskArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// What you see (certwhy list symptoms).
    #[arg(long, value_name = "ID")]
    symptom: Option<String>,
    /// Write the answers to a file after each of them, so that nothing is lost by an interruption.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Go on with the answers of a file that --save wrote. Its inputs are read again.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    resume: Option<PathBuf>,
    /// Take the answers from a file.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    answers: Option<PathBuf>,
    /// End when the leading cause is at least this likely (0 to 1).
    #[arg(long, value_name = "P", default_value_t = ask::SURE, value_parser = super::diagnose::probability)]
    sure: f64,
    /// How to speak.
    #[arg(long, default_value = "text")]
    format: Format,
    /// Look itself where a probe answers a question, at the domain that the inputs are about or the one named
    /// (--probe=www.example.org). What will be contacted is said before. Without it, only after "probe".
    #[cfg(feature = "probe")]
    #[arg(long, value_name = "DOMAIN", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    probe: Option<String>,
    #[cfg(feature = "probe")]
    #[command(flatten, next_help_heading = "With a probe")]
    network: super::probe::NetworkArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program: the whole session at its end, the contract certwhy/ask/1.
    Json,
    /// For a program: a line for each question, move and the end.
    Ndjson,
}

pub fn run(args: &AskArgs, common: &Common) -> Result<ExitCode> {
    let mut inputs = args.inputs.clone();
    let saved = args.resume.as_ref().map(|path| Saved::read(&read(path)?)).transpose()?;
    if let Some(saved) = &saved {
        inputs.add_paths(&saved.inputs);
        inputs.set_now(saved.at);
    }
    let named = inputs.named();
    if named.iter().any(|path| path == "-") && args.answers.is_none() {
        let why =
            "standard input holds the log, so it cannot hold the answers: write the log to a file, or give --answers";
        return Err(Error::NoInput(vec![why.to_owned()]));
    }
    // The process ends with the answer: to take the rules apart piece by piece would only delay it.
    let engine: &Engine = Box::leak(Box::new(ask::engine(&common.engine()?.knowledge)));
    let now = inputs.now();
    let session = inputs.session_of_any(engine)?;
    // What was answered is in the file already.
    super::inputs::end_at_interrupt(match &args.save {
        Some(path) => format!("\nGo on later: certwhy ask --resume {0} --save {0}\n", path.display()),
        None => "\n".to_owned(),
    });
    let mut interview = Interview::new(engine, session, Options { top: 5, ..Options::default() });
    interview.sure(args.sure);
    for given in saved.into_iter().flat_map(|saved| saved.answers) {
        interview.give(given)?;
    }
    if let Some(symptom) = &args.symptom {
        interview.give(Given::Symptom { symptom: symptom.clone() })?;
    }
    let lines = match &args.answers {
        Some(path) => Lines::script(&read(path)?, engine, &mut interview)?,
        None => Lines::input(),
    };
    let voice = Voice::new(args.format, common);
    let mut talk = Talk { args, interview, lines, voice, now, inputs: named, probed: false };
    talk.run()
}

fn read(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::NoInput(vec![format!("{}: {error}", path.display())]))
}
