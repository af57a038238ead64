//! Timestamps at the start of log lines, and times in status documents.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What a line without a year or an offset is read with.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// The newest moment that a log line can be from; decides the year of syslog times.
    pub now: Timestamp,
}

/// Reads a timestamp at the start of a line.
///
/// Returns the moment and the number of bytes up to the end of the timestamp. Times without an
/// offset are taken as UTC. Understood: RFC 3339 and its relatives with a space, comma or dot;
/// `2006/01/02 15:04:05` (Go, nginx); `[Mon Jan 02 15:04:05.000000 2006]` (Apache);
/// `02-Jan-2006 15:04:05.000` (Tomcat, BIND); `Jan 02, 2006 3:04:05 PM` (Java);
/// `Jan _2 15:04:05` (syslog); `I0102 15:04:05.000000` (klog); epoch seconds and milliseconds;
/// a common-log bracket after the client's address; `<pri>` and `<pri>1` in front.
pub fn at_start(line: &str, reference: Reference) -> Option<(Timestamp, usize)> {
    let (skipped, rest) = skip_prefix(line);
    let bytes = rest.as_bytes();
    let found = match *bytes.first()? {
        b'0'..=b'9' => digits_first(rest, reference),
        b'A'..=b'Z' => letters_first(rest, reference),
        _ => None,
    };
    let found = found.or_else(|| common_log(rest));
    found.map(|(time, used)| (time, used + skipped))
}

/// A time as a log writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The moment.
    pub time: Timestamp,
    /// Its text.
    pub text: String,
    /// Its offset from UTC as it is written (`+02:00`, `UTC`); `None` where none is written, so that UTC was taken.
    pub offset: Option<String>,
}

/// The time at the start of a line, as [`at_start`] reads it, and as it is written.
pub fn written(line: &str, reference: Reference) -> Option<Written> {
    let (time, end) = at_start(line, reference)?;
    let (skipped, _) = skip_prefix(line);
    let text = line.get(skipped..end)?;
    // The bracket of an access log stands behind the address of the client.
    let text = text.rsplit_once('[').map_or(text, |(_, time)| time).trim();
    let epoch = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.len() >= 10;
    let tail = text.get(text.len().saturating_sub(6)..).unwrap_or(text);
    let sign = tail.rfind(['+', '-']).filter(|at| {
        let digits = tail[at + 1..].bytes().filter(u8::is_ascii_digit).count();
        digits == 4 && tail[at + 1..].bytes().all(|b| b.is_ascii_digit() || b == b':') && text.contains(':')
    });
    let offset = match sign {
        _ if epoch || text.ends_with('Z') || text.ends_with("UTC") || text.ends_with("GMT") => Some("UTC".to_owned()),
        Some(at) => {
            let digits: String = tail[at + 1..].chars().filter(char::is_ascii_digit).collect();
            Some(format!("{}{}:{}", &tail[at..=at], &digits[..2], &digits[2..]))
        }
        None => None,
    };
    Some(Written { time, text: text.to_owned(), offset })
}

/// Reads a time that stands alone, as in a status document. `zone` is used where no offset is given (default UTC).
pub fn parse_instant(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%dT%H:%M:%S%.f%z"] {
        if let Ok((broken, used)) = BrokenDownTime::parse_prefix(format, text)
            && used == text.len()
        {
            return broken.to_timestamp().ok();
        }
    }
    let date_time: DateTime = text.trim_end_matches("UTC").trim().parse().ok()?;
    let zone = zone.and_then(|z| TimeZone::get(z).ok()).unwrap_or(TimeZone::UTC);
    date_time.to_zoned_datetime(zone).ok().map(|z| z.timestamp())
}

/// Brackets, a syslog priority and its version, which may stand before the time.
fn skip_prefix(line: &str) -> (usize, &str) {
    let mut rest = line;
    if let Some(inner) = rest.strip_prefix('<')
        && let Some((priority, after)) = inner.split_once('>')
        && priority.len() <= 3
        && priority.bytes().all(|b| b.is_ascii_digit())
    {
        rest = after.strip_prefix("1 ").unwrap_or(after);
    }
    rest = rest.strip_prefix('[').unwrap_or(rest);
    (line.len() - rest.len(), rest)
}

