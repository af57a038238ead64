//! What a request says beside its inputs, whether in its address, in fields of a form, or in JSON.

use jiff::Timestamp;

use super::accept::Format;
use super::problem::Problem;
use crate::diagnostic::or_did_you_mean;
use crate::engine::ReadOptions;
use crate::input::envelope;
use crate::reason::Options;
use crate::rule::words::Words;

/// Facts that one request may hand in.
const MAX_FACTS: usize = 500;
/// Causes that an answer may list.
const MAX_TOP: usize = 100;

/// Settings of a diagnosis.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Facts, each `path=value`.
    pub facts: Vec<String>,
    /// What an input without a name of its own is called.
    pub name: Option<String>,
    /// The form of the answer, as it was written.
    pub format: Option<String>,
    /// The present.
    pub now: Option<Timestamp>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<u64>,
    input_format: Option<envelope::Format>,
    min_probability: Option<f64>,
    top: Option<usize>,
}

/// A setting: its name, its JSON schema, and what it says.
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// JSON schema of its value.
    pub schema: fn() -> serde_json::Value,
    /// What it says.
    pub meaning: &'static str,
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "fact",
        schema: || serde_json::json!({ "type": "array", "items": { "type": "string", "pattern": "^[^=]+=", "examples": ["bot.status=Stopped"] } }),
        meaning: "A fact that you know, `path=value`. May be repeated; wins over files. `GET /api/v1/facts` lists them.",
    },
    Setting {
        name: "name",
        schema: || serde_json::json!({ "type": "string", "maxLength": 300, "examples": ["bot.log"] }),
        meaning: "What the input is called in the answer. An ending .json or .yaml tells that it is a document.",
    },
    Setting {
        name: "format",
        schema: || serde_json::json!({ "type": "string", "enum": ["json", "text", "markdown", "ndjson"] }),
        meaning: "The form of the answer; wins over the header Accept.",
    },
    Setting {
        name: "now",
        schema: || serde_json::json!({ "type": "string", "format": "date-time" }),
        meaning: "The present, for facts that depend on it; the clock of the service if not given.",
    },
    Setting {
        name: "since",
        schema: || serde_json::json!({ "type": "string", "format": "date-time" }),
        meaning: "Look only at records from this moment on.",
    },
    Setting {
        name: "until",
        schema: || serde_json::json!({ "type": "string", "format": "date-time" }),
        meaning: "Look only at records up to this moment.",
    },
    Setting {
        name: "limit",
        schema: || serde_json::json!({ "type": "integer", "minimum": 1 }),
        meaning: "Look at this many records of each log at most.",
    },
    Setting {
        name: "input_format",
        schema: || serde_json::json!({ "type": "string", "enum": words() }),
        meaning: "The form of every log, where it is not found out by itself.",
    },
    Setting {
        name: "min_probability",
        schema: || serde_json::json!({ "type": "number", "minimum": 0, "maximum": 1, "default": 0.4 }),
        meaning: "Name a cause only if the leading one is at least this likely.",
    },
    Setting {
        name: "top",
        schema: || serde_json::json!({ "type": "integer", "minimum": 1, "maximum": MAX_TOP, "default": 5 }),
        meaning: "List this many causes at most.",
    },
];

fn words() -> Vec<&'static str> {
    envelope::Format::ALL.iter().map(|(word, _)| *word).collect()
}

impl Settings {
    /// Takes a setting.
    ///
    /// # Errors
    /// There is no setting of this name, or the value does not fit.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        let time = || value.parse().map_err(|_| odd(name, "write a time as 2026-11-20T08:00:00Z"));
        match name {
            "fact" if self.facts.len() == MAX_FACTS => {
                return Err(odd(name, &format!("at most {MAX_FACTS} are taken")));
            }
            "fact" => self.facts.push(value.to_owned()),
            "name" => self.name = Some(short(value)),
            "format" => self.format = Some(value.to_owned()),
            "now" => self.now = Some(time()?),
            "since" => self.since = Some(time()?),
            "until" => self.until = Some(time()?),
            "limit" => self.limit = Some(number(name, value, u64::MAX)?),
            "top" => self.top = Some(number(name, value, MAX_TOP as u64)? as usize),
            "min_probability" => {
                let number = value.parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
                self.min_probability = Some(number.ok_or_else(|| odd(name, "write a number from 0 to 1"))?);
            }
            "input_format" => {
                let format = envelope::Format::from_word(value);
                self.input_format =
                    Some(format.ok_or_else(|| odd(name, &format!("write one of {}", words().join(", "))))?);
            }
            _ => {
                let near = or_did_you_mean(name, SETTINGS.iter().map(|setting| setting.name));
                let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
                return Err(Problem::bad(format!(
                    "there is no parameter {name}{near}; there are {}",
                    names.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// Takes the settings of an address.
    ///
    /// # Errors
    /// As [`Settings::set`].
    pub fn of_query(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut settings = Settings::default();
        for (name, value) in pairs {
            settings.set(&name, &value)?;
        }
        Ok(settings)
    }

    /// How logs are read.
    pub fn reading(&self) -> ReadOptions {
        let Settings { since, until, limit, input_format: format, .. } = *self;
        ReadOptions { format, since, until, limit, ..ReadOptions::default() }
    }

    /// How causes are ranked.
    pub fn ranking(&self) -> Options {
        let standard = Options::default();
        Options {
            min_probability: self.min_probability.unwrap_or(standard.min_probability),
            top: self.top.unwrap_or(standard.top),
        }
    }
}

/// A name that an answer can carry.
pub fn short(name: &str) -> String {
    name.chars().take(300).collect()
}

fn odd(name: &str, way_out: &str) -> Problem {
    Problem::bad(format!("{name}: {way_out}"))
}

fn number(name: &str, value: &str, most: u64) -> Result<u64, Problem> {
    let number = value.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| match most {
        u64::MAX => odd(name, "write a number from 1 on"),
        _ => odd(name, &format!("write a number from 1 to {most}")),
    })
}

/// What a diagnosis can be written as.
pub const DIAGNOSIS: &[Format] = &[Format::Json, Format::Text, Format::Markdown, Format::Ndjson];
/// What the answer to why it is not a cause can be written as.
pub const WHY_NOT: &[Format] = &[Format::Json, Format::Text];
