//! How a log file is recognised: which program wrote it, and whether its lines carry a time.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use super::Level;
use super::envelope::{Format, Line};
use super::time::{self, Reference};

/// What the first lines of a file tell about all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// What carries its lines.
    pub format: Format,
    /// Kind of program, where its lines give it away.
    pub source: Option<&'static str>,
    /// Whether most lines begin with a time, so that lines without one continue the record before.
    pub stamped: bool,
}

/// Programs by a line that only they write. Order matters: the first that fits a line counts it.
const MARKS: &[(&str, &str)] = &[
    ("access-log", r#"^\S+ \S+ \S+ \[\d{2}/\w{3}/\d{4}:[\d:]+ [+-]\d{4}\] ""#),
    ("nginx-error", r"^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2} \[\w+\] \d+#\d+: "),
    ("apache-error", r"^\[\w{3} \w{3} +\d+ [\d:.]+ \d{4}\] \[[\w-]*:?\w+\] \[pid "),
    ("pebble", r"^Pebble \d{4}/\d{2}/\d{2} "),
    ("named", r"^\d{2}-\w{3}-\d{4} [\d:.]+ (?:[\w-]+: )?(?:info|notice|warning|error|debug)"),
    ("certbot", r"^\d{4}-\d{2}-\d{2} [\d:,]+:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):(?:certbot|acme|urllib3|josepy)"),
    ("tomcat", r"^\d{2}-\w{3}-\d{4} [\d:.]+ (?:INFO|WARNING|SEVERE|FINE|CONFIG) \["),
    ("klog", r"^[IWEF]\d{4} [\d:.]+ +\d+ \S+:\d+\] "),
    ("acme.sh", r"^\[\w{3} \w{3} +\d+ [\d:]+ .*\d{4}\] "),
    ("lego", r"^\d{4}/\d{2}/\d{2} [\d:]+ \[(?:INFO|WARN)\] "),
    ("openssh", r"^debug[123]: "),
    ("syslog", r"^\w{3} [ \d]\d [\d:]{8} \S+ [\w./@-]+(?:\[\d+\])?: "),
];

static COMPILED: LazyLock<Vec<(&str, Regex)>> =
    LazyLock::new(|| MARKS.iter().filter_map(|(name, mark)| Some((*name, ascii(mark)?))).collect());

/// A pattern whose classes are those of ASCII: logs' own marks are, and it compiles in a tenth of the time.
fn ascii(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// Judges a file of a form by its first lines.
pub fn detect(sample: &str, format: Format, reference: Reference) -> Dialect {
    const LINES: usize = 200;
    let opened: Vec<Line> = sample.lines().take(LINES).map(|line| format.open(line, reference)).collect();
    let lines: Vec<&str> = opened.iter().map(|line| line.text.as_ref()).filter(|l| !l.trim().is_empty()).collect();
    // Indented lines continue a record in any case, so they say nothing about times.
    let heads: Vec<&&str> = lines.iter().filter(|l| !l.starts_with([' ', '\t'])).collect();
    let stamped = heads.iter().filter(|l| is_stamped(l, reference)).count();
    let source = COMPILED
        .iter()
        .map(|(name, mark)| (*name, lines.iter().filter(|l| mark.is_match(l.as_bytes())).count()))
        .filter(|(_, hits)| *hits * 3 >= heads.len().max(1))
        .max_by_key(|(_, hits)| *hits)
        .map(|(name, _)| name);
    Dialect { format, source, stamped: stamped * 2 >= heads.len().max(1) }
}

/// Whether the program that wrote a record puts every event on one line: what follows without a time is another's.
pub fn writes_one_line(record: &str) -> bool {
    const ONE_LINE: [&str; 4] = ["access-log", "nginx-error", "pebble", "syslog"];
    let first = record.lines().next().unwrap_or("").as_bytes();
    is_json(record) || COMPILED.iter().any(|(name, mark)| ONE_LINE.contains(name) && mark.is_match(first))
}

/// Whether a line begins a record of a log with times.
pub fn is_stamped(line: &str, reference: Reference) -> bool {
    is_json(line) || time::at_start(strip_program(line), reference).is_some()
}

/// Whether a line is an object of JSON: an event of its own, whose time stands inside.
pub fn is_json(line: &str) -> bool {
    line.starts_with("{\"")
}

/// Some programs put their name before the time (`Pebble 2026/…`).
pub fn strip_program(line: &str) -> &str {
    line.strip_prefix("Pebble ").unwrap_or(line)
}

/// The syslog tag of a line (`nginx` in `… host nginx[123]: text`), given what follows the time.
pub fn syslog_tag(after_time: &str) -> Option<&str> {
    let mut words = after_time.trim_start().splitn(3, ' ');
    let (_host, tag) = (words.next()?, words.next()?);
    let tag = tag.strip_suffix(':')?;
    let name = tag.split_once('[').map_or(tag, |(name, _)| name);
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/@".contains(&b));
    plain.then_some(name)
}

static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    ascii(concat!(
        r#"(?:"(?:level|severity|lvl|@l)":\s*"(?P<json>\w+)""#,
        r"|\b(?:level|lvl|severity)=(?P<fmt>\w+)",
        r"|\[(?:\w+:)?(?P<bracket>trace\d?|debug|info|notice|warn(?:ing)?|error|err|crit(?:ical)?|alert|emerg|fatal|INFO|DEBUG|VERBOSE|WARN(?:ING)?|ERROR|EROR|DBUG|VERB|FATAL|CRITICAL)\]",
        r"|[\[ ](?P<short>VRB|DBG|INF|WRN|ERR|FTL)\]",
        r"|\b(?P<upper>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\b)",
    ))
    .expect("the level pattern is a constant")
});

