//! An audit for a person at a terminal: what is broken first, the worst before all.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};

use super::{AuditAnswer, BrokenAnswer, MissingFact, OpenAnswer, PastAnswer, Since};
use crate::diagnostic::count;
use crate::report::printable;
use crate::report::text::{FAINT, HEAD, Page};

/// Subjects of one broken practice that are shown with their facts.
const SUBJECTS: usize = 5;
/// Facts to find out that are listed.
const OPEN: usize = 6;

const WORST: Style = AnsiColor::Red.on_default().bold();
const BAD: Style = AnsiColor::Yellow.on_default().bold();

/// Writes the answer with colours (the caller strips them where there is no terminal), wrapped at `width`. With `all`, what
/// is kept and what does not apply is listed too, and everything that is not known.
pub fn write(answer: &AuditAnswer, width: usize, all: bool) -> String {
    let mut page = Page::new(width);
    headline(&mut page, answer);
    // At the first audit all of it is new.
    let is_new = answer.history.as_ref().is_some_and(|history| history.last.is_some());
    for same in answer.broken.chunk_by(|a, b| a.practice == b.practice) {
        broken(&mut page, same, is_new);
    }
    past(&mut page, answer);
    open(&mut page, &answer.not_checked, all);
    if all {
        kept(&mut page, answer);
    }
    notes(&mut page, answer);
    if answer.counts.broken() > 0 {
        page.line(&format!("\n{}", rest(answer)));
    }
    page.out
}

fn headline(page: &mut Page, answer: &AuditAnswer) {
    if answer.partial {
        page.line("Interrupted: this is the audit of what was read so far.");
    }
    let counts = &answer.counts;
    let by: Vec<String> = severities(answer).into_iter().map(|(number, word)| format!("{number} {word}")).collect();
    match counts.broken() {
        0 if counts.kept == 0 => page.line(&format!("Nothing could be checked: {}.", rest(answer))),
        0 => page.line(&format!("Nothing is broken: {}.", rest(answer))),
        findings => {
            let (practices, by) = (answer.broken_practices(), by.join(", "));
            let are = if practices == 1 { "is" } else { "are" };
            let times = if findings > practices { format!(", in {findings} places") } else { String::new() };
            page.line(&format!("{HEAD}{} {are} broken{HEAD:#}{times}: {by}.", count(practices, "practice")));
        }
    }
}

/// How many are broken of each severity that there is.
pub fn severities(answer: &AuditAnswer) -> Vec<(usize, &'static str)> {
    let counts = &answer.counts;
    let all = [(counts.critical, "critical"), (counts.high, "high"), (counts.medium, "medium"), (counts.low, "low")];
    all.into_iter().filter(|(number, _)| *number > 0).collect()
}

/// What is not broken, in figures.
fn rest(answer: &AuditAnswer) -> String {
    let counts = &answer.counts;
    let without = if counts.does_not_apply == 1 { "does" } else { "do" };
    format!("{} kept, {} not checked, {} {without} not apply", counts.kept, counts.not_checked, counts.does_not_apply)
}

/// A practice that is broken, at one subject or several. With `is_new`, what no audit found before says so.
fn broken(page: &mut Page, same: &[BrokenAnswer], is_new: bool) {
    let first = &same[0];
    let style = match first.severity {
        "critical" | "high" => WORST,
        _ => BAD,
    };
    let word = first.severity.to_uppercase();
    page.line(&format!("\n{style}{word}{style:#}  {HEAD}{}{HEAD:#}", printable(&first.title)));
    page.line(&format!("   {FAINT}{}{FAINT:#}", first.practice));
    for one in same.iter().take(SUBJECTS) {
        let since = one.since.as_ref().and_then(|since| told(since, is_new));
        let since = since.map_or(String::new(), |since| format!(" {since}"));
        page.whole("   ", &format!("{}{since}", one.told()));
        for fact in &one.facts {
            let origin = fact.origin();
            let origin = if origin.is_empty() { origin } else { format!(" [{origin}]") };
            page.whole("     | ", &format!("{}{origin}", fact.shown()));
        }
    }
    if same.len() > SUBJECTS {
        let names: Vec<&str> = same[SUBJECTS..].iter().filter_map(|one| one.subject.as_deref()).take(20).collect();
        page.whole("   ", &format!("and {} more: {}", same.len() - SUBJECTS, names.join(", ")));
    }
    page.whole("   Why it matters: ", &first.why);
    let of = match (&first.subject, same.len()) {
        (Some(name), 2..) => format!(", as for {}", printable(name)),
        _ => String::new(),
    };
    page.steps(&format!("What to do now{of}"), &first.fix.steps);
    page.steps("How to know that it worked", &first.fix.verify);
    let causes: Vec<&str> = first.causes.iter().map(|cause| cause.id.as_str()).collect();
    if !causes.is_empty() {
        page.line("");
        page.whole("   What it leads to: ", &causes.join(", "));
    }
    page.line(&format!("\n   {FAINT}More about it: certwhy explain {}{FAINT:#}", first.practice));
}

