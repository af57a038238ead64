//! `certwhy rules new`.

use std::fs;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use regex::Regex;
use walkdir::WalkDir;

use crate::author::propose::{self, Proposal};
use crate::author::scaffold::Draft;
use crate::cli::Common;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::input::Record;
use crate::lint;
use crate::report::redact::Redactor;
use crate::rule::schema::Kind;
use crate::rule::words::{Leak, Prior, Stage, Words};
use crate::rule_tests;
use crate::scan::frequency::EVERYDAY;

/// Bytes of a file that are looked at.
const LONGEST: u64 = 64 << 20;

const HELP: &str = "\
Writes one file into the folder of --rules: a new cause with its pattern, fix and tests, or, with --for, a signal of a
cause that is known already. What is not given is asked for, on a terminal. The pattern is proposed from the line: what
varies is captured, the words stay. Look it over: it is yours.

Examples:
  certwhy --rules mypack rules new connector.vaultpush-sealed --from push.log --line 4012
  certwhy --rules mypack rules new connector.vaultpush-sealed --title 'The vaultpush slot is sealed' \\
      --log 'ERROR vaultpush: slot 7 is sealed' --fix 'Unseal the slot: vaultpush slot unseal 7'
  certwhy --rules mypack rules new vaultpush.slot-sealed --for connector.ca-service-down --from push.log --line 4012";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct NewArgs {
    /// Of a cause: stage and name (dcv.caa-forbidden). With --for, of a signal: program and name (nginx.key-mismatch).
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// What is wrong, as a short sentence; of a signal, what is seen.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The record that shows it.
    #[arg(long, value_name = "TEXT", conflicts_with = "from")]
    log: Option<String>,
    /// The log in which it stands.
    #[arg(long, value_name = "LOG", requires = "line")]
    from: Option<PathBuf>,
    /// The number of its line there, from 1.
    #[arg(long, value_name = "N")]
    line: Option<usize>,
    /// What fixed it; may be repeated, a step each.
    #[arg(long, value_name = "TEXT")]
    fix: Vec<String>,
    /// How one knows that it worked.
    #[arg(long, value_name = "TEXT")]
    verify: Option<String>,
    /// A record that is nearly the same and means something else.
    #[arg(long, value_name = "TEXT")]
    miss: Option<String>,
    /// How often this is the cause among all incidents.
    #[arg(long, value_name = "WORD")]
    prior: Option<String>,
    /// The known cause that the line shows: only a signal is written.
    #[arg(long = "for", value_name = "CAUSE")]
    known: Option<String>,
    /// Healthy logs, files or folders: how often the pattern stands there decides its leak.
    #[arg(long, value_name = "PATH")]
    healthy: Vec<PathBuf>,
    /// Show the file, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: &NewArgs, common: &Common) -> Result<ExitCode> {
    let wrong = |text: String| Error::Unknown(text);
    let Some(folder) = common.rules.last().filter(|_| !args.dry_run).cloned().or(args.dry_run.then(PathBuf::new))
    else {
        return Err(wrong(
            "say with --rules DIR where the rule is written to (certwhy --rules mypack rules new …)".into(),
        ));
    };
    let mut asker = Asker::default();
    let id = asker.text(args.id.clone(), "ID", "Id, stage and name (connector.vaultpush-sealed)")?;
    let (group, name) = id.split_once('.').ok_or_else(|| wrong(format!("`{id}` is no id: write stage.name")))?;
    if group == "practice" {
        return Err(wrong(format!(
            "a practice is made of facts, not of a line: copy one of rules/practices/ to rules/practices/{name}.yaml \
             (docs/authoring/practice.md)"
        )));
    }
    let sample = match (&args.log, &args.from) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => line_of(path, args.line.unwrap_or(1))?,
        (None, None) => asker.text(None, "--log", "The line of the log that shows it")?,
    };
    // What is written down outlives the log.
    let sample = Redactor::default().text(sample.trim());
    let title = asker.text(args.title.clone(), "--title", "What is wrong, as a short sentence")?;
    // A folder that is made only now has no rules yet.
    let there: Vec<PathBuf> =
        common.rules.iter().filter(|rules| **rules != folder || rules.is_dir()).cloned().collect();
    let engine = Engine::new(&common.pack_of(&there)?)?;
    let path = match &args.known {
        Some(cause) if engine.knowledge.cause(cause).is_none() => {
            return Err(wrong(format!("there is no cause {cause} (certwhy list causes)")));
        }
        Some(_) => format!("rules/signals/{group}.yaml"),
        None if Stage::from_word(group).is_none() => {
            let stages: Vec<&str> = Stage::ALL.iter().map(|(word, _)| *word).collect();
            return Err(wrong(format!("`{group}` is no stage; one of: {}", stages.join(", "))));
        }
        None => format!("rules/{group}/{name}.yaml"),
    };
    let steps = match (&args.known, args.fix.is_empty()) {
        (Some(_), _) => Vec::new(),
        (None, false) => args.fix.clone(),
        (None, true) => vec![asker.text(None, "--fix", "What fixed it")?],
    };
    let prior = match &args.prior {
        Some(word) => Prior::from_word(word).ok_or_else(|| {
            let words: Vec<&str> = Prior::ALL.iter().map(|(word, _)| *word).collect();
            wrong(format!("`{word}` is no prior; one of: {}", words.join(", ")))
        })?,
        None => Prior::Occasional,
    };
    let proposal = propose::propose(&sample);
    if let Err(error) = usable(&proposal) {
        return Err(wrong(format!(
            "no pattern can be made of this line: {error}; give one with more words of the program"
        )));
    }
    let (leak, why) = leak(&proposal, &args.healthy)?;
    let draft = Draft {
        title,
        prior,
        leak,
        steps,
        verify: args.verify.clone().unwrap_or_else(|| "Run it again: the line does not come back.".to_owned()),
        miss: args.miss.clone().unwrap_or_else(|| EVERYDAY.lines().next().unwrap_or("").to_owned()),
        implies: known_already(&engine, &sample),
        sample,
        proposal,
    };
    let kind = if args.known.is_some() { Kind::Signals } else { Kind::Cause };
    let schema = format!("../schema/{}", kind.file_name());
    let text = match &args.known {
        Some(cause) => draft.signal(group, name, engine.knowledge.current(cause), &schema),
        None => draft.cause(&schema),
    };
    let target = if folder.join("rules").is_dir() || !folder.join("signals").is_dir() {
        folder.join(&path)
    } else {
        folder.join(path.trim_start_matches("rules/"))
    };
    let mut out = match draft.implies.as_slice() {
        [] => "No rule knows this line so far.\n".to_owned(),
        known => format!(
            "Rules know this line already: {}. The new one says more, and implies them (certwhy rules why shows how they \
             match).\n",
            known.join(", ")
        ),
    };
    out.push_str(&format!("leak: {leak}, because {why}\n\n"));
    if args.dry_run {
        common.print(&format!("{out}{path}:\n\n{text}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if target.exists() {
        return Err(wrong(format!("{} is there already; add to it by hand:\n\n{text}", target.display())));
    }
    write(&target, &text)?;
    // The file says where its schema is.
    if let Some(rules) = target.parent().and_then(Path::parent) {
        let schema = rules.join("schema").join(kind.file_name());
        if !schema.exists() {
            write(&schema, &kind.text(&engine.knowledge))?;
        }
    }
    out.push_str(&format!("{}\n\n{text}\n", target.display()));
    out.push_str(&afterwards(common, &id, &target)?);
    common.print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// The pattern ready to run, where it can be one.
fn usable(proposal: &Proposal) -> std::result::Result<Regex, String> {
    if proposal.message.chars().filter(|c| c.is_alphabetic()).count() < 6 {
        return Err("it has hardly any words".to_owned());
    }
    Regex::new(&proposal.pattern).map_err(|error| error.to_string())
}

/// The line of a log, decoded as far as its encoding is plain.
fn line_of(path: &Path, number: usize) -> Result<String> {
    let unusable = |why: String| Error::NoInput(vec![format!("{}: {why}", path.display())]);
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| unusable(error.to_string()))?;
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|error| unusable(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let line = number.checked_sub(1).and_then(|ix| text.lines().nth(ix));
    let line = line.ok_or_else(|| unusable(format!("there is no line {number}")))?;
    if line.trim().is_empty() { Err(unusable(format!("line {number} is empty"))) } else { Ok(line.to_owned()) }
}

/// How often the pattern stands in healthy logs, as a word, and what says so.
fn leak(proposal: &Proposal, healthy: &[PathBuf]) -> Result<(Leak, String)> {
    let regex = Regex::new(&proposal.pattern).map_err(|error| Error::Unknown(error.to_string()))?;
    if let Some(line) = EVERYDAY.lines().find(|line| regex.is_match(line)) {
        return Ok((Leak::Common, format!("an everyday line matches: {line}")));
    }
    let (mut logs, mut hits) = (0usize, 0usize);
    for entry in healthy.iter().flat_map(WalkDir::new) {
        let entry = entry.map_err(|error| Error::NoInput(vec![error.to_string()]))?;
        if entry.file_type().is_file() {
            let mut bytes = Vec::new();
            let file = fs::File::open(entry.path())?;
            file.take(LONGEST).read_to_end(&mut bytes)?;
            logs += 1;
            hits += usize::from(String::from_utf8_lossy(&bytes).lines().any(|line| regex.is_match(line)));
        }
    }
    let words = proposal.message.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count();
    if hits > 0 {
        let rate = hits as f64 / logs as f64;
        let word = Leak::ALL.iter().find(|(_, leak)| leak.number() >= rate).map_or(Leak::Noisy, |(_, leak)| *leak);
        return Ok((word, format!("it stands in {hits} of {logs} healthy logs")));
    }
    let none = if logs > 0 {
        format!("it stands in none of {logs} healthy logs")
    } else {
        "no everyday line matches".to_owned()
    };
    Ok(match words {
        0..3 => (Leak::Rare, format!("{none}, but the pattern has few words")),
        _ => (Leak::Specific, none),
    })
}

/// Signals with a cause that see the line so far.
fn known_already(engine: &Engine, text: &str) -> Vec<String> {
    let has_cause = |ix| engine.knowledge.causes.iter().any(|cause| cause.effects.iter().any(|(s, _)| *s == ix));
    let marks = engine.scanner.scan(&Record::alone(text), &engine.knowledge);
    let marks = marks.iter().filter(|mark| has_cause(mark.signal));
    marks.map(|mark| engine.knowledge.signals[mark.signal].id.clone()).filter(|id| !id.contains('#')).collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    let unwritable = |source| Error::Unwritable { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(unwritable)?;
    }
    fs::write(path, text).map_err(unwritable)
}

/// Checks and tests what was written, and says what to do next.
fn afterwards(common: &Common, id: &str, path: &Path) -> Result<String> {
    let mut out = String::new();
    let mut checked = lint::check(&common.pack()?);
    checked.diagnostics.0.retain(|found| {
        found.place.as_ref().is_some_and(|place| place.file.on_disk.as_deref().is_some_and(|file| file == path))
    });
    match checked.diagnostics.0.is_empty() {
        true => out.push_str("check: no mistakes\n"),
        false => out.push_str(&format!("check:\n{}\n", checked.diagnostics.render(true))),
    }
    if let Some(engine) = &checked.engine {
        let report = rule_tests::run(engine, id, false);
        report.failures().for_each(|failure| out.push_str(&format!("{failure}\n")));
        out.push_str(&format!("test: {} run, {} failed\n", report.tests.len(), report.failures().count()));
    }
    let rules: Vec<String> = common.rules.iter().map(|folder| format!("--rules {}", folder.display())).collect();
    let rules = rules.join(" ");
    out.push_str(&format!(
        "\nNext:\n  look the pattern over, and replace the example of what it is not by a line that is nearly the same\n  \
         certwhy {rules} rules check\n  certwhy {rules} rules test {id}\n  certwhy {rules} diagnose LOG"
    ));
    Ok(out)
}

/// Asks for what was not given, on a terminal only.
#[derive(Default)]
struct Asker {
    told: bool,
}

impl Asker {
    fn text(&mut self, given: Option<String>, flag: &str, question: &str) -> Result<String> {
        if let Some(text) = given {
            return Ok(text);
        }
        let mut input = std::io::stdin().lock();
        if !std::io::stdin().is_terminal() {
            return Err(Error::Unknown(format!("{flag} is missing: {question}")));
        }
        let mut out = std::io::stderr().lock();
        if !std::mem::replace(&mut self.told, true) {
            writeln!(out, "A new rule. Ctrl-C ends it, and nothing is written.")?;
        }
        loop {
            write!(out, "{question}: ")?;
            out.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Err(Error::Unknown(format!("{flag} is missing: {question}")));
            }
            if !line.trim().is_empty() {
                return Ok(line.trim().to_owned());
            }
        }
    }
}
