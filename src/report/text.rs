//! The answer for a person at a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::answer::{Answer, CauseAnswer, EvidenceAnswer, IncidentAnswer, StepAnswer};
use super::event::{CauseName, EventAnswer};
use super::why_not::WhyNotAnswer;
use super::{PARTIAL, percent, place, printable};
use crate::diagnostic::count;

/// Pieces of evidence that are shown for one cause, and against it.
const QUOTED: usize = 4;
/// A cause of at least this is shown with its steps; the first one always is.
const WITH_STEPS: f64 = 0.4;

pub(super) const HEAD: Style = Style::new().bold();
const MARK: Style = AnsiColor::Red.on_default().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
const COMMAND: Style = AnsiColor::Cyan.on_default();

/// Writes the answer with colours (the caller strips them where there is no terminal), wrapped at `width`.
/// With `explain`, everything that was weighed is shown with its numbers.
pub fn write(answer: &Answer, width: usize, explain: bool) -> String {
    let mut page = Page::new(width);
    page.quoted = if explain { usize::MAX } else { QUOTED };
    page.headline(answer);
    for (ix, cause) in answer.causes.iter().enumerate() {
        page.cause(ix, cause, explain);
    }
    page.rest(answer);
    page.out
}

/// Writes what changed, and about a new leading cause all that a diagnosis would say.
pub fn event(event: &EventAnswer, width: usize) -> String {
    let mut page = Page::new(width);
    page.event(event);
    page.out
}

/// Writes why a cause is not the answer.
pub fn why_not(answer: &WhyNotAnswer, width: usize) -> String {
    let mut page = Page::new(width);
    page.why_not(answer);
    page.out
}

pub(super) struct Page {
    pub(super) out: String,
    width: usize,
    /// Pieces of evidence that are shown for one cause.
    quoted: usize,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Page { out: String::new(), width: width.clamp(50, 110), quoted: QUOTED }
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(super) fn head(&mut self, text: &str) {
        self.line(&format!("\n{HEAD}{text}{HEAD:#}"));
    }

    /// A paragraph; the first line begins with `first`, the others with as many spaces.
    pub(super) fn wrapped(&mut self, first: &str, text: &str) {
        let indent = " ".repeat(first.chars().count());
        let options =
            textwrap::Options::new(self.width).initial_indent(first).subsequent_indent(&indent).break_words(false);
        let wrapped = textwrap::fill(&printable(text), options);
        self.line(&wrapped);
    }

