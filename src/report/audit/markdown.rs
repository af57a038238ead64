//! An audit as Markdown, for tickets and pages. Nothing from an input can become markup.

use super::text::{asked, severities};
use super::{AuditAnswer, BrokenAnswer};
use crate::report::markdown::{inline, write_steps};

/// Writes the answer as CommonMark.
pub fn write(answer: &AuditAnswer) -> String {
    let mut out = format!("# Audit of {}\n\n", answer.at);
    if answer.partial {
        out.push_str("Interrupted: this is the audit of what was read so far.\n\n");
    }
    let counts = &answer.counts;
    let by: Vec<String> = severities(answer).into_iter().map(|(number, word)| format!("{number} {word}")).collect();
    let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
    out.push_str(&format!(
        "{} broken{by}, {} kept, {} not checked, {} without meaning here.\n",
        counts.broken(),
        counts.kept,
        counts.not_checked,
        counts.does_not_apply
    ));
    for (ix, broken) in answer.broken.iter().enumerate() {
        // Steps are told once for several subjects.
        let first = ix == 0 || answer.broken[ix - 1].practice != broken.practice;
        one(&mut out, broken, first);
    }
    if let Some(history) = &answer.history {
        for (title, past) in [
            ("Mended since the last audit", &history.mended),
            ("Broken before, and not looked at this time", &history.unseen),
        ] {
            if !past.is_empty() {
                out.push_str(&format!(
                    "\n## {title}\n\n| practice | subject | severity | since |\n|---|---|---|---|\n"
                ));
            }
            for one in past {
                let cells = [&one.practice, one.subject.as_ref().unwrap_or(&one.practice), &one.severity, &one.since];
                out.push_str(&format!("| {} |\n", cells.map(|cell| inline(cell)).join(" | ")));
            }
        }
        if let Some(trend) = history.trend.sentence() {
            out.push_str(&format!("\n## Failed deployments\n\n{}\n", inline(&trend)));
        }
    }
    if !answer.not_checked.is_empty() {
        out.push_str(
            "\n## Not checked: find out\n\n| question | where | minutes | fact | decides |\n|---|---|---|---|---|\n",
        );
        for (fact, practices) in asked(&answer.not_checked) {
            let (question, place) = (inline(&fact.question), inline(&fact.place));
            let practices: Vec<String> = practices.iter().map(|id| format!("`{id}`")).collect();
            let row =
                format!("| {question} | {place} | {} | `{}` | {} |\n", fact.minutes, fact.path, practices.join(", "));
            out.push_str(&row);
        }
    }
    if !answer.kept.is_empty() {
        out.push_str("\n## Kept\n\n");
        for kept in &answer.kept {
            let name = kept.subject.as_ref().map_or(String::new(), |name| format!("{}: ", inline(name)));
            out.push_str(&format!("- {name}{} (`{}`)\n", inline(&kept.title), kept.practice));
        }
    }
    out.push_str("\n## Inputs\n\n| input | kind | notes |\n|---|---|---|\n");
    for input in &answer.inputs {
        let cells = [&input.name, &input.kind, &input.notes.join("; ")].map(|cell| inline(cell));
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}

fn one(out: &mut String, broken: &BrokenAnswer, first: bool) {
    if first {
        out.push_str(&format!("\n## {}: {}\n\n`{}`\n", broken.severity, inline(&broken.title), broken.practice));
    }
    if let Some(name) = &broken.subject {
        out.push_str(&format!("\n### {}\n", inline(name)));
    }
    let since = match &broken.since {
        Some(since) if since.new => " (new)".to_owned(),
        Some(since) => format!(" (since {})", since.at),
        None => String::new(),
    };
    out.push_str(&format!("\n{}{since}\n\n", inline(&broken.summary)));
    for fact in &broken.facts {
        let origin = fact.origin();
        let origin = if origin.is_empty() { origin } else { format!(" ({})", inline(&origin)) };
        out.push_str(&format!("- {}{origin}\n", inline(&fact.shown())));
    }
    if first {
        out.push_str(&format!("\nWhy it matters: {}\n", inline(&broken.why)));
        write_steps(out, "What to do now", &broken.fix.steps);
        write_steps(out, "How to know that it worked", &broken.fix.verify);
    }
}
