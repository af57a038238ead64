//! From one line of a log to a pattern for all lines of its kind: what varies is captured, the words stay.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::{Captures, Regex};

use crate::input::dialect;
use crate::input::time::{self, Reference};

/// A pattern for the lines that say the same as a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The sample without its time, host, program and level: any prefix is accepted.
    pub message: String,
    /// The pattern.
    pub pattern: String,
    /// What it captures of the sample, by name.
    pub values: Vec<(String, String)>,
}

/// Kinds of varying parts, the first that fits counts: name of the capture, how it is recognised, and what stands for it.
const KINDS: [(&str, &str, &str); 16] = [
    ("url", r#"[a-z][a-z0-9+]*://[^\s"'<>,)\]]+"#, r#"[a-z][a-z0-9+]*://[^\s"'<>,]+"#),
    ("account", r"[\w.+-]+@[\w-]+\.[\w.-]*\w", r"[^\s@]+@[^\s@]+"),
    ("value", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", r"[0-9a-fA-F-]{36}"),
    ("code", r"\b0[xX][0-9a-fA-F]{2,16}\b", ""),
    ("thumbprint", r"\b(?:[0-9a-fA-F]{2}:){7,}[0-9a-fA-F]{2}\b|\b[0-9a-fA-F]{16,}\b", r"[0-9a-fA-F:]{16,}"),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}\b", r"\d{1,3}(?:\.\d{1,3}){3}"),
    ("path", r#"\b[A-Za-z]:\\(?:[^"'<>|,;:\\\n]+\\)*[^\s"'<>|,;:\\]+"#, r#"[A-Za-z]:\\[^"'<>|,;:\n]+"#),
    ("path", r"(?:/[\w.@%+~-]+){2,}/?", r#"[^\s"'<>|,;:]+"#),
    (
        "path",
        r"\b[\w-]+\.(?:pem|crt|cer|key|csr|pfx|p12|jks|der|conf|cfg|ya?ml|json|log|sh|ps1|py|txt|exe|dll|bat)\b",
        r#"[^\s"'<>|,;:]+"#,
    ),
    ("record", r"\b_acme-challenge\.[\w.-]*\w", r#"_acme-challenge\.[^\s"',;]+"#),
    ("domain", r"(?:\*\.)?\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\b", r#"[^\s"',;:]+"#),
    ("value", r#""[^"\s]*[\d_./-][^"\s]*""#, "\"[^\"\\n]*\""),
    ("value", r"'[^'\s]*[\d_./-][^'\s]*'", r"'[^'\n]*'"),
    ("value", r"\b(?:[A-Za-z]+[\w-]*\d[\w-]{3,}|[A-Za-z]+\w*-[\w-]*\d[\w-]*|\d+[\w-]*[A-Za-z][\w-]{4,})\b", r"[\w-]+"),
    ("", r"\b\d+[.,]\d+\b", r"\d+[.,]\d+"),
    ("", r"\b\d+\b", r"\d+"),
];

static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let kinds: Vec<String> = KINDS.iter().enumerate().map(|(ix, (_, seen, _))| format!("(?P<k{ix}>{seen})")).collect();
    Regex::new(&kinds.join("|")).expect("a constant")
});

/// Words behind which a number is a code, and says what is wrong.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:error|code|status|http(?:/[\d.]+)?|exit(?:ed)?(?: with)?|errno|result|rc|event(?: ?id)?|v|tls|ssl|sha|rsa|version)["']?[ :=#(\[_-]{0,3}$"#)
        .expect("a constant")
});

/// Names of standards and methods, which tell and do not vary.
static STANDARD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:tls|ssl|sha|utf|http|dns|rsa|aes|ecdsa|ecc|x|pkcs|iso|rfc|cve|md|curve|secp|prime|oauth|smb|ipv|event)[-_v]?(?:alpn-)?\d")
        .expect("a constant")
});

/// Words behind which a name is that of a machine that one talks to.
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:host|server|node|connect(?:ing|ion)?(?: to)?|resolve|dial|lookup|reach)["']?[ :=]{0,3}$"#)
        .expect("a constant")
});

static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\[?(?i:trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|alert|emerg)\]?\b[:\]]*|\[[^\]\s]{1,40}\]|[-|])\s+")
        .expect("a constant")
});

