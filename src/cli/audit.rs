//! `certwhy audit`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use super::Common;
use super::diagnose::InputArgs;
use crate::audit;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::history::History;
use crate::report::audit::{self as report, AuditAnswer};
use crate::report::printable;
use crate::report::redact::Redactor;
use crate::rule::words::Severity;

const HELP: &str = "\
Practices are held against facts, so hand in what tells facts: a snapshot (certwhy collect certinext), a
facts file (certwhy collect template --for audit), objects of cert-manager, the renewal settings of
certbot, what systemctl show and openssl print, or --probe. A fact that is not known is not taken for good:
the practice is not checked, and what to find out is listed.

  certwhy audit snapshot.json facts.yaml                   what is wrong before anything fails
  certwhy audit /etc/letsencrypt/renewal --all             what is kept, too
  certwhy audit facts.yaml --probe=www.example.org         with what clients see
  certwhy audit snapshot.json --fail-on high --skip practice.bot-version
  certwhy list practices; certwhy explain practice.renewal-window

From cron, with what is new and what was mended since the last time:
  certwhy audit snapshot.json --history /var/lib/certwhy/audit.sqlite --keep 400
  certwhy audit --history /var/lib/certwhy/audit.sqlite --trend

For monitoring:
  certwhy audit snapshot.json --format nagios --fail-on medium
  certwhy audit snapshot.json --format prometheus > /var/lib/node_exporter/certwhy.prom

Exit codes: 0 nothing is broken that --fail-on names, 1 something is, 2 wrong use, no facts, an input or a
history that cannot be used, or broken rules. With --format nagios those of its plugins: 0 OK, 1 WARNING
(medium or low), 2 CRITICAL (critical or high), 3 UNKNOWN.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct AuditArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// How to print what was found.
    #[arg(long, default_value = "text")]
    format: Format,
    /// The least severity for which the exit code tells that something is broken.
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    fail_on: FailOn,
    /// Look at this practice only. May be repeated.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Do not look at this practice. May be repeated.
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
    /// List what is kept and what does not apply, too, and every fact that is missing.
    #[arg(long)]
    all: bool,
    /// Keep the audit in this file (SQLite), and say what changed since the earlier ones there.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    history: Option<PathBuf>,
    /// Forget audits in the history that are older than so many days.
    #[arg(long, value_name = "DAYS", requires = "history", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep: Option<u32>,
    /// Print what the last audits in the history found, and audit nothing.
    #[arg(long, requires = "history", conflicts_with_all = ["keep", "only", "skip", "all"])]
    trend: bool,
    #[cfg(feature = "probe")]
    #[command(flatten)]
    beside: super::probe::BesideArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program: the contract certwhy/audit/1.
    Json,
    /// For a program: a line for each finding.
    Ndjson,
    /// For a ticket or a page.
    Markdown,
    /// One line with figures, and the exit codes of a plugin for Nagios.
    Nagios,
    /// Figures for the textfile collector of Prometheus.
    Prometheus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Only critical ones.
    Critical,
    /// From high on.
    High,
    /// From medium on.
    Medium,
    /// Anything.
    Low,
    /// Nothing: only what keeps certwhy from its work.
    Never,
}

impl FailOn {
    fn least(self) -> Option<Severity> {
        match self {
            FailOn::Critical => Some(Severity::Critical),
            FailOn::High => Some(Severity::High),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::Low => Some(Severity::Low),
            FailOn::Never => None,
        }
    }
}

pub fn run(args: &AuditArgs, common: &Common) -> Result<ExitCode> {
    if args.trend {
        return trend(args, common);
    }
    match audited(args, common) {
        Err(error) if args.format == Format::Nagios => {
            // Its reader takes 2 for critical.
            let line = printable(&Redactor::default().text(&error.to_string())).replace(['|', '\n'], " ");
            common.print(&format!("CERTWHY UNKNOWN - {line}"))?;
            Ok(ExitCode::from(3))
        }
        other => other,
    }
}

fn audited(args: &AuditArgs, common: &Common) -> Result<ExitCode> {
    args.inputs.check("audit")?;
    // The process ends with the answer: to take the rules apart piece by piece would only delay it.
    let engine: &Engine = Box::leak(Box::new(common.engine()?));
    let now = args.inputs.now();
    // What cannot be kept is told before anything is read.
    let mut history = args.history.as_deref().map(History::open).transpose()?;
    let options = audit::Options {
        only: audit::named(&engine.knowledge, &args.only)?,
        skip: audit::named(&engine.knowledge, &args.skip)?,
        failed_before: history.as_ref().map(|history| history.failed_before(now)).transpose()?.flatten(),
    };
    #[allow(unused_mut, reason = "only probes add to it")]
    let mut session = args.inputs.session_of_rows(engine)?;
    #[cfg(feature = "probe")]
    args.beside.probe(&mut session, &mut |text| common.tell(text))?;
    let incomplete = session.inputs().iter().any(|input| input.broken);
    let audit = audit::run(session.gathered(), &options)?;
    let mut answer = AuditAnswer::new(&audit);
    if let Some(history) = &mut history {
        let keep = args.keep.map(|days| SignedDuration::from_hours(i64::from(days) * 24));
        history.record(&mut answer, now, keep)?;
    }
    let incomplete = incomplete || answer.partial;
    let least = args.fail_on.least();
    let page = match args.format {
        Format::Text => report::text(&answer, super::width(), args.all),
        Format::Json => report::json(&answer),
        Format::Ndjson => report::ndjson(&answer, args.all),
        Format::Markdown => report::markdown(&answer),
        Format::Prometheus => report::prometheus(&answer),
        Format::Nagios => {
            let (line, code) = report::nagios(&answer, least, incomplete);
            common.print(&line)?;
            return Ok(ExitCode::from(code));
        }
    };
    if !page.is_empty() {
        common.print(&page)?;
    }
    Ok(match (least.is_some_and(|least| answer.is_broken(least)), incomplete) {
        (true, _) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
        // What was not read may hold what is broken: this is no clean bill of health.
        (false, true) => ExitCode::from(2),
    })
}

/// What the last audits found.
fn trend(args: &AuditArgs, common: &Common) -> Result<ExitCode> {
    let Some(path) = &args.history else {
        return Err(Error::NoFacts("--trend needs --history FILE".to_owned()));
    };
    let trend = History::read(path)?.trend(args.inputs.now(), crate::history::RUNS)?;
    let page = match args.format {
        Format::Text | Format::Markdown => trend.text(),
        _ => report::trend_json(&trend),
    };
    common.print(&page)?;
    Ok(ExitCode::SUCCESS)
}
