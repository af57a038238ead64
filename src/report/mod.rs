//! A diagnosis on its way out: as text for a person, JSON for a program, Markdown for a page.

pub mod answer;
pub mod audit;
pub mod escalation;
pub mod event;
pub mod fact;
mod fill;
pub mod markdown;
pub mod page;
pub(crate) mod practice;
#[cfg(feature = "probe")]
pub mod probe;
pub mod redact;
pub mod snapshot;
pub mod template;
pub mod text;
pub mod ticket;
pub mod why_not;

pub use answer::Answer;
pub use event::EventAnswer;
pub use fact::FactAnswer;

/// Said above an answer to a part of the inputs.
const PARTIAL: &str = "Interrupted: this is the diagnosis of what was read so far.";

/// The JSON contract `certwhy/diagnosis/1`.
pub fn json(answer: &Answer) -> String {
    serde_json::to_string_pretty(answer).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
}

/// The JSON contract `certwhy/why-not/1`.
pub fn why_not_json(answer: &why_not::WhyNotAnswer) -> String {
    serde_json::to_string_pretty(answer).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
}

/// The JSON contract `certwhy/probe/1`.
#[cfg(feature = "probe")]
pub fn probe_json(answer: &probe::ProbeAnswer) -> String {
    serde_json::to_string_pretty(answer).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
}

/// Control characters of a log have no business on a terminal or a page: each becomes a visible escape.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            c if c.is_control() || is_direction(c) => out.push_str(&c.escape_unicode().to_string()),
            c => out.push(c),
        }
    }
    out
}

/// Characters that turn the direction of text, by which a line can show something else than it says.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `file:line`, or the file alone where no line is known.
pub fn place(file: &str, line: Option<usize>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

/// `97 %`, `below 1 %`, `above 99 %`.
pub fn percent(probability: f64) -> String {
    match (probability * 100.0).round() {
        p if p >= 100.0 => "above 99 %".to_owned(),
        p if p < 1.0 => "below 1 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_turns_or_hides_text_becomes_visible() {
        assert_eq!(printable("a\u{61c}b\u{202e}c\u{1b}[1m\td"), "a\\u{61c}b\\u{202e}c\\u{1b}[1m    d");
        assert_eq!(printable("Größe ‘x’\nשלום"), "Größe ‘x’\nשלום");
    }
}
