//! Looks at certificates: what `openssl x509`, `curl -v` and the like print of one, compared with each other.
//!
//! No single line tells that an old certificate is still served; a newer one, seen before an older one of the same
//! name, does. The other order is what every renewal looks like. Where commands stand above what they print, they tell
//! more: what a server presents is then compared with what stands in a file, whichever was looked at first.

use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use regex::bytes::{Captures, Regex};

use crate::input::Record;

/// Lines between two fields of one look.
const NEAR: usize = 4;
/// Lines between a command and what it prints.
const FAR: usize = 12;

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
    /// Its serial number or fingerprint, as printed.
    serial: Option<String>,
    /// Where it was looked at, as the command above says.
    origin: Option<Origin>,
}

/// What a command looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// A file.
    File(String),
    /// What a server presents: its name or address.
    Served(String),
}

/// Collects the looks of all inputs.
#[derive(Debug, Clone, Default)]
pub struct Looks {
    looks: Vec<Look>,
    /// The last command that looks at a certificate: its input and line.
    command: Option<(usize, usize, Origin)>,
}

static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let date = r"(?P<date>[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} \d{4}) GMT";
    let begin = r"(?P<begin>notBefore=|Not Before ?: ?|start date: )";
    let end = r"(?P<end>notAfter=|Not After ?: ?|expire date: )";
    // A loop puts the host before what it prints.
    let host = r"(?:[\w.:\[\]-]{1,80}[: ]\s{0,8})?";
    let serial = r"(?:serial=|SHA-?(?:1|256) [Ff]ingerprint=)(?P<serial>[0-9A-Fa-f:]{2,95})";
    let subject = r"[Ss]ubject(?:=|: ?)\s*(?P<subject>\S[^\n]{0,300})";
    // Classes of bytes: those of characters would take megabytes.
    Regex::new(&format!(r"(?-u)^[\s*]{{0,20}}(?:{host}(?:(?:{begin}|{end}){date}|{serial})|{subject})\s*$")).ok()
});

static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let served = r"\bs_client\b[^\n]{0,200}?-connect\s+(?P<connect>[^\s|;)]{1,200})|\bs_client\b|\bcurl\b[^\n]{0,200}?https://(?P<url>[^\s/|;:]{1,200})|\bshow ssl cert\b";
    let file = r"\bx509\b[^\n|]{0,200}?-in\s+(?P<file>[^\s|;<>)]{1,300})|\b(?:cat|sudo cat)\s+(?P<cat>[^\s|;]{1,300})\s*\|\s*openssl x509|\bkeytool\b[^\n]{0,200}-keystore\s+(?P<store>[^\s|;]{1,300})";
    Regex::new(&format!("(?-u){served}|{file}")).ok()
});

/// What a line that a person typed looks at.
fn origin(line: &str) -> Option<Origin> {
    const TOOLS: [&str; 5] = ["s_client", "x509", "curl", "keytool", "show ssl cert"];
    if !TOOLS.into_iter().any(|tool| line.contains(tool)) {
        return None;
    }
    let found = COMMAND.as_ref()?.captures(line.as_bytes())?;
    let named = |name: &str| captured(&found, name);
    let file = named("file").or_else(|| named("cat")).or_else(|| named("store"));
    Some(match file {
        Some(file) => Origin::File(file),
        None => Origin::Served(named("connect").or_else(|| named("url")).unwrap_or_default()),
    })
}

fn captured(found: &Captures, name: &str) -> Option<String> {
    found.name(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Whether a text may tell of a look at a certificate.
pub fn may_speak(text: &str) -> bool {
    static SPEAKING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let fields = "otBefore=|otAfter=|ot Before| date: |ubject|erial=|ingerprint=";
        Regex::new(&format!("(?-u){fields}|s_client|x509|https://|keytool")).ok()
    });
    SPEAKING.as_ref().is_some_and(|speaking| speaking.is_match(text.as_bytes()))
}

/// Whether a line shows a field of a certificate.
pub fn is_field(line: &str) -> bool {
    FIELD.as_ref().is_some_and(|field| field.is_match(line.as_bytes()))
}

impl Looks {
    /// Takes what a record says of certificates, where it [may][may_speak].
    pub fn record(&mut self, input: usize, record: &Record) {
        let Some(field) = FIELD.as_ref() else { return };
        for (at, line) in record.text.lines().enumerate() {
            if let Some(origin) = origin(line) {
                self.command = Some((input, record.line + at, origin));
            }
            let Some(found) = field.captures(line.as_bytes()) else { continue };
            let date = captured(&found, "date").and_then(|date| time(&date));
            let line = record.line + at;
            if let Some(subject) = captured(&found, "subject") {
                self.current(input, line, |look| look.subject.is_none()).subject = Some(subject);
            } else if let Some(serial) = captured(&found, "serial") {
                let serial = serial.replace(':', "").to_ascii_uppercase();
                self.current(input, line, |look| look.serial.is_none()).serial = Some(serial);
            } else if found.name("begin").is_some() {
                self.current(input, line, |look| look.not_before.is_none()).not_before = date;
            } else {
                self.current(input, line, |look| look.not_after.is_none()).not_after = date;
            }
        }
    }

