//! Writes the document that describes the service: OpenAPI 3.1, with the schemas of the types that are answered.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::accept::Format;
use super::problem::Problem;

/// The document while routes are added to it.
pub struct Document {
    paths: Map<String, Value>,
    schemas: SchemaGenerator,
    /// Of what is read: there, what has a default may be left out.
    read: SchemaGenerator,
}

/// One method of one path.
pub struct Operation<'d> {
    schemas: &'d mut SchemaGenerator,
    read: &'d mut SchemaGenerator,
    value: Map<String, Value>,
    parameters: Vec<Value>,
    answers: Map<String, Value>,
    statuses: Vec<u16>,
}

impl Default for Document {
    fn default() -> Self {
        let mut settings = SchemaSettings::draft2020_12();
        settings.definitions_path = "/components/schemas".into();
        // The document says so once for all schemas.
        settings.meta_schema = None;
        let read = settings.clone().for_deserialize().into_generator();
        Document { paths: Map::new(), schemas: settings.for_serialize().into_generator(), read }
    }
}

impl Document {
    /// Adds an operation; parameters of the path are taken from it.
    pub fn add(&mut self, method: &str, path: &str, describe: impl FnOnce(Operation) -> Operation) {
        let (schemas, read, value, parameters) = (&mut self.schemas, &mut self.read, Map::new(), Vec::new());
        let operation = Operation { schemas, read, value, parameters, answers: Map::new(), statuses: Vec::new() };
        // What may hold slashes is marked so for the router alone.
        let path = path.replace("{*", "{");
        let written = describe(operation).write(&path);
        let entry = self.paths.entry(path).or_insert_with(|| json!({}));
        entry[method] = written;
    }

    /// The whole document.
    pub fn write(mut self) -> Value {
        let mut schemas = self.schemas.take_definitions(true);
        schemas.append(&mut self.read.take_definitions(true));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "certwhy",
                "summary": "Why did my certificate automation fail, and what do I do now?",
                "description": "Evidence in, ranked causes with proof and a plan out. Nothing that is handed in is kept, and no address or path in it is ever opened. Problems are told as RFC 9457 says.",
                "version": env!("CARGO_PKG_VERSION"),
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "tags": [
                { "name": "diagnosis", "description": "Logs and status documents in, causes out." },
                { "name": "knowledge", "description": "What is known, without a case." },
                { "name": "service", "description": "About the service itself." },
            ],
            "paths": self.paths,
            "components": { "schemas": schemas },
        })
    }
}

impl Operation<'_> {
    /// Its name, the group that it belongs to, and what it does in a few words.
    pub fn named(mut self, id: &str, tag: &str, summary: &str) -> Self {
        self.value.insert("operationId".into(), id.into());
        self.value.insert("tags".into(), json!([tag]));
        self.value.insert("summary".into(), summary.into());
        self
    }

    /// What it does, in more words.
    pub fn described(mut self, text: &str) -> Self {
        self.value.insert("description".into(), text.into());
        self
    }

    /// A parameter of the query.
    pub fn query(mut self, name: &str, schema: Value, meaning: &str) -> Self {
        self.parameters.push(json!({ "name": name, "in": "query", "description": meaning, "schema": schema }));
        self
    }

    /// A parameter of the query without which there is no answer.
    pub fn must(mut self, name: &str, schema: Value, meaning: &str) -> Self {
        let parameter =
            json!({ "name": name, "in": "query", "required": true, "description": meaning, "schema": schema });
        self.parameters.push(parameter);
        self
    }

    /// The query parameter that chooses among forms.
    pub fn formats(self, formats: &[Format]) -> Self {
        let words: Vec<&str> = formats.iter().map(|format| format.word()).collect();
        self.query(
            "format",
            json!({ "type": "string", "enum": words }),
            "The form of the answer; wins over the header Accept.",
        )
    }

    /// The body that it takes, by media type.
    pub fn takes(mut self, content: Value) -> Self {
        self.value.insert("requestBody".into(), json!({ "required": false, "content": content }));
        self
    }

    /// The schema of a type that is read, by reference.
    pub fn read_schema<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().to_value()
    }

    /// The schema of a type that is answered, by reference.
    pub fn schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.subschema_for::<T>().to_value()
    }

    /// Answers JSON of this type.
    pub fn json<T: JsonSchema>(mut self) -> Self {
        let schema = self.schema::<T>();
        self.answers.insert("application/json".into(), json!({ "schema": schema }));
        self
    }

    /// Answers a text of these media types.
    pub fn text(mut self, media_types: &[&str]) -> Self {
        for media_type in media_types {
            self.answers.insert((*media_type).into(), json!({ "schema": { "type": "string" } }));
        }
        self
    }

    /// Answers with a schema that is written here.
    pub fn answers(mut self, media_type: &str, schema: Value) -> Self {
        self.answers.insert(media_type.into(), json!({ "schema": schema }));
        self
    }

    /// Problems that it may tell.
    pub fn problems(mut self, statuses: &[u16]) -> Self {
        self.statuses.extend(statuses);
        self
    }

    fn write(mut self, path: &str) -> Value {
        let problem = self.schema::<Problem>();
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let meaning = if part == "cause" { "The id of a cause, also one that it had once." } else { "Its id." };
            let schema = json!({ "type": "string", "minLength": 1 });
            let parameter =
                json!({ "name": part, "in": "path", "required": true, "description": meaning, "schema": schema });
            self.parameters.insert(0, parameter);
        }
        let request_id = json!({ "X-Request-Id": { "description": "The id under which the log of the service tells of it.", "schema": { "type": "string" } } });
        let mut responses = Map::new();
        responses.insert(
            "200".into(),
            json!({ "description": "The answer.", "headers": request_id, "content": self.answers }),
        );
        for status in self.statuses {
            let mut headers = request_id.clone();
            if matches!(status, 429 | 503) {
                headers["Retry-After"] = json!({ "description": "Seconds to wait.", "schema": { "type": "integer" } });
            }
            let content = json!({ "application/problem+json": { "schema": problem } });
            let description = title(status);
            responses.insert(
                status.to_string(),
                json!({ "description": description, "headers": headers, "content": content }),
            );
        }
        if !self.parameters.is_empty() {
            self.value.insert("parameters".into(), self.parameters.into());
        }
        self.value.insert("responses".into(), responses.into());
        self.value.into()
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "The request is not understood; `detail` says what to write instead.",
        404 => "There is no such thing; `detail` names what was probably meant.",
        406 => "None of the forms that Accept asks for.",
        408 => "The body did not come in time.",
        413 => "The body is too large.",
        415 => "A body of this type or encoding is not read.",
        422 => "Nothing of what was handed in can be used; `inputs` says why.",
        429 => "Too many requests from this address.",
        503 => "Too much to do, or it took too long.",
        _ => "A problem.",
    }
}
