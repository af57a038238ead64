//! A pattern made ready to run over the bytes of a record.

use std::cell::RefCell;

use regex_automata::meta::{Builder, Regex};
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::util::captures::Captures;
use regex_automata::util::prefilter::Prefilter;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::Hir;

use super::{characters, digits};

/// Compiled size that one pattern may reach, in bytes: a guard against hostile packs.
const SIZE_LIMIT: usize = 4 << 20;
/// Bytes of automaton that one pattern may take up while it runs, for each thread: hundreds of them run on a long log.
const DFA_LIMIT: usize = 256 << 10;
/// Bytes in which a thread keeps where it was in a pattern and a text.
const VISITED: usize = 1 << 20;

thread_local! {
    /// Where a thread was, for whatever pattern it runs: of its own for each they would be most of the memory.
    static VISITS: RefCell<Option<backtrack::Cache>> = const { RefCell::new(None) };
}

/// A pattern that is ready to run.
#[derive(Debug)]
pub enum Compiled {
    /// It is followed step by step.
    Steps(BoundedBacktracker),
    /// It becomes an automaton while it runs.
    Automaton(Regex),
}

impl Compiled {
    /// Whether it matches somewhere in a text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        match self {
            Compiled::Steps(steps) => visit(steps, |cache| steps.try_is_match(cache, text))
                .unwrap_or_else(|| with_threads(steps, |vm, cache| vm.is_match(cache, text)).unwrap_or(false)),
            Compiled::Automaton(regex) => regex.is_match(text),
        }
    }

    /// The first match with its groups.
    pub fn captures(&self, input: &Input) -> Captures {
        match self {
            Compiled::Steps(steps) => {
                let mut captures = steps.create_captures();
                let done = visit(steps, |cache| steps.try_captures(cache, input.clone(), &mut captures));
                if done.is_none() {
                    with_threads(steps, |vm, cache| vm.captures(cache, input.clone(), &mut captures));
                }
                captures
            }
            Compiled::Automaton(regex) => {
                let mut captures = regex.create_captures();
                regex.search_captures(input, &mut captures);
                captures
            }
        }
    }

    /// Bytes that it takes.
    pub fn memory_usage(&self) -> usize {
        match self {
            Compiled::Steps(steps) => steps.get_nfa().memory_usage(),
            Compiled::Automaton(regex) => regex.memory_usage(),
        }
    }
}

/// Runs a pattern with what its thread keeps; `None` where the text is too long for that.
fn visit<T, E>(
    steps: &BoundedBacktracker,
    run: impl FnOnce(&mut backtrack::Cache) -> std::result::Result<T, E>,
) -> Option<T> {
    VISITS.with_borrow_mut(|kept| {
        let cache = kept.get_or_insert_with(|| steps.create_cache());
        cache.reset(steps);
        run(cache).ok()
    })
}

/// Runs a pattern on a text of any length: slower, and the memory depends on the pattern alone.
fn with_threads<T>(
    steps: &BoundedBacktracker,
    run: impl FnOnce(&PikeVM, &mut thompson::pikevm::Cache) -> T,
) -> Option<T> {
    let vm = PikeVM::new_from_nfa(steps.get_nfa().clone()).ok()?;
    let mut cache = vm.create_cache();
    Some(run(&vm, &mut cache))
}

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
pub fn compile(pattern: &str, run: Run) -> Option<Compiled> {
    let counts_characters = regex_syntax::parse(pattern).is_ok_and(|hir| characters::are_counted(&hir));
    compile_known(pattern, counts_characters, run)
}

/// As [`compile`], where it is known whether the pattern counts characters (see [`characters::are_counted`]).
pub fn compile_known(pattern: &str, counts_characters: bool, run: Run) -> Option<Compiled> {
    build(pattern, counts_characters, run, |hir| hir)
}

/// Compiles what matches wherever a pattern would match if some digits were others; `None` where it cannot be compiled.
pub fn compile_masked(pattern: &str, counts_characters: bool) -> Option<Compiled> {
    build(pattern, counts_characters, Run::Seldom, |hir| digits::whatever(&hir))
}

fn build(pattern: &str, counts_characters: bool, run: Run, change: impl Fn(Hir) -> Hir) -> Option<Compiled> {
    let build = |unicode| {
        let hir = change(syntax::parse_with(pattern, &syntax_of(unicode)).ok()?);
        match run {
            Run::Seldom => steps(&hir, None),
            Run::SeveralTimes => steps(&hir, Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, &hir)),
            Run::Often => builder().build_from_hir(&hir).ok().map(Compiled::Automaton),
        }
    };
    let ascii = if counts_characters { None } else { build(false) };
    ascii.or_else(|| build(true))
}

fn steps(hir: &Hir, prefilter: Option<Prefilter>) -> Option<Compiled> {
    let config = thompson::Config::new().utf8(false).nfa_size_limit(Some(SIZE_LIMIT)).shrink(false);
    let nfa = NFA::compiler().configure(config).build_from_hir(hir).ok()?;
    let config = backtrack::Config::new().visited_capacity(VISITED).prefilter(prefilter);
    BoundedBacktracker::builder().configure(config).build_from_nfa(nfa).ok().map(Compiled::Steps)
}

fn builder() -> Builder {
    let config = Regex::config().nfa_size_limit(Some(SIZE_LIMIT)).utf8_empty(false).hybrid_cache_capacity(DFA_LIMIT);
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

    fn compile(pattern: &str) -> Option<super::Compiled> {
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
