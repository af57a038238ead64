//! `certwhy diagnose`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{Common, inputs};
use crate::engine::{Engine, ReadOptions, Session};
use crate::error::{Error, Result};
use crate::input::envelope;
use crate::reason::Options;
use crate::report::{self, Answer, markdown, printable, text};
use crate::rule::words::Words;

const HELP: &str = "\
PATH is a log file, a status document (JSON or YAML), a folder with any of these, or - for standard input.
It may be compressed (gzip, zstd, bzip2, xz) or an archive (tar, ZIP). certwhy finds out by itself
what each file is; what it cannot use is listed under the inputs. Ctrl-C ends reading, and what was
read so far is diagnosed.

A facts file says what you know (`certwhy list facts` shows all paths):
  at: 2026-11-20T08:00:00Z
  facts:
    bot.status: Stopped
    certificate: { status: Active, cn: www.example.com }

Exit codes: 0 no cause found, 1 a cause found, 2 wrong use, unreadable input or broken rules.";

/// What a person hands in.
#[derive(Debug, Clone, Args)]
pub struct InputArgs {
    /// Log files, status documents, folders; - reads standard input.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A fact that you know, for instance bot.status=Stopped. May be repeated; wins over files.
    #[arg(long = "fact", value_name = "PATH=VALUE")]
    facts: Vec<String>,
    /// The bot that it is about: short for --fact bot.name=NAME, and picks its row of a table of bots (CSV).
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// A status document, as a file or an http(s) address. May be repeated.
    #[arg(long, value_name = "FILE|URL")]
    snapshot: Vec<String>,
    /// The present, for facts that depend on it (RFC 3339); the clock if not given.
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// Look only at records from this moment on (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Look only at records up to this moment (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Look at this many records of each log at most.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// The form of every log, where certwhy does not find it out by itself.
    #[arg(long, value_name = "FORMAT", value_parser = input_format())]
    input_format: Option<envelope::Format>,
}

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct DiagnoseArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// How to print the answer.
    #[arg(long, default_value = "text")]
    format: Format,
    /// List this many causes at most.
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
    /// Name a cause only if the leading one is at least this likely (0 to 1).
    #[arg(long, value_name = "P", default_value_t = 0.4, value_parser = probability)]
    min_probability: f64,
    /// Show everything that was weighed, with its numbers.
    #[arg(long)]
    explain: bool,
    #[cfg(feature = "probe")]
    #[command(flatten)]
    beside: super::probe::BesideArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program: the contract certwhy/diagnosis/1.
    Json,
    /// For a ticket or a page.
    Markdown,
}

pub(super) fn probability(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("write a number from 0 to 1, for instance 0.4".to_owned()),
    }
}

pub(super) fn time(text: &str) -> std::result::Result<Timestamp, String> {
    text.parse().map_err(|_| "write a time as 2026-11-20T08:00:00Z".to_owned())
}

/// Words for the forms of logs, which `--help` lists.
pub(super) fn input_format() -> impl TypedValueParser<Value = envelope::Format> {
    let words = envelope::Format::ALL.iter().map(|(word, _)| *word);
    PossibleValuesParser::new(words).try_map(|word| envelope::Format::from_word(&word).ok_or("not a form of logs"))
}

