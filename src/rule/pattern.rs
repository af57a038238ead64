//! What may stand as a pattern: checked with the regex parser, so that the place inside the pattern is known.

use std::ops::Range;

use regex_syntax::hir::{Hir, HirKind, Look};

/// Why a pattern is refused: message, the part of the pattern that is meant, and the way out.
#[derive(Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// Byte range inside the pattern.
    pub range: Range<usize>,
    /// What to do.
    pub help: &'static str,
}

/// Parses a pattern and refuses what could match everything or nothing.
pub fn check(pattern: &str) -> Result<Hir, PatternError> {
    let hir = regex_syntax::ParserBuilder::new().build().parse(pattern).map_err(|error| {
        let (message, span) = match &error {
            regex_syntax::Error::Parse(e) => (e.kind().to_string(), Some(*e.span())),
            regex_syntax::Error::Translate(e) => (e.kind().to_string(), Some(*e.span())),
            _ => (error.to_string(), None),
        };
        let help = if message.contains("look-around") || message.contains("backreferences") {
            "the engine matches in linear time and has neither look-around nor back-references; \
             write the alternatives out, or use two signals and `implies`"
        } else {
            "patterns follow the syntax of Rust's regex crate; a literal ( ) [ ] . * + ? needs a backslash"
        };
        let range = span.map_or(0..pattern.len(), |s| s.start.offset..s.end.offset.max(s.start.offset + 1));
        PatternError { message, range, help }
    })?;
    let whole = 0..pattern.len();
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return Err(PatternError {
            message: "the pattern can match the empty text, so it matches every record".into(),
            range: whole,
            help: "add the words that the program always prints",
        });
    }
    if !has_literal(&hir) {
        return Err(PatternError {
            message: "the pattern has no fixed text, so it matches almost anything".into(),
            range: whole,
            help: "add the words that the program always prints",
        });
    }
    Ok(hir)
}

fn has_literal(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(_) => true,
        HirKind::Class(class) => class.literal().is_some() || class.maximum_len().is_some() && is_narrow(class),
        HirKind::Repetition(rep) => rep.min > 0 && has_literal(&rep.sub),
        HirKind::Capture(capture) => has_literal(&capture.sub),
        HirKind::Concat(list) => list.iter().any(has_literal),
        HirKind::Alternation(list) => list.iter().all(has_literal),
        HirKind::Empty | HirKind::Look(Look::Start | Look::End) | HirKind::Look(_) => false,
    }
}

// A case-insensitive letter is a class of a few characters: as good as a literal.
fn is_narrow(class: &regex_syntax::hir::Class) -> bool {
    match class {
        regex_syntax::hir::Class::Unicode(c) => c.iter().map(|r| r.len()).sum::<usize>() <= 4,
        regex_syntax::hir::Class::Bytes(c) => c.iter().map(|r| r.len()).sum::<usize>() <= 4,
    }
}
