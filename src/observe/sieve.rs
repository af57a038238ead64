//! Which lines of a long log are worth a look: where a pattern matches, where something fails, where a certificate is shown.

use std::ops::Range;

use memchr::{memchr, memchr3_iter, memrchr};

use super::failure::is_meant;
use super::looks;
use super::scanner::Scanner;
use super::words::{CERTIFICATE, FAILURE, REASON};
use crate::input::sift::Sieve;
use crate::input::{Level, decode, dialect};

impl Sieve for Scanner {
    fn lines(&self, block: &[u8], from: usize, wanted: &mut Vec<usize>) {
        self.patterns()
            .lines(block, from, &mut |at, line| self.is_telling(block, at, line), &mut |line| wanted.push(line));
        let mut passed = from;
        // What a line says is not what stands in it: colours, quotation marks that are escaped.
        for at in memchr3_iter(b'\x1b', b'\\', b'&', &block[from..]) {
            let at = from + at;
            if at >= passed && decode::is_dress(&block[at..]) {
                passed = self.read_line(block, at, wanted);
            }
        }
        // Another encoding.
        let mut at = from;
        while let Err(error) = std::str::from_utf8(&block[at..]) {
            at = self.read_line(block, at + error.valid_up_to(), wanted);
        }
    }
}

impl Scanner {
    /// Whether a word, at a place of a line, makes the line worth a look.
    fn is_telling(&self, block: &[u8], at: usize, line: Range<usize>) -> bool {
        match judge(block, at, line.clone()) {
            Word::Nothing => false,
            Word::Reason => self.patterns().is_common_match(&block[line]),
            Word::Remarkable => true,
        }
    }

    /// Looks at a line as it is meant; returns the place behind it.
    fn read_line(&self, block: &[u8], at: usize, wanted: &mut Vec<usize>) -> usize {
        let start = memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
        let end = memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end);
        let line = decode::text(&block[start..end]);
        let line = decode::plain(&line);
        let line = line.as_bytes();
        self.patterns().lines(line, 0, &mut |at, range| self.is_telling(line, at, range), &mut |_| wanted.push(start));
        block.len().min(end + 1)
    }
}

/// What a word says about the line in which it stands.
enum Word {
    /// Nothing, or that all is well.
    Nothing,
    /// That the line may give a reason for a failure.
    Reason,
    /// That the line is worth a look.
    Remarkable,
}

/// Judges a word at a place of a line.
fn judge(block: &[u8], at: usize, line: Range<usize>) -> Word {
    let begins =
        |word: &&&str| block[at..].get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()));
    if CERTIFICATE.iter().any(|word| begins(&word)) {
        return if looks::is_field(&decode::text(&block[line])) { Word::Remarkable } else { Word::Nothing };
    }
    let failure = FAILURE.iter().find(begins);
    if failure.is_some_and(|word| !is_meant(block, at, word.len())) {
        return Word::Nothing;
    }
    let reason = REASON.iter().any(|word| begins(&word));
    // The first line of a record says how serious it is; others belong to one that may be.
    let text = decode::text(&block[line]);
    let least = if reason { Level::Warning } else { Level::Error };
    let harmless = dialect::level(&text).is_some_and(|level| level < least);
    match harmless && (dialect::is_json(&text) || starts_with_time(&text)) {
        true => Word::Nothing,
        false if reason => Word::Reason,
        false => Word::Remarkable,
    }
}

/// A line that begins with a digit or a bracket is taken as the first of its record, without reading the time: what it
/// continues is looked at for its own words.
fn starts_with_time(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '[' || first.is_ascii_uppercase())
}