impl InputArgs {
    /// Reads everything that was handed in.
    ///
    /// # Errors
    /// Nothing was handed in, nothing of it can be used, or a fact is not one.
    pub(super) fn session<'e>(&self, engine: &'e Engine) -> Result<Session<'e>> {
        self.read(self.begin(engine)?)
    }

    /// As [`InputArgs::session`], with every row of a table where none is named.
    ///
    /// # Errors
    /// As [`InputArgs::session`].
    pub(super) fn session_of_rows<'e>(&self, engine: &'e Engine) -> Result<Session<'e>> {
        let mut session = self.begin(engine)?;
        session.take_all_rows();
        self.read(session)
    }

    fn read<'e>(&self, mut session: Session<'e>) -> Result<Session<'e>> {
        if self.is_empty() {
            inputs::read_paths(&mut session, &[PathBuf::from("-")]);
        }
        inputs::read_paths(&mut session, &self.paths);
        for snapshot in &self.snapshot {
            inputs::read_snapshot(&mut session, snapshot);
        }
        self.usable(session)
    }

    /// As [`InputArgs::session`]; what cannot be read a second time (standard input, an address) is kept.
    ///
    /// # Errors
    /// As [`InputArgs::session`].
    pub(super) fn session_keeping<'e>(&self, engine: &'e Engine, kept: &mut inputs::Kept) -> Result<Session<'e>> {
        let mut session = self.begin(engine)?;
        for path in self.all_paths() {
            kept.read(&mut session, &path);
        }
        self.usable(session)
    }

    /// As [`InputArgs::session`], also of nothing.
    ///
    /// # Errors
    /// What was handed in cannot be used, or a fact is not one.
    pub(super) fn session_of_any<'e>(&self, engine: &'e Engine) -> Result<Session<'e>> {
        match self.is_empty() {
            true => self.begin(engine),
            false => self.session(engine),
        }
    }

    /// Paths and status documents as they were named.
    pub(super) fn named(&self) -> Vec<String> {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        paths.chain(self.snapshot.iter().cloned()).collect()
    }

    /// Adds paths to those that were named.
    pub(super) fn add_paths(&mut self, paths: &[String]) {
        self.paths.extend(paths.iter().map(PathBuf::from));
    }

    /// Sets the present, where it was not said.
    pub(super) fn set_now(&mut self, now: Timestamp) {
        self.now.get_or_insert(now);
    }

    /// Paths and status documents, in the order in which they are read.
    pub(super) fn all_paths(&self) -> Vec<PathBuf> {
        match self.is_empty() {
            true => vec![PathBuf::from("-")],
            false => self.paths.iter().cloned().chain(self.snapshot.iter().map(PathBuf::from)).collect(),
        }
    }

    /// The present, as it was said or as the clock has it.
    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    fn begin<'e>(&self, engine: &'e Engine) -> Result<Session<'e>> {
        let mut session = engine.session(self.now());
        session.options(ReadOptions {
            format: self.input_format,
            since: self.since,
            until: self.until,
            limit: self.limit,
            stop: Some(inputs::stop_at_interrupt()),
            all_rows: false,
        });
        for fact in &self.facts {
            session.fact(fact)?;
        }
        if let Some(bot) = &self.bot {
            session.fact(&format!("bot.name={bot}"))?;
        }
        Ok(session)
    }

    fn usable<'e>(&self, session: Session<'e>) -> Result<Session<'e>> {
        let used = session.inputs().iter().any(|i| i.kind != "skipped");
        if !used && self.facts.is_empty() {
            // A name inside an archive is anybody's.
            let why = session.inputs().iter().map(|i| printable(&format!("{}: {}", i.name, i.notes.join("; "))));
            return Err(Error::NoInput(why.collect()));
        }
        Ok(session)
    }

    /// Nothing named, and nobody pipes anything.
    pub(super) fn check(&self, command: &str) -> Result<()> {
        if self.is_empty() && std::io::stdin().is_terminal() {
            let help = "give log files, folders or status documents, or - to read standard input";
            return Err(Error::NoInput(vec![format!("{help} (certwhy {command} --help)")]));
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.facts.is_empty() && self.snapshot.is_empty()
    }
}

pub fn run(args: &DiagnoseArgs, common: &Common) -> Result<ExitCode> {
    args.inputs.check("diagnose")?;
    // The process ends with the answer: to take the rules apart piece by piece would only delay it.
    let engine: &Engine = Box::leak(Box::new(common.engine()?));
    #[allow(unused_mut, reason = "only probes add to it")]
    let mut session = args.inputs.session(engine)?;
    #[cfg(feature = "probe")]
    args.beside.probe(&mut session, &mut |text| common.tell(text))?;
    let broken = session.inputs().iter().any(|i| i.broken);
    let outcome = session.diagnose(Options { min_probability: args.min_probability, top: args.top });
    let answer = Answer::new(&outcome);
    let page = match args.format {
        Format::Text => text::write(&answer, super::width(), args.explain),
        Format::Json => report::json(&answer),
        Format::Markdown => markdown::write(&answer),
    };
    common.print(&page)?;
    Ok(match (answer.causes.is_empty(), broken) {
        (false, _) => ExitCode::from(1),
        (true, false) => ExitCode::SUCCESS,
        // What was not read may hold the cause: this is no clean bill of health.
        (true, true) => ExitCode::from(2),
    })
}
