//! Snapshots that were collected from a platform: the JSON document `certwhy/snapshot/1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands in `schema`.
pub const SCHEMA: &str = "certwhy/snapshot/1";

/// Facts as a platform told them, each with the endpoint and the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// `certwhy/snapshot/1`.
    pub schema: String,
    /// What was asked, `CERTInext API v2`.
    pub source: String,
    /// Where it was asked.
    pub base: String,
    /// When collecting began, RFC 3339: the time that the facts describe.
    pub collected_at: String,
    /// Facts by whom they are about.
    pub sets: Vec<About>,
    /// What was asked for and did not come.
    #[serde(default)]
    pub missing: Vec<Missing>,
    /// What a person should know about the choice that was made.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Facts about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// Whom: a domain, or an order where no domain is known; null where the platform names nobody.
    pub subject: Option<String>,
    /// Facts by path (`certwhy list facts`).
    pub facts: BTreeMap<String, Told>,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// Its value.
    pub value: Value,
    /// Who told it, `GET /api/certinext/v2/domains/42`.
    pub from: String,
    /// When, RFC 3339.
    pub at: String,
}

/// Something that did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// What was asked.
    pub endpoint: String,
    /// Why, and the way out.
    pub why: String,
}

/// Whether a document is a snapshot of any version.
pub fn is(document: &Value) -> bool {
    document.get("schema").and_then(Value::as_str).is_some_and(|schema| schema.starts_with("certwhy/snapshot/"))
}

/// Reads a snapshot.
///
/// # Errors
/// A sentence for the person: another version, or not the form.
pub fn read(document: &Value) -> Result<Snapshot, String> {
    let schema = document.get("schema").and_then(Value::as_str).unwrap_or_default();
    if schema != SCHEMA {
        return Err(format!("a snapshot of the form {schema}, and this certwhy reads {SCHEMA}; collect it again"));
    }
    serde_json::from_value(document.clone()).map_err(|error| format!("not a whole snapshot: {error}; collect it again"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_versions_and_other_forms_are_told() {
        assert!(is(&json!({ "schema": "certwhy/snapshot/2" })) && !is(&json!({ "schema": "certwhy/probe/1" })));
        let newer = read(&json!({ "schema": "certwhy/snapshot/2" })).expect_err("another version");
        assert!(newer.contains("certwhy/snapshot/2") && newer.contains("collect it again"), "{newer}");
        let odd = read(&json!({ "schema": SCHEMA, "sets": 3 })).expect_err("another form");
        assert!(odd.starts_with("not a whole snapshot"), "{odd}");
    }
}
