//! Messages about what a person wrote: a code, where it stands, and the way out.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};

/// A text that diagnostics point into, with the name a person knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path in the pack (`rules/dcv/caa-forbidden.yaml`).
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Where it stands on disk, as far as the person named it (`mypack/rules/dcv/caa-forbidden.yaml`).
    pub on_disk: Option<PathBuf>,
}

impl SourceFile {
    /// The path that a person is shown.
    pub fn shown(&self) -> Cow<'_, str> {
        self.on_disk.as_ref().map_or_else(|| Cow::from(&self.path), |path| path.to_string_lossy())
    }
}

/// How bad a diagnostic is: an error refuses the pack, a warning does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack cannot be used.
    Error,
    /// The pack works, but probably not as meant.
    Warning,
}

/// A place in a [`SourceFile`]: byte range and, for people, line and column (both from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Bytes of the file that are meant.
    pub range: Range<usize>,
}

impl Place {
    /// Line and column, both from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        line_column(&self.file.text, self.range.start)
    }

    /// Line and column behind its last character.
    pub fn end(&self) -> (usize, usize) {
        line_column(&self.file.text, self.range.end.max(self.range.start))
    }
}

fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..floor_boundary(text, at)];
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// Another place that belongs to a finding, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub label: String,
}

/// A change that mends a finding without a person's judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes that are replaced.
    pub place: Place,
    /// What takes their place.
    pub text: String,
}

/// One finding about a rule file or article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code such as `E0104`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` when the finding is about the pack as a whole.
    pub place: Option<Place>,
    /// What stands at the place (the text beside the caret).
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// The change that mends it, where that is a matter of typing.
    pub edit: Option<Edit>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: Some(place),
            label: String::new(),
            help: None,
            related: Vec::new(),
            edit: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    /// The text beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The way out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Another place that belongs to it.
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push(Related { place, label: label.into() });
        self
    }

    /// Says which known word was probably meant, and how to write it where the wrong one stands alone.
    pub fn suggest(&mut self, wrong: &str, near: Option<&str>) {
        let Some(near) = near else { return };
        self.help = Some(format!("did you mean `{near}`?"));
        let stands = |place: &Place| place.file.text.get(place.range.clone()) == Some(wrong);
        self.edit = self.place.clone().filter(stands).map(|place| Edit { place, text: near.to_owned() });
    }

    /// Whether it keeps a pack from loading: codes from `E0101` to `E0199`.
    pub fn refuses(&self) -> bool {
        self.code.starts_with("E01")
    }

    /// `file:line:column` of the place.
    pub fn position(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        let (line, column) = place.line_column();
        Some(format!("{}:{line}:{column}", place.file.shown()))
    }

    /// The message with its source line and a caret under what is meant.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let snippet = |place: &'_ Place, kind: AnnotationKind, label: &'_ str| {
            let text = &place.file.text;
            let start = floor_boundary(text, place.range.start);
            let end = floor_boundary(text, place.range.end.max(start));
            Snippet::source(text.clone())
                .path(place.file.shown().into_owned())
                .annotation(kind.span(start..end).label(label.to_owned()))
        };
        let primary = self.place.as_ref().map(|place| snippet(place, AnnotationKind::Primary, &self.label));
        let related =
            self.related.iter().map(|related| snippet(&related.place, AnnotationKind::Context, &related.label));
        let mut group = level.primary_title(&self.message).id(self.code).elements(primary.into_iter().chain(related));
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&[group]).to_string()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// Every finding about a pack, errors first, in the order of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether something refuses the pack.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// How many errors and how many warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.0.iter().filter(|d| d.severity == Severity::Error).count();
        (errors, self.0.len() - errors)
    }

    /// Sorts by file and position, so that the output does not depend on the order of checks.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| key(a).cmp(&key(b)));
        fn key(d: &Diagnostic) -> (&str, usize, &str, &str) {
            let (path, start) = d.place.as_ref().map_or(("", 0), |p| (p.file.path.as_str(), p.range.start));
            (path, start, d.code, &d.message)
        }
    }

    /// All findings as text, with a closing count.
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for diagnostic in &self.0 {
            out.push_str(&diagnostic.render(colour));
            out.push_str("\n\n");
        }
        let (errors, warnings) = self.counts();
        out.push_str(&format!("{}, {}", count(errors, "error"), count(warnings, "warning")));
        out
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// `1 error`, `2 errors`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("{n} {noun}") } else { format!("{n} {noun}s") }
}

/// The known word nearest to `wrong`, when it is near enough to be meant.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(wrong, word), word))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, word)| word)
}

/// The same as the end of a sentence: `; did you mean …?`, or nothing.
pub fn or_did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(wrong, known).map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

/// The last place at or before `index` where a character begins.
pub(crate) fn floor_boundary(text: &str, mut index: usize) -> usize {
    index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
