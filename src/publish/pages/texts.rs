//! What programs print, taken from the examples of the rules: patterns are no reading matter.

use std::collections::{BTreeMap, HashMap};

use super::content::Target;
use crate::engine::Engine;
use crate::input::Record;
use crate::report::printable;
use crate::rule::Pack;
use crate::rule::mistakes::Mistakes;
use crate::rule::model::SignalIx;
use crate::rule::shapes;

mod codes;

pub use codes::{Family, codes_in};

/// Characters of a text that are shown.
const LONGEST: usize = 160;

/// The texts of all shared signals, by file of rules.
#[derive(Debug, Default)]
pub struct Texts {
    /// Files by name.
    pub files: BTreeMap<String, TextFile>,
    of_signal: HashMap<String, Found>,
}

/// The signals of one technology.
#[derive(Debug)]
pub struct TextFile {
    /// What the technology is.
    pub title: String,
    /// Its signals by key.
    pub signals: Vec<SignalTexts>,
}

/// One signal.
#[derive(Debug)]
pub struct SignalTexts {
    /// The signal.
    pub signal: SignalIx,
    /// The part of its id behind the name of the file; an anchor of its page.
    pub key: String,
    /// What shows it, cut to the telling part.
    pub lines: Vec<String>,
}

#[derive(Debug)]
struct Found {
    file: String,
    key: String,
    codes: Vec<String>,
}

impl Texts {
    /// Takes the examples from the texts of the pack.
    pub fn of(engine: &Engine, pack: &Pack) -> Self {
        let mut pack = pack.from_text();
        pack.files.retain(|path, _| path.starts_with("rules/signals/"));
        // What is wrong with the pack was told when the engine was made.
        let shapes = shapes::read(&pack, &mut Mistakes::default());
        let mut texts = Texts::default();
        for (file, (_, shape)) in shapes.signals {
            let mut signals = Vec::new();
            for (key, signal) in shape.signals {
                let id = format!("{file}.{}", key.value);
                let Some(ix) = engine.knowledge.signal(&id) else { continue };
                let examples: Vec<&str> = signal.examples.matching.iter().map(|text| text.value.as_str()).collect();
                let mut codes: Vec<String> = Vec::new();
                for (_, code) in examples.iter().flat_map(|example| codes_in(example)) {
                    if !codes.contains(&code) {
                        codes.push(code);
                    }
                }
                let mut lines: Vec<String> = Vec::new();
                for line in examples.iter().map(|example| telling(engine, ix, example)) {
                    if !lines.contains(&line) {
                        lines.push(line);
                    }
                }
                texts.of_signal.insert(id, Found { file: file.clone(), key: key.value.clone(), codes });
                signals.push(SignalTexts { signal: ix, key: key.value, lines });
            }
            texts.files.insert(file, TextFile { title: shape.title.value, signals });
        }
        texts
    }

    /// Where a signal stands in the index.
    pub fn place(&self, signal: &str) -> Option<Target> {
        let found = self.of_signal.get(signal)?;
        Some(Target::Page { path: format!("signals/{}", found.file), anchor: Some(found.key.clone()) })
    }

    /// The file that a signal stands in.
    pub fn file_of(&self, signal: &str) -> Option<&str> {
        self.of_signal.get(signal).map(|found| found.file.as_str())
    }

    /// Codes in the texts of a signal.
    pub fn codes(&self, signal: &str) -> &[String] {
        self.of_signal.get(signal).map_or(&[], |found| &found.codes)
    }

    /// The title of a file.
    pub fn title<'t>(&'t self, file: &'t str) -> &'t str {
        self.files.get(file).map_or(file, |found| found.title.as_str())
    }
}

/// The part of a text by which a signal is recognised, on one line, with some words around it.
fn telling(engine: &Engine, signal: SignalIx, text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= LONGEST && !text.contains('\n') {
        return printable(text);
    }
    let marks = engine.scanner.scan(&Record::alone(text), &engine.knowledge);
    let span = marks.into_iter().find(|mark| mark.signal == signal).map(|mark| mark.span);
    let span = span.filter(|span| text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
    let span = span.unwrap_or(0..0);
    let matched = text[span.clone()].chars().count();
    let room = LONGEST.saturating_sub(matched) / 2;
    let start = back(text, span.start, room);
    let end = ahead(text, span.end.max(start), LONGEST - room.min(text[start..span.start].chars().count()));
    let end = end.max(span.start).min(ahead(text, start, LONGEST));
    let mut line = String::new();
    if start > 0 {
        line.push_str("… ");
    }
    line.push_str(text[start..end].trim());
    if end < text.len() {
        line.push_str(" …");
    }
    printable(&line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// At most this many characters back, to where a word begins.
fn back(text: &str, from: usize, room: usize) -> usize {
    let start = text[..from].char_indices().rev().nth(room).map_or(0, |(at, _)| at);
    if start == 0 {
        return 0;
    }
    text[start..from].find(char::is_whitespace).map_or(from, |at| start + at + 1)
}

/// At most this many characters ahead, to where a word ends.
fn ahead(text: &str, from: usize, room: usize) -> usize {
    match text[from..].char_indices().nth(room) {
        None => text.len(),
        Some((at, _)) => text[from..from + at].rfind(char::is_whitespace).map_or(from + at, |space| from + space),
    }
}
