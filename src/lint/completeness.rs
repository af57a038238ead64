//! What every rule should carry: tests for and against, examples, steps, and a way to know that they worked.

use super::place;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rule::file::FixFile;
use crate::rule::shapes::Shapes;
use crate::rule::words::{Expect, State, Words};

pub fn check(shapes: &Shapes, diagnostics: &mut Diagnostics) {
    for (id, (file, cause)) in &shapes.causes {
        let expected = |wanted: fn(Expect) -> bool| {
            cause.tests.iter().filter_map(|test| Expect::from_word(&test.expect.value)).any(wanted)
        };
        let mut warn = |code, message: &str, help: &str| {
            let message = format!("{message} `{id}`");
            diagnostics.push(Diagnostic::warning(code, place(file, &cause.title.range), message).help(help));
        };
        // What gives way to another cause is not named beside it, also not in a test.
        let gives_way = cause.deprecated.as_ref().is_some_and(|deprecated| deprecated.replaced_by.is_some());
        if !gives_way && !expected(|expect| expect != Expect::Absent) {
            warn("W0301", "no test shows", "add a test with expect: first, and the log or facts that must lead to it");
        }
        if !expected(|expect| expect == Expect::Absent) {
            let help = "add a test with expect: absent, and a log or facts that are nearly its own";
            warn("W0302", "no test shows what is not", help);
        }
        let fix: Option<&FixFile> = cause.fix.as_ref().or_else(|| shapes.articles.get(id).map(|article| &article.fix));
        if fix.is_some_and(|fix| fix.steps.is_empty()) {
            warn("W0304", "there are no steps against", "say under steps: what to do now, in order");
        }
        if fix.is_some_and(|fix| fix.verify.is_empty()) {
            warn("W0305", "nothing tells whether the steps worked against", "say under verify: how one knows");
        }
    }
    for (name, (file, practice)) in &shapes.practices {
        let expected = |wanted| practice.tests.iter().any(|test| State::from_word(&test.expect.value) == Some(wanted));
        let mut warn = |code, message: &str, help: &str| {
            let message = format!("{message} `practice.{name}`");
            diagnostics.push(Diagnostic::warning(code, place(file, &practice.title.range), message).help(help));
        };
        if !expected(State::Broken) {
            warn("W0301", "no test breaks", "add a test with expect: broken, and the facts that break it");
        }
        if !expected(State::Kept) {
            warn("W0302", "no test keeps", "add a test with expect: kept, and facts that are nearly a breach");
        }
        if practice.fix.steps.is_empty() {
            warn("W0304", "there are no steps for", "say under steps: what to do now, in order");
        }
        if practice.fix.verify.is_empty() {
            warn("W0305", "nothing tells whether the steps worked for", "say under verify: how one knows");
        }
    }
    for (file, shape) in shapes.signals.values() {
        for (key, signal) in shape.signals.iter().filter(|(_, signal)| !signal.patterns().is_absent()) {
            let lacks = match (signal.examples.matching.is_empty(), signal.examples.miss.is_empty()) {
                (true, _) => "what it matches (examples: match:)",
                (_, true) => "what it must not match (examples: miss:)",
                _ => continue,
            };
            let message = format!("the signal `{}` has no example of {lacks}", key.value);
            let help = "a record as the program prints it, and one that is nearly the same and means something else";
            diagnostics.push(Diagnostic::warning("W0303", place(file, &key.range), message).help(help));
        }
    }
}