fn digits_first(text: &str, reference: Reference) -> Option<(Timestamp, usize)> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    match (digits, bytes.get(digits)) {
        (4, Some(b'-')) => iso(text),
        (4, Some(b'/')) => broken(text, &["%Y/%m/%d %H:%M:%S%.f"]),
        (1 | 2, Some(b'-')) => broken(text, &["%d-%b-%Y %H:%M:%S%.f"]),
        (1 | 2, Some(b'/')) => broken(text, &["%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y %H:%M:%S%.f"]),
        (10, Some(b'.' | b' ' | b'\t') | None) => {
            let end = digits + fraction(&bytes[digits..]);
            let seconds: i64 = text[..digits].parse().ok()?;
            plausible(Timestamp::from_second(seconds).ok()?, reference).map(|t| (t, end))
        }
        (13, Some(b' ' | b'\t') | None) => {
            let millis: i64 = text[..digits].parse().ok()?;
            plausible(Timestamp::from_millisecond(millis).ok()?, reference).map(|t| (t, digits))
        }
        _ => None,
    }
}

fn fraction(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'.') => 1 + bytes[1..].iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    }
}

/// An epoch number is only taken as a time within twenty years of the reference: else it is an order number.
fn plausible(time: Timestamp, reference: Reference) -> Option<Timestamp> {
    const TWENTY_YEARS: SignedDuration = SignedDuration::from_hours(20 * 365 * 24);
    (time.duration_since(reference.now).abs() < TWENTY_YEARS).then_some(time)
}

fn iso(text: &str) -> Option<(Timestamp, usize)> {
    let bytes = text.as_bytes();
    if !matches!(bytes.get(10), Some(b'T' | b' ' | b't')) {
        return None;
    }
    // A comma before the fraction (Python) is read as a dot: both are one byte.
    let normal: String = text.chars().take(40).map(|c| if c == ',' { '.' } else { c }).collect();
    let format = if bytes[10] == b' ' { "%Y-%m-%d %H:%M:%S%.f" } else { "%Y-%m-%dT%H:%M:%S%.f" };
    let (broken, used) = BrokenDownTime::parse_prefix(format, &normal).ok()?;
    let civil = broken.to_datetime().ok()?;
    let rest = &normal[used..];
    let (offset, more) = offset(rest);
    let time = civil.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
    Some((time.checked_sub(SignedDuration::from_secs(offset)).ok()?, used + more))
}

/// A UTC offset after a time: seconds and the bytes that it takes.
fn offset(text: &str) -> (i64, usize) {
    let trimmed = text.strip_prefix(' ').unwrap_or(text);
    let space = text.len() - trimmed.len();
    if trimmed.starts_with('Z') {
        return (0, space + 1);
    }
    if trimmed.starts_with("UTC") || trimmed.starts_with("GMT") {
        return (0, space + 3);
    }
    let sign = match trimmed.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (0, 0),
    };
    let digits: String = trimmed[1..].chars().take(5).filter(|c| *c != ':').take_while(char::is_ascii_digit).collect();
    if digits.len() < 4 {
        return (0, 0);
    }
    let colon = usize::from(trimmed.as_bytes().get(3) == Some(&b':'));
    let hours: i64 = digits[..2].parse().unwrap_or(0);
    let minutes: i64 = digits[2..4].parse().unwrap_or(0);
    (sign * (hours * 3600 + minutes * 60), space + 5 + colon)
}

fn broken(text: &str, formats: &[&str]) -> Option<(Timestamp, usize)> {
    for format in formats {
        if let Ok((broken, used)) = BrokenDownTime::parse_prefix(format, text) {
            if let Ok(time) = broken.to_timestamp() {
                return Some((time, used));
            }
            if let Some(time) = utc(&broken) {
                return Some((time, used));
            }
        }
    }
    None
}

