//! The body of a request on its way to the engine: bounded, in pieces, never whole in memory (JSON excepted).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use futures_util::{Stream, StreamExt};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc::Sender;
use tokio::time::Sleep;

use super::problem::{Kind, Problem};

/// Bytes of a body of JSON, which is kept in memory.
pub const MAX_JSON: u64 = 16 << 20;
/// Bytes of a field of a form that is no input.
const MAX_FIELD: usize = 64 << 10;
/// Fields of a form.
const MAX_FIELDS: usize = 2000;
/// Fields of a form that are inputs also where they have no file name.
const INPUTS: [&str; 6] = ["file", "files", "input", "inputs", "log", "text"];

/// What comes out of a body.
#[derive(Debug)]
pub enum Item {
    /// A setting: its name and its value.
    Setting(String, String),
    /// An input begins; its name, where it has one.
    Begin(Option<String>),
    /// A piece of it.
    Bytes(Bytes),
    /// It has ended.
    End,
    /// There is nothing more.
    Done,
}

/// How far an upload has come.
#[derive(Debug, Default)]
pub struct Upload {
    /// Bytes that came, after gzip of the transfer was undone.
    pub bytes: AtomicU64,
    /// Whether all of it is here.
    pub complete: AtomicBool,
    /// Why it ended early.
    failure: OnceLock<Problem>,
}

impl Upload {
    /// Why it ended early; `otherwise` where nobody noted that.
    fn failure(&self, otherwise: impl FnOnce() -> Problem) -> Problem {
        self.failure.get().cloned().unwrap_or_else(otherwise)
    }
}

/// How a body is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// It is the input.
    Raw,
    /// A form with files.
    Form,
    /// [`Handed`].
    Json,
}

impl Shape {
    /// By the headers.
    ///
    /// # Errors
    /// Bodies of this type or encoding are not read.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        if let Some(encoding) = headers.get(header::CONTENT_ENCODING).filter(|value| *value != "identity") {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            let detail = format!(
                "Content-Encoding: {encoding} is not undone here; send gzip, or the file as it is, without this header"
            );
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "multipart/form-data" => Ok(Shape::Form),
            "application/json" => Ok(Shape::Json),
            "" => Ok(Shape::Raw),
            media_type if media_type.starts_with("text/") || RAW.contains(&media_type) => Ok(Shape::Raw),
            _ => {
                let detail = "send a file as application/octet-stream, a text as text/plain, several files as multipart/form-data, or JSON";
                Err(Problem::new(Kind::UnsupportedMediaType, detail))
            }
        }
    }
}

/// Types of bodies that are an input as they are. What curl says of a body, if
/// nothing else is asked for, is among them.
const RAW: [&str; 19] = [
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/gzip",
    "application/x-gzip",
    "application/zip",
    "application/x-zip-compressed",
    "application/x-tar",
    "application/x-gtar",
    "application/x-compressed-tar",
    "application/zstd",
    "application/x-bzip2",
    "application/x-bzip",
    "application/x-xz",
    "application/yaml",
    "application/x-yaml",
    "application/x-ndjson",
    "application/jsonl",
    "application/xml",
    "application/x-log",
];

/// A body of JSON: at least one input or one fact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["inputs"], "properties": { "inputs": { "minItems": 1 } } },
    { "required": ["facts"], "properties": { "facts": { "minProperties": 1 } } },
]))]
pub struct Handed {
    /// Logs and status documents.
    #[serde(default)]
    pub inputs: Vec<HandedInput>,
    /// What you know, by path: `{"bot.status": "Stopped"}` or nested.
    #[serde(default)]
    pub facts: Map<String, Value>,
    /// What could stand in the address too: now, since, until, limit, input_format, min_probability, top.
    #[serde(default)]
    pub options: Map<String, Value>,
}

/// An input in JSON.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandedInput {
    /// What it is called in the answer.
    pub name: Option<String>,
    /// What stands in it.
    pub text: String,
}

/// A body with a bound on how much comes and on how long nothing comes.
pub struct Guarded {
    body: BodyDataStream,
    upload: Arc<Upload>,
    most: u64,
    patience: Duration,
    silence: Pin<Box<Sleep>>,
    over: bool,
}

impl Guarded {
    /// Watches over a body.
    pub fn new(body: Body, upload: Arc<Upload>, most: u64, patience: Duration) -> Self {
        let silence = Box::pin(tokio::time::sleep(patience));
        Self { body: body.into_data_stream(), upload, most, patience, silence, over: false }
    }
}

/// The body ended early; [`Upload`] knows why.
#[derive(Debug, thiserror::Error)]
#[error("the body breaks off")]
pub struct BrokenOff;

impl Stream for Guarded {
    type Item = Result<Bytes, BrokenOff>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let problem = match self.body.poll_next_unpin(context) {
            Poll::Ready(None) => {
                self.over = true;
                self.upload.complete.store(true, Ordering::Relaxed);
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Ok(bytes))) => {
                let before = self.upload.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                if before + bytes.len() as u64 <= self.most {
                    let next = tokio::time::Instant::now() + self.patience;
                    self.silence.as_mut().reset(next);
                    return Poll::Ready(Some(Ok(bytes)));
                }
                too_large(self.most)
            }
            Poll::Ready(Some(Err(_))) => {
                self.over = true;
                Problem::bad("the body breaks off, or is not the gzip that its Content-Encoding says")
            }
            Poll::Pending => match self.silence.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => {
                    let seconds = self.patience.as_secs();
                    Problem::new(
                        Kind::TooSlow,
                        format!("nothing of the body came for {seconds} seconds; send it again"),
                    )
                }
            },
        };
        let _ = self.upload.failure.set(problem);
        Poll::Ready(Some(Err(BrokenOff)))
    }
}

