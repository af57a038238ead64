//! Tests of a rule, run from the line where it stands.

use std::ops::Range;

use lsp_types::{CodeLens, Command};
use serde_json::json;

use super::text;
use super::workspace::Workspace;
use crate::diagnostic::count;
use crate::engine::Engine;
use crate::error::Error;
use crate::rule::Pack;
use crate::rule::file::{self, CauseFile, SignalsFile, Text};
use crate::rule::schema::Kind;
use crate::rule_tests::{self, Report};

/// The command that runs the tests of one cause or signal; its arguments are the document and the id.
pub const RUN_TESTS: &str = "certwhy.runTests";

/// A rule of a file that has tests.
struct Tested {
    id: String,
    at: Range<usize>,
    /// What each test expects, where it says so.
    tests: Vec<Range<usize>>,
}

/// One lens for each rule of a file that has tests.
pub fn lenses(workspace: &Workspace, path: &str) -> Vec<CodeLens> {
    let (Some(file), Some(uri)) = (workspace.files.get(path), workspace.uri(path)) else { return Vec::new() };
    let lens = |rule: Tested| CodeLens {
        range: text::span(&file.text, &rule.at),
        command: Some(Command {
            title: format!("▶ run {}", count(rule.tests.len(), "test")),
            command: RUN_TESTS.to_owned(),
            arguments: Some(vec![json!(uri), json!(rule.id)]),
            tooltip: None,
        }),
        data: None,
    };
    tested(path, &file.text).into_iter().filter(|rule| !rule.tests.is_empty()).map(lens).collect()
}

fn tested(path: &str, text: &str) -> Vec<Tested> {
    let range = |text: &Text| text.range.clone();
    let id = super::index::id_of_path(path).unwrap_or_default();
    match Kind::of_path(path) {
        Some(Kind::Cause) => {
            let Ok(cause) = file::parse::<CauseFile>(text) else { return Vec::new() };
            let tests = cause.tests.iter().map(|test| range(&test.expect)).collect();
            vec![Tested { id, at: cause.title.range, tests }]
        }
        Some(Kind::Signals) => {
            let Ok(signals) = file::parse::<SignalsFile>(text) else { return Vec::new() };
            let tested = signals.signals.iter().map(|(key, signal)| Tested {
                id: format!("{id}.{}", key.value),
                at: key.range.clone(),
                tests: signal.examples.matching.iter().chain(&signal.examples.miss).map(range).collect(),
            });
            let mut tested: Vec<Tested> = tested.collect();
            tested.sort_by_key(|rule| rule.at.start);
            tested
        }
        _ => Vec::new(),
    }
}

/// Runs the tests of one rule.
///
/// # Errors
/// The pack has mistakes: nothing can be tested until they are corrected.
pub fn run(pack: &Pack, id: &str) -> Result<Report, Error> {
    let engine = Engine::new(pack)?;
    // The inline signals of a cause have no examples of their own.
    Ok(rule_tests::run_where(&engine, |of| of == id, false))
}

/// Where the test of a rule stands in a text.
pub fn place(path: &str, text: &str, id: &str, number: usize) -> Range<usize> {
    let rule = tested(path, text).into_iter().find(|rule| rule.id == id);
    rule.map_or(0..0, |rule| rule.tests.get(number).cloned().unwrap_or(rule.at))
}
