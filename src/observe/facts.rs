//! Status documents become facts: hand-written facts files, and known shapes by the mappings of the rules.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::condition::{Known, shown};
use crate::diagnostic::did_you_mean;
use crate::input::{document, snapshot};
use crate::rule::condition::parse_value;
use crate::rule::model::{Condition, Fact, FactValue, Knowledge, MappedFact, Mapping};

/// Rows of one document that are looked at; a fleet's listing has fewer.
const MAX_ROWS: usize = 20_000;
/// Unknown paths of one document that are named; the others are counted.
const MAX_ODD: usize = 20;

/// Who told a fact, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The endpoint of the platform, or the program.
    pub from: String,
    /// When it was told.
    pub at: Option<Timestamp>,
    /// How old it is, where that is too old to be taken for the present.
    pub age: Option<SignedDuration>,
}

/// Facts about one subject.
#[derive(Debug, Clone)]
pub struct FactSet {
    /// Whom they are about, where the document names it.
    pub subject: Option<String>,
    /// Whether they hold for everything that is diagnosed: facts files and the command line.
    pub shared: bool,
    /// Values by path.
    pub values: BTreeMap<String, FactValue>,
    /// Where each fact stands: index of the input, and the line where it could be found. None for the command line.
    pub places: BTreeMap<String, (usize, Option<usize>)>,
    /// Who told a fact, and when, where the document says so.
    pub origins: BTreeMap<String, Origin>,
    /// The time that they describe.
    pub at: Timestamp,
}

impl FactSet {
    /// A set without facts.
    pub fn empty(shared: bool, at: Timestamp) -> Self {
        Self { subject: None, shared, values: BTreeMap::new(), places: BTreeMap::new(), origins: BTreeMap::new(), at }
    }

    /// Whether a condition holds; `None` when it is not known.
    pub fn holds(&self, condition: &Condition) -> Option<bool> {
        Known { values: &self.values, at: self.at }.holds(condition)
    }

