//! The examples that rules carry, run: each signal against its records, each cause and each practice against its tests.

pub mod coverage;
pub mod junit;

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit;
use crate::engine::{Engine, Outcome};
use crate::input::Record;
use crate::reason::Options;
use crate::rule::model::{Cause, CauseIx, CauseTest, Practice, PracticeIx, PracticeTest, Signal, SignalIx};
use crate::rule::words::{Expect, State};
use coverage::Coverage;

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As expected.
    Ok,
    /// What must be found is not.
    Missing,
    /// What must not be found is.
    Noisy,
    /// The cause is listed, and others come before it.
    WrongRank,
    /// The test itself could not be run.
    Unusable,
}

impl Verdict {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Missing => "missing",
            Verdict::Noisy => "noisy",
            Verdict::WrongRank => "wrong rank",
            Verdict::Unusable => "unusable",
        }
    }

    /// Of a cause that stands at this place of the answer (0 is the first), and should be somewhere.
    pub fn of(expect: Expect, rank: Option<usize>) -> Self {
        match (expect, rank) {
            (Expect::First, Some(0)) | (Expect::Listed, Some(_)) | (Expect::Absent, None) => Verdict::Ok,
            (Expect::First, Some(_)) => Verdict::WrongRank,
            (Expect::First | Expect::Listed, None) => Verdict::Missing,
            (Expect::Absent, Some(_)) => Verdict::Noisy,
        }
    }
}

/// One test that was run.
#[derive(Debug, Clone, Serialize)]
pub struct Tested {
    /// File of the rule, or folder of the case.
    pub file: String,
    /// Id of the signal or cause, or name of the case.
    pub id: String,
    /// Which of its tests: `match 1`, `test 2`, `case`.
    pub name: String,
    /// The same from 0; of a signal, first those that must match and then those that must not.
    #[serde(skip)]
    pub number: usize,
    /// What came of it.
    pub verdict: Verdict,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Of a test of a cause: the word that would have been right.
    #[serde(skip)]
    pub right: Option<Expect>,
}

impl fmt::Display for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:10} {} {} ({})", self.verdict.word(), self.id, self.name, self.file)?;
        writeln!(f, "  - expected: {}", self.expected)?;
        write!(f, "  + found:    {}", self.found)
    }
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// All tests, in the order of the rules.
    pub tests: Vec<Tested>,
    /// What they made use of.
    pub coverage: Coverage,
}

impl Report {
    /// The tests that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Tested> {
        self.tests.iter().filter(|test| test.verdict != Verdict::Ok)
    }
}

/// Runs the tests of all causes and signals whose id begins with `prefix`.
///
/// With `measure`, every example is diagnosed too, which takes longer: only then the coverage tells of edges and fixes.
pub fn run(engine: &Engine, prefix: &str, measure: bool) -> Report {
    run_where(engine, |id| id.starts_with(prefix), measure)
}

/// Runs the tests of the causes and signals that are wanted, by id; see [`run`].
pub fn run_where(engine: &Engine, wanted: impl Fn(&str) -> bool, measure: bool) -> Report {
    let mut report = Report::default();
    for (ix, signal) in engine.knowledge.signals.iter().enumerate().filter(|(_, signal)| wanted(&signal.id)) {
        examples(engine, ix, signal, measure, &mut report);
    }
    for (ix, cause) in engine.knowledge.causes.iter().enumerate().filter(|(_, cause)| wanted(&cause.id)) {
        for (n, test) in cause.tests.iter().enumerate() {
            let tested = cause_test(engine, ix, cause, test, &mut report.coverage);
            report.tests.push(Tested { name: format!("test {}", n + 1), number: n, ..tested });
        }
    }
    for (ix, practice) in engine.knowledge.practices.iter().enumerate().filter(|(_, practice)| wanted(&practice.id)) {
        for (n, test) in practice.tests.iter().enumerate() {
            let tested = practice_test(engine, ix, practice, test);
            report.tests.push(Tested { name: format!("test {}", n + 1), number: n, ..tested });
        }
    }
    report
}

