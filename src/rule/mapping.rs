//! Mappings: how known status documents become facts.

use std::collections::BTreeMap;

use super::condition;
use super::file::{Node, NodeKind, Text};
use super::mistakes::Mistakes;
use super::model::{Fact, MappedFact, Mapping, Recognise};
use super::shapes::Shapes;

/// Understands the mappings; the most specific ones come first.
pub fn read(shapes: &Shapes, mistakes: &mut Mistakes, facts: &BTreeMap<String, Fact>) -> Vec<Mapping> {
    let mut out = Vec::new();
    for (id, (source, shape)) in &shapes.mappings {
        let mut recognise = Vec::new();
        for node in &shape.recognise {
            match recognise_of(node) {
                Some(entry) => recognise.push(entry),
                None => {
                    mistakes.error("E0107", source, node.range.clone(), "recognise takes paths, or { path, equals }");
                }
            }
        }
        let mut mapped = Vec::new();
        for (path, node) in &shape.facts {
            if !facts.contains_key(&path.value) {
                mistakes.id(source, path, "fact", facts.keys());
            }
            match mapped_of(path, node) {
                Some(fact) => {
                    if let Some(Err(error)) = fact.extract.as_deref().map(regex_syntax::parse) {
                        let message = format!("extract is no regex: {error}");
                        mistakes.error("E0104", source, node.range.clone(), message);
                    }
                    mapped.push(fact);
                }
                None => {
                    mistakes.error(
                        "E0107",
                        source,
                        node.range.clone(),
                        "a fact comes from a path, or { from, extract, map, time_zone }",
                    );
                }
            }
        }
        out.push(Mapping {
            id: id.clone(),
            title: shape.title.value.clone(),
            recognise,
            rows: shape.rows.as_ref().map(|t| t.value.clone()),
            subject: shape.subject.as_ref().map(|t| t.value.clone()),
            also_text: shape.also_text,
            facts: mapped,
        });
    }
    // The mapping that asks for most is the most specific one.
    out.sort_by(|a, b| b.recognise.len().cmp(&a.recognise.len()).then_with(|| a.id.cmp(&b.id)));
    out
}

fn recognise_of(node: &Node) -> Option<Recognise> {
    match &node.kind {
        NodeKind::Text(path) => Some(Recognise { path: path.clone(), equals: None }),
        NodeKind::Map(entries) => {
            let get = |name: &str| {
                entries.iter().find(|(k, _)| k.value == name).and_then(|(_, v)| match &v.kind {
                    NodeKind::Text(t) | NodeKind::Number(t) => Some(t.clone()),
                    NodeKind::Bool(b) => Some(b.to_string()),
                    _ => None,
                })
            };
            Some(Recognise { path: get("path")?, equals: get("equals") })
        }
        _ => None,
    }
}

fn mapped_of(fact: &Text, node: &Node) -> Option<MappedFact> {
    let text_list = |node: &Node| -> Option<Vec<String>> {
        match &node.kind {
            NodeKind::Text(t) | NodeKind::Number(t) => Some(vec![t.clone()]),
            NodeKind::List(list) => list
                .iter()
                .map(|n| match &n.kind {
                    NodeKind::Text(t) => Some(t.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    };
    let NodeKind::Map(entries) = &node.kind else {
        return Some(MappedFact {
            fact: fact.value.clone(),
            from: text_list(node)?,
            extract: None,
            map: BTreeMap::new(),
            time_zone: None,
        });
    };
    let (map, path) = (BTreeMap::new(), fact.value.clone());
    let mut mapped = MappedFact { fact: path, from: Vec::new(), extract: None, map, time_zone: None };
    for (key, value) in entries {
        match (key.value.as_str(), &value.kind) {
            ("from", _) => mapped.from = text_list(value)?,
            ("map", NodeKind::Map(pairs)) => {
                for (from, to) in pairs {
                    let json = condition::to_json(to);
                    let to = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
                    mapped.map.insert(from.value.clone(), to);
                }
            }
            ("extract", NodeKind::Text(pattern)) => mapped.extract = Some(pattern.clone()),
            ("time_zone", NodeKind::Text(zone)) => mapped.time_zone = Some(zone.clone()),
            _ => return None,
        }
    }
    (!mapped.from.is_empty()).then_some(mapped)
}
