//! What a probe found: what was asked of whom and when, what came back, what it means, and the facts that it tells.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Characters of an answer that are kept: a hostile server's are as long as it likes.
const MAX_ANSWER: usize = 400;

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Addresses, the zone and its name servers, and the TXT record of DNS-01.
    Dns,
    /// CAA records up the tree.
    Caa,
    /// The challenge file of HTTP-01.
    Http,
    /// The challenge certificate of TLS-ALPN-01.
    Alpn,
    /// The certificate that the endpoint presents.
    Tls,
    /// Ports of a deployment target.
    Port,
    /// The API of a CA.
    Url,
    /// The clock of this machine, by the times that servers tell.
    Clock,
    /// This machine: file systems, a private key, services, memory.
    Local,
}

impl Check {
    /// The word on the command line and in the contract.
    pub fn word(self) -> &'static str {
        match self {
            Check::Dns => "dns",
            Check::Caa => "caa",
            Check::Http => "http",
            Check::Alpn => "alpn",
            Check::Tls => "tls",
            Check::Port => "port",
            Check::Url => "url",
            Check::Clock => "clock",
            Check::Local => "local",
        }
    }
}

/// Whether it is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// A failure, or what leads to one.
    Bad,
    /// Worth a look, and by itself no failure.
    Odd,
    /// It could not be found out.
    Unknown,
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The probe.
    pub check: Check,
    /// What was asked, `TXT _acme-challenge.www.example.org`.
    pub asked: String,
    /// Of whom, `ns1.example.org (192.0.2.1:53)`.
    pub of: String,
    /// When, RFC 3339.
    pub at: String,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// Whether it is as it should be.
    pub verdict: Verdict,
    /// What came back.
    pub answer: String,
    /// What that means; empty where the answer says it.
    pub meaning: String,
    /// Facts that follow from it, by path.
    pub facts: BTreeMap<String, Value>,
}

impl Finding {
    /// With a fact that follows from it.
    #[must_use]
    pub fn fact(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(path.to_owned(), value.into());
        self
    }
}

/// A question on its way.
#[derive(Debug)]
pub struct Asked {
    check: Check,
    asked: String,
    of: String,
    at: Timestamp,
    since: Instant,
}

impl Asked {
    /// Begins to ask.
    pub fn new(check: Check, asked: impl Into<String>, of: impl Into<String>) -> Self {
        Asked { check, asked: asked.into(), of: of.into(), at: Timestamp::now(), since: Instant::now() }
    }

    /// The answer is there.
    pub fn found(self, verdict: Verdict, answer: impl Into<String>, meaning: impl Into<String>) -> Finding {
        Finding {
            check: self.check,
            asked: self.asked,
            of: self.of,
            at: self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            took_ms: u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX),
            verdict,
            answer: shortened(&answer.into()),
            meaning: meaning.into(),
            facts: BTreeMap::new(),
        }
    }
}

/// The beginning of a text that is too long.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_ANSWER) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_answers_are_cut_between_characters() {
        let cut = shortened(&"ä".repeat(10_000));
        assert_eq!(cut.chars().count(), MAX_ANSWER + 1);
        assert_eq!(shortened("short"), "short");
    }
}
