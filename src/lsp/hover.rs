//! What stands at a place, explained.

use lsp_types::{Contents, Hover, MarkupContent, MarkupKind};

use super::context::{self, Step};
use super::workspace::Workspace;
use super::{complete, describe, schemas, text};

/// The explanation of what is at a byte of a file: an id, else a word of a closed set, else a key.
pub fn hover(workspace: &Workspace, path: &str, offset: usize) -> Option<Hover> {
    let file = workspace.files.get(path)?;
    let id = workspace
        .id_at(path, offset)
        .and_then(|mention| Some((describe::id(&workspace.knowledge, mention.named, &mention.id)?, mention.range)));
    let (value, range) = id.or_else(|| word_or_key(path, &file.text, offset))?;
    Some(Hover {
        contents: Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(text::span(&file.text, &range)),
    })
}

fn word_or_key(path: &str, text: &str, offset: usize) -> Option<(String, std::ops::Range<usize>)> {
    let (kind, yaml, base) = complete::yaml(path, text)?;
    let context = context::at(yaml, offset.checked_sub(base).filter(|at| *at <= yaml.len())?);
    let token = &yaml[context.token.clone()];
    let range = context.token.start + base..context.token.end + base;
    let schemas = schemas::at(kind, &context.path);
    if context.on_key {
        let Some(Step::Key(key)) = context.path.last() else { return None };
        let description = schemas.iter().find_map(|schema| schemas::description(schema))?;
        let words = schemas.iter().flat_map(|schema| schemas::words(schema));
        let words: String = words.map(|(word, meaning)| format!("- {word}: {meaning}\n")).collect();
        return Some((format!("**{key}**: {description}\n\n{words}"), range));
    }
    let words = schemas.iter().flat_map(|schema| schemas::words(schema).into_iter().map(move |word| (schema, word)));
    let (schema, (word, meaning)) = words.into_iter().find(|(_, (word, _))| *word == token)?;
    Some((describe::word(word, meaning, schemas::description(schema).unwrap_or("")), range))
}
