//! What an id, a word or a key means, as Markdown for a hover.

use super::index::Named;
use crate::report::printable;
use crate::rule::Knowledge;
use crate::rule::model::{Condition, LogPattern, SignalKind};
use crate::rule::words::Words;

/// Entries of a list that are shown.
const MAX_ROWS: usize = 12;

/// Everything about an id that helps to choose it.
pub fn id(knowledge: &Knowledge, named: Named, id: &str) -> Option<String> {
    match named {
        Named::Cause => cause(knowledge, id),
        Named::Signal => signal(knowledge, id),
        Named::Symptom => symptom(knowledge, id),
        Named::Fact => fact(knowledge, id),
        Named::Any => None,
    }
}

/// The title of an id, for lists.
pub fn title<'k>(knowledge: &'k Knowledge, named: Named, id: &str) -> Option<&'k str> {
    match named {
        Named::Cause => knowledge.cause(id).map(|ix| knowledge.causes[ix].title.as_str()),
        Named::Signal => knowledge.signal(id).map(|ix| knowledge.signals[ix].title.as_str()),
        Named::Symptom => knowledge.symptom(id).map(|ix| knowledge.symptoms[ix].title.as_str()),
        Named::Fact => knowledge.facts.get(id).map(|fact| fact.meaning.as_str()),
        Named::Any => None,
    }
}

/// A word of a closed set.
pub fn word(word: &str, meaning: &str, description: &str) -> String {
    format!("**{word}**: {meaning}\n\n{description}")
}

fn cause(knowledge: &Knowledge, id: &str) -> Option<String> {
    let cause = &knowledge.causes[knowledge.cause(id)?];
    let mut rows = Rows::new("cause", id, &cause.title);
    rows.text.push_str(&format!("{}\n\n", printable(&cause.summary)));
    cause.deprecated.iter().for_each(|why| rows.add(why.to_string()));
    rows.add(format!("prior: {} ({})", cause.prior, cause.prior.meaning()));
    let mut shown: Vec<(String, f64)> = cause
        .shows
        .iter()
        .map(|(ix, how)| (format!("`{}` {}", knowledge.signals[*ix].id, knowledge.signals[*ix].title), *how))
        .collect();
    shown.sort_by(|a, b| b.1.total_cmp(&a.1));
    rows.list("shows", shown.into_iter().map(|(text, how)| format!("{how}: {text}")));
    rows.list("leads to", cause.symptoms.iter().map(|(ix, how)| format!("{how}: `{}`", knowledge.symptoms[*ix].id)));
    Some(rows.text)
}

fn signal(knowledge: &Knowledge, id: &str) -> Option<String> {
    let ix = knowledge.signal(id)?;
    let signal = &knowledge.signals[ix];
    let mut rows = Rows::new("signal", id, &signal.title);
    signal.deprecated.iter().for_each(|why| rows.add(why.to_string()));
    rows.add(format!("leak: {} ({})", signal.leak, signal.leak.meaning()));
    if let Some(stage) = signal.stage {
        rows.add(format!("stage: {stage}"));
    }
    if let Some(stage) = signal.proves {
        rows.add(format!("proves: {stage}"));
    }
    let mut shown: Vec<(f64, &str)> = knowledge
        .causes
        .iter()
        .flat_map(|cause| cause.shows.iter().filter(|(of, _)| *of == ix).map(|(_, how)| (*how, cause.id.as_str())))
        .collect();
    shown.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    rows.list("shown by", shown.into_iter().map(|(how, cause)| format!("{how}: `{cause}`")));
    match &signal.kind {
        SignalKind::Log(patterns) => {
            let word = |pattern: &LogPattern| if pattern.said { "said: " } else { "" };
            let row = |pattern: &LogPattern| format!("{}{}", word(pattern), pattern.text);
            let patterns: Vec<String> = patterns.iter().take(MAX_ROWS).map(row).collect();
            rows.text.push_str(&format!("\n{}", fenced(&patterns.join("\n"))));
        }
        SignalKind::Fact(condition) => {
            rows.list("facts", facts_of(condition).into_iter().map(|path| format!("`{path}`")))
        }
    }
    Some(rows.text)
}

fn facts_of(condition: &Condition) -> Vec<&str> {
    condition.paths()
}

fn symptom(knowledge: &Knowledge, id: &str) -> Option<String> {
    let ix = knowledge.symptom(id)?;
    let symptom = &knowledge.symptoms[ix];
    let mut rows = Rows::new("symptom", id, &symptom.title);
    rows.add(format!("stage: {}", symptom.stage));
    let causes = knowledge.causes.iter().filter(|cause| cause.symptoms.iter().any(|(of, _)| *of == ix));
    rows.list("brought about by", causes.map(|cause| format!("`{}`", cause.id)));
    Some(rows.text)
}

fn fact(knowledge: &Knowledge, id: &str) -> Option<String> {
    let fact = knowledge.facts.get(id)?;
    let mut rows = Rows::new("fact", id, &fact.meaning);
    let unit = fact.unit.as_ref().map_or(String::new(), |unit| format!(", in {unit}"));
    rows.add(format!("type: {}{unit}", fact.kind));
    if !fact.values.is_empty() {
        rows.add(format!("values: {}", fact.values.join(", ")));
    }
    if let Some(place) = &fact.place {
        rows.add(format!("where: {place}"));
    }
    Some(rows.text)
}

struct Rows {
    text: String,
}

impl Rows {
    fn new(what: &str, id: &str, title: &str) -> Self {
        Rows { text: format!("**{}**\n\n{what} `{id}`\n\n", printable(title)) }
    }

    fn add(&mut self, row: String) {
        self.text.push_str(&format!("- {}\n", printable(&row)));
    }

    fn list(&mut self, what: &str, rows: impl Iterator<Item = String>) {
        let rows: Vec<String> = rows.collect();
        if rows.is_empty() {
            return;
        }
        self.add(format!("{what}:"));
        for row in rows.iter().take(MAX_ROWS) {
            self.text.push_str(&format!("  - {}\n", printable(row)));
        }
        if rows.len() > MAX_ROWS {
            self.text.push_str(&format!("  - and {} more\n", rows.len() - MAX_ROWS));
        }
    }
}

/// A text that is shown as it is, whatever stands in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}
