//! JSON Schemas of the rule files, for editors: made of the shapes in [`super::file`], their docstrings and the closed
//! sets of words. `certwhy rules schema` writes them to `rules/schema/`; a test holds them against the rules.
//!
//! Draft 7, since that is what the language servers for YAML read. Ids carry a `format` (`cause-id`, `signal-id`,
//! `symptom-id`, `fact-path`): validators pass over it, and certwhy's own language server completes by it.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::file::{self, Located, Node, OneOrMany};
use super::model::{Fact, Knowledge, Platform};
use super::words::{FactKind, Words, words};

words! {
    /// The kinds of files that have a schema.
    Kind {
        /// One cause: `rules/<stage>/<name>.yaml`.
        Cause = "cause",
        /// The signals of one technology: `rules/signals/<technology>.yaml`.
        Signals = "signals",
        /// The vocabulary of facts: `rules/facts.yaml`.
        Facts = "facts",
        /// What people report: `rules/symptoms.yaml`.
        Symptoms = "symptoms",
        /// How a status document becomes facts: `rules/mappings/<name>.yaml`.
        Mapping = "mapping",
        /// What should be so before anything fails: `rules/practices/<name>.yaml`.
        Practice = "practice",
        /// The front matter of an article: `knowledge/causes/<stage>/<name>.md`.
        Article = "article",
        /// What a pack is called, and what it fits: `pack.yaml`.
        Pack = "pack",
        /// A facts file that a person hands to `certwhy diagnose`.
        FactsDocument = "facts-document",
    }
}

impl Kind {
    /// The kind of a file of a pack by its path.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["pack.yaml"] => Some(Kind::Pack),
            ["rules", "facts.yaml"] => Some(Kind::Facts),
            ["rules", "symptoms.yaml"] => Some(Kind::Symptoms),
            ["rules", "signals", name] if name.ends_with(".yaml") => Some(Kind::Signals),
            ["rules", "mappings", name] if name.ends_with(".yaml") => Some(Kind::Mapping),
            ["rules", "practices", name] if name.ends_with(".yaml") => Some(Kind::Practice),
            ["rules", _, name] if name.ends_with(".yaml") => Some(Kind::Cause),
            ["knowledge", "causes", _, name] if name.ends_with(".md") => Some(Kind::Article),
            _ => None,
        }
    }

    /// The name of the file that `certwhy rules schema` writes.
    pub fn file_name(self) -> String {
        format!("{self}.schema.json")
    }

    /// The schema. Only that of a facts document looks at the vocabulary.
    pub fn schema(self, knowledge: &Knowledge) -> Value {
        let mut settings = SchemaSettings::draft07();
        // Before the others: one of them takes care of what stands beside a reference.
        settings.transforms.insert(0, Box::new(tidy));
        let generator = settings.into_generator();
        let mut schema = match self {
            Kind::Cause => generator.into_root_schema_for::<file::CauseFile>(),
            Kind::Signals => generator.into_root_schema_for::<file::SignalsFile>(),
            Kind::Facts => generator.into_root_schema_for::<file::FactsFile>(),
            Kind::Symptoms => generator.into_root_schema_for::<file::SymptomsFile>(),
            Kind::Mapping => generator.into_root_schema_for::<file::MappingFile>(),
            Kind::Practice => generator.into_root_schema_for::<file::PracticeFile>(),
            Kind::Article => generator.into_root_schema_for::<file::FixFile>(),
            Kind::Pack => generator.into_root_schema_for::<file::PackFile>(),
            Kind::FactsDocument => facts_document(knowledge),
        };
        // What it is comes first, for whoever opens the file.
        let head = json!({
            "$schema": schema.remove("$schema"),
            "title": format!("certwhy: {self}"),
            "description": self.meaning(),
        });
        schema.remove("description");
        schema.remove("title");
        let rest = schema.to_value();
        match (head, rest) {
            (Value::Object(mut head), Value::Object(rest)) => {
                head.extend(rest);
                Value::Object(head)
            }
            (_, rest) => rest,
        }
    }

    /// The schema as the text of its file.
    pub fn text(self, knowledge: &Knowledge) -> String {
        format!("{:#}\n", self.schema(knowledge))
    }
}