/// The level of a line, where its first part names one.
pub fn level(line: &str) -> Option<Level> {
    let head = match line.char_indices().nth(160) {
        Some((end, _)) => &line[..end],
        None => line,
    };
    if let Some(klog) =
        head.as_bytes().first().filter(|_| head.len() > 5 && head.as_bytes()[1..5].iter().all(u8::is_ascii_digit))
    {
        match klog {
            b'I' => return Some(Level::Info),
            b'W' => return Some(Level::Warning),
            b'E' => return Some(Level::Error),
            b'F' => return Some(Level::Critical),
            _ => {}
        }
    }
    let found = LEVEL.captures(head.as_bytes())?;
    let word = ["json", "fmt", "bracket", "short", "upper"].iter().find_map(|name| found.name(name))?;
    level_word(std::str::from_utf8(word.as_bytes()).ok()?)
}

/// What a word means as a level.
pub fn level_word(word: &str) -> Option<Level> {
    Some(match word.to_ascii_lowercase().as_str() {
        "trace" | "verbose" | "verb" | "vrb" | "fine" | "trace1" | "trace2" | "trace3" => Level::Trace,
        "debug" | "dbug" | "dbg" => Level::Debug,
        "info" | "inf" | "information" | "informational" => Level::Info,
        "notice" => Level::Notice,
        "warn" | "wrn" | "warning" => Level::Warning,
        "error" | "err" | "eror" | "severe" => Level::Error,
        "critical" | "crit" | "fatal" | "ftl" | "alert" | "emerg" | "panic" => Level::Critical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::level;
    use crate::input::Level;

    #[test]
    fn levels_are_read_as_loggers_write_them() {
        for (line, expected) in [
            ("[10:00:00 INF] Renewal finished", Some(Level::Info)),
            ("2026-11-20 10:00:00.000 +00:00 [WRN] retrying", Some(Level::Warning)),
            ("[10:00:00 ERR] no such host", Some(Level::Error)),
            ("{\"level\":\"debug\",\"msg\":\"ERROR\"}", Some(Level::Debug)),
            ("I1120 10:00:00.000000 1 sync.go:7] synced", Some(Level::Info)),
            ("the letters INF alone say nothing", None),
        ] {
            assert_eq!(level(line), expected, "{line}");
        }
    }
}
