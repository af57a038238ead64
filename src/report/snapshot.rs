//! A snapshot on its way out: the JSON contract `certwhy/snapshot/1`, and its facts for a person.

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::printable;
use super::redact::Redactor;
use crate::diagnostic::count;
use crate::input::snapshot::{About, Snapshot};
use crate::input::time::parse_instant;
use crate::observe::snapshot::age;
use crate::rule::model::Knowledge;

const HEAD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const ODD: Style = AnsiColor::Yellow.on_default();

/// The JSON contract `certwhy/snapshot/1`. Secrets are taken out once more: whoever hands it on has nothing to fear.
pub fn json(snapshot: &Snapshot) -> String {
    let mut redactor = Redactor::default();
    let value = serde_json::to_value(snapshot).unwrap_or_default();
    serde_json::to_string_pretty(&redacted(value, &mut redactor)).unwrap_or_default()
}

fn redacted(value: Value, redactor: &mut Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(redactor.text(&text)),
        Value::Array(list) => Value::Array(list.into_iter().map(|v| redacted(v, redactor)).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, redacted(v, redactor))).collect()),
        other => other,
    }
}

/// Writes the facts with who told them and how old they are, then what did not come.
pub fn write(snapshot: &Snapshot, knowledge: &Knowledge, now: Timestamp, width: usize) -> String {
    let mut redactor = Redactor::default();
    let mut out = format!(
        "{HEAD}{}{HEAD:#} at {}, {}\n",
        printable(&snapshot.source),
        printable(&snapshot.base),
        printable(&snapshot.collected_at)
    );
    for about in &snapshot.sets {
        one(&mut out, about, knowledge, now, &mut redactor);
    }
    if snapshot.sets.is_empty() {
        out.push_str("\nNo facts.\n");
    }
    let options = |indent| textwrap::Options::new(width.clamp(50, 110)).initial_indent("- ").subsequent_indent(indent);
    let mut list = |title: &str, style: Style, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n{style}{title}{style:#}\n"));
            for line in lines {
                out.push_str(&textwrap::fill(&printable(&redactor.text(&line)), options("  ")));
                out.push('\n');
            }
        }
    };
    list("To know", HEAD, snapshot.notes.clone());
    let missing = snapshot.missing.iter().map(|missing| format!("{}: {}", missing.endpoint, missing.why)).collect();
    list("Not collected", ODD, missing);
    out
}

fn one(out: &mut String, about: &About, knowledge: &Knowledge, now: Timestamp, redactor: &mut Redactor) {
    let subject = about.subject.as_deref().map_or_else(|| "(nobody is named)".to_owned(), printable);
    out.push_str(&format!("\n{HEAD}{subject}{HEAD:#} ({})\n", count(about.facts.len(), "fact")));
    let wide = about.facts.keys().map(String::len).max().unwrap_or(0);
    // In the order of the vocabulary, which is that of the pipeline; and one heading for what one answer told.
    let place = |path: &str| knowledge.facts.keys().position(|known| known == path);
    let mut facts: Vec<_> = about.facts.iter().collect();
    facts.sort_by_key(|(path, told)| (told.from.clone(), told.at.clone(), place(path)));
    let mut before = None;
    for (path, told) in facts {
        if before != Some((&told.from, &told.at)) {
            let old = parse_instant(&told.at, None).map_or(SignedDuration::ZERO, |at| now.duration_since(at));
            let old = if old.as_mins() < 1 { "just now".to_owned() } else { format!("{} ago", age(old)) };
            out.push_str(&format!("  {FAINT}{}, {old}{FAINT:#}\n", printable(&told.from)));
            before = Some((&told.from, &told.at));
        }
        let value = match &told.value {
            Value::String(text) => text.clone(),
            Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        out.push_str(&format!("    {path:wide$}  {}\n", printable(&redactor.text(&value))));
    }
}