/// What schemars writes for the program is more than an editor can use: defaults, `null`, widths of numbers.
fn tidy(schema: &mut Schema) {
    transform_subschemas(&mut tidy, schema);
    schema.remove("default");
    if schema
        .get("format")
        .is_some_and(|format| format.as_str().is_some_and(|f| f.starts_with("uint") || f == "double"))
    {
        schema.remove("format");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            only.into_iter().for_each(|(key, value)| _ = schema.insert(key, value));
        }
    }
}

/// A word of a closed set.
pub struct Word<W>(PhantomData<W>);

impl<W: Words> JsonSchema for Word<W> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<Self>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = W::ALL.iter().map(|(word, _)| *word).collect();
        let meanings: Vec<&str> = W::ALL.iter().map(|(_, value)| value.meaning()).collect();
        // Editors that know `enumDescriptions` show them beside the words; validators pass over them.
        json_schema!({ "type": "string", "enum": words, "enumDescriptions": meanings })
    }
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $format:literal),+ $(,)?) => { $(
        $(#[$meta])*
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    )+ };
}

ids! {
    /// The id of a cause.
    CauseId = "cause-id",
    /// The id of a signal.
    SignalId = "signal-id",
    /// The key of a symptom.
    SymptomId = "symptom-id",
    /// The path of a fact.
    FactPath = "fact-path",
    /// A day, `2026-11-28`.
    DayText = "date",
}

/// A map whose keys are ids.
pub struct Keyed<K, V>(PhantomData<(K, V)>);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Keyed<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}By{}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (keys, values) = (generator.subschema_for::<K>(), generator.subschema_for::<V>());
        json_schema!({ "type": "object", "propertyNames": keys, "additionalProperties": values })
    }
}

/// The commands of a step by platform.
pub struct Commands;

impl JsonSchema for Commands {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Commands".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let commands = |platform: Platform| json!({ "description": platform.meaning(), "type": "array", "items": { "type": "string" } });
        let platforms = Platform::ALL.iter().map(|(word, platform)| ((*word).to_owned(), commands(*platform)));
        let platforms: Map<String, Value> = platforms.collect();
        json_schema!({ "type": "object", "properties": platforms, "additionalProperties": false })
    }
}

/// A map whose keys are facts.
fn by_fact(values: Value) -> Value {
    json!({ "type": "object", "propertyNames": { "format": "fact-path" }, "additionalProperties": values })
}

/// A condition over facts.
pub struct Condition;

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<Condition>();
        let test = generator.subschema_for::<Test>();
        json_schema!({
            "description": "A condition over facts: every entry must hold. What is not known is neither true nor false.",
            "type": "object",
            "minProperties": 1,
            "properties": {
                "all": { "description": "All of these hold.", "type": "array", "items": condition },
                "any": { "description": "At least one of these holds.", "type": "array", "items": condition },
                "not": { "description": "This does not hold.", "allOf": [condition] },
            },
            "propertyNames": { "format": "fact-path" },
            "additionalProperties": test,
        })
    }
}

/// What is asked of one fact.
struct Test;

impl JsonSchema for Test {
    fn schema_name() -> Cow<'static, str> {
        "Test".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let scalar = json!({ "type": ["string", "number", "boolean"] });
        let operand = |description: &str| {
            json!({ "description": description, "anyOf": [
                scalar,
                {
                    "type": "object",
                    "description": "Another fact, times a factor.",
                    "properties": { "fact": { "type": "string", "format": "fact-path" }, "times": { "type": "number" } },
                    "required": ["fact"],
                    "additionalProperties": false,
                },
            ] })
        };
        let time =
            |description: &str| json!({ "description": description, "type": "string", "pattern": "^\\d+ *[mhd]$" });
        let text = |description: &str| json!({ "description": description, "type": ["string", "number"] });
        json_schema!({ "anyOf": [
            scalar,
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {
                    "equals": operand("Is this value."),
                    "not": operand("Is known, and another value."),
                    "in": { "description": "Is one of these.", "type": "array", "items": scalar },
                    "matches": text("Its text matches this regex."),
                    "exists": { "description": "Is known at all.", "type": "boolean" },
                    "below": operand("A number below this."),
                    "above": operand("A number above this."),
                    "before": operand("A time before this one, or before that of another fact."),
                    "after": operand("A time after this one, or after that of another fact."),
                    "older_than": time("A time before now minus this: 30m, 12h, 14d."),
                    "within": time("A time between now and now plus this: 30m, 12h, 14d."),
                    "includes": text("A list that holds this word."),
                    "excludes": text("A list that does not hold this word."),
                },
                "additionalProperties": false,
            },
        ] })
    }
}

