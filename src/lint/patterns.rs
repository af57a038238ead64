//! Patterns that stand twice, that the scanner cannot look for, or that everyday lines match.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{about, place};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, SourceFile};
use crate::engine::Engine;
use crate::input::Record;
use crate::rule::file::{Patterns, Text};
use crate::rule::pattern;
use crate::rule::shapes::Shapes;
use crate::rule::words::Leak;
use crate::scan::frequency::{EVERYDAY, Frequencies};
use crate::scan::literals;

/// `looks_at` says of which files the patterns are read; all count as the first place of a pattern.
pub fn check(shapes: &Shapes, looks_at: impl Fn(&SourceFile) -> bool, diagnostics: &mut Diagnostics) {
    let everyday = Frequencies::everyday();
    let mut first: BTreeMap<(String, Vec<String>, String), Place> = BTreeMap::new();
    for (file, pattern, sources, level) in written(shapes) {
        let at = place(file, &pattern.range);
        let key = (pattern.value.clone(), sources, level);
        if let Some(before) = first.get(&key).cloned() {
            let message = "this pattern stands in another signal too, so one of the two is never needed";
            let help = "keep one of them, and name all of its causes under shown_by:";
            let error = Diagnostic::error("E0204", at.clone(), message).help(help);
            diagnostics.push(error.related(before, "the first one"));
        }
        first.entry(key).or_insert_with(|| at.clone());
        if !looks_at(file) || pattern::check(&pattern.value).is_err() {
            continue;
        }
        let needs = literals::of(&pattern.value, &everyday);
        if needs.alternatives.iter().any(|alternative| alternative.windows.is_empty() && alternative.checks.is_empty())
        {
            let message = "no fixed text stands in every match of this pattern, so that nothing can be looked for";
            let help = "add words that the program always prints, in each alternative; without, the pattern \
                        is tried on every record that is looked at, and on none that is passed over";
            diagnostics.push(Diagnostic::warning("W0308", at.clone(), message).help(help));
        }
    }
}

/// A pattern as it is written, and in which records it is looked for.
type Written<'s> = (&'s Arc<SourceFile>, &'s Text, Vec<String>, String);

fn written(shapes: &Shapes) -> Vec<Written<'_>> {
    let mut out = Vec::new();
    for (file, shape) in shapes.signals.values() {
        for signal in shape.signals.values() {
            add(&mut out, file, signal.patterns(), &signal.source, signal.min_level.as_ref());
        }
    }
    let causes = shapes.causes.values().map(|(file, cause)| (file, &cause.shows));
    let symptoms =
        shapes.symptoms.iter().flat_map(|(file, shape)| shape.symptoms.values().map(move |s| (file, &s.shows)));
    for (file, shows) in causes.chain(symptoms) {
        for show in shows {
            add(&mut out, file, show.patterns(), &show.source, show.min_level.as_ref());
        }
    }
    out
}

fn add<'s>(
    out: &mut Vec<Written<'s>>,
    file: &'s Arc<SourceFile>,
    patterns: Patterns<'s>,
    source: &[Text],
    level: Option<&Text>,
) {
    for (pattern, _) in patterns.all() {
        let sources = source.iter().map(|text| text.value.clone()).collect();
        out.push((file, pattern, sources, level.map(|text| text.value.clone()).unwrap_or_default()));
    }
}

/// Signals that a healthy log shows although their leak says that it hardly ever does.
pub fn everyday(engine: &Engine, places: &BTreeMap<String, Place>, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<usize, &str> = BTreeMap::new();
    for line in EVERYDAY.lines() {
        for mark in engine.scanner.scan(&Record::alone(line), &engine.knowledge) {
            seen.entry(mark.signal).or_insert(line);
        }
    }
    for (ix, line) in seen {
        let signal = &engine.knowledge.signals[ix];
        let is_shown = engine.knowledge.causes.iter().any(|cause| cause.shows.iter().any(|(shown, _)| *shown == ix));
        if is_shown && signal.leak <= Leak::Rare {
            let message = format!("`{}` matches a line of healthy logs, and its leak is {}", signal.id, signal.leak);
            let help = format!("narrow the pattern, or say leak: common; the line: {line}");
            diagnostics.0.extend(about(places, &signal.id, "W0309", message).map(|warning| warning.help(help)));
        }
    }
}
