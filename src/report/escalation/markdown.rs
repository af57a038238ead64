//! The report for a ticket. Nothing from a log can become markup.

use super::{Escalation, Moment};
use crate::diagnostic::count;
use crate::report::markdown::{block, inline};
use crate::report::{percent, place};

/// Writes the case as CommonMark.
pub fn write(case: &Escalation) -> String {
    let mut out = String::new();
    let first = case.diagnosis.causes.first();
    let title = first.map_or("no known cause", |cause| cause.title.as_str());
    out.push_str(&format!("# Escalation: {}\n\n", inline(title)));
    let packs: Vec<String> =
        case.diagnosis.packs.iter().map(|pack| format!("{} {}", pack.name, pack.version)).collect();
    let packs = if packs.is_empty() { String::new() } else { format!(" with the rules {}", packs.join(", ")) };
    out.push_str(&format!(
        "Made by certwhy {}{} at {}. Secrets are taken out: the same \\[secret N\\] is the same secret.\n\n",
        case.version,
        inline(&packs),
        case.at
    ));
    details(&mut out, case);
    missing(&mut out, case);
    if !case.notes.is_empty() {
        out.push_str("\n## Notes\n\n");
        for note in &case.notes {
            out.push_str(&format!("- {}\n", inline(note)));
        }
    }
    timeline(&mut out, case);
    diagnosis(&mut out, case);
    excerpts(&mut out, case);
    if !case.diagnosis.unexplained.is_empty() {
        out.push_str("\n## Looks like a failure, and no rule knows it\n");
        for record in &case.diagnosis.unexplained {
            let at = inline(&place(&record.file, record.line));
            out.push_str(&format!("\n{at}\n\n{}", block(&record.excerpt, "text")));
        }
    }
    out.push_str("\n## Inputs\n\n| input | kind | lines | records | notes |\n|---|---|---|---|---|\n");
    for input in &case.diagnosis.inputs {
        let kind = [input.kind.as_str(), input.format.as_str()];
        let kind = kind.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let cells = [input.name.as_str(), &kind, &input.notes.join("; ")].map(inline);
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            cells[0], cells[1], input.lines, input.records, cells[2]
        ));
    }
    out
}

fn details(out: &mut String, case: &Escalation) {
    out.push_str("## The six details\n\n| detail | what is known | where it stands |\n|---|---|---|\n");
    for detail in &case.details {
        if detail.known.is_empty() {
            let below = if detail.missing.is_empty() { "" } else { ", see below" };
            out.push_str(&format!("| **{}** | not known{below} | |\n", inline(detail.title)));
        }
        for (ix, known) in detail.known.iter().enumerate() {
            let head = if ix == 0 { format!("**{}**", inline(detail.title)) } else { String::new() };
            let value = inline(&format!("{}: {}", known.what, known.value));
            out.push_str(&format!("| {head} | {value} | {} |\n", inline(&known.place)));
        }
    }
}

fn missing(out: &mut String, case: &Escalation) {
    let mut rows = case.missing().peekable();
    if rows.peek().is_none() && case.zones.iter().all(|zone| !zone.offsets.is_empty()) {
        return;
    }
    out.push_str("\n## Still missing\n\n");
    for missing in rows {
        let at = if missing.place.is_empty() { String::new() } else { format!(": {}", inline(&missing.place)) };
        out.push_str(&format!("- {}{at} (`{}`)\n", inline(&missing.what), missing.hand_in));
    }
    for zone in case.zones.iter().filter(|zone| zone.offsets.is_empty()) {
        let file = inline(&zone.file);
        out.push_str(&format!("- The time zone of {file}: none is written, and UTC was taken. Ask the host: `timedatectl`, `tzutil /g` (`--note`)\n"));
    }
}

fn timeline(out: &mut String, case: &Escalation) {
    if case.timeline.is_empty() {
        return;
    }
    out.push_str("\n## Timeline\n\n| UTC | as written | what | where |\n|---|---|---|---|\n");
    let middle = case.timeline.len() / 2;
    for (ix, moment) in case.timeline.iter().enumerate() {
        if ix == middle && case.timeline_left_out > 0 {
            out.push_str(&format!("| … | | {} left out | |\n", count(case.timeline_left_out, "moment")));
        }
        let utc = moment.utc.as_deref().unwrap_or("not known");
        let what = inline(&format!("{}: {}", moment.kind, moment.what));
        let at = inline(&place(&moment.file, moment.line));
        out.push_str(&format!("| {utc} | {} | {what} | {at} |\n", as_written(moment)));
    }
}

/// The time in the words of the log, and what its zone is.
fn as_written(moment: &Moment) -> String {
    let text = moment.written.as_deref().map(inline);
    match (text, &moment.offset) {
        (Some(text), Some(offset)) => format!("{text} ({offset})"),
        (Some(text), None) => format!("{text} (zone unknown, taken as UTC)"),
        (None, Some(offset)) => format!("({offset})"),
        (None, None) => "no time".to_owned(),
    }
}

fn diagnosis(out: &mut String, case: &Escalation) {
    out.push_str("\n## Diagnosis\n");
    if case.diagnosis.causes.is_empty() {
        let none = percent(case.diagnosis.none_probability);
        out.push_str(&format!("\nNo known cause of a failure was found (none of the known ones: {none}).\n"));
    }
    for (ix, cause) in case.diagnosis.causes.iter().enumerate() {
        let sure = format!("{}, {}", cause.confidence, percent(cause.probability));
        out.push_str(&format!("\n### {}. {} ({sure})\n\n`{}`\n\n", ix + 1, inline(&cause.title), cause.id));
        out.push_str(&format!("{}\n\n", inline(&cause.summary)));
        for evidence in &cause.evidence {
            let times = if evidence.count > 1 { format!(", {} times", evidence.count) } else { String::new() };
            let at = inline(&place(&evidence.file, evidence.line));
            let title = inline(&evidence.title);
            out.push_str(&format!("- {title} ({at}{times}; speaks for it {})\n", evidence.strength));
        }
        for against in &cause.against {
            out.push_str(&format!("- against it: {}\n", inline(&against.reason)));
        }
    }
    if !case.diagnosis.history.is_empty() {
        out.push_str("\n### Over: a later success cleared it\n\n");
        for past in &case.diagnosis.history {
            let (at, since) = (inline(&place(&past.file, past.line)), inline(&past.cleared_by));
            out.push_str(&format!(
                "- {} ({at}); since then: {since} {}\n",
                inline(&past.title),
                inline(&past.cleared_at)
            ));
        }
    }
}

/// Lines with their numbers; an arrow marks evidence.
fn excerpts(out: &mut String, case: &Escalation) {
    if case.excerpts.is_empty() {
        return;
    }
    out.push_str("\n## Records around the evidence\n");
    for excerpt in &case.excerpts {
        let last = excerpt.first_line + excerpt.lines.len().saturating_sub(1);
        out.push_str(&format!("\n{}, lines {} to {last}\n\n", inline(&excerpt.file), excerpt.first_line));
        let width = last.to_string().len();
        let lines = excerpt.lines.iter().enumerate().map(|(ix, line)| {
            let number = excerpt.first_line + ix;
            let mark = if excerpt.evidence.contains(&number) { '>' } else { ' ' };
            format!("{mark} {number:width$} {line}")
        });
        out.push_str(&block(&lines.collect::<Vec<_>>().join("\n"), "text"));
    }
}