/// The facts of a test: paths as keys, or nested.
pub struct FactsOfTest;

impl JsonSchema for FactsOfTest {
    fn schema_name() -> Cow<'static, str> {
        "FactsOfTest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        by_fact(json!(true)).try_into().unwrap_or_default()
    }
}

/// A path that must exist in a document.
pub struct Recognised;

impl JsonSchema for Recognised {
    fn schema_name() -> Cow<'static, str> {
        "Recognised".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": {
                    "path": { "description": "Dotted path in the document.", "type": "string" },
                    "equals": { "description": "The value that must stand there.", "type": ["string", "number", "boolean"] },
                },
                "required": ["path"],
                "additionalProperties": false,
            },
        ] })
    }
}

/// Where a fact comes from.
pub struct Mapped;

impl JsonSchema for Mapped {
    fn schema_name() -> Cow<'static, str> {
        "Mapped".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let paths = json!({
            "description": "Dotted path in the document; of several the first that exists counts.",
            "type": ["string", "number", "array"],
            "items": { "type": "string" },
        });
        json_schema!({ "anyOf": [
            paths,
            {
                "type": "object",
                "properties": {
                    "from": paths,
                    "extract": { "description": "A regex whose first group is taken of what the document says.", "type": "string" },
                    "map": { "description": "What the document says, and the value of the fact; `*` is anything else.", "type": "object" },
                    "time_zone": { "description": "Time zone of times without an offset.", "type": "string" },
                },
                "required": ["from"],
                "additionalProperties": false,
            },
        ] })
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for OneOrMany {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// Every fact of the vocabulary, by its path and nested.
fn facts_document(knowledge: &Knowledge) -> Schema {
    let mut facts = Map::new();
    let mut nested: Map<String, Value> = Map::new();
    for fact in knowledge.facts.values() {
        facts.insert(fact.path.clone(), fact_schema(fact));
        if let Some((group, name)) = fact.path.split_once('.') {
            let group = nested.entry(group).or_insert_with(|| json!({ "type": "object", "properties": {} }));
            group["properties"][name] = fact_schema(fact);
        }
    }
    facts.append(&mut nested);
    json_schema!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "at": { "description": "The time that it describes: 2026-11-20T08:00:00Z.", "type": "string" },
            "facts": { "description": "Facts by path, or nested.", "type": "object", "properties": facts },
        },
        "required": ["facts"],
    })
}

fn fact_schema(fact: &Fact) -> Value {
    let mut description = format!("{}.", fact.meaning.trim_end_matches('.'));
    if let Some(unit) = &fact.unit {
        description.push_str(&format!(" In {unit}."));
    }
    if let Some(place) = &fact.place {
        description.push_str(&format!(" Where: {place}."));
    }
    let mut schema = match fact.kind {
        FactKind::Text | FactKind::Message => json!({ "type": ["string", "number", "boolean"] }),
        FactKind::Number => json!({ "type": ["number", "string"] }),
        FactKind::YesNo => json!({ "enum": [true, false, "yes", "no"] }),
        FactKind::Time => json!({ "type": "string" }),
        FactKind::List if fact.values.is_empty() => json!({ "type": ["array", "string"] }),
        FactKind::List => json!({ "type": ["array", "string"], "items": { "enum": fact.values } }),
        FactKind::Choice => json!({ "enum": fact.values }),
    };
    schema["description"] = description.into();
    schema
}
