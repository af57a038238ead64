//! Status documents: JSON and YAML as one tree of values.

use serde_json::Value;

/// Bytes of a document that are read as one; larger files are logs.
pub const MAX_DOCUMENT: usize = 8 << 20;

/// What a text is, as far as documents go.
#[derive(Debug)]
pub enum Shape {
    /// A JSON or YAML document.
    Document(Value),
    /// Named as a document (`.json`, `.yaml`) but does not parse; the reader's message.
    Broken(String),
    /// A table as the list of its rows, settings, or what openssl prints: a document only if something knows it, else a log.
    Candidate(Value),
    /// Not a document.
    Text,
}

/// Whether an input can be a document, by its name and its first bytes; only then it is worth reading whole.
pub fn may_be(name: &str, sample: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let named = [".json", ".yaml", ".yml", ".csv", ".tsv"].iter().any(|ending| lower.ends_with(ending));
    let start = sample.trim_start_matches('\u{feff}').trim_start();
    named
        || start.starts_with('{')
        || start.starts_with('[') && !start[1..].starts_with(|c: char| c.is_alphanumeric())
        || is_facts(start)
        || super::openssl::may_be(start)
        || super::settings::may_be(start)
}

/// Reads a text as a document where its name or its first character says that it is one.
pub fn read(name: &str, text: &str) -> Shape {
    let lower = name.to_ascii_lowercase();
    let is_yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
    let is_json = lower.ends_with(".json");
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if text.len() > MAX_DOCUMENT || start.is_empty() {
        return Shape::Text;
    }
    if lower.ends_with(".csv") || lower.ends_with(".tsv") {
        return super::table::read(start).map_or(Shape::Text, Shape::Candidate);
    }
    if super::openssl::may_be(start) {
        return super::openssl::read(start).map_or(Shape::Text, Shape::Candidate);
    }
    if is_json || start.starts_with(['{', '[']) {
        return match serde_json::from_str::<Value>(start) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => Shape::Document(value),
            Ok(_) => Shape::Text,
            // YAML may begin with a brace too.
            Err(_) if is_yaml => yaml(start),
            Err(error) if is_json && !looks_like_lines(start) => Shape::Broken(format!("not valid JSON: {error}")),
            Err(_) => Shape::Text,
        };
    }
    if is_yaml || is_facts(start) {
        return yaml(start);
    }
    let settings = super::settings::may_be(start).then(|| super::settings::read(start)).flatten();
    settings.map_or(Shape::Text, Shape::Candidate)
}

fn yaml(text: &str) -> Shape {
    match serde_yaml::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Shape::Document(value),
        Ok(_) => Shape::Text,
        Err(error) => Shape::Broken(format!("not valid YAML: {error}")),
    }
}

/// A facts document pasted without a file name.
fn is_facts(text: &str) -> bool {
    text.lines().take(20).any(|line| line.trim_end() == "facts:")
}

/// JSON lines: each line an object of its own.
fn looks_like_lines(text: &str) -> bool {
    text.lines().take(2).filter(|l| serde_json::from_str::<Value>(l).is_ok()).count() > 0
}

/// The values at a dotted path: `*` stands for any key or index.
pub fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for key in path.split('.').filter(|k| !k.is_empty()) {
        found = found
            .into_iter()
            .flat_map(|value| -> Vec<&Value> {
                match (value, key) {
                    (Value::Object(map), "*") => map.values().collect(),
                    (Value::Array(list), "*") => list.iter().collect(),
                    (Value::Object(map), key) => map.get(key).into_iter().collect(),
                    (Value::Array(list), key) => {
                        key.parse().ok().and_then(|n: usize| list.get(n)).into_iter().collect()
                    }
                    _ => Vec::new(),
                }
            })
            .collect();
    }
    found
}
