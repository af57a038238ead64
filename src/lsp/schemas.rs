//! What may stand at a place, by the schema of the file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::context::Step;
use crate::rule::Knowledge;
use crate::rule::schema::Kind;
use crate::rule::words::Words;

static SCHEMAS: LazyLock<BTreeMap<&'static str, Value>> = LazyLock::new(|| {
    let nothing = Knowledge::default();
    Kind::ALL.iter().map(|(word, kind)| (*word, kind.schema(&nothing))).collect()
});

/// The schemas of what stands at a path; several where there is a choice.
pub fn at(kind: Kind, path: &[Step]) -> Vec<&'static Value> {
    let Some(root) = SCHEMAS.get(kind.word()) else { return Vec::new() };
    let mut found = alternatives(root, root);
    for step in path {
        found = found.into_iter().flat_map(|schema| child(schema, step)).flat_map(|s| alternatives(root, s)).collect();
    }
    found
}

/// A property and its schema, and whether it must be there.
pub struct Property {
    /// Its key.
    pub name: &'static str,
    /// Its schema.
    pub schema: &'static Value,
    /// Whether it must be there.
    pub required: bool,
}

/// The properties that a schema names.
pub fn properties(schema: &'static Value) -> Vec<Property> {
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let named = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    named.map(|(name, schema)| Property { name, schema, required: required.contains(&name.as_str()) }).collect()
}

/// The words that a schema allows, each with its meaning.
pub fn words(schema: &'static Value) -> Vec<(&'static str, &'static str)> {
    let meanings: Vec<&str> = list(schema, "enumDescriptions").filter_map(Value::as_str).collect();
    let words = list(schema, "enum").filter_map(Value::as_str).enumerate();
    words.map(|(n, word)| (word, meanings.get(n).copied().unwrap_or(""))).collect()
}

/// The kind of id that a text is (`cause-id`, …).
pub fn format(schema: &'static Value) -> Option<&'static str> {
    schema.get("format").and_then(Value::as_str)
}

/// What the keys of a map must be.
pub fn keys(schema: &'static Value) -> Option<&'static Value> {
    schema.get("propertyNames")
}

/// What a schema says of itself.
pub fn description(schema: &'static Value) -> Option<&'static str> {
    schema.get("description").and_then(Value::as_str)
}

fn list(schema: &'static Value, key: &str) -> impl Iterator<Item = &'static Value> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn child(schema: &'static Value, step: &Step) -> Option<&'static Value> {
    match step {
        Step::Item => schema.get("items"),
        Step::Key(key) => {
            schema.get("properties").and_then(|p| p.get(key)).or_else(|| schema.get("additionalProperties"))
        }
    }
}

/// A schema and what it refers to.
fn alternatives(root: &'static Value, schema: &'static Value) -> Vec<&'static Value> {
    let mut found = vec![schema];
    let mut open = vec![schema];
    while let Some(next) = open.pop() {
        let referred =
            next.get("$ref").and_then(Value::as_str).and_then(|path| root.pointer(path.trim_start_matches('#')));
        let parts = ["anyOf", "allOf"].into_iter().flat_map(|key| list(next, key));
        for schema in parts.chain(referred) {
            // A schema may contain itself, but not lead to itself without a step.
            if found.len() < 64 {
                found.push(schema);
                open.push(schema);
            }
        }
    }
    found
}