    /// The facts that a condition looked at, as `path = value`; what is old says so.
    pub fn excerpt(&self, condition: &Condition) -> String {
        let mut parts: Vec<String> = Vec::new();
        for path in condition.paths() {
            if let Some(value) = self.values.get(path) {
                let age = self.origins.get(path).and_then(|origin| origin.age);
                let old = age.map_or_else(String::new, |age| format!(" ({} ago)", super::snapshot::age(age)));
                let part = format!("{path} = {}{old}", shown(value));
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        parts.join(", ")
    }
}

/// What a document gave.
#[derive(Debug, Default)]
pub struct Reading {
    /// One set for a facts file, one for each row of a listing.
    pub sets: Vec<FactSet>,
    /// What the document is, in words.
    pub kind: String,
    /// What could not be used, and the way out.
    pub notes: Vec<String>,
    /// Whether some mapping, or the facts form, knew the document.
    pub known: bool,
    /// The path of the fact by which its rows are told apart.
    pub by: Option<String>,
    /// Whether its words count too, as those of a log.
    pub also_text: bool,
    /// Whether something is not in it that was asked for, and that may hold the cause.
    pub incomplete: bool,
}

/// Reads a document: a facts file, or a shape that a mapping recognises.
pub fn read(knowledge: &Knowledge, input: usize, document: &Value, text: &str, now: Timestamp) -> Reading {
    if snapshot::is(document) {
        return match snapshot::read(document) {
            Ok(snapshot) => super::snapshot::read(knowledge, input, &snapshot, text, now),
            Err(why) => {
                let kind = "a snapshot that cannot be read".to_owned();
                Reading { kind, known: true, incomplete: true, notes: vec![why], ..Reading::default() }
            }
        };
    }
    if let Some(facts) = document.get("facts").filter(|f| f.is_object()) {
        return hand_written(knowledge, input, document, facts, text, now);
    }
    match read_one(knowledge, input, document, now) {
        one if one.known => one,
        _ => list(knowledge, input, document, now),
    }
}

/// Reads a document that some mapping recognises.
fn read_one(knowledge: &Knowledge, input: usize, document: &Value, now: Timestamp) -> Reading {
    let Some(mapping) = knowledge.mappings.iter().find(|m| recognises(m, document)) else {
        return Reading::default();
    };
    let (kind, by) = (mapping.title.clone(), mapping.subject.clone());
    let mut reading = Reading { kind, by, known: true, also_text: mapping.also_text, ..Reading::default() };
    let at = document.get("at").and_then(Value::as_str).and_then(|t| crate::input::time::parse_instant(t, None));
    let rows = rows(mapping, document);
    if rows.len() > MAX_ROWS {
        reading.notes.push(format!("{} of {} rows were read", MAX_ROWS, rows.len()));
    }
    for (key, row) in rows.into_iter().take(MAX_ROWS) {
        let mut set = FactSet::empty(false, at.unwrap_or(now));
        for mapped in &mapping.facts {
            let Some(fact) = knowledge.facts.get(&mapped.fact) else { continue };
            if let Some(value) = mapped_value(mapped, fact, document, row, &key, &mut reading.notes) {
                set.places.insert(mapped.fact.clone(), (input, None));
                set.values.insert(mapped.fact.clone(), value);
            }
        }
        set.subject = mapping.subject.as_ref().and_then(|s| set.values.get(s)).map(shown);
        if !set.values.is_empty() {
            reading.sets.push(set);
        }
    }
    reading.notes.dedup();
    reading
}

/// A list of objects of Kubernetes: each is read as if it stood alone. Those that no mapping knows are left to be read as
/// text, with all others.
fn list(knowledge: &Knowledge, input: usize, document: &Value, now: Timestamp) -> Reading {
    let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    let items = document.get("items").and_then(Value::as_array).filter(|_| is_list);
    let mut reading = Reading::default();
    let mut kinds: Vec<String> = Vec::new();
    for item in items.into_iter().flatten().take(MAX_ROWS) {
        let one = read_one(knowledge, input, item, now);
        reading.known |= one.known;
        reading.also_text |= one.also_text || !one.known;
        reading.notes.extend(one.notes);
        reading.sets.extend(one.sets);
        kinds.extend(one.known.then_some(one.kind));
    }
    kinds.sort();
    kinds.dedup();
    reading.kind = match kinds.as_slice() {
        [one] => format!("list: {one}"),
        _ => "list of objects of Kubernetes".to_owned(),
    };
    reading.notes.dedup();
    reading
}

/// Facts that were found out elsewhere, for all that is diagnosed. Paths that these rules do not know, and values that do
/// not fit, are left out: whoever found them out knows nothing of the rules.
pub fn found(
    knowledge: &Knowledge,
    input: usize,
    values: impl IntoIterator<Item = (String, Value)>,
    at: Timestamp,
) -> FactSet {
    let mut set = FactSet::empty(true, at);
    for (path, value) in values {
        let Some(value) = knowledge.facts.get(&path).and_then(|fact| parse_value(fact, &value).ok()) else { continue };
        set.places.insert(path.clone(), (input, None));
        set.values.insert(path, value);
    }
    set
}

/// `path=value` of the command line.
///
/// # Errors
/// A sentence for the person: no `=`, an unknown path, or a value that does not fit.
pub fn parse_argument(knowledge: &Knowledge, argument: &str) -> Result<(String, FactValue), String> {
    let (path, text) = argument
        .split_once('=')
        .ok_or_else(|| format!("--fact {argument}: write path=value, for instance bot.status=Stopped"))?;
    let path = path.trim();
    let fact = knowledge.facts.get(path).ok_or_else(|| format!("--fact {argument}: {}", unknown(knowledge, path)))?;
    let value = parse_value(fact, &Value::String(text.trim().to_owned())).map_err(|problem| {
        let help = problem.help.map_or(String::new(), |h| format!(" ({h})"));
        format!("--fact {argument}: {path} {}{help}", problem.message)
    })?;
    Ok((path.to_owned(), value))
}

fn hand_written(
    knowledge: &Knowledge,
    input: usize,
    document: &Value,
    facts: &Value,
    text: &str,
    now: Timestamp,
) -> Reading {
    let mut reading = Reading { kind: "facts".into(), known: true, ..Reading::default() };
    let mut set = FactSet::empty(true, now);
    if let Some(at) = document.get("at").filter(|v| !v.is_null()) {
        match at.as_str().and_then(|t| crate::input::time::parse_instant(t, None)) {
            Some(at) => set.at = at,
            None => {
                reading.notes.push(format!("at: {at} is no time (write 2026-11-20T08:00:00Z); the present is used"))
            }
        }
    }
    let mut leaves = Vec::new();
    flatten(knowledge, "", facts, &mut leaves);
    let lines: Vec<&str> = text.lines().collect();
    let mut odd = 0;
    for (path, value) in leaves {
        if !knowledge.facts.contains_key(&path) {
            odd += 1;
            if odd > MAX_ODD {
                continue;
            }
        }
        let line = line_of(&lines, &path);
        let place = line.map_or(String::new(), |l| format!("line {l}: "));
        match knowledge.facts.get(&path) {
            None => reading.notes.push(format!("{place}{}", unknown(knowledge, &path))),
            Some(_) if is_absent(value) => {}
            Some(fact) => match parse_value(fact, value) {
                Ok(value) => {
                    set.places.insert(path.clone(), (input, line));
                    set.values.insert(path, value);
                }
                Err(problem) => {
                    let help = problem.help.map_or(String::new(), |h| format!(" ({h})"));
                    reading.notes.push(format!("{place}{path} {}{help}", problem.message));
                }
            },
        }
    }
    if odd > MAX_ODD {
        reading.notes.push(format!("{} more paths are no known facts", odd - MAX_ODD));
    }
    reading.sets.push(set);
    reading
}

/// A sentence about a path that is none.
pub(super) fn unknown(knowledge: &Knowledge, path: &str) -> String {
    let near = did_you_mean(path, knowledge.facts.keys().map(String::as_str));
    let help = near.map_or_else(|| "`certwhy list facts` shows them all".into(), |n| format!("did you mean `{n}`?"));
    format!("`{path}` is no known fact; {help}")
}

/// Nested maps and dotted keys are the same; a known path ends the descent.
fn flatten<'a>(knowledge: &Knowledge, prefix: &str, value: &'a Value, out: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(map) if !knowledge.facts.contains_key(prefix) => {
            for (key, value) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(knowledge, &path, value, out);
            }
        }
        _ => out.push((prefix.to_owned(), value)),
    }
}

