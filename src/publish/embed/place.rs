//! Where directives stand in a text, and what takes their place.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

use super::directive::Problem;
use crate::diagnostic::{Diagnostic, Place, SourceFile};
use crate::publish::pages::content;

/// The beginning of a directive in braces.
const OPEN: &str = "{{#certwhy";

/// A directive, or several in one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is replaced.
    pub range: Range<usize>,
    /// The directives, each a part of the text.
    pub directives: Vec<Range<usize>>,
    /// How it is written.
    pub form: Form,
}

/// How a directive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A fenced block with the language `certwhy`.
    Block,
    /// In braces, `{{#certwhy …}}`.
    Braces,
    /// In braces behind a backslash, which alone is taken away.
    Escaped,
    /// In braces that do not close on their line.
    Open,
}

/// Blocks and spans of code.
pub fn code(text: &str) -> Vec<Range<usize>> {
    let events = Parser::new_ext(text, content::options()).into_offset_iter();
    let is_code = |event: &Event<'_>| matches!(event, Event::Start(Tag::CodeBlock(_)) | Event::Code(_));
    events.filter(|(event, _)| is_code(event)).map(|(_, range)| range).collect()
}

/// Fenced blocks with the language `certwhy`, in their order.
pub fn blocks(text: &str) -> Vec<Found> {
    let events = Parser::new_ext(text, content::options()).into_offset_iter();
    let mut out = Vec::new();
    for (event, range) in events {
        let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = event else { continue };
        if info.split_whitespace().next() != Some("certwhy") {
            continue;
        }
        let range = range.start..range.start + text[range.clone()].trim_end().len();
        out.push(Found { directives: lines(text, range.clone()), range, form: Form::Block });
    }
    out
}

/// The lines between the fences that hold something.
fn lines(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = range.start;
    for (n, line) in text[range].split_inclusive('\n').enumerate() {
        let trimmed = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
        let start = at + line.len() - trimmed.len();
        let trimmed = trimmed.trim_end();
        if n > 0 && !trimmed.is_empty() && !trimmed.starts_with("```") && !trimmed.starts_with("~~~") {
            out.push(start..start + trimmed.len());
        }
        at += line.len();
    }
    out
}

/// All directives, in their order.
pub fn all(text: &str) -> Vec<Found> {
    let mut out = blocks(text);
    if text.contains(OPEN) {
        out.extend(braces(text, &code(text)));
    }
    out.sort_by_key(|found| found.range.start);
    out
}

fn braces(text: &str, code: &[Range<usize>]) -> Vec<Found> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices(OPEN) {
        if code.iter().any(|range| range.contains(&at)) {
            continue;
        }
        let inside = at + OPEN.len();
        if text[inside..].starts_with(|c: char| !c.is_whitespace() && c != '}') {
            continue;
        }
        if text[..at].ends_with('\\') {
            out.push(Found { range: at - 1..at, directives: Vec::new(), form: Form::Escaped });
            continue;
        }
        let line = text[inside..].find('\n').map_or(text.len(), |end| inside + end);
        match text[inside..line].find("}}") {
            Some(end) => {
                let directive = trimmed(text, inside..inside + end);
                out.push(Found { range: at..inside + end + 2, directives: vec![directive], form: Form::Braces });
            }
            None => out.push(Found { range: at..line, directives: Vec::new(), form: Form::Open }),
        }
    }
    out
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}

/// What stands before a place on its line, so that lines that take its place stand in the same list or quotation.
pub fn prefix(text: &str, at: usize) -> String {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].chars().map(|c| if c == '>' || c == '\t' { c } else { ' ' }).collect()
}

/// Whether nothing but blanks and marks of lists and quotations stands beside a range on its line.
pub fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let line = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |end| range.end + end);
    let before =
        text[line..range.start].trim_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '-' | '*' | '+'));
    before.is_empty() && text[range.end..end].trim().is_empty()
}

/// Lines with the prefix before each but the first.
pub fn with_prefix(markdown: &str, prefix: &str) -> String {
    let line = |(n, line): (usize, &str)| match (n, line.is_empty()) {
        (0, _) => line.to_owned(),
        (_, true) => prefix.trim_end().to_owned(),
        (_, false) => format!("{prefix}{line}"),
    };
    markdown.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// A problem at its place in a file.
pub fn diagnostic(file: &Arc<SourceFile>, directive: Range<usize>, problem: &Problem) -> Diagnostic {
    let text = &file.text[directive.clone()];
    let range = match text.find(&problem.word) {
        Some(at) if !problem.word.is_empty() => directive.start + at..directive.start + at + problem.word.len(),
        _ => directive,
    };
    let place = Place { file: Arc::clone(file), range };
    Diagnostic::error("directive", place, problem.message.clone()).help(problem.help.clone())
}