fn told(since: &Since, is_new: bool) -> Option<String> {
    match since.new {
        true => is_new.then(|| "(new)".to_owned()),
        false => Some(format!("(since {}, {})", minute(&since.at), count(since.audits as usize, "audit"))),
    }
}

/// What earlier audits add.
fn past(page: &mut Page, answer: &AuditAnswer) {
    let Some(history) = &answer.history else { return };
    let mut list = |title: &str, past: &[PastAnswer]| {
        if !past.is_empty() {
            page.head(title);
            for one in past {
                let name = one.subject.as_ref().map_or(String::new(), |name| format!(" ({name})"));
                let text = format!("{}{name}, {}, was broken since {}", one.practice, one.severity, minute(&one.since));
                page.whole("- ", &text);
            }
        }
    };
    list("Mended since the last audit", &history.mended);
    list("Broken before, and not looked at this time", &history.unseen);
    if let Some(trend) = history.trend.sentence() {
        page.head("Failed deployments");
        page.whole("", &trend);
    }
}

/// What could not be checked, by the fact that would tell: the one that answers most first.
fn open(page: &mut Page, not_checked: &[OpenAnswer], all: bool) {
    if not_checked.is_empty() {
        return;
    }
    let facts = asked(not_checked);
    let practices = not_checked.chunk_by(|a, b| a.practice == b.practice).count();
    page.head(&format!("Not checked: {}. Find out", count(practices, "practice")));
    let shown = if all { facts.len() } else { OPEN };
    for (fact, practices) in facts.iter().take(shown) {
        let place =
            if fact.place.is_empty() { String::new() } else { format!(" {}.", fact.place.trim_end_matches('.')) };
        let minutes = count(fact.minutes.ceil() as usize, "minute");
        let text = format!("{}{place} ({minutes}; --fact {}=…) {}", fact.question, fact.path, practices.join(", "));
        page.whole("- ", &text);
    }
    if facts.len() > shown {
        page.line(&format!("and {} more: --all, or certwhy collect template --for audit", facts.len() - shown));
    }
}

/// The facts that are missing, each with the practices that ask for it: those of the worst severity first, then those that
/// decide most.
pub fn asked(not_checked: &[OpenAnswer]) -> Vec<(&MissingFact, Vec<&str>)> {
    let mut facts: BTreeMap<&str, (usize, &MissingFact, Vec<&str>)> = BTreeMap::new();
    for (rank, one) in not_checked.iter().enumerate() {
        for fact in &one.missing {
            let (_, _, practices) = facts.entry(&fact.path).or_insert((rank, fact, Vec::new()));
            if !practices.contains(&one.practice.as_str()) {
                practices.push(&one.practice);
            }
        }
    }
    let mut facts: Vec<_> = facts.into_values().collect();
    facts.sort_by_key(|(rank, fact, _)| (*rank, fact.path.clone()));
    facts.into_iter().map(|(_, fact, practices)| (fact, practices)).collect()
}

fn kept(page: &mut Page, answer: &AuditAnswer) {
    if !answer.kept.is_empty() {
        page.head("Kept");
        for one in &answer.kept {
            let name = one.subject.as_ref().map_or(String::new(), |name| format!("{name}: "));
            let facts: Vec<String> = one.facts.iter().map(super::FactSeen::shown).collect();
            page.whole("- ", &format!("{name}{} ({}; {})", one.title, one.practice, facts.join(", ")));
        }
    }
    if !answer.does_not_apply.is_empty() {
        page.head("Does not apply");
        for one in &answer.does_not_apply {
            page.whole("- ", &format!("{} ({})", one.title, one.practice));
        }
    }
}

fn notes(page: &mut Page, answer: &AuditAnswer) {
    let told = |input: &&crate::report::answer::InputAnswer| input.kind == "skipped" || !input.notes.is_empty();
    if answer.inputs.iter().any(|input| told(&input)) {
        page.head("Inputs");
        for input in answer.inputs.iter().filter(told) {
            for note in &input.notes {
                page.whole("- ", &format!("{} ({}): {note}", input.name, input.kind));
            }
        }
    }
}

/// A time to the minute: `2026-11-20 02:10`.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}
