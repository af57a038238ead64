//! A preprocessor for mdBook: chapters in which directives are filled in.
//!
//! mdBook hands over `[context, book]` as JSON and takes the book back. Its versions 0.4 (`sections`) and 0.5 (`items`)
//! differ in a name only, so the book stays JSON here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::embed::place::{self, Form, diagnostic};
use super::embed::{Embedder, Graph, Options, Problem};
use crate::diagnostic::{Diagnostics, SourceFile, did_you_mean};
use crate::error::{Error, Result};
use crate::rule::words::Words;

/// Keys of `[preprocessor.certwhy]` that mdBook itself reads.
const OF_MDBOOK: &[&str] = &["command", "before", "after", "renderer", "renderers", "optional"];
/// Keys that are read here.
const OWN: &[&str] = &["rules", "no-builtin", "heading-level", "graph", "base-url"];

/// What mdBook handed over.
#[derive(Debug)]
pub struct Book {
    context: Value,
    book: Value,
}

/// What `[preprocessor.certwhy]` in book.toml says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folders of rules, as seen from the folder of the book.
    pub rules: Vec<PathBuf>,
    /// Whether the built-in rules are left out.
    pub no_builtin: bool,
    /// How parts are written.
    pub options: Options,
}

impl Book {
    /// Reads what mdBook writes to a preprocessor.
    ///
    /// # Errors
    /// [`Error::Protocol`] where it is something else.
    pub fn read(text: &str) -> Result<Self> {
        let odd = |why: String| {
            Error::Protocol(format!(
                "this is not what mdBook hands to a preprocessor: {why}; let mdBook call it, with command = \"certwhy mdbook\" under [preprocessor.certwhy] in book.toml"
            ))
        };
        let value: Value = serde_json::from_str(text).map_err(|error| odd(error.to_string()))?;
        match value {
            Value::Array(parts) => match <[Value; 2]>::try_from(parts) {
                Ok([context, book]) if context.is_object() && items(&book).is_some() => Ok(Self { context, book }),
                Ok(_) => Err(odd("the book has neither items nor sections".to_owned())),
                Err(parts) => Err(odd(format!("{} parts where a context and a book are due", parts.len()))),
            },
            _ => Err(odd("no list".to_owned())),
        }
    }

    /// The settings of the preprocessor.
    ///
    /// # Errors
    /// [`Error::Protocol`] for a key or a value that is not known, with the way out.
    pub fn settings(&self) -> Result<Settings> {
        let mut settings = Settings {
            rules: Vec::new(),
            no_builtin: false,
            options: Options { heading_ids: true, graph: Graph::Svg, ..Options::default() },
        };
        let odd = |message: String| Error::Protocol(format!("book.toml: [preprocessor.certwhy]: {message}"));
        let Some(table) = self.context.pointer("/config/preprocessor/certwhy").and_then(Value::as_object) else {
            return Ok(settings);
        };
        let root = PathBuf::from(self.context["root"].as_str().unwrap_or("."));
        for (key, value) in table {
            let wrong = |wanted: &str| odd(format!("{key} = {value}: {wanted} is due here"));
            match key.as_str() {
                "rules" => {
                    let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                    for folder in list {
                        let folder = folder.as_str().ok_or_else(|| wrong("a list of folders"))?;
                        settings.rules.push(root.join(folder));
                    }
                }
                "no-builtin" => settings.no_builtin = value.as_bool().ok_or_else(|| wrong("true or false"))?,
                "heading-level" => {
                    let level = value.as_u64().filter(|level| (1..=6).contains(level));
                    let level = level.and_then(|level| u8::try_from(level).ok());
                    settings.options.heading_level = level.ok_or_else(|| wrong("a number from 1 to 6"))?;
                }
                "graph" => {
                    let graph = value.as_str().and_then(Graph::from_word);
                    settings.options.graph = graph.ok_or_else(|| wrong("\"mermaid\" or \"svg\""))?;
                }
                "base-url" => {
                    let url = value.as_str().filter(|url| super::pages::check::is_address(url));
                    settings.options.base_url = Some(url.ok_or_else(|| wrong("an address"))?.to_owned());
                }
                known if OF_MDBOOK.contains(&known) => {}
                unknown => {
                    let near = did_you_mean(unknown, OWN.iter().copied());
                    let help =
                        near.map_or(format!("one of {}", OWN.join(", ")), |near| format!("did you mean {near}?"));
                    return Err(odd(format!("there is no option {unknown}; {help}")));
                }
            }
        }
        Ok(settings)
    }