    /// The look that a field on this line belongs to: the one just begun, if it still lacks the field.
    fn current(&mut self, input: usize, line: usize, lacks: impl Fn(&Look) -> bool) -> &mut Look {
        // A command that was typed in between begins another look.
        let typed = self.command.as_ref().filter(|(of, at, _)| *of == input && *at <= line && line <= at + FAR);
        let same = self.looks.last().is_some_and(|look| {
            let other = typed.is_some_and(|(_, at, _)| *at > look.last);
            look.input == input && line <= look.last + NEAR && lacks(look) && !other
        });
        if !same {
            let origin = typed.map(|(_, _, origin)| origin.clone());
            let (subject, not_before, not_after, serial) = (None, None, None, None);
            self.looks.push(Look { input, line, last: line, subject, not_before, not_after, serial, origin });
        }
        let at = self.looks.len() - 1;
        self.looks[at].last = line;
        &mut self.looks[at]
    }

    /// The first look at a certificate that is older than one that the same input showed: before it, or in a file.
    pub fn older_after_newer(&self) -> Option<&Look> {
        self.looks.iter().enumerate().find_map(|(at, look)| {
            let mut others = self.looks.iter().enumerate().filter(|(_, other)| other.input == look.input);
            others.any(|(before, other)| look.is_served_instead_of(other, before < at)).then_some(look)
        })
    }
}

impl Look {
    /// Whether this one is what is served although the other one is newer; `before`: the other one was looked at before.
    fn is_served_instead_of(&self, other: &Look, before: bool) -> bool {
        if !self.is_of_the_same_name(other) {
            return false;
        }
        match (&self.origin, &other.origin) {
            // What stands in a file is not served for that.
            (Some(Origin::File(_)), Some(_)) => false,
            (Some(Origin::Served(_)), Some(Origin::File(_))) => {
                self.is_older_than(other) || self.has_another_serial(other)
            }
            _ => before && self.is_older_than(other),
        }
    }

    fn is_of_the_same_name(&self, other: &Look) -> bool {
        let same_subject = match (&self.subject, &other.subject) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let same_place = match (&self.origin, &other.origin) {
            (Some(Origin::Served(at)), Some(Origin::File(path))) => may_be_of(path, at),
            (Some(Origin::Served(a)), Some(Origin::Served(b))) => is_address(a) || is_address(b) || host(a) == host(b),
            _ => true,
        };
        same_subject && same_place
    }

    fn is_older_than(&self, other: &Look) -> bool {
        // A chain's other certificates live for years.
        let leaf = |look: &Look| match (look.not_before, look.not_after) {
            (Some(begin), Some(end)) => end.duration_since(begin) < LEAF,
            _ => true,
        };
        leaf(self)
            && leaf(other)
            && match (self.not_after, other.not_after, self.not_before, other.not_before) {
                (Some(a), Some(b), _, _) => a < b,
                (_, _, Some(a), Some(b)) => a < b,
                _ => false,
            }
    }

    /// Without dates to tell which is older: what is served is not what stands in the file.
    fn has_another_serial(&self, other: &Look) -> bool {
        let dated = self.not_after.is_some() && other.not_after.is_some();
        let serials = self.serial.as_ref().zip(other.serial.as_ref());
        !dated && serials.is_some_and(|(a, b)| a.len() == b.len() && a != b)
    }
}

/// Whether a file can hold the certificate of a host: not where its folder is that of another name.
fn may_be_of(path: &str, served: &str) -> bool {
    let folder = path.split_once("/live/").and_then(|(_, rest)| rest.split_once('/')).map(|(name, _)| name);
    let host = host(served);
    folder.is_none_or(|name| {
        is_address(served) || !name.contains('.') || host.is_empty() || host.ends_with(name) || name.ends_with(host)
    })
}

/// The name of a `host:port`.
fn host(served: &str) -> &str {
    served.rsplit_once(':').map_or(served, |(host, _)| host)
}

fn is_address(served: &str) -> bool {
    let host = host(served);
    host == "localhost"
        || !host.contains('.')
        || host.contains(':')
        || host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
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
    fn what_is_served_is_compared_with_the_file_in_either_order() {
        let file = "$ openssl x509 -noout -dates -in /etc/letsencrypt/live/www.example.com/cert.pem";
        let served = "$ echo | openssl s_client -connect www.example.com:443 2>/dev/null | openssl x509 -noout -dates";
        assert_eq!(seen(&[served, OLD[0], OLD[1], file, NEW[0], NEW[1]]), Some(2));
        assert_eq!(seen(&[file, NEW[0], NEW[1], served, OLD[0], OLD[1]]), Some(5));
        // The file is behind: nothing is served too long.
        assert_eq!(seen(&[served, NEW[0], NEW[1], file, OLD[0], OLD[1]]), None);
        assert_eq!(seen(&[served, NEW[1], file, NEW[1]]), None);
        let other = "$ openssl x509 -noout -dates -in /etc/letsencrypt/live/mail.example.org/cert.pem";
        assert_eq!(seen(&[other, NEW[1], served, OLD[1]]), None);
        assert_eq!(seen(&[file, "serial=0A1B", served, "serial=0A1C"]), Some(4));
        assert_eq!(seen(&[file, "serial=0A1B", served, "serial=0A1B"]), None);
        let hosts = ["web1 notAfter=Feb 18 00:00:00 2027 GMT", "web2 notAfter=Nov 30 00:00:00 2026 GMT"];
        assert_eq!(seen(&hosts), Some(2));
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
