//! Puts the fields of a file in the order of its schema, which is that of the shapes in [`crate::rule::file`].

use serde_json::Value;

use super::tree::{Block, Body, Tree};
use crate::rule::Knowledge;
use crate::rule::schema::Kind;

/// Puts every block in order. Keys that an author chooses (of signals, facts, symptoms) stay in theirs.
pub fn order(tree: &mut Tree, kind: Kind) {
    let schema = kind.schema(&Knowledge::default());
    Schemas { root: &schema }.block(&mut tree.root, &schema);
}

struct Schemas<'s> {
    root: &'s Value,
}

impl<'s> Schemas<'s> {
    fn block(&self, block: &mut Block, schema: &'s Value) {
        let wanted = if block.is_list { "array" } else { "object" };
        let Some(schema) = self.of_type(schema, wanted) else { return };
        let fields = schema.get("properties").and_then(Value::as_object);
        let free = schema.get("additionalProperties").filter(|free| **free != Value::Bool(false));
        if let (Some(fields), false, None) = (fields, block.is_list, free) {
            // Stable, so that what the schema does not know stays where it was among its like.
            block.entries.sort_by_key(|entry| fields.keys().position(|name| *name == entry.key).unwrap_or(usize::MAX));
        }
        for entry in &mut block.entries {
            let inner = match block.is_list {
                true => schema.get("items"),
                false => fields.and_then(|fields| fields.get(&entry.key)).or(free),
            };
            if let (Body::Block(below), Some(inner)) = (&mut entry.body, inner) {
                self.block(below, inner);
            }
        }
    }

    /// The part of a schema that speaks of maps or lists.
    fn of_type(&self, schema: &'s Value, wanted: &str) -> Option<&'s Value> {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            return self.of_type(self.root.pointer(name.strip_prefix('#')?)?, wanted);
        }
        let speaks = schema.get("type").is_some_and(|types| match types {
            Value::Array(types) => types.iter().any(|name| name == wanted),
            name => name == wanted,
        });
        if speaks {
            return Some(schema);
        }
        let choices = ["anyOf", "allOf"].iter().filter_map(|name| schema.get(*name)?.as_array());
        choices.flatten().find_map(|choice| self.of_type(choice, wanted))
    }
}