fn utc(broken: &BrokenDownTime) -> Option<Timestamp> {
    Some(broken.to_datetime().ok()?.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

fn letters_first(text: &str, reference: Reference) -> Option<(Timestamp, usize)> {
    let bytes = text.as_bytes();
    if bytes.len() > 5 && b"IWEF".contains(&bytes[0]) && bytes[1..5].iter().all(u8::is_ascii_digit) {
        return yearless(text, "%m%d %H:%M:%S%.f", 1, reference);
    }
    let full = ["%a %b %e %H:%M:%S%.f %Y", "%b %e, %Y %I:%M:%S %p", "%b %e %H:%M:%S %Y", "%a %Y-%m-%d %H:%M:%S"];
    broken(text, &full).or_else(|| date_command(text)).or_else(|| yearless(text, "%b %e %H:%M:%S%.f", 0, reference))
}

/// `Fri Nov 20 08:15:42 UTC 2026` and `Fri Nov 20 08:15:42 AM UTC 2026`, as the command `date` prints (acme.sh). The
/// abbreviation of a zone says too little to compute with, so the time is taken as UTC.
fn date_command(text: &str) -> Option<(Timestamp, usize)> {
    let (_, clock) = BrokenDownTime::parse_prefix("%a %b %e %H:%M:%S", text).ok()?;
    let half = [" AM", " PM"].into_iter().find(|half| text[clock..].starts_with(half)).unwrap_or("");
    let rest = text[clock + half.len()..].strip_prefix(' ')?;
    let zone = rest.bytes().take_while(u8::is_ascii_uppercase).count();
    let year = rest[zone..].trim_start_matches(' ').get(..4)?;
    let format = if half.is_empty() { "%a %b %e %H:%M:%S %Y" } else { "%a %b %e %I:%M:%S %p %Y" };
    let (time, _) = broken(&format!("{}{half} {year}", &text[..clock]), &[format])?;
    Some((time, text.find(year)? + year.len()))
}

/// A time without a year is from the last twelve months before the reference (a day of clock difference allowed).
fn yearless(text: &str, format: &str, skip: usize, reference: Reference) -> Option<(Timestamp, usize)> {
    let (mut broken, used) = BrokenDownTime::parse_prefix(format, &text[skip..]).ok()?;
    let year = reference.now.to_zoned_datetime(TimeZone::UTC).year();
    for year in [year, year - 1] {
        broken.set_year(Some(year)).ok()?;
        if let Some(time) = utc(&broken)
            && time.duration_since(reference.now) <= SignedDuration::from_hours(24)
        {
            return Some((time, used + skip));
        }
    }
    None
}

/// `192.0.2.1 - - [23/Nov/2026:15:16:02 +0000] "GET …`: the bracket within the first bytes.
fn common_log(text: &str) -> Option<(Timestamp, usize)> {
    let head = text.get(..text.len().min(120)).or_else(|| text.get(..60))?;
    let at = head.find(" [")? + 2;
    let (time, used) = broken(&text[at..], &["%d/%b/%Y:%H:%M:%S %z"])?;
    Some((time, at + used))
}

#[cfg(test)]
mod tests {
    use super::{Reference, written};

    #[test]
    fn times_as_they_are_written() {
        let reference = Reference { now: "2026-11-24T12:00:00Z".parse().expect("a time") };
        let cases = [
            ("2026-11-24 03:00:04,123 ERROR x", "2026-11-24 03:00:04,123", None),
            ("2026-11-24T03:00:04+02:00 ERROR x", "2026-11-24T03:00:04+02:00", Some("+02:00")),
            ("2026-11-24T03:00:04Z ERROR x", "2026-11-24T03:00:04Z", Some("UTC")),
            ("[2026-11-24 03:00:04 +0530] x", "2026-11-24 03:00:04 +0530", Some("+05:30")),
            ("192.0.2.1 - - [23/Nov/2026:15:16:02 -0500] \"GET", "23/Nov/2026:15:16:02 -0500", Some("-05:00")),
            ("Nov 20 08:15:42 host bot: x", "Nov 20 08:15:42", None),
            ("20-Nov-2026 08:15:42.000 SEVERE x", "20-Nov-2026 08:15:42.000", None),
        ];
        for (line, text, offset) in cases {
            let found = written(line, reference).expect(line);
            assert_eq!((found.text.as_str(), found.offset.as_deref()), (text, offset), "{line}");
        }
    }
}