/// What to say about a body that is too large.
pub fn too_large(most: u64) -> Problem {
    let detail = format!(
        "at most {} MiB are taken; hand in the part around the failure, or fewer files at once",
        (most >> 20).max(1)
    );
    Problem::new(Kind::TooLarge, detail)
}

/// Takes a body apart and hands over what is in it. That nobody takes it any more is no error.
///
/// # Errors
/// The body is not what it should be, or does not come.
pub async fn feed(request: Request, shape: Shape, upload: &Upload, to: Sender<Item>) -> Result<(), Problem> {
    match shape {
        Shape::Raw => raw(request, upload, &to).await?,
        Shape::Form => form(request, upload, &to).await?,
        Shape::Json => json(request, upload, &to).await?,
    }
    _ = to.send(Item::Done).await;
    Ok(())
}

async fn raw(request: Request, upload: &Upload, to: &Sender<Item>) -> Result<(), Problem> {
    let mut body = request.into_body().into_data_stream();
    let mut begun = false;
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|_| upload.failure(broken))?;
        // Without a byte there is no input: facts may be all that is handed in.
        if !begun {
            begun = true;
            _ = to.send(Item::Begin(None)).await;
        }
        if to.send(Item::Bytes(bytes)).await.is_err() {
            return Ok(());
        }
    }
    if begun {
        _ = to.send(Item::End).await;
    }
    Ok(())
}

async fn form(request: Request, upload: &Upload, to: &Sender<Item>) -> Result<(), Problem> {
    let odd = |error: &dyn std::fmt::Display| {
        upload.failure(|| Problem::bad(format!("not a sound multipart/form-data: {error}")))
    };
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| odd(&error.body_text()))?;
    let mut fields = 0;
    while let Some(mut field) = form.next_field().await.map_err(|error| odd(&error.body_text()))? {
        fields += 1;
        if fields > MAX_FIELDS {
            return Err(Problem::bad(format!("more than {MAX_FIELDS} fields; hand in an archive")));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        if file.is_none() && !INPUTS.contains(&name.as_str()) {
            let mut value = Vec::new();
            while let Some(bytes) = field.chunk().await.map_err(|error| odd(&error.body_text()))? {
                value.extend_from_slice(&bytes);
                if value.len() > MAX_FIELD {
                    return Err(Problem::bad(format!("the field {name} is too long; a file needs a file name")));
                }
            }
            let value = String::from_utf8(value).map_err(|_| Problem::bad(format!("the field {name} is not UTF-8")))?;
            if to.send(Item::Setting(name, value)).await.is_err() {
                return Ok(());
            }
            continue;
        }
        let mut begun = false;
        while let Some(bytes) = field.chunk().await.map_err(|error| odd(&error.body_text()))? {
            if !std::mem::replace(&mut begun, true) {
                // A field that nobody filled in is no input.
                _ = to.send(Item::Begin(file.clone().filter(|name| !name.is_empty()))).await;
            }
            if to.send(Item::Bytes(bytes)).await.is_err() {
                return Ok(());
            }
        }
        if begun && to.send(Item::End).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

async fn json(request: Request, upload: &Upload, to: &Sender<Item>) -> Result<(), Problem> {
    let mut body = request.into_body().into_data_stream();
    let mut text = Vec::new();
    while let Some(bytes) = body.next().await {
        text.extend_from_slice(&bytes.map_err(|_| upload.failure(broken))?);
        if text.len() as u64 > MAX_JSON {
            let detail =
                format!("JSON of more than {} MiB; send the file itself, or multipart/form-data", MAX_JSON >> 20);
            return Err(Problem::new(Kind::TooLarge, detail));
        }
    }
    let handed: Handed = serde_json::from_slice(&text).map_err(|error| {
        let way_out = "write {\"inputs\": [{\"name\": …, \"text\": …}], \"facts\": {…}, \"options\": {…}}; a JSON file that is the input itself goes as application/octet-stream";
        let kind = if error.is_data() { Kind::Unusable } else { Kind::BadRequest };
        Problem::new(kind, format!("{error}; {way_out}"))
    })?;
    drop(text);
    let mut settings = Vec::new();
    for (name, value) in &handed.options {
        let value = scalar(value).filter(|_| name != "fact" && name != "name");
        let value =
            value.ok_or_else(|| Problem::bad(format!("options.{name}: write a text or a number that is a setting")))?;
        settings.push((name.clone(), value));
    }
    facts("", &handed.facts, &mut settings)?;
    for (name, value) in settings {
        _ = to.send(Item::Setting(name, value)).await;
    }
    for input in handed.inputs {
        let pieces = [Item::Begin(input.name), Item::Bytes(input.text.into()), Item::End];
        for item in pieces {
            if to.send(item).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Facts, nested or not, as `path=value`.
fn facts(path: &str, map: &Map<String, Value>, out: &mut Vec<(String, String)>) -> Result<(), Problem> {
    for (name, value) in map {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let text = match value {
            Value::Object(inside) => {
                facts(&path, inside, out)?;
                continue;
            }
            Value::Array(list) => list.iter().map(scalar).collect::<Option<Vec<_>>>().map(|list| list.join(",")),
            value => scalar(value),
        };
        let text = text.ok_or_else(|| {
            Problem::bad(format!("facts: {path}: write a text, a number, yes or no, or a list of texts"))
        })?;
        out.push(("fact".to_owned(), format!("{path}={text}")));
    }
    Ok(())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        _ => None,
    }
}

fn broken() -> Problem {
    Problem::bad("the body breaks off")
}