    /// Fills in the directives of all chapters, and returns the book as mdBook wants it back.
    ///
    /// # Errors
    /// [`Error::Rules`] with every directive that cannot be filled: file, line and the way out.
    pub fn fill(mut self, embedder: &Embedder<'_>) -> Result<String> {
        let source = self.context.pointer("/config/book/src").and_then(Value::as_str).unwrap_or("src").to_owned();
        let mut diagnostics = Diagnostics::default();
        if let Some(items) = items_mut(&mut self.book) {
            chapters(items, Path::new(&source), embedder, &mut diagnostics);
        }
        if diagnostics.has_errors() {
            return Err(Error::Rules(diagnostics));
        }
        serde_json::to_string(&self.book).map_err(|error| Error::Protocol(error.to_string()))
    }
}

fn items(book: &Value) -> Option<&Vec<Value>> {
    book.get("items").or_else(|| book.get("sections"))?.as_array()
}

fn items_mut(book: &mut Value) -> Option<&mut Vec<Value>> {
    let key = if book.get("items").is_some() { "items" } else { "sections" };
    book.get_mut(key)?.as_array_mut()
}

/// Chapters within chapters that are looked into.
fn chapters(items: &mut [Value], source: &Path, embedder: &Embedder<'_>, diagnostics: &mut Diagnostics) {
    for chapter in items.iter_mut().filter_map(|item| item.get_mut("Chapter")) {
        let path = chapter["source_path"].as_str().or(chapter["path"].as_str()).or(chapter["name"].as_str());
        let path = source.join(path.unwrap_or("a chapter"));
        if let Some(text) = chapter["content"].as_str().filter(|text| text.contains("certwhy")) {
            let file = SourceFile { path: path.to_string_lossy().into_owned(), text: text.to_owned(), on_disk: None };
            let filled = fill(&Arc::new(file), embedder, diagnostics);
            chapter["content"] = filled.into();
        }
        if let Some(below) = chapter.get_mut("sub_items").and_then(Value::as_array_mut) {
            chapters(below, source, embedder, diagnostics);
        }
    }
}

/// The text of a chapter with its directives filled in.
pub fn fill(file: &Arc<SourceFile>, embedder: &Embedder<'_>, diagnostics: &mut Diagnostics) -> String {
    let mut out = file.text.clone();
    for found in place::all(&file.text).into_iter().rev() {
        let problem = |message: &str, help: &str| Problem {
            word: String::new(),
            message: message.to_owned(),
            help: help.to_owned(),
        };
        let mut parts = Vec::new();
        match found.form {
            Form::Escaped => {}
            Form::Open => {
                let problem = problem("the directive does not end on its line", "close it with }}");
                diagnostics.push(diagnostic(file, found.range.clone(), &problem));
            }
            Form::Block if found.directives.is_empty() => {
                let problem = problem("the block names nothing to put here", "write cause ID steps, for example");
                diagnostics.push(diagnostic(file, found.range.clone(), &problem));
            }
            Form::Block | Form::Braces => {
                for directive in &found.directives {
                    match embedder.render(&file.text[directive.clone()]) {
                        Ok(body) => parts.push(body),
                        Err(problem) => diagnostics.push(diagnostic(file, directive.clone(), &problem)),
                    }
                }
            }
        }
        let body = parts.join("\n\n");
        if body.contains('\n') && !place::stands_alone(&file.text, &found.range) {
            let problem =
                problem("several lines cannot stand inside of a line", "write the directive on a line of its own");
            diagnostics.push(diagnostic(file, found.range.clone(), &problem));
        }
        let prefix = place::prefix(&file.text, found.range.start);
        out.replace_range(found.range, &place::with_prefix(&body, &prefix));
    }
    diagnostics.sort();
    out
}
