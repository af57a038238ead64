//! How a text is taken apart for the search. `search.js` does the same to what a person types; the browser test holds
//! both against the same texts.

use std::sync::LazyLock;

use regex::Regex;

/// What stands in every line of a log and says nothing about the failure: dates, times, addresses.
static NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let dates = r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[t ][0-9:.,]+(?:z|[+-][0-9]{2}:?[0-9]{2})?)?";
    let times = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?";
    let addresses = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?";
    Regex::new(&format!("{dates}|{times}|{addresses}")).ok()
});
static RUNS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}]+").ok());

/// Longest word that is kept, in characters.
const LONGEST: usize = 32;
/// From this length on, a hexadecimal number is a serial or a fingerprint, which no two lines share.
const FINGERPRINT: usize = 12;

/// The words of a text in their order, in lower case and without endings.
pub fn words(text: &str) -> Vec<String> {
    let (Some(noise), Some(runs)) = (NOISE.as_ref(), RUNS.as_ref()) else { return Vec::new() };
    let text = text.to_lowercase();
    let text = noise.replace_all(&text, " ");
    let mut words = Vec::new();
    for run in runs.find_iter(&text) {
        let run = run.as_str();
        if run.chars().any(is_written_without_spaces) {
            let chars: Vec<char> = run.chars().collect();
            words.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else if is_telling(run) {
            words.push(stem(run).to_owned());
        }
    }
    words
}

fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn is_telling(run: &str) -> bool {
    let length = run.chars().count();
    let digits = run.bytes().all(|b| b.is_ascii_digit());
    let hexadecimal = run.bytes().all(|b| b.is_ascii_hexdigit()) && run.bytes().any(|b| b.is_ascii_digit());
    (2..=LONGEST).contains(&length) && !(digits && length > 6) && !(hexadecimal && length >= FINGERPRINT)
}

/// Without the endings that English puts to the same word.
fn stem(word: &str) -> &str {
    if word.len() < 4 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word;
    }
    let bare = match word.len() {
        6.. if word.ends_with("ing") => &word[..word.len() - 3],
        5.. if word.ends_with("ed") => &word[..word.len() - 2],
        _ if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) => {
            &word[..word.len() - 1]
        }
        _ => word,
    };
    if bare.len() >= 4 { bare.strip_suffix('e').unwrap_or(bare) } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_keeps_what_it_says() {
        let line = "2026-11-18 02:00:12.008 ERROR [provisioning] nginx: [emerg] unknown directive \"ssl_protocols\" from 10.0.0.7:443";
        let expected = ["error", "provision", "nginx", "emerg", "unknown", "directiv", "ssl", "protocol", "from"];
        assert_eq!(words(line), expected);
    }

    #[test]
    fn codes_stay_and_fingerprints_go() {
        assert_eq!(words("EMS-1162 0x80094012 AADSTS7000215"), ["ems", "1162", "0x80094012", "aadsts7000215"]);
        assert_eq!(words("serial 03a1f2b3c4d5e6f7 order 123456789"), ["serial", "order"]);
    }

    #[test]
    fn forms_of_a_word_are_one() {
        assert_eq!(words("expires expired expiring"), ["expir", "expir", "expir"]);
        assert_eq!(words("addresses address"), ["address", "address"]);
    }

    #[test]
    fn languages_without_spaces_are_found_too() {
        assert_eq!(words("アクセス"), ["アク", "クセ", "セス"]);
    }
}
