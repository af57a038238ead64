//! A cause as a short text to paste into a ticket: what it is, what to do, how to know, where to read on.

use super::page::convert;
use super::printable;
use super::text::risk_words;
use crate::diagnostic::count;
use crate::engine::Engine;
use crate::remedy::Values;
use crate::report::answer::StepAnswer;

/// The text for a cause, by its id; `None` when there is none of that name. `link` is where one reads on.
pub fn write(engine: &Engine, id: &str, link: Option<&str>) -> Option<String> {
    let cause = &engine.knowledge.causes[engine.knowledge.cause(id.trim())?];
    let summary = engine.remedy.text(&cause.summary, &Values::default()).unwrap_or_else(|_| cause.summary.clone());
    let mut out = format!("{} ({})\n\nWhat it is: {summary}\n\nDo this:\n", cause.title, cause.id);
    steps(&mut out, &convert(engine, &cause.fix.steps));
    if !cause.fix.verify.is_empty() {
        out.push_str("\nHow to know that it worked:\n");
        steps(&mut out, &convert(engine, &cause.fix.verify));
    }
    let more = link.map_or_else(|| format!("certwhy explain {}", cause.id), str::to_owned);
    out.push_str(&format!("\nMore: {more}\n"));
    Some(printable(&out))
}

fn steps(out: &mut String, steps: &[StepAnswer]) {
    for (n, step) in steps.iter().enumerate() {
        let risk = if step.risk == "read-only" { String::new() } else { format!(", {}", risk_words(step.risk)) };
        let minutes = count(step.minutes as usize, "minute");
        out.push_str(&format!("{}. {} ({minutes}{risk})\n", n + 1, step.instruction));
        for (platform, commands) in &step.commands {
            let name = match *platform {
                "linux" => "   Linux:   ",
                "windows" => "   Windows: ",
                _ => "   ",
            };
            for line in commands.iter().flat_map(|command| command.lines()) {
                out.push_str(&format!("{name}{line}\n"));
            }
        }
    }
}
