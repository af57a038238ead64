//! The answer as Markdown, for tickets and pages. Nothing from a log can become markup.

use super::answer::{Answer, CauseAnswer, StepAnswer};
use super::text::{period, risk_words};
use super::{PARTIAL, percent, place, printable};
use crate::diagnostic::count;

/// Writes the answer as CommonMark.
pub fn write(answer: &Answer) -> String {
    let mut out = String::from("# Diagnosis\n\n");
    if answer.partial {
        out.push_str(&format!("{PARTIAL}\n\n"));
    }
    if answer.causes.is_empty() {
        out.push_str("No known cause of a failure was found.\n");
    }
    for (ix, cause) in answer.causes.iter().enumerate() {
        write_cause(&mut out, ix, cause);
    }
    if !answer.symptoms.is_empty() {
        out.push_str("\n## Symptoms seen\n\n");
        for symptom in &answer.symptoms {
            out.push_str(&format!("- {}\n", inline(&symptom.title)));
        }
    }
    if answer.incidents.len() > 1 {
        out.push_str("\n## By subject\n\n| subject | cause | how sure | proof |\n|---|---|---|---|\n");
        for incident in &answer.incidents {
            let subject = format!("{}{}", incident.subject, period(incident));
            for cause in incident.causes.iter().filter(|c| c.confidence != "unlikely") {
                let cells = [subject.as_str(), &cause.title, cause.confidence, &cause.proof].map(inline);
                out.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
        }
    }
    if !answer.history.is_empty() {
        out.push_str(
            "\n## Over: a later success cleared it\n\n| failure | where | since then | where |\n|---|---|---|---|\n",
        );
        for past in &answer.history {
            let at = place(&past.file, past.line);
            let cells = [past.title.as_str(), &at, &past.cleared_by, &past.cleared_at].map(inline);
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    if !answer.next_checks.is_empty() {
        out.push_str("\n## What to find out next\n\n");
        for check in &answer.next_checks {
            let place = if check.place.is_empty() { String::new() } else { format!(" {}", inline(&check.place)) };
            out.push_str(&format!("- {}{place} ({} min, `{}`)\n", inline(&check.question), check.minutes, check.fact));
        }
    }
    if !answer.unexplained.is_empty() {
        out.push_str("\n## Looks like a failure, and no rule knows it\n");
        for record in &answer.unexplained {
            out.push_str(&format!(
                "\n{}\n\n{}",
                inline(&place(&record.file, record.line)),
                block(&record.excerpt, "text")
            ));
        }
    }
    out.push_str("\n## Inputs\n\n| input | kind | lines | records | notes |\n|---|---|---|---|---|\n");
    for input in &answer.inputs {
        let notes = inline(&input.notes.join("; "));
        let kind = [input.kind.as_str(), input.format.as_str()];
        let kind = kind.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let (name, kind) = (inline(&input.name), inline(&kind));
        out.push_str(&format!("| {name} | {kind} | {} | {} | {notes} |\n", input.lines, input.records));
    }
    out
}

fn write_cause(out: &mut String, ix: usize, cause: &CauseAnswer) {
    let sure = format!("{}, {}", cause.confidence, percent(cause.probability));
    out.push_str(&format!("## {}. {} ({sure})\n\n`{}`\n\n", ix + 1, inline(&cause.title), cause.id));
    out.push_str(&format!("{}\n\n### Why\n", inline(&cause.summary)));
    for evidence in &cause.evidence {
        let place = place(&evidence.file, evidence.line);
        let times = if evidence.count > 1 { format!(", {} times", evidence.count) } else { String::new() };
        let title = inline(&evidence.title);
        out.push_str(&format!("\n{title} ({}{times}; speaks for it {})\n\n", inline(&place), evidence.strength));
        out.push_str(&block(&evidence.excerpt, "text"));
    }
    if !cause.against.is_empty() {
        out.push_str("\n### What speaks against it\n\n");
        for against in &cause.against {
            out.push_str(&format!("- {}\n", inline(&against.reason)));
        }
    }
    write_steps(out, "What to do now", &cause.fix.steps);
    write_steps(out, "How to know that it worked", &cause.fix.verify);
    out.push('\n');
}

pub(super) fn write_steps(out: &mut String, title: &str, steps: &[StepAnswer]) {
    out.push_str(&format!("\n### {title}\n\n"));
    for (n, step) in steps.iter().enumerate() {
        let minutes = count(step.minutes as usize, "minute");
        let cost = if step.risk == "read-only" { minutes } else { format!("{minutes}, {}", risk_words(step.risk)) };
        out.push_str(&format!("{}. {} ({cost})\n", n + 1, inline(&step.instruction)));
        for (platform, commands) in &step.commands {
            let language = if *platform == "windows" { "powershell" } else { "sh" };
            let text = block(&commands.join("\n"), language);
            let indented: String = text.lines().map(|l| format!("   {l}\n")).collect();
            out.push_str(&format!("\n{indented}\n"));
        }
    }
}

/// Text inside a paragraph: on one line, its markup escaped.
/// Plain text that cannot become markup.
pub(crate) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '\n' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A fenced block whose fence is longer than any in the text.
pub(crate) fn block(text: &str, language: &str) -> String {
    let text = printable(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}
