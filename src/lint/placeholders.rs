//! Placeholders of sentences and commands that nothing will ever fill in.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics, Place, did_you_mean};
use crate::observe::SUBJECTS;
use crate::rule::model::{CauseIx, Knowledge, LogPattern, SignalIx, SignalKind};
use crate::rule::numbers::Numbers;
use crate::{graph, remedy};

pub fn check(knowledge: &Knowledge, templates: &[(Place, String)], diagnostics: &mut Diagnostics) {
    let all: BTreeSet<String> = (0..knowledge.signals.len()).flat_map(|ix| captures(knowledge, ix)).collect();
    let effects = graph::effects(knowledge, &Numbers::default());
    for (place, template) in templates {
        let practice = place.file.path.starts_with("rules/practices/");
        let own = match practice {
            // It has facts alone.
            true => Some(BTreeSet::new()),
            false => cause_of(knowledge, &place.file.path).map(|cause| own_captures(knowledge, &effects[cause])),
        };
        for name in remedy::variables(template) {
            if is_fact(knowledge, &name) || SUBJECTS.contains(&name.as_str()) {
                continue;
            }
            let at = find(place, &name);
            if !all.contains(&name) {
                let message = format!("no pattern captures `{name}`, and it is no fact");
                let mut error = Diagnostic::error("E0203", at, message)
                    .help("a placeholder takes a capture (?P<name>…) of a signal, or the path of a fact");
                let known = all.iter().chain(knowledge.facts.keys()).map(String::as_str);
                error.suggest(&name, did_you_mean(&name, known));
                diagnostics.push(error);
            } else if own.as_ref().is_some_and(|own| !own.contains(&name)) {
                let (message, help) = match practice {
                    true => (format!("`{name}` is no fact"), "a practice has facts alone; write the path of one"),
                    false => (
                        format!("no signal of this cause captures `{name}`"),
                        "it will always read as a placeholder; capture it, or write what is meant in words",
                    ),
                };
                diagnostics.push(Diagnostic::warning("W0307", at, message).help(help));
            }
        }
    }
}

/// The cause that a rule file or an article belongs to.
fn cause_of(knowledge: &Knowledge, path: &str) -> Option<CauseIx> {
    let id = path.strip_prefix("rules/").or_else(|| path.strip_prefix("knowledge/causes/"))?;
    let id = id.rsplit_once('.')?.0.replacen('/', ".", 1);
    knowledge.cause(&id)
}

fn own_captures(knowledge: &Knowledge, effects: &[(SignalIx, f64)]) -> BTreeSet<String> {
    effects.iter().flat_map(|(signal, _)| captures(knowledge, *signal)).collect()
}

fn captures(knowledge: &Knowledge, signal: SignalIx) -> Vec<String> {
    let SignalKind::Log(patterns) = &knowledge.signals[signal].kind else { return Vec::new() };
    let names = |pattern: &LogPattern| -> Vec<String> {
        let parts = pattern.text.split("(?P<").skip(1);
        parts.filter_map(|part| part.split_once('>')).map(|(name, _)| name.to_owned()).collect()
    };
    patterns.iter().flat_map(names).collect()
}

/// A fact, or the beginning of the path of one.
fn is_fact(knowledge: &Knowledge, name: &str) -> bool {
    knowledge.facts.contains_key(name) || knowledge.facts.keys().any(|path| path.starts_with(&format!("{name}.")))
}

/// Where the name stands in the template; the template where that cannot be told.
fn find(place: &Place, name: &str) -> Place {
    let text = &place.file.text;
    let whole = if place.range.is_empty() { place.range.start..text.len() } else { place.range.clone() };
    let inside = text.get(whole.clone()).unwrap_or("");
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let mut opened = inside.match_indices("{{").chain(inside.match_indices("{%")).map(|(at, _)| at).collect::<Vec<_>>();
    opened.sort_unstable();
    for from in opened {
        let to = inside[from..].find('}').map_or(inside.len(), |end| from + end);
        let alone = |(at, _): &(usize, &str)| {
            let (before, behind) = (&inside[..from + at], &inside[from + at + name.len()..]);
            !is_word(before.chars().next_back()) && !is_word(behind.chars().next())
        };
        if let Some((at, _)) = inside[from..to].match_indices(name).find(alone) {
            let start = whole.start + from + at;
            return Place { file: place.file.clone(), range: start..start + name.len() };
        }
    }
    place.clone()
}
