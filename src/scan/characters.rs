//! Which patterns count characters that are not all ASCII.

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// A gap of at least this many bytes has room for whatever letters stand in it.
const ROOMY: u32 = 8;

/// Whether a class with other letters than ASCII stands where few characters are asked for (`.python.` for a quoted word): read as
/// classes of bytes, such a pattern would match less.
pub fn are_counted(hir: &Hir) -> bool {
    count(hir, 1)
}

/// `most` is how many times the expression may repeat.
fn count(hir: &Hir, most: u32) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => most < ROOMY && holds_quotes(class),
        HirKind::Repetition(rep) => count(&rep.sub, rep.max.map_or(u32::MAX, |max| max.max(most))),
        HirKind::Capture(capture) => count(&capture.sub, most),
        HirKind::Alternation(list) => list.iter().any(|part| count(part, most)),
        // Within a sequence each part counts for itself, however often the whole may repeat.
        HirKind::Concat(list) => list.iter().any(|part| count(part, 1)),
        _ => false,
    }
}

/// Quotation marks are what programs print outside of ASCII where a pattern counts characters; words of other scripts are
/// matched by roomy gaps.
fn holds_quotes(class: &ClassUnicode) -> bool {
    ['\u{2018}', '\u{2019}', '\u{201c}', '\u{201e}', '»']
        .iter()
        .any(|quote| class.iter().any(|range| (range.start()..=range.end()).contains(quote)))
}
