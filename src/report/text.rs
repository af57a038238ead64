//! The answer for a person at a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::answer::{Answer, CauseAnswer, EvidenceAnswer, StepAnswer};
use super::{percent, place, printable};
use crate::diagnostic::count;

/// Pieces of evidence that are shown for one cause, and against it.
const QUOTED: usize = 4;
/// A cause of at least this is shown with its steps; the first one always is.
const WITH_STEPS: f64 = 0.4;

const HEAD: Style = Style::new().bold();
const MARK: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();
const COMMAND: Style = AnsiColor::Cyan.on_default();

/// Writes the answer with colours (the caller strips them where there is no terminal), wrapped at `width`.
pub fn write(answer: &Answer, width: usize) -> String {
    let mut page = Page { out: String::new(), width: width.clamp(50, 110) };
    page.headline(answer);
    for (ix, cause) in answer.causes.iter().enumerate() {
        page.cause(ix, cause);
    }
    page.rest(answer);
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn head(&mut self, text: &str) {
        self.line(&format!("\n{HEAD}{text}{HEAD:#}"));
    }

    /// A paragraph; the first line begins with `first`, the others with as many spaces.
    fn wrapped(&mut self, first: &str, text: &str) {
        let indent = " ".repeat(first.chars().count());
        let options =
            textwrap::Options::new(self.width).initial_indent(first).subsequent_indent(&indent).break_words(false);
        let wrapped = textwrap::fill(&printable(text), options);
        self.line(&wrapped);
    }

    fn headline(&mut self, answer: &Answer) {
        let used = answer.inputs.iter().filter(|i| i.kind != "skipped").count();
        let records: u64 = answer.inputs.iter().map(|i| i.records).sum();
        let looked = match (used, records) {
            (_, 0) => count(used, "input"),
            _ => format!("{}, {}", count(used, "input"), count(records as usize, "record")),
        };
        match answer.causes.first() {
            None if answer.unexplained.is_empty() => {
                self.line(&format!("No known cause of a failure was found ({looked})."))
            }
            None => {
                let odd = count(answer.unexplained.len(), "record");
                let they = if answer.unexplained.len() == 1 { "looks" } else { "look" };
                self.line(&format!(
                    "No known cause was found ({looked}); {odd} {they} like a failure that no rule knows."
                ));
            }
            Some(first) => {
                let title = printable(&first.title);
                self.line(&format!("{HEAD}{title}{HEAD:#}: {} ({looked}).", first.confidence));
            }
        }
    }

    fn cause(&mut self, ix: usize, cause: &CauseAnswer) {
        let sure = format!("{} ({})", cause.confidence, percent(cause.probability));
        self.line(&format!("\n{HEAD}{}. {}{HEAD:#}  {sure}", ix + 1, printable(&cause.title)));
        self.line(&format!("   {FAINT}{}{FAINT:#}", cause.id));
        self.wrapped("   ", &cause.summary);
        self.line("\n   Why");
        for evidence in cause.evidence.iter().take(QUOTED) {
            self.evidence(evidence);
        }
        if cause.evidence.len() > QUOTED {
            self.line(&format!("   and {} more", count(cause.evidence.len() - QUOTED, "signal")));
        }
        if !cause.against.is_empty() {
            self.line("\n   What speaks against it");
            for against in cause.against.iter().take(QUOTED) {
                self.wrapped("   - ", &against.reason);
            }
            if cause.against.len() > QUOTED {
                self.line(&format!("   and {} more", cause.against.len() - QUOTED));
            }
        }
        if ix == 0 || cause.probability >= WITH_STEPS {
            self.steps("What to do now", &cause.fix.steps);
            self.steps("How to know that it worked", &cause.fix.verify);
        }
        if ix == 0 && !cause.looks_like.is_empty() {
            self.line("\n   Easily confused with");
            for other in &cause.looks_like {
                self.wrapped("   - ", &format!("{}: {}", other.id, other.tell));
            }
        }
        self.line(&format!("\n   {FAINT}More about it: certwhy explain {}{FAINT:#}", cause.id));
    }

    fn evidence(&mut self, evidence: &EvidenceAnswer) {
        let place = place(&evidence.file, evidence.line);
        let times = if evidence.count > 1 { format!(", {} times", evidence.count) } else { String::new() };
        let place = printable(&place);
        let what = printable(&evidence.title);
        self.line(&format!("   - {what} {FAINT}({place}{times}; speaks for it {}){FAINT:#}", evidence.strength));
        let (start, end) = (evidence.marked.start, evidence.marked.end);
        let mut at = 0;
        for line in evidence.excerpt.split('\n') {
            let (from, to) = (start.clamp(at, at + line.len()) - at, end.clamp(at, at + line.len()) - at);
            let (before, marked, after) = (&line[..from], &line[from..to], &line[to..]);
            let marked = match marked.is_empty() {
                true => String::new(),
                false => format!("{MARK}{}{MARK:#}", printable(marked)),
            };
            self.line(&format!("     | {}{marked}{}", printable(before), printable(after)));
            at += line.len() + 1;
        }
    }

    fn steps(&mut self, title: &str, steps: &[StepAnswer]) {
        if steps.is_empty() {
            return;
        }
        self.line(&format!("\n   {title}"));
        for (n, step) in steps.iter().enumerate() {
            let minutes = count(step.minutes as usize, "minute");
            let cost = match step.risk {
                "read-only" => minutes,
                risk => format!("{minutes}, {}", risk_words(risk)),
            };
            self.wrapped(&format!("   {}. ", n + 1), &format!("{} ({cost})", step.instruction));
            for (platform, commands) in &step.commands {
                let prompt = if *platform == "windows" { "PS> " } else { "$ " };
                for command in commands {
                    for line in printable(command).lines() {
                        self.line(&format!("        {FAINT}{prompt}{FAINT:#}{COMMAND}{line}{COMMAND:#}"));
                    }
                }
            }
        }
    }

    fn rest(&mut self, answer: &Answer) {
        if !answer.symptoms.is_empty() {
            self.head("Symptoms seen");
            for symptom in &answer.symptoms {
                self.wrapped("- ", &symptom.title);
            }
        }
        if answer.incidents.len() > 1 {
            self.head("By subject");
            for incident in &answer.incidents {
                if let Some(first) = incident.causes.first() {
                    let text = format!("{}: {} ({}, {})", incident.subject, first.title, first.confidence, first.proof);
                    self.wrapped("- ", &text);
                }
            }
        }
        if !answer.next_checks.is_empty() {
            self.head("What to find out next");
            for check in &answer.next_checks {
                let place = if check.place.is_empty() { String::new() } else { format!(" {}", check.place) };
                self.wrapped(
                    "- ",
                    &format!("{}{place} ({} min; --fact {}=…)", check.question, check.minutes, check.fact),
                );
            }
        }
        if !answer.unexplained.is_empty() {
            self.head("Looks like a failure, and no rule knows it");
            // Beside a cause they are mostly its echo.
            let shown = if answer.causes.is_empty() { answer.unexplained.len() } else { 2 };
            for record in answer.unexplained.iter().take(shown) {
                let times = if record.count > 1 { format!(" ({} times)", record.count) } else { String::new() };
                self.line(&printable(&format!("- {}{times}", place(&record.file, record.line))));
                for line in record.excerpt.lines().take(3) {
                    self.line(&format!("  | {}", printable(line)));
                }
            }
            if answer.unexplained.len() > shown {
                self.line(&format!("and {} more, see --format json", answer.unexplained.len() - shown));
            }
        }
        if answer.inputs.iter().any(|i| i.kind == "skipped" || !i.notes.is_empty()) {
            self.head("Inputs");
            for input in answer.inputs.iter().filter(|i| i.kind == "skipped" || !i.notes.is_empty()) {
                for note in &input.notes {
                    self.wrapped("- ", &format!("{} ({}): {note}", input.name, input.kind));
                }
            }
        }
    }
}

/// What a risk means, in words.
pub fn risk_words(risk: &str) -> &str {
    match risk {
        "change" => "changes settings",
        "reload" => "reloads the service",
        "restart" => "restarts the service",
        "reissue" => "orders a new certificate",
        other => other,
    }
}

/// Plain text: the same page without colours.
pub fn plain(answer: &Answer, width: usize) -> String {
    let mut out = String::new();
    let _ = write!(out, "{}", anstream::adapter::strip_str(&write(answer, width)));
    out
}
