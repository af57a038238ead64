//! Records that look like a failure, whether a rule knows them or not.

use memchr::memmem;

use super::words::{FAILURE, REASON};
use crate::input::{Level, Record};

/// Words of the field: a failure that speaks of them matters most.
const FIELD: [&str; 14] = [
    "certificate",
    "cert",
    "tls",
    "ssl",
    "x509",
    "acme",
    "challenge",
    "private key",
    "keystore",
    "csr",
    "renew",
    "issue",
    "handshake",
    "dns",
];
/// What only says that something before it failed.
const TAIL: [&str; 9] = [
    "exit status",
    "exit code",
    "exited with",
    "failed with result",
    "failed to start",
    "some challenges have failed",
    "ask for help",
    "see the logfile",
    "stack trace",
];

/// By its level, or by its words.
pub fn looks_like_failure(record: &Record) -> bool {
    match record.level {
        Some(level) => level >= Level::Error,
        None => speaks_of_failure(record.text.as_bytes()),
    }
}

/// Whether one of [`FAILURE`] stands in a text and is meant.
fn speaks_of_failure(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    FAILURE.iter().any(|word| memmem::find_iter(&lower, word).any(|at| is_meant(&lower, at, word.len())))
}

/// What stands before a word that says that there is none.
const NONE_BEFORE: [&[u8]; 4] = [b"no ", b"0 ", b"without ", b"any "];
/// What follows it then.
const NONE_BEHIND: [&[u8]; 6] = [b"null", b"0", b"none", b"false", b"{}", b"[]"];

/// What follows it in the name of a file or setting: `error.log`, `ErrorDocument`.
const NAME_BEHIND: [&[u8]; 7] = [b".log", b"_log", b"-log", b"log", b"-page", b"page", b"document"];

/// Whether a word of failure at a place of a text says that something failed: not `0 failed`, `"error":null`, `errors: 0`,
/// `error.log`.
pub fn is_meant(text: &[u8], at: usize, length: usize) -> bool {
    let before = &text[..at];
    if NONE_BEFORE
        .iter()
        .any(|none| before.len() >= none.len() && before[before.len() - none.len()..].eq_ignore_ascii_case(none))
    {
        return false;
    }
    let behind = &text[at + length..];
    // `failed-login` is no name of a log.
    let name_ends =
        |name: &[u8]| behind.get(name.len()).is_none_or(|byte| !byte.is_ascii_alphabetic() || *byte == b's');
    if NAME_BEHIND.iter().any(|name| begins_with(behind, name) && name_ends(name)) {
        return false;
    }
    let name = behind.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let mark = behind[name..].iter().take_while(|byte| b"\":= ".contains(byte)).count();
    let value = &behind[name + mark..];
    let is_none = |none: &&[u8]| begins_with(value, none);
    let ends = |none: &&[u8]| value.get(none.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    // An empty value is all marks.
    if behind[name..name + mark].ends_with(b"\"\"") {
        return false;
    }
    mark == 0 || !NONE_BEHIND.iter().any(|none| is_none(none) && ends(none))
}

/// Whether a text begins so, in whatever case.
fn begins_with(text: &[u8], beginning: &[u8]) -> bool {
    text.get(..beginning.len()).is_some_and(|stands| stands.eq_ignore_ascii_case(beginning))
}

/// How much a failure is likely to tell about its cause; a judgement by words.
pub fn telling(record: &Record) -> i32 {
    let text = record.text.to_ascii_lowercase();
    let count = |words: &[&str]| words.iter().filter(|word| text.contains(**word)).count();
    let has = |words: &[&str]| count(words).min(2) as i32;
    let failure = (count(&FAILURE) + count(&REASON)).min(2) as i32;
    let level = record.level.map_or(0, |level| i32::from(level >= Level::Error));
    // A message that goes on after a colon gives a reason.
    let reason = i32::from(text.matches(": ").count() > 1);
    2 * has(&FIELD) + failure + level + reason - 3 * has(&TAIL)
}

#[cfg(test)]
mod tests {
    use super::speaks_of_failure;

    #[test]
    fn that_nothing_failed_is_no_failure() {
        for text in [
            "Error: no such file",
            "request failed",
            "errors: 3",
            "2 failed",
            "error 0x80072ee7",
            "\"error\":\"eof\"",
            "failed-login of root",
        ] {
            assert!(speaks_of_failure(text.as_bytes()), "{text}");
        }
        for text in [
            "0 failed",
            "no errors",
            "\"error\":null",
            "errors: 0, failed: 0",
            "failed=0",
            "error=\"\"",
            "fine",
            "ErrorLog /var/log/a/error.log",
        ] {
            assert!(!speaks_of_failure(text.as_bytes()), "{text}");
        }
    }
}
