//! Secrets that a pattern alone does not find: data of Kubernetes secrets, and keys whose head stands
//! elsewhere.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// A document that is a secret, in YAML or JSON.
static KIND: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?m)^\s*"?kind"?\s*:\s*"?Secret"?\s*,?\s*$|"kind"\s*:\s*"Secret""#));
/// Its data.
static DATA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r#"(?m)^(?P<indent>[ \t]*)(?:data|stringData):[ \t]*\r?\n|"(?:data|stringData)"\s*:\s*\{(?P<json>[^}]*)\}"#)
});
static YAML: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"^(?P<indent>[ \t]+)[\w./-]+:[ \t]*"?(?P<s>[^\s"|>]+)?"#));
static JSON: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r#":\s*"(?P<s>[^"]+)""#));
static PUBLIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?s)-----BEGIN (?:X509 |TRUSTED |NEW )*(?:CERTIFICATE|CERTIFICATE REQUEST|PUBLIC KEY|X509 CRL|PKCS7)-----.*?(?:-----END |\z)",
    )
});
/// Characters of a line of base64 from which on it may be of a key.
const BODY: usize = 56;

/// Where they stand.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if text.contains("Secret") && KIND.as_ref().is_some_and(|kind| kind.is_match(text)) {
        kubernetes(text, &mut found);
    }
    orphans(text, &mut found);
    headless(text, &mut found);
    found
}

fn kubernetes(text: &str, found: &mut Vec<Range<usize>>) {
    let (Some(data), Some(yaml), Some(json)) = (DATA.as_ref(), YAML.as_ref(), JSON.as_ref()) else { return };
    for captures in data.captures_iter(text) {
        if let Some(body) = captures.name("json") {
            let values = json.captures_iter(body.as_str()).filter_map(|c| c.name("s"));
            found.extend(values.map(|value| body.start() + value.start()..body.start() + value.end()));
            continue;
        }
        let Some(whole) = captures.get(0) else { continue };
        let indent = captures.name("indent").map_or(0, |indent| indent.len());
        let mut at = whole.end();
        for line in text[whole.end()..].split_inclusive('\n') {
            let own = line.len() - line.trim_start().len();
            if !line.trim().is_empty() && own <= indent {
                break;
            }
            match yaml.captures(line) {
                Some(captures) => found.extend(captures.name("s").map(|value| at + value.start()..at + value.end())),
                // A line of a block.
                None => found.extend((!line.trim().is_empty()).then(|| at + own..at + line.trim_end().len())),
            }
            at += line.len();
        }
    }
}

/// Lines of base64 outside of what is public: the body of a key whose head stands in another record.
fn orphans(text: &str, found: &mut Vec<Range<usize>>) {
    let mut public: Option<Vec<Range<usize>>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let start = body.rfind([' ', '\t', '|', '>']).map_or(0, |blank| blank + 1);
        let word = &body[start..];
        let range = at + start..at + body.len();
        at += line.len();
        if word.len() < BODY || !is_base64(word) {
            continue;
        }
        let public = public.get_or_insert_with(|| {
            PUBLIC.as_ref().map(|p| p.find_iter(text).map(|m| m.range()).collect()).unwrap_or_default()
        });
        if !public.iter().any(|public| public.contains(&range.start)) {
            found.push(range);
        }
    }
}

/// Whether a word is base64 of bytes: a hash in hexadecimal has one case only.
fn is_base64(word: &str) -> bool {
    let bytes = word.trim_end_matches('=').as_bytes();
    let has = |test: fn(&u8) -> bool| bytes.iter().any(test);
    bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
}

/// The end of a key whose beginning was cut off.
fn headless(text: &str, found: &mut Vec<Range<usize>>) {
    let Some(end) = text.find("PRIVATE KEY-----") else { return };
    let Some(mark) = text[..end].rfind("-----END ") else { return };
    if !text[..mark].contains("PRIVATE KEY-----") && !text[..mark].trim().is_empty() {
        let body = text[..mark].trim_end();
        // Only lines that could be of a key.
        let start = body.rfind([' ', ':', '"']).map_or(0, |at| at + 1);
        found.push(start..body.len());
    }
}
