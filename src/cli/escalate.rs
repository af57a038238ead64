//! `certwhy escalate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::diagnose::InputArgs;
use super::{Common, inputs};
use crate::diagnostic::count;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::reason::Options;
use crate::report::escalation::{self, Escalation, Quotes, Said, Wanted, bundle};
use crate::report::printable;
use crate::report::redact::Redactor;

const HELP: &str = "\
The report holds the six details that support asks for (certificate, bot, connector, error message,
renewal schedule, recent changes) as far as the inputs tell them, and where each stands; what is still
missing, and where it is found; a timeline; the diagnosis; and the records around the evidence. Secrets
are taken out of all of it.

  certwhy escalate /opt/certinext/logs status.yaml > ticket.md
  certwhy escalate bot.log --changes 'new proxy since Monday' --fact bot.name=PROV-BOT-03
  certwhy escalate bot.log --zip case.zip --logs whole     the report with the logs, to attach

Look at the report before you send it: what is a secret to you alone, nobody else can know.

Exit codes: 0 no cause found, 1 a cause found, 2 wrong use, unreadable input or broken rules.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct EscalateArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// What was changed lately, and when (a proxy, a firewall, an update); \"none\" where nothing was. May be repeated.
    #[arg(long, value_name = "TEXT")]
    changes: Vec<String>,
    /// Anything else that no log says: who is concerned, what was tried, the time zone of a host. May be repeated.
    #[arg(long, value_name = "TEXT")]
    note: Vec<String>,
    /// How to print the report.
    #[arg(long, default_value = "markdown")]
    format: Format,
    /// Write an archive with the report, the diagnosis and the logs instead, and print what is in it.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    zip: Option<PathBuf>,
    /// What of the logs the archive holds.
    #[arg(long, default_value = "excerpt", requires = "zip")]
    logs: Logs,
    /// Name this many causes at most.
    #[arg(long, value_name = "N", default_value_t = 3)]
    top: usize,
    /// Name a cause only if the leading one is at least this likely (0 to 1).
    #[arg(long, value_name = "P", default_value_t = 0.4, value_parser = super::diagnose::probability)]
    min_probability: f64,
    #[cfg(feature = "probe")]
    #[command(flatten)]
    beside: super::probe::BesideArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a ticket.
    Markdown,
    /// For a program: the contract certwhy/escalation/1.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Logs {
    /// The lines around the evidence.
    Excerpt,
    /// All of them, in full.
    Whole,
}

pub fn run(args: &EscalateArgs, common: &Common) -> Result<ExitCode> {
    args.inputs.check("escalate")?;
    // The process ends with the answer: to take the rules apart piece by piece would only delay it.
    let engine: &Engine = Box::leak(Box::new(common.engine()?));
    let mut kept = inputs::Kept::default();
    #[allow(unused_mut, reason = "only probes add to it")]
    let mut session = args.inputs.session_keeping(engine, &mut kept)?;
    #[cfg(feature = "probe")]
    args.beside.probe(&mut session, &mut |text| common.tell(text))?;
    let now = args.inputs.now();
    let outcome = session.diagnose(Options { min_probability: args.min_probability, top: args.top });
    let broken = outcome.inputs.iter().any(|input| input.broken);
    let mut redactor = Redactor::default();
    let wanted = Wanted::of(&outcome);
    let mut quotes = Quotes::new(args.logs == Logs::Whole);
    kept.again(&args.inputs.all_paths(), &mut |name, reader| quotes.read(name, reader, &wanted, &mut redactor));
    let said = Said { changes: args.changes.clone(), notes: args.note.clone() };
    let excerpts = std::mem::take(&mut quotes.excerpts);
    let case = Escalation::new(&outcome, &said, now, excerpts, &mut redactor);
    let page = match (&args.zip, args.format) {
        (Some(path), _) => zip(path, &case, &quotes, now)?,
        (None, Format::Markdown) => escalation::write(&case),
        (None, Format::Json) => escalation::json(&case),
    };
    common.print(&page)?;
    Ok(match (case.diagnosis.causes.is_empty(), broken) {
        (false, _) => ExitCode::from(1),
        (true, false) => ExitCode::SUCCESS,
        (true, true) => ExitCode::from(2),
    })
}

/// Writes the archive, and tells what is in it and what is still missing.
fn zip(path: &Path, case: &Escalation, quotes: &Quotes, now: jiff::Timestamp) -> Result<String> {
    let parts = bundle::parts(case, quotes);
    let bytes = bundle::archive(&parts, now)?;
    std::fs::write(path, bytes).map_err(|source| Error::Unwritable { path: path.to_owned(), source })?;
    let mut out = format!("{}: {}\n", path.display(), count(parts.len(), "file"));
    for part in &parts {
        out.push_str(&format!("  {:<28} {}\n", part.path, part.about));
    }
    for note in &quotes.notes {
        out.push_str(&format!("  {note}\n"));
    }
    let missing: Vec<_> = case.missing().collect();
    if !missing.is_empty() {
        out.push_str("\nStill missing, support will ask for it:\n");
        for missing in missing {
            let at = if missing.place.is_empty() { String::new() } else { format!(": {}", missing.place) };
            out.push_str(&format!("- {}{at} ({})\n", missing.what, missing.hand_in));
        }
    }
    Ok(printable(&out))
}