/// Proposes a pattern for a line.
pub fn propose(line: &str) -> Proposal {
    let message = message(line);
    let (mut pattern, mut values, mut names) = (String::new(), Vec::new(), BTreeSet::new());
    let mut at = 0;
    for found in VARYING.captures_iter(message) {
        let whole = found.get(0).expect("the whole match");
        let before = &message[at..whole.start()];
        let Some((name, stands_for)) = kind(&found, &message[..whole.start()]) else { continue };
        pattern.push_str(&words(before));
        at = whole.end();
        let quoted = stands_for.starts_with(['"', '\'']).then(|| &stands_for[..1]);
        if name.is_empty() || !names.insert(name) {
            pattern.push_str(stands_for);
        } else if let Some(quote) = quoted {
            pattern.push_str(&format!("{quote}(?P<{name}>{}){quote}", &stands_for[1..stands_for.len() - 1]));
            values.push((name.to_owned(), whole.as_str().trim_matches(['"', '\'']).to_owned()));
        } else {
            pattern.push_str(&format!("(?P<{name}>{stands_for})"));
            values.push((name.to_owned(), whole.as_str().to_owned()));
        }
    }
    pattern.push_str(&words(&message[at..]));
    Proposal { message: message.to_owned(), pattern, values }
}

/// The name and the stand-in of a varying part; `None` where it says what is wrong, and stays as it is.
fn kind(found: &Captures<'_>, before: &str) -> Option<(&'static str, &'static str)> {
    let ix = (0..KINDS.len()).find(|ix| found.name(&format!("k{ix}")).is_some())?;
    let (name, _, stands_for) = KINDS[ix];
    let text = &found[0];
    if stands_for.is_empty() || name.is_empty() && CODE.is_match(before) || name == "value" && STANDARD.is_match(text) {
        return None;
    }
    Some((if name == "domain" && HOST.is_match(before) { "host" } else { name }, stands_for))
}

/// What the program says, without what its logger puts before it.
fn message(line: &str) -> &str {
    let line = line.trim();
    // Only where the time ends is of interest, not when it is.
    let reference = Reference { now: Timestamp::MAX };
    let mut message = dialect::strip_program(line);
    if let Some((_, length)) = time::at_start(message, reference) {
        message = message[length..].trim_start();
        // What syslog puts there: the host, and the program with its number.
        if dialect::syslog_tag(message).is_some() {
            message = message.splitn(3, ' ').nth(2).unwrap_or(message);
        }
    }
    while let Some(prefix) = LEVEL.find(message) {
        message = &message[prefix.end()..];
    }
    if message.is_empty() { line } else { message }
}

/// Words as a pattern; where several blanks stand, any number may.
fn words(text: &str) -> String {
    static BLANKS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s{2,}|\t").expect("a constant"));
    let parts: Vec<String> = BLANKS.split(text).map(escaped).collect();
    parts.join(r"\s+")
}

/// As [`regex::escape`], without the backslashes that nothing needs (`-`, `#`, `&`, `~`).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_varies_is_captured_and_what_tells_stays() {
        for (line, pattern) in [
            (
                "2026-11-28T03:00:01Z ERROR vaultpush: cannot seal slot 7 of /srv/keys/web1.pem for shop.example.com",
                r#"cannot seal slot \d+ of (?P<path>[^\s"'<>|,;:]+) for (?P<domain>[^\s"',;:]+)"#,
            ),
            (
                "Nov 28 03:00:01 web1 agent[77]: push to server lb-2.example.net failed: HTTP 409 (0x80070005)",
                r#"push to server (?P<host>[^\s"',;:]+) failed: HTTP 409 \(0x80070005\)"#,
            ),
            (
                r"HSM partition PROD-7 locked by C:\Program Files\Keysync\sync.exe, dns-01 pending",
                r#"HSM partition (?P<value>[\w-]+) locked by (?P<path>[A-Za-z]:\\[^"'<>|,;:\n]+), dns-01 pending"#,
            ),
            ("job \"renew-7\" exited with code 3", r#"job "(?P<value>[^"\n]*)" exited with code 3"#),
        ] {
            let proposal = propose(line);
            assert_eq!(proposal.pattern, pattern, "{line}");
        }
    }

    proptest! {
        /// Whatever the line, the pattern is sound and matches it.
        #[test]
        fn the_pattern_matches_its_own_line(line in r#"[ -~äß“]{1,120}"#) {
            let proposal = propose(&line);
            let regex = Regex::new(&proposal.pattern).expect("a sound pattern");
            prop_assert!(regex.is_match(&line), "{}", proposal.pattern);
        }
    }
}
