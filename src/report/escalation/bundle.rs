//! A case as a ZIP archive: what is said, what is known, the logs without their secrets, and a list of all with their hashes.

use std::io::{Cursor, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Escalation, Quotes, json, write};
use crate::report;
use crate::report::answer::PackAnswer;

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path in the archive.
    pub path: String,
    /// What it is.
    pub about: String,
    /// Its content.
    pub content: String,
}

#[derive(Serialize)]
struct Manifest<'m> {
    schema: &'static str,
    at: &'m str,
    certwhy: &'static str,
    packs: &'m [PackAnswer],
    files: Vec<Entry<'m>>,
    notes: &'m [String],
}

#[derive(Serialize)]
struct Entry<'m> {
    path: &'m str,
    about: &'m str,
    bytes: usize,
    sha256: String,
}

/// The files of a case; `whole` and `notes` are of its [`Quotes`].
pub fn parts(escalation: &Escalation, quotes: &Quotes) -> Vec<Part> {
    let part =
        |path: &str, about: &str, content: String| Part { path: path.to_owned(), about: about.to_owned(), content };
    let mut parts = vec![
        part("report.md", "the report for a person", write(escalation)),
        part("escalation.json", "the same for a program, certwhy/escalation/1", json(escalation)),
        part("diagnosis.json", "the diagnosis, certwhy/diagnosis/1", report::json(&escalation.diagnosis)),
    ];
    if quotes.whole.is_empty() {
        for (ix, excerpt) in escalation.excerpts.iter().enumerate() {
            let last = excerpt.first_line + excerpt.lines.len().saturating_sub(1);
            let about = format!("lines {} to {last} of {}, without secrets", excerpt.first_line, excerpt.file);
            let path = format!("logs/{:02}-{}.txt", ix + 1, plain_name(&excerpt.file));
            parts.push(part(&path, &about, excerpt.lines.join("\n") + "\n"));
        }
    }
    for (ix, (name, text)) in quotes.whole.iter().enumerate() {
        let path = format!("logs/{:02}-{}", ix + 1, plain_name(name));
        parts.push(part(&path, &format!("{name}, without secrets"), text.clone()));
    }
    let files = parts.iter().map(|part| Entry {
        path: &part.path,
        about: &part.about,
        bytes: part.content.len(),
        sha256: sha256(part.content.as_bytes()),
    });
    let manifest = Manifest {
        schema: "certwhy/escalation-manifest/1",
        at: &escalation.at,
        certwhy: escalation.version,
        packs: &escalation.diagnosis.packs,
        files: files.collect(),
        notes: &quotes.notes,
    };
    let manifest = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    parts.push(part("manifest.json", "what is in here, with hashes and versions", manifest));
    parts
}

/// The archive; the same files at the same moment give the same bytes.
///
/// # Errors
/// The archive cannot be made: a file of more than 4 GiB, for instance.
pub fn archive(parts: &[Part], now: Timestamp) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(moment(now))
        .unix_permissions(0o644);
    for part in parts {
        zip.start_file(part.path.as_str(), options)?;
        zip.write_all(part.content.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A moment in the steps of two seconds that ZIP knows, in UTC; its first one where there is none.
fn moment(now: Timestamp) -> DateTime {
    let at = TimeZone::UTC.to_datetime(now);
    let small = |n: i8| u8::try_from(n).unwrap_or(0);
    DateTime::from_date_and_time(
        u16::try_from(at.year()).unwrap_or(0),
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    )
    .unwrap_or_default()
}

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The last part of a name, of characters that every system takes.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\', '!']).find(|part| !part.is_empty()).unwrap_or("input");
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = last.chars().take(80).map(plain).collect();
    name.trim_start_matches('.').to_owned()
}
