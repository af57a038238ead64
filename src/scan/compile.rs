//! A pattern made ready to run over the bytes of a record.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// Compiled size that one pattern may reach, in bytes: a guard against hostile packs.
const SIZE_LIMIT: usize = 4 << 20;
/// Bytes of automaton that one pattern may take up while it runs, for each thread: hundreds of them run on a long log.
const DFA_LIMIT: usize = 256 << 10;
/// A gap of at least this many bytes has room for whatever letters stand in it.
const ROOMY: u32 = 8;

/// How a pattern is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// A few times on short texts: nothing is built up while it runs.
    Seldom,
    /// Often, or on long texts: an automaton that is built up while it runs saves most of the work, and takes memory.
    Often,
}

/// Compiles a pattern; `None` where it is too large.
///
/// Classes of ASCII compile and match in a fraction of the time that those of Unicode take, and differ only where a
/// single character of a class may be one of several bytes: such patterns (`.python.` for a quoted word) keep Unicode.
/// A class of word characters is taken as ASCII.
pub fn compile(pattern: &str, run: Run) -> Option<Regex> {
    let config = Regex::config().nfa_size_limit(Some(SIZE_LIMIT)).utf8_empty(false);
    let config = match run {
        Run::Seldom => config.hybrid(false).dfa(false).onepass(false),
        Run::Often => config.hybrid_cache_capacity(DFA_LIMIT),
    };
    let build = |unicode| {
        let syntax = syntax::Config::new().unicode(unicode).utf8(false);
        Regex::builder().configure(config.clone()).syntax(syntax).build(pattern).ok()
    };
    let narrow = regex_syntax::parse(pattern).is_ok_and(|hir| counts_characters(&hir, 1));
    let ascii = if narrow { None } else { build(false) };
    ascii.or_else(|| build(true))
}

/// Whether a class with other letters than ASCII stands where few characters are asked for. `most` is how many times
/// the expression may repeat.
fn counts_characters(hir: &Hir, most: u32) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => most < ROOMY && holds_quotes(class),
        HirKind::Repetition(rep) => counts_characters(&rep.sub, rep.max.map_or(u32::MAX, |max| max.max(most))),
        HirKind::Capture(capture) => counts_characters(&capture.sub, most),
        HirKind::Alternation(list) => list.iter().any(|part| counts_characters(part, most)),
        // Within a sequence each part counts for itself, however often the whole may repeat.
        HirKind::Concat(list) => list.iter().any(|part| counts_characters(part, 1)),
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

#[cfg(test)]
mod tests {
    use super::{Run, compile as compile_to_run};

    fn compile(pattern: &str) -> Option<super::Regex> {
        let both = [Run::Seldom, Run::Often].map(|run| compile_to_run(pattern, run));
        assert_eq!(both[0].is_some(), both[1].is_some());
        both.into_iter().flatten().next()
    }

    #[test]
    fn quotes_of_every_kind_are_one_character() {
        let quoted = compile("cannot stat .(?P<path>[^\\n]{1,80}).: No such file").expect("a small pattern");
        for text in ["cannot stat 'a': No such file", "cannot stat ‘ä’: No such file"] {
            assert!(quoted.is_match(text.as_bytes()), "{text}");
        }
        let repeated = compile("missing:(?: .[a-z]{1,9}.,?){1,20} end").expect("a small pattern");
        assert!(repeated.is_match("missing: ‘a’, ‘b’ end".as_bytes()));
    }

    #[test]
    fn gaps_may_hold_any_letters() {
        let gap = compile("failed for [^\\n]{0,40}: refused").expect("a small pattern");
        assert!(gap.is_match("failed for Zertifikat „Müller“: refused".as_bytes()));
    }

    #[test]
    fn a_pattern_that_would_take_all_memory_is_refused() {
        assert!(compile("(?:[^\\n]{0,1000}x){0,1000}y").is_none());
    }
}
