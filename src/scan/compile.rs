//! A pattern made ready to run over the bytes of a record.

use regex_automata::meta::{Builder, Regex};
use regex_automata::util::syntax;

use super::{characters, digits};

/// Compiled size that one pattern may reach, in bytes: a guard against hostile packs.
const SIZE_LIMIT: usize = 4 << 20;
/// Bytes of automaton that one pattern may take up while it runs, for each thread: hundreds of them run on a long log.
const DFA_LIMIT: usize = 256 << 10;

/// How a pattern is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Run {
    /// A few times on short texts in which what it needs stands: nothing else is worth looking for before it.
    Seldom,
    /// Several times on short texts: nothing is built up while it runs.
    SeveralTimes,
    /// Often, or on long texts: an automaton that is built up while it runs saves most of the work, and takes memory.
    Often,
}

/// Compiles a pattern; `None` where it is too large.
///
/// Classes of ASCII compile and match in a fraction of the time that those of Unicode take, and differ only where a
/// single character of a class may be one of several bytes: such patterns (`.python.` for a quoted word) keep Unicode.
/// A class of word characters is taken as ASCII.
pub fn compile(pattern: &str, run: Run) -> Option<Regex> {
    let counts_characters = regex_syntax::parse(pattern).is_ok_and(|hir| characters::are_counted(&hir));
    compile_known(pattern, counts_characters, run)
}

/// As [`compile`], where it is known whether the pattern counts characters (see [`characters::are_counted`]).
pub fn compile_known(pattern: &str, counts_characters: bool, run: Run) -> Option<Regex> {
    let build = |unicode| builder(run).syntax(syntax_of(unicode)).build(pattern).ok();
    let ascii = if counts_characters { None } else { build(false) };
    ascii.or_else(|| build(true))
}

/// Compiles what matches wherever a pattern would match if some digits were others; `None` where it cannot be compiled.
pub fn compile_masked(pattern: &str, counts_characters: bool) -> Option<Regex> {
    let build = |unicode| {
        let hir = syntax::parse_with(pattern, &syntax_of(unicode)).ok()?;
        builder(Run::Seldom).build_from_hir(&digits::whatever(&hir)).ok()
    };
    let ascii = if counts_characters { None } else { build(false) };
    ascii.or_else(|| build(true))
}

fn builder(run: Run) -> Builder {
    let config = Regex::config().nfa_size_limit(Some(SIZE_LIMIT)).utf8_empty(false);
    let config = match run {
        Run::Seldom => config.hybrid(false).dfa(false).onepass(false).auto_prefilter(false),
        Run::SeveralTimes => config.hybrid(false).dfa(false).onepass(false),
        Run::Often => config.hybrid_cache_capacity(DFA_LIMIT),
    };
    let mut builder = Regex::builder();
    builder.configure(config);
    builder
}

fn syntax_of(unicode: bool) -> syntax::Config {
    syntax::Config::new().unicode(unicode).utf8(false)
}

#[cfg(test)]
mod tests {
    use super::{Run, compile as compile_to_run};

    fn compile(pattern: &str) -> Option<super::Regex> {
        let all = [Run::Seldom, Run::SeveralTimes, Run::Often].map(|run| compile_to_run(pattern, run));
        assert!(all.iter().all(|regex| regex.is_some() == all[0].is_some()));
        all.into_iter().flatten().next()
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
