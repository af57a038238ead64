//! What carries a program's lines: container runtimes, journal exports, JSON loggers, event log exports.
//!
//! The lines inside are what rules know; time, level and program of the carrier count where the line has none of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::decode;
use super::time::{self, Reference};
use super::{Level, dialect};

crate::rule::words::words! {
    /// The form of a log file.
    #[derive(Default)]
    Format {
        /// Lines as the program printed them.
        #[default]
        Plain = "plain",
        /// Docker's `json-file` driver: `{"log":"…\n","stream":"stdout","time":"…"}`.
        Docker = "docker",
        /// Kubernetes' container runtimes: `2026-11-20T08:15:42.1Z stdout F …`.
        Cri = "cri",
        /// `journalctl -o json`.
        JournalJson = "journal-json",
        /// `journalctl -o export`.
        JournalExport = "journal-export",
        /// An object of JSON in each line, as many loggers write.
        JsonLines = "json-lines",
        /// `time=… level=… msg=…`.
        Logfmt = "logfmt",
        /// Windows events as XML (`wevtutil qe /f:xml`, Event Viewer).
        EventsXml = "windows-events-xml",
        /// Windows events as CSV (Event Viewer, `Export-Csv`).
        EventsCsv = "windows-events-csv",
        /// Windows events as text (`wevtutil qe /f:text`, `Get-WinEvent | Format-List`).
        EventsText = "windows-events-text",
    }
}

use crate::rule::words::Words;

/// A line taken out of what carried it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line<'l> {
    /// What the program wrote.
    pub text: Cow<'l, str>,
    /// When, by the carrier.
    pub time: Option<Timestamp>,
    /// Its level, by the carrier.
    pub level: Option<Level>,
    /// The program, by the carrier.
    pub source: Option<String>,
    /// Whether this is a whole event, so that no other line continues it or is continued by it.
    pub whole: bool,
    /// Whether the carrier has cut the line, and the rest comes with the next one.
    pub partial: bool,
}

/// Bytes of a field of the journal that are believed.
const MAX_VALUE: usize = 16 << 20;

/// Lines of a sample that must have the form.
const MOST: (usize, usize) = (2, 3);

impl Format {
    /// Judges a file by its first lines.
    pub fn detect(sample: &str) -> Self {
        if starts_event_xml(sample) {
            return Format::EventsXml;
        }
        if sample
            .lines()
            .take(40)
            .any(|line| line.starts_with("__CURSOR=") || line.starts_with("__REALTIME_TIMESTAMP="))
        {
            return Format::JournalExport;
        }
        let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).take(200).collect();
        let most = |fits: &dyn Fn(&str) -> bool| {
            let hits = lines.iter().filter(|line| fits(line)).count();
            hits > 0 && hits * MOST.1 >= lines.len() * MOST.0
        };
        if most(&|line| line.starts_with("{\"") && line.contains("\"log\":") && line.contains("\"time\":")) {
            Format::Docker
        } else if most(&|line| line.starts_with('{') && line.contains("\"__REALTIME_TIMESTAMP\"")) {
            Format::JournalJson
        } else if most(&|line| line.starts_with("{\"")) {
            Format::JsonLines
        } else if most(&|line| cri(line).is_some()) {
            Format::Cri
        } else if most(&|line| logfmt_time(line).is_some()) {
            Format::Logfmt
        } else if lines.first().is_some_and(|line| is_csv_head(line)) && lines.iter().any(|line| is_event_row(line)) {
            Format::EventsCsv
        } else if lines.first().is_some_and(|line| is_event_text(line)) {
            Format::EventsText
        } else {
            Format::Plain
        }
    }

    /// Whether a line begins an event; `None` where the form does not tell.
    pub fn begins(self, line: &str) -> Option<bool> {
        match self {
            Format::EventsXml => Some(line.trim_start().starts_with("<Event")),
            Format::EventsCsv => Some(is_event_row(line) || is_csv_head(line)),
            Format::EventsText => Some(is_event_text(line)),
            _ => None,
        }
    }

    /// Takes a line out of its carrier; a line of another form stays as it is.
    pub fn open(self, line: &str, reference: Reference) -> Line<'_> {
        let opened = match self {
            Format::Docker => docker(line),
            Format::JournalJson => journal(line),
            Format::JsonLines => json_line(line, reference),
            Format::Cri => cri(line),
            Format::Logfmt => logfmt_time(line).map(|time| Line {
                text: Cow::Borrowed(line),
                time: instant(&time, reference),
                ..Line::default()
            }),
            Format::EventsXml => Some(event_xml(line)),
            Format::Plain | Format::JournalExport | Format::EventsCsv | Format::EventsText => None,
        };
        opened.unwrap_or(Line { text: Cow::Borrowed(line), ..Line::default() })
    }
}

