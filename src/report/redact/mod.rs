//! Secrets are taken out of everything that leaves the program; the same secret gets the same placeholder.

mod blocks;
mod forms;
mod plain;
mod view;

use std::collections::HashMap;
use std::ops::Range;

use memchr::memmem;

use forms::FORMS;
use view::View;

/// Characters from which on a secret is looked for everywhere, also where nothing says that it is one.
const DISTINCT: usize = 6;
/// Secrets that are looked for everywhere.
const MOST_DISTINCT: usize = 2_000;

/// Takes secrets out of texts; remembers them, so that the same one gets the same placeholder.
#[derive(Debug, Default)]
pub struct Redactor {
    seen: HashMap<String, usize>,
    /// Those of them that no ordinary word is mistaken for.
    distinct: Vec<String>,
}

/// A text without its secrets, and how places in it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text.
    pub text: String,
    moves: Vec<(Range<usize>, Range<usize>)>,
}

impl Redacted {
    /// Where a range of the original stands now; a range inside a secret becomes the placeholder.
    pub fn range(&self, original: &Range<usize>) -> Range<usize> {
        self.place(original.start, false)..self.place(original.end, true)
    }

    fn place(&self, at: usize, end: bool) -> usize {
        let mut moved = at as isize;
        for (from, to) in &self.moves {
            if at >= from.end {
                moved = to.end as isize + (at - from.end) as isize;
            } else if at > from.start {
                return if end { to.end } else { to.start };
            } else {
                break;
            }
        }
        moved as usize
    }
}

impl Redactor {
    /// A text without its secrets.
    pub fn text(&mut self, text: &str) -> String {
        self.redact(text).text
    }

    /// Remembers the secrets of a text, so that they are taken out of others where nothing says that they are secrets.
    pub fn learn(&mut self, text: &str) {
        for range in secrets(text) {
            self.number(&text[range]);
        }
    }

    /// As [`Redactor::text`], with as many lines as before: a secret of several lines leaves a placeholder on each.
    pub fn lines(&mut self, text: &str) -> String {
        self.replace(text, true).text
    }

    /// A text without its secrets, and how places moved.
    pub fn redact(&mut self, text: &str) -> Redacted {
        self.replace(text, false)
    }

    fn replace(&mut self, text: &str, keep_lines: bool) -> Redacted {
        let mut found = secrets(text);
        for secret in &self.distinct {
            found.extend(memmem::find_iter(text.as_bytes(), secret.as_bytes()).map(|at| at..at + secret.len()));
        }
        found.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
        let mut out = Redacted { text: String::with_capacity(text.len()), moves: Vec::new() };
        let mut done = 0;
        for range in joined(found) {
            out.text.push_str(&text[done..range.start]);
            let start = out.text.len();
            let secret = &text[range.clone()];
            let placeholder = format!("[secret {}]", self.number(secret));
            out.text.push_str(&placeholder);
            for _ in 0..if keep_lines { secret.matches('\n').count() } else { 0 } {
                out.text.push('\n');
                out.text.push_str(&placeholder);
            }
            out.moves.push((range.clone(), start..out.text.len()));
            done = range.end;
        }
        out.text.push_str(&text[done..]);
        out
    }

    fn number(&mut self, secret: &str) -> usize {
        let secret = secret.trim();
        if let Some(number) = self.seen.get(secret) {
            return *number;
        }
        let number = self.seen.len() + 1;
        self.seen.insert(secret.to_owned(), number);
        if self.distinct.len() < MOST_DISTINCT && secret.len() >= DISTINCT && plain::is_distinct(secret) {
            self.distinct.push(secret.to_owned());
        }
        number
    }
}

/// Where the secrets of a text stand, in no order.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = in_bytes(text.as_bytes());
    for view in View::inside(text) {
        found.extend(in_bytes(&view.text).into_iter().filter_map(|range| view.original(range)));
    }
    found.extend(blocks::find(text));
    found.retain(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
    found
}

fn in_bytes(text: &[u8]) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for form in FORMS.iter() {
        let Some(pattern) = form.in_text(&lower) else { continue };
        for captures in pattern.captures_iter(text) {
            let group = ["s", "t", "u", "x"].iter().find_map(|name| captures.name(name));
            let Some(range) = group.map(|group| group.range()) else { continue };
            let value = String::from_utf8_lossy(&text[range.clone()]);
            if !plain::is_plain(&value) && (!form.opaque || plain::is_opaque(&value)) {
                found.push(range);
            }
        }
    }
    found
}

/// Ranges in order, those that overlap as one.
fn joined(sorted: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match out.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_every_form_are_taken_out() {
        let hidden = [
            "Authorization: Bearer abc.def-ghi",
            "curl -H 'Authorization: Basic dXNlcjpodW50ZXIy' https://ca.example.com",
            "https://admin:hunter2@ca.example.com/api",
            "Server=db;User=x;Password=hunter2;Encrypt=yes",
            r#"{"client_id":"a","client_secret":"hunter2"}"#,
            "keytool -importkeystore -srcstorepass hunter2 -destkeystore k.p12",
            "openssl pkcs12 -in a.p12 -passin pass:hunter2",
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
            "X-Vault-Token: hvs.CAESIhunter2hunter2",
            "token=hunter2&x=1",
            "Cookie: session=hunter2; a=b",
            "password: hunter2",
        ];
        for text in hidden {
            let redacted = Redactor::default().text(text);
            assert!(redacted.contains("[secret 1]"), "{text} became {redacted}");
            assert!(!redacted.contains("hunter2") && !redacted.contains("abc.def"), "{text} became {redacted}");
        }
    }

    #[test]
    fn messages_about_secrets_stay_readable() {
        for text in [
            "keystore password was incorrect",
            "Password: incorrect",
            "invalid token: expired",
            "password=*****",
            "Enter PEM pass phrase:",
            "the private key does not match",
            "password=${STORE_PASS}",
        ] {
            assert_eq!(Redactor::default().text(text), text);
        }
    }

    #[test]
    fn the_same_secret_has_the_same_name_and_places_move_along() {
        let mut redactor = Redactor::default();
        let text = "password=alpha12 then password=beta34 then password=alpha12 failed";
        let redacted = redactor.redact(text);
        assert_eq!(redacted.text, "password=[secret 1] then password=[secret 2] then password=[secret 1] failed");
        let failed = text.find("failed").expect("stands there");
        assert_eq!(&redacted.text[redacted.range(&(failed..failed + 6))], "failed");
    }
}
