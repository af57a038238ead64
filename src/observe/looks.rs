//! Looks at certificates: what `openssl x509`, `curl -v` and the like print of one, compared with each other.
//!
//! No single line tells that an old certificate is still served; a newer one, seen before an older one of the same
//! name, does. The other order is what every renewal looks like.

use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use memchr::memmem;
use regex::Regex;

use crate::input::Record;

/// Lines between two fields of one look.
const NEAR: usize = 4;

/// Validity of a server's certificate at most, with some to spare (398 days: CA/Browser Forum, since 2020).
const LEAF: SignedDuration = SignedDuration::from_hours(24 * 400);

/// One look at a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Index of the input.
    pub input: usize,
    /// Line of its first field.
    pub line: usize,
    /// Line of its last field.
    last: usize,
    /// Subject as printed.
    subject: Option<String>,
    /// Begin of its validity.
    not_before: Option<DateTime>,
    /// End of its validity.
    not_after: Option<DateTime>,
}

/// Collects the looks of all inputs.
#[derive(Debug, Clone, Default)]
pub struct Looks {
    looks: Vec<Look>,
}

static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let date = r"(?P<date>[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} \d{4}) GMT";
    let begin = r"(?P<begin>notBefore=|Not Before ?: ?|start date: )";
    let end = r"(?P<end>notAfter=|Not After ?: ?|expire date: )";
    Regex::new(&format!(
        r"^[\s*]{{0,20}}(?:(?:{begin}|{end}){date}|[Ss]ubject(?:=|: ?)\s*(?P<subject>\S[^\n]{{0,300}}))\s*$"
    ))
    .ok()
});

/// Whether a line shows a field of a certificate.
pub fn is_field(line: &str) -> bool {
    FIELD.as_ref().is_some_and(|field| field.is_match(line))
}

impl Looks {
    /// Takes what a record says of certificates.
    pub fn record(&mut self, input: usize, record: &Record) {
        let text = record.text.as_bytes();
        let speaks = |word: &str| memmem::find(text, word.as_bytes()).is_some();
        if !(speaks("otBefore=") || speaks("otAfter=") || speaks("ot Before") || speaks(" date: ") || speaks("ubject"))
        {
            return;
        }
        let Some(field) = FIELD.as_ref() else { return };
        for (at, line) in record.text.lines().enumerate() {
            let Some(found) = field.captures(line) else { continue };
            let date = found.name("date").and_then(|date| time(date.as_str()));
            let line = record.line + at;
            if let Some(subject) = found.name("subject") {
                self.current(input, line, |look| look.subject.is_none()).subject = Some(subject.as_str().to_owned());
            } else if found.name("begin").is_some() {
                self.current(input, line, |look| look.not_before.is_none()).not_before = date;
            } else {
                self.current(input, line, |look| look.not_after.is_none()).not_after = date;
            }
        }
    }

    /// The look that a field on this line belongs to: the one just begun, if it still lacks the field.
    fn current(&mut self, input: usize, line: usize, lacks: impl Fn(&Look) -> bool) -> &mut Look {
        let same = self.looks.last().is_some_and(|look| look.input == input && line <= look.last + NEAR && lacks(look));
        if !same {
            self.looks.push(Look { input, line, last: line, subject: None, not_before: None, not_after: None });
        }
        let at = self.looks.len() - 1;
        self.looks[at].last = line;
        &mut self.looks[at]
    }

    /// The first look at a certificate that is older than one that the same input showed before.
    pub fn older_after_newer(&self) -> Option<&Look> {
        self.looks.iter().enumerate().find_map(|(at, later)| {
            let before = self.looks[..at].iter().filter(|look| look.input == later.input);
            before.into_iter().any(|earlier| later.is_older_than(earlier)).then_some(later)
        })
    }
}

impl Look {
    fn is_older_than(&self, other: &Look) -> bool {
        let same = match (&self.subject, &other.subject) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        // A chain's other certificates live for years.
        let leaf = |look: &Look| match (look.not_before, look.not_after) {
            (Some(begin), Some(end)) => end.duration_since(begin) < LEAF,
            _ => true,
        };
        let older = leaf(self)
            && leaf(other)
            && match (self.not_after, other.not_after, self.not_before, other.not_before) {
                (Some(a), Some(b), _, _) => a < b,
                (_, _, Some(a), Some(b)) => a < b,
                _ => false,
            };
        same && older
    }
}

fn time(text: &str) -> Option<DateTime> {
    strtime::parse("%b %d %H:%M:%S %Y", text.replace("  ", " ")).ok()?.to_datetime().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lines: &[&str]) -> Option<usize> {
        let mut looks = Looks::default();
        for (at, line) in lines.iter().enumerate() {
            let text = (*line).to_owned();
            looks.record(0, &Record { line: at + 1, text, time: None, level: None, source: None });
        }
        looks.older_after_newer().map(|look| look.line)
    }

    const OLD: [&str; 2] = ["notBefore=Sep  1 00:00:00 2026 GMT", "notAfter=Nov 30 00:00:00 2026 GMT"];
    const NEW: [&str; 2] = ["notBefore=Nov 20 00:00:00 2026 GMT", "notAfter=Feb 18 00:00:00 2027 GMT"];

    #[test]
    fn an_old_certificate_after_a_new_one_is_noticed_and_a_renewal_is_not() {
        assert_eq!(seen(&[NEW[0], NEW[1], "$ openssl s_client", OLD[0], OLD[1]]), Some(4));
        assert_eq!(seen(&[OLD[0], OLD[1], "$ certbot renew", NEW[0], NEW[1]]), None);
        assert_eq!(seen(&[NEW[1], "serial=02", OLD[1]]), Some(3));
        let curl = ["*  start date: Sep  1 00:00:00 2026 GMT", "*  expire date: Nov 30 00:00:00 2026 GMT"];
        assert_eq!(seen(&[NEW[0], NEW[1], curl[0], curl[1]]), Some(3));
    }

    #[test]
    fn certificates_of_other_names_and_of_the_chain_are_not_compared() {
        let root = ["notBefore=Jan  1 00:00:00 2020 GMT", "notAfter=Jan  1 00:00:00 2040 GMT"];
        assert_eq!(seen(&[NEW[0], NEW[1], root[0], root[1]]), None);
        let named = |name: &'static str, dates: [&'static str; 2]| [name, dates[0], dates[1]];
        let (a, b) = (named("subject=CN = a.example", NEW), named("subject=CN = b.example", OLD));
        assert_eq!(seen(&[a, b].concat()), None);
        let same = named("subject=CN = a.example", OLD);
        assert_eq!(seen(&[a, same].concat()), Some(4));
    }
}