fn practice_test(engine: &Engine, ix: PracticeIx, practice: &Practice, test: &PracticeTest) -> Tested {
    let now = test.at.unwrap_or(NOW);
    let mut session = engine.session(now);
    let document = serde_json::json!({ "at": now.to_string(), "facts": test.facts }).to_string();
    session.read("facts.json", document.as_bytes());
    let note = session.inputs().iter().flat_map(|input| &input.notes).next().cloned();
    let options = audit::Options { only: vec![ix], ..audit::Options::default() };
    let found = match note {
        Some(note) => Err(note),
        None => audit::run(session.gathered(), &options).map_err(|error| error.to_string()),
    };
    let state = found.as_ref().ok().and_then(|audit| audit.findings.first()).map(|finding| finding.state);
    let verdict = match state {
        None => Verdict::Unusable,
        Some(state) if state == test.expect => Verdict::Ok,
        Some(State::Broken) => Verdict::Noisy,
        Some(_) => Verdict::Missing,
    };
    Tested {
        file: practice.file(),
        id: practice.id.clone(),
        name: String::new(),
        number: 0,
        verdict,
        expected: format!("{} {}", practice.id, test.expect),
        found: state.map_or_else(|| found.err().unwrap_or_default(), |state| state.to_string()),
        right: None,
    }
}

fn examples(engine: &Engine, ix: SignalIx, signal: &Signal, measure: bool, report: &mut Report) {
    let lists = [("match", true, &signal.examples.matching), ("miss", false, &signal.examples.miss)];
    let all =
        lists.into_iter().flat_map(|(name, wanted, list)| list.iter().enumerate().map(move |e| (name, wanted, e)));
    for (number, (name, wanted, (n, text))) in all.enumerate() {
        let text = text.trim_end();
        let marks = engine.scanner.scan(&Record::alone(text), &engine.knowledge);
        let matches = marks.iter().any(|mark| mark.signal == ix);
        report.coverage.signals.extend(marks.iter().map(|mark| mark.signal));
        if measure && wanted {
            let mut session = engine.session(NOW);
            session.read("example.log", text.as_bytes());
            report.coverage.take(engine, &session.diagnose(Options::default()));
        }
        let verdict = match (wanted, matches) {
            (true, false) => Verdict::Missing,
            (false, true) => Verdict::Noisy,
            _ => Verdict::Ok,
        };
        let verb = |matches: bool| if matches { "matches" } else { "does not match" };
        report.tests.push(Tested {
            file: signal.file.clone(),
            id: signal.id.clone(),
            name: format!("{name} {}", n + 1),
            number,
            verdict,
            expected: format!("{} `{text}`", verb(wanted)),
            found: verb(matches).to_owned(),
            right: None,
        });
    }
}

/// The time of tests that name none.
const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);

fn cause_test(engine: &Engine, ix: CauseIx, cause: &Cause, test: &CauseTest, coverage: &mut Coverage) -> Tested {
    let now = test.at.unwrap_or(NOW);
    let mut session = engine.session(now);
    if let Some(log) = &test.log {
        session.read("test.log", log.as_bytes());
    }
    if let Some(facts) = &test.facts {
        let document = serde_json::json!({ "at": now.to_string(), "facts": facts }).to_string();
        session.read("facts.json", document.as_bytes());
    }
    let mut tested = Tested {
        file: format!("rules/{}.yaml", cause.id.replacen('.', "/", 1)),
        id: cause.id.clone(),
        name: String::new(),
        number: 0,
        verdict: Verdict::Unusable,
        expected: format!("{} {}", cause.id, test.expect),
        found: String::new(),
        right: None,
    };
    if let Some(note) = session.inputs().iter().flat_map(|i| &i.notes).next() {
        tested.found = note.clone();
        return tested;
    }
    let outcome = session.diagnose(Options::default());
    let rank = outcome.diagnosis.whole.causes.iter().position(|ranked| ranked.cause == ix);
    tested.verdict = Verdict::of(test.expect, rank);
    tested.right = Some(match rank {
        Some(0) => Expect::First,
        Some(_) => Expect::Listed,
        None => Expect::Absent,
    });
    tested.found = answer(engine, &outcome);
    coverage.take(engine, &outcome);
    tested
}

/// The first causes of an answer; in brackets where it names none, and what it was nearest to.
fn answer(engine: &Engine, outcome: &Outcome) -> String {
    const SHOWN: usize = 3;
    let name = |ix: CauseIx, p: f64| format!("{} {p:.2}", engine.knowledge.causes[ix].id);
    let whole = &outcome.diagnosis.whole;
    let named: Vec<String> = whole.causes.iter().take(SHOWN).map(|r| name(r.cause, r.probability)).collect();
    if !named.is_empty() {
        return named.join(", ");
    }
    let all = crate::reason::posterior(&engine.network, &whole.evidence);
    let near: Vec<String> = all.causes.iter().take(SHOWN).map(|(ix, p)| name(*ix, *p)).collect();
    if near.is_empty() { "no cause".to_owned() } else { format!("no cause (nearest: {})", near.join(", ")) }
}
