//! The form in which an answer is wanted.

use axum::http::{HeaderMap, header};

use super::problem::{Kind, Problem};
use crate::diagnostic::or_did_you_mean;
use crate::rule::words::{Words, words};

words! {
    /// The forms of answers.
    Format {
        /// For a program.
        Json = "json",
        /// For a person.
        Text = "text",
        /// For a ticket or a page.
        Markdown = "markdown",
        /// A line of JSON for all that becomes known, the answer last.
        Ndjson = "ndjson",
        /// For Graphviz.
        Dot = "dot",
        /// For Mermaid.
        Mermaid = "mermaid",
        /// A picture.
        Svg = "svg",
    }
}

impl Format {
    /// Its media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Text => "text/plain",
            Format::Markdown => "text/markdown",
            Format::Ndjson => "application/x-ndjson",
            Format::Dot => "text/vnd.graphviz",
            Format::Mermaid => "text/vnd.mermaid",
            Format::Svg => "image/svg+xml",
        }
    }

    /// The value of Content-Type.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; charset=utf-8",
            Format::Markdown => "text/markdown; charset=utf-8",
            Format::Dot => "text/vnd.graphviz; charset=utf-8",
            Format::Mermaid => "text/vnd.mermaid; charset=utf-8",
            other => other.media_type(),
        }
    }
}

/// The form that a request wants: that of `format`, else the best of Accept, else the first one.
pub fn wanted(format: Option<&str>, headers: &HeaderMap, offered: &[Format]) -> Result<Format, Problem> {
    let words = || offered.iter().map(|format| format.word()).collect::<Vec<_>>();
    if let Some(word) = format {
        let known = offered.iter().find(|format| format.word() == word);
        return known.copied().ok_or_else(|| {
            let near = or_did_you_mean(word, words());
            Problem::bad(format!("format={word}{near}: write one of {}", words().join(", ")))
        });
    }
    let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let first = offered.first().copied().unwrap_or(Format::Json);
    if accept.is_empty() {
        return Ok(first);
    }
    best(&accept.join(","), offered).ok_or_else(|| {
        let types: Vec<&str> = offered.iter().map(|format| format.media_type()).collect();
        Problem::new(Kind::NotAcceptable, format!("the forms of this answer are {}", types.join(", ")))
    })
}

/// The offered form with the highest weight; of equal ones the first.
fn best(accept: &str, offered: &[Format]) -> Option<Format> {
    let mut best: Option<(f32, Format)> = None;
    for format in offered {
        let weight = weight(accept, format.media_type());
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, *format));
        }
    }
    best.map(|(_, format)| format)
}

/// How much a media type is wanted, 0 to 1, by the most specific range that holds it.
fn weight(accept: &str, media_type: &str) -> f32 {
    let group = media_type.split('/').next().unwrap_or_default();
    let mut found = (0, 0.0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let specific = match name.as_str() {
            "*/*" => 1,
            name if name.strip_suffix("/*") == Some(group) => 2,
            name if name == media_type => 3,
            // What some clients call lines of JSON.
            "application/ndjson" | "application/jsonl" if media_type == "application/x-ndjson" => 3,
            _ => continue,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if specific > found.0 {
            found = (specific, quality);
        }
    }
    found.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_form_is_found() {
        let offered = [Format::Json, Format::Text, Format::Markdown];
        for (accept, expected) in [
            ("*/*", Some(Format::Json)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Format::Json)),
            ("text/markdown", Some(Format::Markdown)),
            ("text/*", Some(Format::Text)),
            ("text/plain;q=0.5, application/json;q=0.4", Some(Format::Text)),
            ("application/json;q=0, */*", Some(Format::Text)),
            ("TEXT/Markdown; charset=utf-8", Some(Format::Markdown)),
            ("image/png", None),
            ("", None),
        ] {
            assert_eq!(best(accept, &offered), expected, "{accept}");
        }
    }
}
