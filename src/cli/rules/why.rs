//! `certwhy rules why`.

use std::io::Read;
use std::process::ExitCode;

use clap::Args;

use crate::author::why::{self, Tried, Why};
use crate::cli::Common;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::input::Record;
use crate::observe::said;
use crate::report::redact::Redactor;

/// Near misses that are shown without --signal.
const SHOWN: usize = 8;
/// Bytes of a record that are looked at: each part of each pattern is tried on it.
const LONGEST: usize = 16 << 10;

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
        std::io::stdin().lock().take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    if text.len() > LONGEST {
        return Err(Error::Unknown("the record is longer than 16 KiB: give one record, not a log".to_owned()));
    }
    let text = text.trim_end();
    if text.is_empty() {
        return Err(Error::Unknown("the record is empty".to_owned()));
    }
    let record = Record::alone(text);
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
            Tried::Unsaid(range) => {
                out.push_str(&format!(
                    "{} matches, but nobody says it there\n    {}\n    matched  {}\n    counts   {}\n",
                    signal.id,
                    why.pattern,
                    redactor.text(&record.text[range.clone()]),
                    said::WHERE
                ));
                continue;
            }
            Tried::Stopped { upto, range, then } => {
                let matched = redactor.text(&record.text[range.clone()]);
                let goes_on: String = record.text[range.end..].chars().take(60).collect();
                let goes_on = redactor.text(&goes_on);
                let goes_on = if goes_on.is_empty() { "the record ends" } else { &goes_on };
                (
                    words(upto),
                    format!(
                        "{} stops\n    matched  {matched}\n    up to    {}\n    then     {}\n    but      {goes_on}\n",
                        signal.id,
                        cut(upto),
                        cut(then)
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
    near.sort_by_key(|(words, _)| std::cmp::Reverse(*words));
    let shown = if every { near.len() } else { SHOWN };
    near.iter().take(shown).for_each(|(_, text)| out.push_str(&format!("\n{text}")));
    if !every {
        let more = near.len().saturating_sub(shown);
        let more = if more > 0 { format!("{more} more stopped, ") } else { String::new() };
        out.push_str(&format!(
            "\n{more}{missing} patterns were not tried: nothing of what they need stands in the record\n"
        ));
    }
    out
}

/// Letters of a pattern that stand for themselves, roughly: how much of what a program prints has matched.
fn words(pattern: &str) -> usize {
    let mut rest = pattern;
    let mut count = 0;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '\\' => rest.char_indices().nth(2),
            '[' => rest.find(']').map(|at| (at + 1, ']')),
            '(' if rest.starts_with("(?P<") => rest.find('>').map(|at| (at + 1, '>')),
            _ => {
                count += usize::from(c.is_alphabetic());
                rest.char_indices().nth(1)
            }
        };
        rest = skipped.map_or("", |(at, _)| &rest[at..]);
    }
    count
}

/// As much of a pattern as a person reads.
fn cut(pattern: &str) -> String {
    const LONGEST: usize = 160;
    if pattern.chars().count() <= LONGEST {
        return pattern.to_owned();
    }
    pattern.chars().take(LONGEST).chain(['…']).collect()
}
