//! From the files of a pack to their shapes, each under its id.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{self, CauseFile, FixFile, PracticeFile, SignalsFile};
use super::front_matter;
use super::load::Pack;
use super::manifest::{self, Manifest};
use super::mistakes::Mistakes;
use super::numbers::{self, Lock};
use super::words::{Stage, Words};
use crate::diagnostic::{SourceFile, did_you_mean};

/// Files that parsed, by id.
#[derive(Default)]
pub struct Shapes {
    /// What the packs say of themselves, the lowest layer first.
    pub packs: Vec<Manifest>,
    /// Causes.
    pub causes: BTreeMap<String, (Arc<SourceFile>, CauseFile)>,
    /// Signals by technology.
    pub signals: BTreeMap<String, (Arc<SourceFile>, SignalsFile)>,
    /// The vocabulary of facts.
    pub facts: Option<(Arc<SourceFile>, file::FactsFile)>,
    /// Symptoms.
    pub symptoms: Option<(Arc<SourceFile>, file::SymptomsFile)>,
    /// Practices by name, without `practice.`.
    pub practices: BTreeMap<String, (Arc<SourceFile>, PracticeFile)>,
    /// Mappings.
    pub mappings: BTreeMap<String, (Arc<SourceFile>, file::MappingFile)>,
    /// Articles by the id of their cause.
    pub articles: BTreeMap<String, Article>,
    /// The calibrated numbers.
    pub lock: Option<(Arc<SourceFile>, Lock)>,
    /// Other pages by path.
    pub pages: BTreeMap<String, String>,
}

/// The article of a cause.
pub struct Article {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Its front matter.
    pub fix: FixFile,
    /// Bytes of the file before the front matter's text.
    pub offset: usize,
    /// What follows the front matter.
    pub body: String,
}

/// Parses every file; one that does not parse is a mistake, and the others go on.
pub fn read(pack: &Pack, mistakes: &mut Mistakes) -> Shapes {
    let mut shapes = Shapes { packs: manifest::read(pack, mistakes), ..Shapes::default() };
    for (path, source) in &pack.files {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["rules", "facts.yaml"] => {
                shapes.facts = yaml(pack, mistakes, source, &source.text, 0).map(|s| (Arc::clone(source), s));
                if shapes.facts.is_none() {
                    mistakes.broken.insert("facts".to_owned());
                }
            }
            _ if path == numbers::LOCK => {
                shapes.lock = yaml(pack, mistakes, source, &source.text, 0).map(|s| (Arc::clone(source), s))
            }
            ["rules", "symptoms.yaml"] => {
                shapes.symptoms = yaml(pack, mistakes, source, &source.text, 0).map(|s| (Arc::clone(source), s));
                if shapes.symptoms.is_none() {
                    mistakes.broken.insert("symptoms".to_owned());
                }
            }
            ["rules", "signals", name] if name.ends_with(".yaml") => {
                match yaml(pack, mistakes, source, &source.text, 0) {
                    Some(shape) => _ = shapes.signals.insert(stem(name), (Arc::clone(source), shape)),
                    None => _ = mistakes.broken.insert(format!("{}.*", stem(name))),
                }
            }
            ["rules", "mappings", name] if name.ends_with(".yaml") => {
                if let Some(shape) = yaml(pack, mistakes, source, &source.text, 0) {
                    shapes.mappings.insert(stem(name), (Arc::clone(source), shape));
                }
            }
            ["rules", "practices", name] if name.ends_with(".yaml") => {
                if let Some(shape) = yaml(pack, mistakes, source, &source.text, 0) {
                    shapes.practices.insert(stem(name), (Arc::clone(source), shape));
                }
            }
            ["rules", stage, name] if name.ends_with(".yaml") => {
                if Stage::from_word(stage).is_none() {
                    let near = did_you_mean(stage, Stage::ALL.iter().map(|(w, _)| *w));
                    mistakes
                        .error(
                            "E0110",
                            source,
                            0..0,
                            format!("the folder `{stage}` is no stage, so this file is no cause"),
                        )
                        .help =
                        Some(near.map_or_else(
                            || "causes stand in rules/<stage>/".into(),
                            |n| format!("did you mean `{n}`?"),
                        ));
                } else {
                    let id = format!("{stage}.{}", stem(name));
                    match yaml(pack, mistakes, source, &source.text, 0) {
                        Some(shape) => _ = shapes.causes.insert(id, (Arc::clone(source), shape)),
                        None => _ = mistakes.broken.insert(id),
                    }
                }
            }
            ["knowledge", "causes", stage, name] if name.ends_with(".md") => {
                if let Some(article) = article(pack, mistakes, source) {
                    shapes.articles.insert(format!("{stage}.{}", stem(name)), article);
                }
            }
            ["knowledge", rest @ ..] if path.ends_with(".md") => {
                shapes.pages.insert(rest.join("/"), source.text.clone());
            }
            ["rules", "README.md" | "rule.schema.json"] => {}
            _ => {
                let help = match path.as_str() {
                    "rules/pack.yaml" => "pack.yaml stands beside rules/, not in it",
                    _ => "see rules/README.md for the folders",
                };
                mistakes.error("E0110", source, 0..0, "this file stands where no kind of rule is expected").help =
                    Some(help.into());
            }
        }
    }
    shapes
}

fn yaml<T: serde::de::DeserializeOwned>(
    pack: &Pack,
    mistakes: &mut Mistakes,
    source: &Arc<SourceFile>,
    text: &str,
    offset: usize,
) -> Option<T> {
    if let Some(shape) = pack.compact_shape(&source.path) {
        return Some(shape);
    }
    file::parse(text).map_err(|error| unparsable(mistakes, source, &error, offset)).ok()
}

/// Notes that a file does not parse.
pub(super) fn unparsable(mistakes: &mut Mistakes, source: &Arc<SourceFile>, error: &file::ParseError, offset: usize) {
    let (range, meant) = (error.range.start + offset..error.range.end + offset, unknown_field(&error.message));
    let noted = mistakes.error("E0101", source, range, &error.message);
    if let Some((wrong, known)) = meant {
        noted.suggest(wrong, did_you_mean(wrong, known));
    }
}

/// The field and its known neighbours in the reader's "unknown field `x`, expected one of a, b".
fn unknown_field(message: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    let (wrong, known) = message.strip_prefix("unknown field `")?.split_once("`, expected one of ")?;
    Some((wrong, known.split(", ").map(|field| field.trim_matches('`'))))
}

fn article(pack: &Pack, mistakes: &mut Mistakes, source: &Arc<SourceFile>) -> Option<Article> {
    let text = source.text.as_str();
    let Some((front, body)) = front_matter::split(text) else {
        mistakes.error("E0109", source, 0..text.len().min(3), "the article has no front matter").help =
            Some("start the file with --- and the lists steps: and verify:, closed by ---".into());
        return None;
    };
    let offset = front_matter::OPENING.len();
    let fix = yaml(pack, mistakes, source, front, offset)?;
    Some(Article { file: Arc::clone(source), fix, offset, body: body.trim().to_owned() })
}

fn stem(name: &str) -> String {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}
