//! Filling directives in anyone's Markdown: a fenced block ```` ```certwhy ```` becomes a pair of comments with the text
//! between them, which the next run brings up to date.

use std::ops::Range;
use std::sync::Arc;

use super::directive::{Embedder, Problem};
use super::place::{self, diagnostic};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::rule::front_matter;

/// Comments of HTML, and of MDX, which knows no others.
const COMMENTS: [(&str, &str); 2] = [("<!--", "-->"), MDX];
const MDX: (&str, &str) = ("{/*", "*/}");

/// What stays beside what is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Comments around it, by which the next run brings it up to date.
    Comments,
    /// As before, in a file of MDX.
    MdxComments,
    /// Nothing: the text is made anew from its source each time.
    Nothing,
}

/// The text with every directive filled in; the same text where nothing changes.
///
/// # Errors
/// Every directive that cannot be filled, and every beginning without an end, with its place.
pub fn expand(file: &Arc<SourceFile>, embedder: &Embedder<'_>, marks: Marks) -> Result<String, Diagnostics> {
    let text = file.text.as_str();
    let style = embedder.options().style;
    let mut diagnostics = Diagnostics::default();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let filled = filled(file, &mut diagnostics);
    for found in place::blocks(text) {
        if filled.iter().any(|mark| mark.between.contains(&found.range.start)) {
            continue;
        }
        let (open, close) = if marks == Marks::MdxComments { MDX } else { style.comment() };
        let prefix = place::prefix(text, found.range.start);
        let parts = found.directives.iter().filter_map(|directive| {
            let body = render(file, embedder, directive.clone(), &mut diagnostics)?;
            let directive = &text[directive.clone()];
            if marks == Marks::Nothing {
                return Some(body);
            }
            Some(format!("{open} certwhy: {directive} {close}\n\n{body}\n\n{open} /certwhy {close}"))
        });
        let parts: Vec<String> = parts.collect();
        if found.directives.is_empty() {
            let problem = Problem {
                word: String::new(),
                message: "the block names nothing to put here".to_owned(),
                help: "write cause ID steps, for example".to_owned(),
            };
            diagnostics.push(diagnostic(file, found.range.clone(), &problem));
        }
        edits.push((found.range, place::with_prefix(&parts.join("\n\n"), &prefix)));
    }
    for mark in filled {
        let Some(body) = render(file, embedder, mark.directive.clone(), &mut diagnostics) else { continue };
        let prefix = place::prefix(text, mark.begin);
        if marks == Marks::Nothing {
            edits.push((mark.begin..mark.end, place::with_prefix(&body, &prefix)));
            continue;
        }
        let body = place::with_prefix(&format!("\n\n{body}\n"), &prefix);
        edits.push((mark.between, format!("{body}\n{prefix}")));
    }
    if diagnostics.has_errors() {
        diagnostics.sort();
        return Err(diagnostics);
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = text.to_owned();
    for (range, with) in edits.into_iter().rev() {
        out.replace_range(range, &with);
    }
    let preamble = style.preamble(&out);
    if !out.contains(preamble) {
        let at = front_matter::split(&out).map_or(0, |(_, rest)| out.len() - rest.len());
        out.insert_str(at, preamble);
    }
    Ok(out)
}

fn render(
    file: &Arc<SourceFile>,
    embedder: &Embedder<'_>,
    directive: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    match embedder.render(&file.text[directive.clone()]) {
        Ok(body) => Some(body),
        Err(problem) => {
            diagnostics.push(diagnostic(file, directive, &problem));
            None
        }
    }
}

/// A directive that was filled before.
struct Mark {
    begin: usize,
    directive: Range<usize>,
    /// Between the two comments.
    between: Range<usize>,
    /// Behind the second one.
    end: usize,
}

fn filled(file: &Arc<SourceFile>, diagnostics: &mut Diagnostics) -> Vec<Mark> {
    let text = file.text.as_str();
    let code = place::code(text);
    let mut out = Vec::new();
    for (open, close) in COMMENTS {
        let (begin, end) = (format!("{open} certwhy:"), format!("{open} /certwhy {close}"));
        let mut from = 0;
        while let Some(at) = text[from..].find(&begin).map(|at| from + at) {
            from = at + begin.len();
            if code.iter().any(|range| range.contains(&at)) {
                continue;
            }
            let line = text[from..].find('\n').map_or(text.len(), |end| from + end);
            let closed = text[from..line].find(close);
            let ended = closed.and_then(|closed| {
                let after = from + closed + close.len();
                let end = after + text[after..].find(&end)?;
                // The next beginning comes after the own end.
                let next = text[after..].find(&begin).map_or(text.len(), |next| after + next);
                (end < next).then_some((closed, after..end))
            });
            match ended {
                Some((closed, between)) => {
                    let part = &text[from..from + closed];
                    let start = from + part.len() - part.trim_start().len();
                    out.push(Mark {
                        begin: at,
                        directive: start..start + part.trim().len(),
                        between: between.clone(),
                        end: between.end + end.len(),
                    });
                    from = between.end;
                }
                None => diagnostics.push(unclosed(file, at..line, &end)),
            }
        }
    }
    out
}

fn unclosed(file: &Arc<SourceFile>, range: Range<usize>, end: &str) -> Diagnostic {
    let problem = Problem {
        word: String::new(),
        message: "what was filled in here has no end".to_owned(),
        help: format!("put {end} behind it, or take this line away"),
    };
    diagnostic(file, range, &problem)
}