fn docker(line: &str) -> Option<Line<'_>> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = value.get("log")?.as_str()?;
    let time = value.get("time").and_then(Value::as_str).and_then(|t| t.parse().ok());
    let partial = !text.ends_with('\n');
    Some(Line { text: Cow::Owned(text.trim_end_matches(['\n', '\r']).to_owned()), time, partial, ..Line::default() })
}

fn cri(line: &str) -> Option<Line<'_>> {
    let mut words = line.splitn(4, ' ');
    let (time, stream, tag) = (words.next()?, words.next()?, words.next()?);
    if !matches!(stream, "stdout" | "stderr") || !matches!(tag.split(':').next(), Some("F" | "P")) {
        return None;
    }
    let time: Timestamp = time.parse().ok()?;
    let text = Cow::Borrowed(words.next().unwrap_or(""));
    Some(Line { text, time: Some(time), partial: tag.starts_with('P'), ..Line::default() })
}

/// Levels of syslog, by their number.
fn priority(number: u64) -> Level {
    match number {
        0..=2 => Level::Critical,
        3 => Level::Error,
        4 => Level::Warning,
        5 => Level::Notice,
        6 => Level::Info,
        _ => Level::Debug,
    }
}

/// A value of an exported journal: text, or the bytes of what is not UTF-8.
fn journal_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|b| u8::try_from(b.as_u64()?).ok()).collect();
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => None,
    }
}

fn journal(line: &str) -> Option<Line<'_>> {
    let value: Value = serde_json::from_str(line).ok()?;
    let field = |name: &str| value.get(name).and_then(journal_text);
    Some(journal_line(field("MESSAGE").unwrap_or_default(), &field))
}

fn journal_line(message: String, field: &dyn Fn(&str) -> Option<String>) -> Line<'static> {
    let micros = field("__REALTIME_TIMESTAMP").and_then(|t| t.parse().ok());
    Line {
        text: Cow::Owned(message.trim_end().to_owned()),
        time: micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        level: field("PRIORITY").and_then(|p| p.parse().ok()).map(priority),
        source: field("SYSLOG_IDENTIFIER").or_else(|| field("_COMM")),
        whole: true,
        partial: false,
    }
}

/// Fields of an entry of `journalctl -o export` that matter, as they come line by line.
#[derive(Debug, Default)]
pub struct JournalEntry {
    fields: BTreeMap<String, String>,
    /// A field whose value is not on its line: eight bytes of length and the value follow.
    /// With it, the bytes of the value that are still to come; `None` before its first line.
    open: Option<(String, Option<usize>)>,
}

impl JournalEntry {
    const FIELDS: [&str; 5] = ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "_COMM", "__REALTIME_TIMESTAMP"];
    /// Bytes of the length before a value (systemd, Journal Export Format).
    const LENGTH: usize = 8;

    /// Takes the next line; an empty one ends the entry.
    pub fn take(&mut self, line: &[u8]) -> Option<Line<'static>> {
        if let Some((key, Some(rest @ 1..))) = &mut self.open {
            *rest = rest.saturating_sub(line.len() + 1);
            Self::add(&mut self.fields, key, &format!("\n{}", decode::text(line)));
            return None;
        }
        if let Some((key, rest @ None)) = &mut self.open {
            let (length, value) = line.split_at(line.len().min(Self::LENGTH));
            let length = length.try_into().map_or(0, u64::from_le_bytes);
            // A length with the byte of a line end in it is cut in two, and what is no length is none.
            let length = usize::try_from(length).ok().filter(|length| *length <= MAX_VALUE).unwrap_or(0);
            *rest = Some(length.saturating_sub(value.len()));
            Self::add(&mut self.fields, key, &decode::text(value));
            return None;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            self.open = None;
            let fields = std::mem::take(&mut self.fields);
            let message = fields.get("MESSAGE")?.clone();
            return Some(journal_line(message, &|name| fields.get(name).cloned()));
        }
        let line = decode::text(line);
        if let Some((key, value)) = line.split_once('=').filter(|(key, _)| is_field(key)) {
            self.open = None;
            self.fields.remove(key);
            Self::add(&mut self.fields, key, value);
        } else if is_field(&line) {
            self.open = Some((line.into_owned(), None));
        } else if let Some((key, _)) = &self.open {
            // Its length was not to be had: where the value ends, the next field tells.
            Self::add(&mut self.fields, key, &format!("\n{line}"));
        }
        None
    }

    fn add(fields: &mut BTreeMap<String, String>, key: &str, value: &str) {
        if Self::FIELDS.contains(&key) {
            fields.entry(key.to_owned()).or_default().push_str(value);
        }
    }
}

