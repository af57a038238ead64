//! `certwhy rules why`.

use std::io::Read;
use std::process::ExitCode;

use clap::Args;

use crate::author::why::{self, Tried, Why};
use crate::cli::Common;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::input::{Record, dialect};
use crate::report::redact::Redactor;

/// Near misses that are shown without --signal.
const SHOWN: usize = 8;
/// Bytes of a record that are looked at.
const LONGEST: u64 = 1 << 20;

const HELP: &str = "\
Examples:
  certwhy rules why 'SSL_CTX_use_PrivateKey failed'                  which patterns match, and which nearly do
  tail -n 1 bot.log | certwhy rules why -                            the same for the last line of a log
  certwhy rules why --signal nginx.key-mismatch 'key does not fit'   why this one does not match";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct WhyArgs {
    /// The record, with all of its lines; - reads it from standard input.
    #[arg(value_name = "RECORD")]
    record: String,
    /// Tell of every pattern of the signals whose id begins with this.
    #[arg(long, value_name = "PREFIX")]
    signal: Option<String>,
}

pub fn run(args: &WhyArgs, common: &Common) -> Result<ExitCode> {
    let engine = common.engine()?;
    let mut text = args.record.clone();
    if text == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes)?;
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    let text = text.trim_end();
    if text.is_empty() {
        return Err(Error::Unknown("the record is empty".to_owned()));
    }
    let record = Record { line: 1, text: text.to_owned(), time: None, level: dialect::level(text), source: None };
    let prefix = args.signal.as_deref().unwrap_or("");
    let tried = why::all(&engine, &record, prefix);
    if tried.is_empty() {
        return Err(Error::Unknown(format!("no signal has an id that begins with {prefix} (certwhy list signals)")));
    }
    common.print(&told(&engine, &record, &tried, args.signal.is_some()))?;
    Ok(ExitCode::SUCCESS)
}

fn told(engine: &Engine, record: &Record, tried: &[Why], every: bool) -> String {
    let mut redactor = Redactor::default();
    let (mut out, mut near, mut missing) = (String::new(), Vec::new(), 0);
    for why in tried {
        let signal = &engine.knowledge.signals[why.signal];
        let lines = match &why.tried {
            Tried::Matches(range, values) => {
                let values: Vec<String> =
                    values.iter().map(|(name, value)| format!("{name} = {}", redactor.text(value))).collect();
                let values =
                    if values.is_empty() { String::new() } else { format!("\n    captured {}", values.join(", ")) };
                out.push_str(&format!(
                    "{} matches\n    {}\n    matched  {}{values}\n",
                    signal.id,
                    why.pattern,
                    redactor.text(&record.text[range.clone()])
                ));
                continue;
            }
            Tried::Elsewhere => {
                let only = why::restrictions(signal);
                out.push_str(&format!(
                    "{} would match, but is looked for only in {only}\n    {}\n",
                    signal.id, why.pattern
                ));
                continue;
            }
            Tried::Stopped { upto, range, then } => {
                let matched = redactor.text(&record.text[range.clone()]);
                let goes_on: String = record.text[range.end..].chars().take(60).collect();
                let goes_on = redactor.text(&goes_on);
                (
                    range.len(),
                    format!(
                        "{} stops\n    {}\n    matched  {matched}\n    up to    {upto}\n    then     {then}\n    but the record goes on  {goes_on}\n",
                        signal.id, why.pattern
                    ),
                )
            }
            Tried::Missing(texts) => {
                missing += 1;
                let texts: Vec<String> = texts.iter().take(6).map(|text| format!("`{text}`")).collect();
                if !every {
                    continue;
                }
                (
                    0,
                    format!(
                        "{} was not tried: nothing of {} stands in the record\n    {}\n",
                        signal.id,
                        texts.join(", "),
                        why.pattern
                    ),
                )
            }
        };
        near.push(lines);
    }
    if out.is_empty() {
        out.push_str("No pattern matches.\n");
    }
    // The one that came farthest first.
    near.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let shown = if every { near.len() } else { SHOWN };
    near.iter().take(shown).for_each(|(_, text)| out.push_str(&format!("\n{text}")));
    if !every {
        out.push_str(&format!(
            "\n{} more stopped early, {missing} were not tried for lack of a text that they need (--signal ID tells which)\n",
            near.len().saturating_sub(shown)
        ));
    }
    out
}
