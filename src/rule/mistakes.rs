//! The mistakes of a pack, collected while it is understood.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::file::Text;
use super::words::Words;
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Severity, SourceFile, did_you_mean};

/// Mistakes found so far, and templates that whoever knows the template engine must still look at.
#[derive(Default)]
pub struct Mistakes {
    /// Every mistake.
    pub diagnostics: Diagnostics,
    /// Ids of files that did not parse: what refers to them is not wrong for that.
    pub broken: BTreeSet<String>,
    /// Every template with its place.
    pub templates: Vec<(Place, String)>,
}

impl Mistakes {
    /// Adds an error; the result takes its help.
    pub fn error(
        &mut self,
        code: &'static str,
        file: &Arc<SourceFile>,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let place = Place { file: Arc::clone(file), range };
        self.diagnostics.push(Diagnostic::error(code, place, message));
        self.diagnostics.0.last_mut().expect("just pushed")
    }

    /// Adds a warning; the result takes its help.
    pub fn warning(
        &mut self,
        code: &'static str,
        file: &Arc<SourceFile>,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let warning = self.error(code, file, range, message);
        warning.severity = Severity::Warning;
        warning
    }

    /// The meaning of a word of a closed set.
    pub fn word<W: Words>(&mut self, source: &Arc<SourceFile>, text: &Text, what: &str) -> Option<W> {
        let meaning = W::from_word(&text.value);
        if meaning.is_none() {
            let words: Vec<&str> = W::ALL.iter().map(|(w, _)| *w).collect();
            let near = did_you_mean(&text.value, words.iter().copied());
            let error = self.error("E0102", source, text.range.clone(), format!("`{}` is not {what}", text.value));
            error.help = Some(format!("one of: {}", words.join(", ")));
            error.suggest(&text.value, near);
        }
        meaning
    }

    /// Adds an error about an id that does not exist, unless its file is there and did not parse.
    pub fn id<'a>(
        &mut self,
        source: &Arc<SourceFile>,
        text: &Text,
        what: &str,
        known: impl Iterator<Item = &'a String>,
    ) {
        if self.is_broken(what, &text.value) {
            return;
        }
        let near = did_you_mean(&text.value, known.map(String::as_str));
        let error = self.error("E0103", source, text.range.clone(), format!("there is no {what} `{}`", text.value));
        error.suggest(&text.value, near);
    }

    /// Whether the file that would hold an id did not parse.
    pub fn is_broken(&self, what: &str, id: &str) -> bool {
        match what {
            "fact" => self.broken.contains("facts"),
            "symptom" => self.broken.contains("symptoms"),
            "signal" => {
                id.split_once('.').is_some_and(|(technology, _)| self.broken.contains(&format!("{technology}.*")))
            }
            _ => self.broken.contains(id),
        }
    }

    /// Takes a template for a later check.
    pub fn template(&mut self, source: &Arc<SourceFile>, template: &str, range: Range<usize>) {
        self.templates.push((Place { file: Arc::clone(source), range }, template.to_owned()));
    }
}