/// Names of fields are of capitals, digits and underscores.
fn is_field(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Names under which loggers of JSON put the time of an event.
const TIMES: [&str; 9] = ["time", "ts", "timestamp", "@timestamp", "@t", "t", "datetime", "date", "Timestamp"];
/// Names under which they put its level; numbers are those of pino and bunyan.
const LEVELS: [&str; 5] = ["level", "severity", "lvl", "@l", "Level"];

fn json_line(line: &str, reference: Reference) -> Option<Line<'_>> {
    let value: Value = serde_json::from_str(line).ok()?;
    let time = TIMES.iter().find_map(|name| match value.get(name)? {
        Value::String(text) => instant(text, reference),
        Value::Number(number) => epoch(number.as_f64()?, reference),
        _ => None,
    });
    let level = LEVELS.iter().find_map(|name| match value.get(name)? {
        Value::Number(number) => number.as_u64().map(|number| match number {
            60.. => Level::Critical,
            50..=59 => Level::Error,
            40..=49 => Level::Warning,
            30..=39 => Level::Info,
            20..=29 => Level::Debug,
            10..=19 => Level::Trace,
            small => priority(small),
        }),
        Value::String(word) => dialect::level_word(word),
        _ => None,
    });
    Some(Line { text: Cow::Borrowed(line), time, level, whole: true, ..Line::default() })
}

fn instant(text: &str, reference: Reference) -> Option<Timestamp> {
    time::parse_instant(text, None).or_else(|| time::at_start(text, reference).map(|(time, _)| time))
}

/// Seconds, or one of their thousandths, within twenty years of the reference.
fn epoch(number: f64, reference: Reference) -> Option<Timestamp> {
    let now = reference.now.as_second() as f64;
    let seconds =
        [1.0, 1e3, 1e6, 1e9].iter().map(|unit| number / unit).find(|s| (s - now).abs() < 20.0 * 365.25 * 86_400.0)?;
    Timestamp::from_microsecond((seconds * 1e6) as i64).ok()
}

/// The time of a line of logfmt.
fn logfmt_time(line: &str) -> Option<String> {
    let rest = ["time=", "ts=", "t=", "timestamp="].iter().find_map(|key| line.strip_prefix(key))?;
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(' ').next()?,
    };
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    (digits >= 8 && line.contains("msg=") || line.contains("level=")).then(|| value.to_owned())
}

fn starts_event_xml(sample: &str) -> bool {
    let start = sample.trim_start_matches('\u{feff}').trim_start();
    (start.starts_with("<?xml") || start.starts_with("<Event"))
        && sample.contains("http://schemas.microsoft.com/win/2004/08/events/event")
}

fn event_xml(line: &str) -> Line<'_> {
    let after = |mark: &str| line.split_once(mark).map(|(_, rest)| rest);
    let time = after("SystemTime=").and_then(|rest| rest.get(1..)?.split(['\'', '"']).next()?.parse().ok());
    let level = after("<Level>").and_then(|rest| rest.split('<').next()).and_then(|level| match level {
        "1" => Some(Level::Critical),
        "2" => Some(Level::Error),
        "3" => Some(Level::Warning),
        "0" | "4" => Some(Level::Info),
        "5" => Some(Level::Debug),
        _ => None,
    });
    Line { text: Cow::Borrowed(line), time, level, ..Line::default() }
}

/// Levels of Event Viewer, as it prints them in English.
const EVENT_LEVELS: [&str; 7] =
    ["Information", "Warning", "Error", "Critical", "Verbose", "Audit Success", "Audit Failure"];

fn is_event_row(line: &str) -> bool {
    let line = line.strip_prefix('"').unwrap_or(line);
    EVENT_LEVELS.iter().any(|level| line.strip_prefix(level).is_some_and(|rest| rest.starts_with([',', '"'])))
}

fn is_csv_head(line: &str) -> bool {
    ["Level,Date and Time,Source,Event ID", "\"Level\",\"Date and Time\"", "Keywords,Date and Time,Source,Event ID"]
        .iter()
        .any(|head| line.trim_start_matches('\u{feff}').starts_with(head))
}

fn is_event_text(line: &str) -> bool {
    let number = line.strip_prefix("Event[").and_then(|rest| rest.split(']').next());
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        || line.strip_prefix("TimeCreated").is_some_and(|rest| rest.trim_start().starts_with(':'))
}
