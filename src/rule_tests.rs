//! The examples that rules carry, run: each signal against its records, each cause against its tests.

use std::fmt;

use jiff::Timestamp;

use crate::engine::Engine;
use crate::input::{Record, dialect};
use crate::reason::Options;
use crate::rule::model::{Cause, CauseTest, Signal, SignalIx};
use crate::rule::words::Expect;

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Tests that were run.
    pub run: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// A test that failed.
#[derive(Debug)]
pub struct Failure {
    /// File of the rule.
    pub file: String,
    /// Id of the signal or cause.
    pub id: String,
    /// Which of its tests, from 0; of a signal, first those that must match and then those that must not.
    pub number: usize,
    /// What was expected and what came out.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.id, self.what)
    }
}

/// Runs the tests of all causes and signals whose id begins with `prefix`.
pub fn run(engine: &Engine, prefix: &str) -> Report {
    run_where(engine, |id| id.starts_with(prefix))
}

/// Runs the tests of the causes and signals that are wanted, by id.
pub fn run_where(engine: &Engine, wanted: impl Fn(&str) -> bool) -> Report {
    let mut report = Report::default();
    for (ix, signal) in engine.knowledge.signals.iter().enumerate().filter(|(_, s)| wanted(&s.id)) {
        examples(engine, ix, signal, &mut report);
    }
    for cause in engine.knowledge.causes.iter().filter(|c| wanted(&c.id)) {
        for (n, test) in cause.tests.iter().enumerate() {
            report.run += 1;
            if let Some(what) = cause_test(engine, cause, test) {
                let file = format!("rules/{}.yaml", cause.id.replacen('.', "/", 1));
                let what = format!("test {}: {what}", n + 1);
                report.failures.push(Failure { file, id: cause.id.clone(), number: n, what });
            }
        }
    }
    report
}

fn examples(engine: &Engine, ix: SignalIx, signal: &Signal, report: &mut Report) {
    let expected = signal.examples.matching.iter().map(|t| (t, true));
    let all = expected.chain(signal.examples.miss.iter().map(|t| (t, false)));
    for (number, (text, wanted)) in all.enumerate() {
        report.run += 1;
        let text = text.trim_end();
        let record = Record { line: 1, text: text.to_owned(), time: None, level: dialect::level(text), source: None };
        let matches = engine.scanner.scan(&record, &engine.knowledge).iter().any(|mark| mark.signal == ix);
        if matches != wanted {
            let verb = if wanted { "does not match" } else { "matches" };
            let what = format!("{verb} its example `{text}`");
            report.failures.push(Failure { file: signal.file.clone(), id: signal.id.clone(), number, what });
        }
    }
}

fn cause_test(engine: &Engine, cause: &Cause, test: &CauseTest) -> Option<String> {
    let now = test.at.unwrap_or_else(|| Timestamp::constant(1_795_000_000, 0));
    let mut session = engine.session(now);
    if let Some(log) = &test.log {
        session.read("test.log", log.as_bytes());
    }
    if let Some(facts) = &test.facts {
        let document = serde_json::json!({ "at": now.to_string(), "facts": facts }).to_string();
        session.read("facts.json", document.as_bytes());
    }
    if let Some(note) = session.inputs().iter().flat_map(|i| &i.notes).next() {
        return Some(note.clone());
    }
    let outcome = session.diagnose(Options::default());
    let causes = &outcome.diagnosis.whole.causes;
    let name = |ix: usize| engine.knowledge.causes[ix].id.as_str();
    let rank = causes.iter().position(|ranked| name(ranked.cause) == cause.id);
    let holds = match test.expect {
        Expect::First => rank == Some(0),
        Expect::Listed => rank.is_some(),
        Expect::Absent => rank.is_none(),
    };
    if holds {
        return None;
    }
    let mut got: Vec<String> =
        causes.iter().take(3).map(|r| format!("{} {:.2}", name(r.cause), r.probability)).collect();
    if got.is_empty() {
        let all = crate::reason::posterior(&engine.network, &outcome.diagnosis.whole.evidence);
        got = all.causes.iter().take(3).map(|(ix, p)| format!("({} {p:.2})", name(*ix))).collect();
    }
    Some(format!("expected {}, got {}", test.expect, if got.is_empty() { "nothing".into() } else { got.join(", ") }))
}
