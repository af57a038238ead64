//! What is offered: the tools with the shapes of what goes in and what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::report::Answer;
use crate::report::why_not::WhyNotAnswer;
use crate::search::{Hit, Kind};

/// A log as text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogText {
    /// Its file name, for instance bot.log; answers name it beside the line.
    pub name: String,
    /// Its text, unchanged: with all lines around the failure, not a summary. Also a status document as JSON or YAML.
    pub text: String,
}

/// What is handed in.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Logs and status documents as text, 8 MiB in all.
    #[serde(default)]
    pub logs: Vec<LogText>,
    /// What is known for sure, by the path of the fact: {"bot.status": "Stopped", "dcv.method": "dns-01"}. `search` finds
    /// paths and their values.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, FactText>")]
    pub facts: BTreeMap<String, Value>,
    /// Files and folders to read, below the folders that the person allowed.
    #[serde(default)]
    pub paths: Vec<String>,
    /// The moment that the facts are about, RFC 3339; the present if not given.
    #[serde(default)]
    #[schemars(with = "String")]
    pub now: Option<String>,
}

/// A value of a fact.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code, reason = "only its schema is used")]
enum FactText {
    Text(String),
    Number(f64),
    YesNo(bool),
    List(Vec<String>),
}

/// Arguments of `diagnose`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Diagnose {
    /// What is handed in.
    #[serde(flatten)]
    pub inputs: Inputs,
    /// Name a cause only if the leading one is at least this likely; 0.4 if not given.
    #[serde(default)]
    #[schemars(with = "f64", range(min = 0, max = 1))]
    pub min_probability: Option<f64>,
}

/// Arguments of `why_not`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WhyNot {
    /// The id of the cause in question, for instance dcv.caa-forbidden.
    pub cause: String,
    /// What is handed in.
    #[serde(flatten)]
    pub inputs: Inputs,
}

/// Arguments of `explain`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// A cause (dcv.dns-record-missing), a symptom (dcv-failed) or a guide (guides/4-dcv).
    pub name: String,
}

/// Arguments of `search`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Words, an error code, or a line of a log.
    pub query: String,
    /// Only these kinds; all of them if not given.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// How many hits at most, up to 50; 10 if not given.
    #[serde(default)]
    #[schemars(with = "usize", range(min = 1, max = 50))]
    pub limit: Option<usize>,
}

/// Answer of `search`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
}

/// Answer of `next_check`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Next {
    /// What to find out, best first; empty where nothing would change the answer.
    pub checks: Vec<NextCheck>,
    /// The causes that are weighed so far, best first, also unlikely ones.
    pub candidates: Vec<Candidate>,
}

/// Something to find out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextCheck {
    /// The fact; hand it in under this name in `facts`.
    pub fact: String,
    /// What to ask the person.
    pub question: String,
    /// Where a person finds it; may be empty.
    pub place: String,
    /// Its type: choice, text, number, yes-no, time or list.
    pub kind: String,
    /// The values that it can have; empty where they are free.
    pub values: Vec<String>,
    /// Of a number.
    pub unit: Option<String>,
    /// Minutes that finding out takes.
    pub minutes: f64,
    /// What its answer tells, in bits.
    pub information_bits: f64,
}

/// A cause that is weighed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Candidate {
    /// `<stage>.<name>`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// 0..1.
    pub probability: f64,
}

/// Everything that is offered. Without an allowed folder, nothing speaks of files.
pub fn all(files: bool) -> Vec<Tool> {
    let mut diagnose = schema::<Diagnose>(Contract::Input);
    let mut why_not = schema::<WhyNot>(Contract::Input);
    let mut next = schema::<Inputs>(Contract::Input);
    for schema in [&mut diagnose, &mut why_not, &mut next] {
        if let Some(Value::Object(properties)) = schema.get_mut("properties")
            && !files
        {
            properties.shift_remove("paths");
        }
        schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    vec![
        tool(
            "diagnose",
            "Find the cause of a failure",
            "Find the likely causes of a failure of certificate automation (ACME clients, CERTInext bots, CA connectors, \
             domain validation, deployment, reload, renewal) in logs and facts: ranked, each with its probability, the \
             lines that prove it, the steps of the fix with their risk, and how to know that it worked. Begin with this.",
            diagnose,
        )
        .with_raw_output_schema(Arc::new(schema::<Answer>(Contract::Output))),
        tool(
            "next_check",
            "What to find out next",
            "Tell which facts are worth finding out next to tell the likely causes apart: what to ask the person, where it \
             is found, and how to hand it in. Use it when a diagnosis names no cause or is not sure.",
            next,
        )
        .with_raw_output_schema(Arc::new(schema::<Next>(Contract::Output))),
        tool(
            "why_not",
            "Why it is not another cause",
            "Tell why a cause is not the answer: what speaks for and against it, what it would show that nobody has seen, \
             and what is more likely. Hand in the same logs and facts as for `diagnose`.",
            why_not,
        )
        .with_raw_output_schema(Arc::new(schema::<WhyNotAnswer>(Contract::Output))),
        tool(
            "explain",
            "Explain a cause, symptom or guide",
            "Print the article of a cause (what it is, why it happens, the fix step by step, how to verify), of a symptom, \
             or a guide, as Markdown.",
            schema::<Explain>(Contract::Input),
        ),
        tool(
            "search",
            "Search what is known",
            "Find causes, symptoms, guides, signals and facts by words, error codes or a line of a log, best first. A line \
             that a known pattern matches finds the causes that it points at.",
            schema::<Search>(Contract::Input),
        )
        .with_raw_output_schema(Arc::new(schema::<Found>(Contract::Output))),
    ]
}

fn tool(name: &'static str, title: &str, description: &'static str, input: JsonObject) -> Tool {
    let reads =
        ToolAnnotations::with_title(title).read_only(true).destructive(false).idempotent(true).open_world(false);
    Tool::new(name, description, Arc::new(input)).with_title(title).with_annotations(reads)
}

/// Whose side of a shape a schema tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contract {
    Input,
    Output,
}

/// The schema of a shape in one piece: not every client follows references, or knows the number formats of Rust.
fn schema<T: JsonSchema>(contract: Contract) -> JsonObject {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let settings = match contract {
        Contract::Input => settings,
        Contract::Output => settings.for_serialize(),
    };
    let plain = RecursiveTransform(|schema: &mut schemars::Schema| {
        schema.remove("format");
        // What may be left out has no value of its own.
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
    });
    let schema = settings.with_transform(plain).into_generator().into_root_schema_for::<T>();
    match schema.to_value() {
        Value::Object(mut object) => {
            object.shift_remove("title");
            object.shift_remove("description");
            object
        }
        _ => JsonObject::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_allowed_folder_nothing_speaks_of_files() {
        let text = |files| serde_json::to_string(&all(files)).expect("JSON");
        assert!(text(true).contains("\"paths\""));
        assert!(!text(false).contains("\"paths\""));
    }

    #[test]
    fn schemas_stand_alone() {
        for tool in all(true) {
            let text = serde_json::to_string(&tool).expect("JSON");
            assert!(!text.contains("$ref") && !text.contains("\"uint"), "{text}");
            assert_eq!(tool.input_schema["type"], "object", "{}", tool.name);
            assert_eq!(tool.input_schema["additionalProperties"], false, "{}", tool.name);
            assert!(tool.output_schema.is_none_or(|schema| schema["type"] == "object"), "{}", tool.name);
        }
    }
}
