//! A session that goes on later: the contract `certwhy/session/1`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The name of the contract.
pub const SCHEMA: &str = "certwhy/session/1";

/// An answer, as it is taken and saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Given {
    /// What people report.
    Symptom {
        /// Its id.
        symptom: String,
    },
    /// A fact that was found out.
    Fact {
        /// Its path.
        fact: String,
        /// Its value, as on the command line.
        value: String,
    },
    /// What the log shows, and what it does not.
    Signs {
        /// Signals that are there.
        seen: Vec<String>,
        /// Signals that were looked for and are not there.
        #[serde(default)]
        unseen: Vec<String>,
        /// Signals that say the same as one of these: they are not asked for again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alike: Vec<String>,
    },
    /// A log that was pasted or named, without its secrets.
    Log {
        /// Under which name it is quoted.
        name: String,
        /// Its lines.
        text: String,
    },
    /// Nobody knows.
    Unknown {
        /// The key of the question.
        question: String,
    },
}

/// A saved session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// `certwhy/session/1`.
    pub schema: String,
    /// The present of the session, for facts that depend on it, RFC 3339.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Paths that were handed in; they are read again.
    pub inputs: Vec<String>,
    /// The answers, in their order.
    pub answers: Vec<Given>,
}

impl Saved {
    /// Reads a saved session.
    ///
    /// # Errors
    /// It is no session, or one of another version; with line and column.
    pub fn read(text: &str) -> Result<Self> {
        let document: serde_json::Value = serde_json::from_str(text).map_err(|error| {
            Error::Unknown(format!("no saved session: {error} (certwhy ask --save FILE writes one)"))
        })?;
        let schema = document.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default();
        if schema != SCHEMA {
            let found = if schema.is_empty() { "none" } else { schema };
            return Err(Error::Unknown(format!("the session has the schema {found}, and this certwhy reads {SCHEMA}")));
        }
        serde_json::from_str(text).map_err(|error| Error::Unknown(format!("no saved session: {error}")))
    }

    /// The document.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
