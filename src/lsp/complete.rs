//! What may be typed at a place: ids, words of closed sets, keys.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTextEdit, Documentation, MarkupContent, MarkupKind, TextEdit,
};
use serde_json::Value;

use super::context::{self, Context, Step};
use super::index::Named;
use super::workspace::Workspace;
use super::{describe, schemas, text};
use crate::rule::schema::Kind;
use crate::rule::{Knowledge, front_matter};

/// The YAML of a file and where it begins: of an article, its front matter.
pub fn yaml<'t>(path: &str, text: &'t str) -> Option<(Kind, &'t str, usize)> {
    let kind = Kind::of_path(path)?;
    match kind {
        Kind::Article => {
            let front = front_matter::split(text).map(|(front, _)| front);
            // While it is being written it may not be closed yet.
            let front = front.or_else(|| text.strip_prefix(front_matter::OPENING))?;
            Some((kind, front, front_matter::OPENING.len()))
        }
        _ => Some((kind, text, 0)),
    }
}

/// What may stand at a byte of a file.
pub fn complete(workspace: &Workspace, path: &str, offset: usize) -> Vec<CompletionItem> {
    let Some(file) = workspace.files.get(path) else { return Vec::new() };
    let Some((kind, yaml, base)) = yaml(path, &file.text) else { return Vec::new() };
    if offset < base || offset > base + yaml.len() {
        return Vec::new();
    }
    let context = context::at(yaml, offset - base);
    // What the word at the place belongs to; on a key, the map around it.
    let inner: &[Step] = if context.on_key { &context.path[..context.path.len() - 1] } else { &context.path };
    let typed = context.token.start + base..context.token.end + base;
    let offers = offers(&workspace.knowledge, kind, inner, &context);
    let span = text::span(&file.text, &typed);
    offers.into_iter().enumerate().map(|(n, offer)| offer.item(n, span)).collect()
}

struct Offer {
    label: String,
    insert: String,
    kind: CompletionItemKind,
    detail: String,
    documentation: Option<String>,
}

impl Offer {
    fn item(self, n: usize, range: lsp_types::Range) -> CompletionItem {
        CompletionItem {
            filter_text: Some(self.label.clone()),
            label: self.label,
            kind: Some(self.kind),
            detail: Some(self.detail).filter(|detail| !detail.is_empty()),
            documentation: self
                .documentation
                .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })),
            // In the order in which the documentation lists them.
            sort_text: Some(format!("{n:05}")),
            text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit { range, new_text: self.insert })),
            ..CompletionItem::default()
        }
    }
}

fn offers(knowledge: &Knowledge, kind: Kind, path: &[Step], context: &Context) -> Vec<Offer> {
    let mut out = Vec::new();
    for schema in schemas::at(kind, path) {
        if !context.on_key {
            words(schema, &mut out);
            if let Some(named) = schemas::format(schema).and_then(named) {
                ids(knowledge, named, "", &mut out);
            }
        }
        let colon = if context.on_key { "" } else { ": " };
        for property in schemas::properties(schema) {
            out.push(Offer {
                label: property.name.to_owned(),
                insert: format!("{}{colon}", property.name),
                kind: CompletionItemKind::Property,
                detail: if property.required { "required".to_owned() } else { String::new() },
                documentation: schemas::description(property.schema).map(str::to_owned),
            });
        }
        if let Some(keys) = schemas::keys(schema) {
            words(keys, &mut out);
            if let Some(named) = schemas::format(keys).and_then(named) {
                ids(knowledge, named, colon, &mut out);
            }
        }
    }
    values_of_fact(knowledge, path, &mut out);
    out
}

/// What an id of this format names.
pub fn named(format: &str) -> Option<Named> {
    match format {
        "cause-id" => Some(Named::Cause),
        "signal-id" => Some(Named::Signal),
        "symptom-id" => Some(Named::Symptom),
        "fact-path" => Some(Named::Fact),
        _ => None,
    }
}

fn words(schema: &'static Value, out: &mut Vec<Offer>) {
    for (word, meaning) in schemas::words(schema) {
        out.push(Offer {
            label: word.to_owned(),
            insert: word.to_owned(),
            kind: CompletionItemKind::EnumMember,
            detail: meaning.to_owned(),
            documentation: None,
        });
    }
}

fn ids(knowledge: &Knowledge, named: Named, behind: &str, out: &mut Vec<Offer>) {
    let ids: Vec<&str> = match named {
        Named::Cause => knowledge.causes.iter().map(|cause| cause.id.as_str()).collect(),
        // A signal that stands inline has a number for a name, and nobody refers to it.
        Named::Signal => knowledge.signals.iter().map(|s| s.id.as_str()).filter(|id| !id.contains('#')).collect(),
        Named::Symptom => knowledge.symptoms.iter().map(|symptom| symptom.id.as_str()).collect(),
        Named::Fact => knowledge.facts.keys().map(String::as_str).collect(),
        Named::Any => Vec::new(),
    };
    for id in ids {
        out.push(Offer {
            label: id.to_owned(),
            insert: format!("{id}{behind}"),
            kind: CompletionItemKind::Reference,
            detail: describe::title(knowledge, named, id).unwrap_or_default().to_owned(),
            documentation: None,
        });
    }
}

/// The values of the fact that a condition is about.
fn values_of_fact(knowledge: &Knowledge, path: &[Step], out: &mut Vec<Offer>) {
    let keys = path.iter().rev().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Item => None,
    });
    // `bot.status: ¦`, `bot.status: { in: [¦] }`, but not `bot.status: { matches: ¦ }`.
    let Some((n, fact)) = keys.clone().take(2).enumerate().find_map(|(n, key)| Some((n, knowledge.facts.get(key)?)))
    else {
        return;
    };
    let operator = keys.clone().next().unwrap_or("");
    if n == 1 && !["equals", "not", "in", "includes", "excludes"].contains(&operator) {
        return;
    }
    if path.first() == Some(&Step::Key("facts".to_owned())) {
        return;
    }
    for value in &fact.values {
        out.push(Offer {
            label: value.clone(),
            insert: value.clone(),
            kind: CompletionItemKind::Value,
            detail: fact.meaning.clone(),
            documentation: None,
        });
    }
}
