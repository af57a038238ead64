//! From an id to where it is defined and mentioned, and to another name for it.

use std::collections::BTreeMap;

use lsp_types::{Location, Range, TextEdit};
use serde_json::{Value, json};

use super::index::{Mention, Named};
use super::text;
use super::workspace::Workspace;

/// Where the id at a place is defined. Of rules that are part of the program there is no file.
pub fn definition(workspace: &Workspace, path: &str, offset: usize) -> Vec<Location> {
    let Some(found) = workspace.id_at(path, offset) else { return Vec::new() };
    locations(workspace, &found, |mention| mention.defines)
}

/// Where the id at a place is mentioned.
pub fn references(workspace: &Workspace, path: &str, offset: usize, definition_too: bool) -> Vec<Location> {
    let Some(found) = workspace.id_at(path, offset) else { return Vec::new() };
    locations(workspace, &found, |mention| definition_too || !mention.defines)
}

fn locations(workspace: &Workspace, of: &Mention, wanted: impl Fn(&Mention) -> bool) -> Vec<Location> {
    let mentions = workspace.mentions_of(of.named, &of.id).filter(|(_, mention)| wanted(mention));
    let places = mentions.filter_map(|(path, mention)| {
        let file = workspace.files.get(path)?;
        Some(Location { uri: workspace.uri(path)?, range: text::span(&file.text, &mention.range) })
    });
    places.collect()
}

/// What can be renamed at a place: its range and its present name.
///
/// # Errors
/// Why it cannot be, for the person.
pub fn can_rename(workspace: &Workspace, path: &str, offset: usize) -> Result<(Range, String), String> {
    let found = renamed(workspace, path, offset)?;
    let file = workspace.files.get(path).ok_or("this file is no part of the pack")?;
    Ok((text::span(&file.text, &found.range), file.text[found.range].to_owned()))
}

fn renamed(workspace: &Workspace, path: &str, offset: usize) -> Result<Mention, String> {
    let found = workspace.id_at(path, offset).ok_or("here is no signal and no symptom that could be renamed")?;
    match found.named {
        Named::Signal | Named::Symptom => {}
        Named::Cause => {
            let stem = found.id.replacen('.', "/", 1);
            return Err(format!(
                "the id of a cause is the path of its file: move rules/{stem}.yaml and knowledge/causes/{stem}.md, \
                 then correct what the diagnostics point at"
            ));
        }
        Named::Fact => {
            return Err("facts are named in status documents and in what people hand in; they keep their paths".into());
        }
        Named::Any => return Err("here is no signal and no symptom that could be renamed".into()),
    }
    if let Some((path, _)) = workspace.files.iter().find(|(_, file)| !file.current) {
        return Err(format!("{path} does not parse; correct it first, so that no mention is missed"));
    }
    let here = workspace.mentions_of(found.named, &found.id).any(|(_, mention)| mention.defines);
    if here { Ok(found) } else { Err(format!("`{}` is part of certwhy and not of this workspace", found.id)) }
}

/// The edits that give the id at a place another name, as a `WorkspaceEdit`.
///
/// # Errors
/// Why it cannot be renamed, for the person.
pub fn rename(workspace: &Workspace, path: &str, offset: usize, name: &str) -> Result<Value, String> {
    let found = renamed(workspace, path, offset)?;
    let technology = match found.named {
        Named::Signal => found.id.split_once('.').map(|(technology, _)| format!("{technology}.")),
        _ => None,
    };
    let technology = technology.unwrap_or_default();
    let key = name.trim();
    let key = key.strip_prefix(&technology).unwrap_or(key);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if key.is_empty() || !key.chars().all(plain) {
        let file = if technology.is_empty() { "" } else { "; a signal stays in the file of its technology" };
        return Err(format!("`{name}` is no key: use lower-case letters, digits and hyphens{file}"));
    }
    let id = format!("{technology}{key}");
    if id != found.id && workspace.named(&id).is_some() {
        return Err(format!("there is a `{id}` already"));
    }
    let mut edits: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    for (path, mention) in workspace.mentions_of(found.named, &found.id) {
        let Some(file) = workspace.files.get(path) else { continue };
        let new_text = if mention.defines { key.to_owned() } else { id.clone() };
        edits.entry(path).or_default().push(TextEdit { range: text::span(&file.text, &mention.range), new_text });
    }
    let changes = edits.into_iter().filter_map(|(path, edits)| Some((workspace.uri(path)?.to_string(), json!(edits))));
    Ok(json!({ "changes": changes.collect::<serde_json::Map<_, _>>() }))
}