    /// As [`Page::wrapped`], with ids and times kept whole: what a person copies is not broken at its hyphens.
    pub(super) fn whole(&mut self, first: &str, text: &str) {
        let indent = " ".repeat(first.chars().count().min(5));
        let options = textwrap::Options::new(self.width).initial_indent(first).subsequent_indent(&indent);
        let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
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
        if answer.partial {
            self.line(PARTIAL);
        }
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

    fn event(&mut self, event: &EventAnswer) {
        let named = |cause: &CauseName| format!("{} ({})", cause.title, cause.id);
        let before = event.before.as_ref().map(named).unwrap_or_default();
        let text = match (event.event, &event.cleared_by, event.cleared_at.as_deref().unwrap_or_default()) {
            ("changed", ..) => format!("another cause leads now, it was: {before}"),
            ("cleared", Some(by), "") => format!("{before}; since then: {by}"),
            ("cleared", Some(by), at) => format!("{before}; since then: {by} ({at})"),
            ("cleared", None, _) => format!("{before}; nothing speaks for it any more"),
            _ => "a failure has a likely cause".to_owned(),
        };
        let name = printable(&event.subject);
        self.line(&format!("{HEAD}{} {} {name}{HEAD:#}", event.at, event.event.to_uppercase()));
        self.wrapped("   ", &text);
        if let Some(cause) = &event.cause {
            self.cause(0, cause, false);
        }
        self.line("");
    }

    fn cause(&mut self, ix: usize, cause: &CauseAnswer, explain: bool) {
        let sure = format!("{} ({})", cause.confidence, percent(cause.probability));
        self.line(&format!("\n{HEAD}{}. {}{HEAD:#}  {sure}", ix + 1, printable(&cause.title)));
        self.line(&format!("   {FAINT}{}{FAINT:#}", cause.id));
        self.wrapped("   ", &cause.summary);
        self.line("\n   Why");
        self.proof(cause);
        if explain {
            self.numbers(cause);
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

    /// The quoted evidence, and what speaks against.
    fn proof(&mut self, cause: &CauseAnswer) {
        for evidence in cause.evidence.iter().take(self.quoted) {
            self.evidence(evidence);
        }
        if cause.evidence.len() > self.quoted {
            self.line(&format!("   and {} more", count(cause.evidence.len() - self.quoted, "signal")));
        }
        if !cause.against.is_empty() {
            self.line("\n   What speaks against it");
            for against in cause.against.iter().take(self.quoted) {
                self.wrapped("   - ", &against.reason);
            }
            if cause.against.len() > self.quoted {
                self.line(&format!("   and {} more", cause.against.len() - self.quoted));
            }
        }
    }

    /// What each piece of evidence does to the odds.
    fn numbers(&mut self, cause: &CauseAnswer) {
        self.line("\n   In numbers (decibans: +10 makes it ten times as likely, -10 a tenth)");
        let mut row = |db: f64, what: &str| self.line(&format!("   {db:+7.1}  {}", printable(what)));
        row(cause.prior_db, "before any evidence");
        for evidence in &cause.evidence {
            row(evidence.weight_db, &format!("{} ({})", evidence.title, evidence.signal));
        }
        for against in &cause.against {
            row(against.weight_db, &format!("{} ({})", against.reason, against.signal));
        }
        row(cause.odds_db, &format!("in the end, {}", percent(cause.probability)));
        let note = "A figure is what the answer would lose without that piece. Where pieces say the same, or another \
                    cause explains them too, they need not add up.";
        self.wrapped("   ", note);
    }

    fn why_not(&mut self, answer: &WhyNotAnswer) {
        let cause = &answer.cause;
        self.line(&format!("{HEAD}Why not: {}{HEAD:#}", printable(&cause.title)));
        self.line(&format!("{FAINT}{}{FAINT:#}", cause.id));
        self.wrapped("", &answer.verdict);
        if cause.evidence.is_empty() {
            self.line("\n   Nothing that it shows was seen.");
        } else {
            self.line("\n   What speaks for it");
        }
        self.quoted = usize::MAX;
        self.proof(cause);
        if !cause.evidence.is_empty() || !cause.against.is_empty() {
            self.numbers(cause);
        }
        if let Some(better) = &answer.better {
            self.line("\n   What is more likely");
            let text = format!("{} ({}, {})", better.title, better.id, percent(better.probability));
            self.wrapped("   - ", &text);
            for shared in &answer.explained_by_better {
                self.wrapped("     ", &format!("explains this too: {shared}"));
            }
        }
        if !answer.missing.is_empty() {
            self.line("\n   What it would show, and nobody has seen");
            for missing in &answer.missing {
                let hand_in = missing.fact.as_ref().map_or(String::new(), |fact| format!("; --fact {fact}=…"));
                self.wrapped("   - ", &format!("{} ({}{hand_in})", missing.title, missing.signal));
            }
        }
        self.line(&format!("\n   {FAINT}More about it: certwhy explain {}{FAINT:#}", cause.id));
    }

    fn evidence(&mut self, evidence: &EvidenceAnswer) {
        let place = place(&evidence.file, evidence.line);
        let times = if evidence.count > 1 { format!(", {} times", evidence.count) } else { String::new() };
        let place = printable(&place);
        let what = printable(&evidence.title);
        let told = evidence.told_by.as_ref().map_or_else(String::new, |told| printable(&format!(", {told}")));
        self.line(&format!("   - {what} {FAINT}({place}{told}{times}; speaks for it {}){FAINT:#}", evidence.strength));
        let marked = evidence.marked.bytes(&evidence.excerpt);
        let (start, end) = (marked.start, marked.end);
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

    pub(super) fn steps(&mut self, title: &str, steps: &[StepAnswer]) {
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
                for (ix, cause) in incident.causes.iter().filter(|c| c.confidence != "unlikely").enumerate() {
                    let lead =
                        if ix == 0 { format!("{}{}: ", incident.subject, period(incident)) } else { String::new() };
                    let text = format!("{lead}{} ({}, {})", cause.title, cause.confidence, cause.proof);
                    self.wrapped(if ix == 0 { "- " } else { "  " }, &text);
                }
            }
        }
        if !answer.history.is_empty() {
            self.head("Over: a later success cleared it");
            for past in &answer.history {
                let since = if past.cleared_at.is_empty() { String::new() } else { format!(" ({})", past.cleared_at) };
                let text = format!(
                    "{} ({}); since then: {}{since}",
                    past.title,
                    place(&past.file, past.line),
                    past.cleared_by
                );
                self.wrapped("- ", &text);
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

/// When an incident was, as far as that can be read: ` 2026-11-20 02:10 to 08:10`.
pub fn period(incident: &IncidentAnswer) -> String {
    let minute = |time: &str| time.get(..16).unwrap_or(time).replace('T', " ");
    match (&incident.from, &incident.to) {
        (Some(from), Some(to)) if minute(from) == minute(to) => format!(", {}", minute(from)),
        (Some(from), Some(to)) => format!(", {} to {}", minute(from), minute(to)),
        _ => String::new(),
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
    let _ = write!(out, "{}", anstream::adapter::strip_str(&write(answer, width, false)));
    out
}