/// The line at which the last key of a path stands, after the lines of the keys before it.
fn line_of(lines: &[&str], path: &str) -> Option<usize> {
    let key_at = |from: usize, key: &str| {
        (from..lines.len()).find(|ix| {
            let line =
                lines[*ix].trim_start().trim_start_matches(['"', '\'', '{']).trim_start().trim_start_matches('"');
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        })
    };
    if let Some(ix) = key_at(0, path) {
        return Some(ix + 1);
    }
    let mut from = 0;
    for (depth, key) in path.split('.').enumerate() {
        // In braces a key stands on the line of the one that it belongs to.
        let beside = || (depth > 0 && within(lines[from], key)).then_some(from);
        from = beside().or_else(|| key_at(from, key))?;
    }
    Some(from + 1)
}

/// Whether a line holds a key in braces.
fn within(line: &str, key: &str) -> bool {
    let Some((_, inner)) = line.split_once('{') else { return false };
    inner.match_indices(key).any(|(at, _)| {
        let before = inner[..at].trim_end_matches(['"', '\'']).trim_end();
        let behind = inner[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
        (before.is_empty() || before.ends_with([',', '{'])) && behind.starts_with(':')
    })
}

fn recognises(mapping: &Mapping, document: &Value) -> bool {
    mapping.recognise.iter().all(|r| {
        let found = document::at(document, &r.path);
        match &r.equals {
            None => !found.is_empty(),
            Some(wanted) => found.iter().any(|v| text_of(v).is_some_and(|t| t == *wanted)),
        }
    })
}

fn rows<'a>(mapping: &Mapping, document: &'a Value) -> Vec<(String, &'a Value)> {
    let Some(path) = &mapping.rows else { return vec![(String::new(), document)] };
    let mut out = Vec::new();
    for node in document::at(document, path.trim_start_matches("$.")) {
        match node {
            Value::Array(list) => out.extend(list.iter().enumerate().map(|(ix, row)| (ix.to_string(), row))),
            Value::Object(map) => out.extend(map.iter().map(|(key, row)| (key.clone(), row))),
            _ => {}
        }
    }
    out
}

fn mapped_value(
    mapped: &MappedFact,
    fact: &Fact,
    document: &Value,
    row: &Value,
    key: &str,
    notes: &mut Vec<String>,
) -> Option<FactValue> {
    let extract = mapped.extract.as_deref().and_then(|pattern| regex::Regex::new(pattern).ok());
    for path in &mapped.from {
        let found = match (path.as_str(), path.strip_prefix("$.")) {
            ("@key", _) => vec![Value::String(key.to_owned())],
            (_, Some(absolute)) => document::at(document, absolute).into_iter().cloned().collect(),
            (relative, None) => document::at(row, relative).into_iter().cloned().collect(),
        };
        let told = found.into_iter().filter(|value| !is_absent(value)).filter_map(|value| match &extract {
            None => Some(value),
            Some(extract) => {
                let text = text_of(&value)?;
                let captures = extract.captures(&text)?;
                Some(Value::from(captures.get(1).or_else(|| captures.get(0))?.as_str()))
            }
        });
        // A word that the mapping does not know leaves the next value and the next path a chance.
        let Some(value) = told.into_iter().find_map(|value| meant(mapped, value)) else { continue };
        if let (crate::rule::words::FactKind::Time, Some(text)) = (fact.kind, value.as_str()) {
            let zone = mapped.time_zone.as_deref();
            match crate::input::time::parse_instant(text, zone) {
                Some(time) => return Some(FactValue::Time(time)),
                None => notes.push(format!("{} is no time that can be read: `{text}`", fact.path)),
            }
            return None;
        }
        match parse_value(fact, &value) {
            Ok(value) => return Some(value),
            Err(problem) => notes.push(format!("{} {}", fact.path, problem.message)),
        }
        return None;
    }
    None
}

/// What a word of the document means.
fn meant(mapped: &MappedFact, value: Value) -> Option<Value> {
    if mapped.map.is_empty() {
        return Some(value);
    }
    let text = text_of(&value)?;
    let known = mapped.map.iter().find(|(from, _)| from.eq_ignore_ascii_case(text.trim()));
    let meaning = known.map(|(_, meaning)| meaning).or_else(|| mapped.map.get("*"))?;
    Some(Value::String(meaning.clone()))
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|t| t.trim().is_empty())
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
