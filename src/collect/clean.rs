//! What may not leave: the credentials of this run wherever they stand, secrets of any kind, and persons.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use serde_json::Value;

use crate::report::redact::Redactor;

/// What stands for a secret of this run.
const SECRET: &str = "[secret]";
/// What stands for a person.
const PERSON: &str = "[left out]";

/// Keys whose values are secrets, in lower case and without `_` and `-`.
const SECRET_KEYS: &[&str] =
    &["accesstoken", "refreshtoken", "authkey", "accesskey", "clientsecret", "password", "authorization"];
/// Keys whose values tell of persons: they say nothing about a failure.
const PERSON_KEYS: &[&str] = &[
    "requestor",
    "requestorinformation",
    "requestorname",
    "requestoremail",
    "requestorphone",
    "signername",
    "signerplace",
    "signedplace",
    "signerip",
    "consentsentto",
    "email",
    "phone",
    "dcvemail",
    "dcvemails",
    "trackingurl",
];

/// Takes secrets and persons out of what is kept and told.
#[derive(Debug, Default)]
pub struct Clean {
    /// Values that are known to be secret, in every spelling, longest first.
    known: Mutex<Vec<String>>,
}

impl Clean {
    /// From now on this value is secret, also in Base64 and percent-encoded.
    pub fn add(&self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        let percent: String = secret
            .bytes()
            .map(|b| match b {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            })
            .collect();
        let in_json = serde_json::to_string(secret).unwrap_or_default().trim_matches('"').to_owned();
        let base64 = base64::prelude::BASE64_STANDARD.encode(secret).trim_end_matches('=').to_owned();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend([secret.to_owned(), percent, in_json, base64]);
        known.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup();
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let text = known.iter().fold(text.to_owned(), |text, secret| text.replace(secret, SECRET));
        Redactor::default().text(&text)
    }

    /// A body without secrets and persons.
    pub fn body(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.body(value)).collect()),
            Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| self.entry(key, value)).collect()),
            other => other,
        }
    }

    fn entry(&self, key: String, value: Value) -> (String, Value) {
        let plain = key.to_ascii_lowercase().replace(['_', '-'], "");
        let told = value.as_str().is_none_or(|text| !text.is_empty()) && !value.is_null();
        let value = match () {
            () if !told => value,
            () if SECRET_KEYS.contains(&plain.as_str()) => Value::from(SECRET),
            () if PERSON_KEYS.contains(&plain.as_str()) => Value::from(PERSON),
            () => self.body(value),
        };
        (self.text(&key), value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_found_in_every_spelling_and_persons_left_out() {
        let clean = Clean::default();
        clean.add("s3cr&t/value\"1");
        let base64 = base64::prelude::BASE64_STANDARD.encode("s3cr&t/value\"1");
        let body = json!({
            "detail": format!("s3cr&t/value\"1, s3cr%26t%2Fvalue%221 and {base64}"),
            "s3cr&t/value\"1": [1, null, true],
            "tokenDetails": { "accessToken": "whatever" },
            "requestor": { "name": "Ada", "email": "ada@example.org" },
            "consentSentTo": "",
            "domain": "www.example.org",
        });
        let cleaned = clean.body(body);
        let text = cleaned.to_string();
        for gone in ["s3cr", &base64, "whatever", "Ada", "ada@"] {
            assert!(!text.contains(gone), "{gone} stands in {text}");
        }
        assert_eq!(cleaned["domain"], "www.example.org");
        assert_eq!(cleaned["consentSentTo"], "", "what is empty tells of nobody");
    }

    proptest::proptest! {
        #[test]
        fn a_known_secret_never_stays(secret in "[A-Za-z0-9+/=&]{8,40}", before in ".{0,20}", after in ".{0,20}") {
            let clean = Clean::default();
            clean.add(&secret);
            let told = clean.text(&format!("{before}{secret}{after}"));
            proptest::prop_assert!(!told.contains(&secret), "{}", told);
        }
    }
}
