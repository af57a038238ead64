//! The knowledge base as a whole: what it promises to know, and that every rule keeps what its own examples say.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use certwhy::observe::SUBJECTS;
use certwhy::rule::model::{Examples, LogPattern, SignalKind};
use certwhy::rule::words::Expect;
use certwhy::{Engine, Pack, rule_tests};

/// From the text: with examples and tests.
static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(&Pack::embedded().from_text()).unwrap_or_else(|error| panic!("{error}")));

fn contract(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract").join(name);
    let text = std::fs::read_to_string(path).expect("the list");
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn what_the_build_leaves_behind_is_what_the_files_say() {
    let compact = Engine::embedded().expect("the compact form");
    let mut text = ENGINE.knowledge.as_ref().clone();
    text.signals.iter_mut().for_each(|signal| signal.examples = Examples::default());
    text.causes.iter_mut().for_each(|cause| cause.tests.clear());
    text.practices.iter_mut().for_each(|practice| practice.tests.clear());
    // Too long to be printed.
    assert!(format!("{:?}", compact.knowledge) == format!("{text:?}"));
    assert_eq!(compact.network, ENGINE.network);
}

#[test]
fn ids_that_others_rely_on_are_known() {
    let knowledge = &ENGINE.knowledge;
    for id in contract("causes.txt") {
        assert!(knowledge.cause(&id).is_some(), "the cause {id} is gone");
    }
    for path in contract("facts.txt") {
        assert!(knowledge.facts.contains_key(&path), "the fact {path} is gone");
    }
}

#[test]
fn examples_and_tests_of_the_rules_hold() {
    let report = rule_tests::run(&ENGINE, "", false);
    let failures: Vec<String> = report.failures().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(report.tests.len() > 1000, "only {} tests were run", report.tests.len());
}

#[test]
fn every_cause_can_be_found_explained_and_mended() {
    let knowledge = &ENGINE.knowledge;
    for cause in &knowledge.causes {
        let id = &cause.id;
        assert!(!cause.shows.is_empty(), "{id} shows nothing");
        assert!(cause.tests.iter().any(|t| t.expect == Expect::First), "{id} has no test in which it comes first");
        assert!(cause.tests.iter().any(|t| t.expect == Expect::Absent), "{id} has no test in which it is absent");
        assert!(cause.fix.steps.len() > 1 && !cause.fix.verify.is_empty(), "{id} has no plan");
        assert!(cause.fix.steps.iter().any(|s| s.risk.word() == "read-only"), "{id}: every step changes something");
        for heading in ["## What it means", "## How it shows", "## Why it happens"] {
            assert!(cause.article.contains(heading), "{id}: the article has no `{heading}`");
        }
    }
}

/// Filters and functions that do not exist show only when a template is filled in.
#[test]
fn every_template_can_be_filled_in() {
    let engine = &ENGINE;
    let mut values = certwhy::remedy::Values::default();
    for fact in engine.knowledge.facts.keys() {
        values.add(fact, "x y");
    }
    let causes = engine.knowledge.causes.iter().map(|c| (&c.id, [&c.summary, &c.article], &c.fix));
    let practices = engine.knowledge.practices.iter().map(|p| (&p.id, [&p.summary, &p.why], &p.fix));
    let all: Vec<_> = causes.chain(practices).collect();
    for values in [certwhy::remedy::Values::default(), values] {
        for (id, texts, fix) in &all {
            let text = |template: &str| {
                engine.remedy.text(template, &values).unwrap_or_else(|e| panic!("{id}: {e}: {template}"))
            };
            texts.iter().for_each(|template| drop(text(template)));
            for step in fix.steps.iter().chain(&fix.verify) {
                text(&step.instruction);
                for (platform, command) in &step.commands {
                    let filled = engine.remedy.command(*platform, command, &values);
                    assert!(filled.is_ok(), "{id}: {filled:?}: {command}");
                }
            }
        }
    }
}

#[test]
fn every_signal_is_of_use_and_has_examples() {
    let knowledge = &ENGINE.knowledge;
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for cause in &knowledge.causes {
        used.extend(cause.effects.iter().map(|(signal, _)| *signal));
        used.extend(&cause.rules_out);
    }
    for symptom in &knowledge.symptoms {
        used.extend(symptom.shows.iter().map(|(signal, _)| *signal));
    }
    for signal in &knowledge.signals {
        used.extend(signal.implies.iter().chain(&signal.cleared_by));
    }
    for (ix, signal) in knowledge.signals.iter().enumerate() {
        // It may also say that a line is harmless, or whom the next lines are about.
        let names =
            |pattern: &LogPattern| SUBJECTS.iter().any(|subject| pattern.text.contains(&format!("(?P<{subject}>")));
        let speaks = matches!(&signal.kind, SignalKind::Log(patterns) if patterns.iter().any(names));
        let useful = used.contains(&ix) || signal.proves.is_some() || !signal.implies.is_empty() || speaks;
        assert!(useful, "no rule uses {}", signal.id);
        if matches!(signal.kind, SignalKind::Log(_)) && !signal.id.contains('#') {
            assert!(!signal.examples.matching.is_empty(), "{} has no example", signal.id);
            assert!(!signal.examples.miss.is_empty(), "{} has no near miss", signal.id);
        }
    }
}

#[test]
fn every_fact_can_be_asked_for() {
    for fact in ENGINE.knowledge.facts.values() {
        assert!(fact.question.as_ref().is_some_and(|q| q.ends_with('?')), "{} has no question", fact.path);
        assert!(fact.place.is_some(), "{}: where is it found?", fact.path);
        assert!(fact.minutes > 0.0, "{}: how long does it take?", fact.path);
    }
}

#[test]
fn nothing_is_left_unwritten() {
    for (path, file) in &Pack::embedded().from_text().files {
        for word in ["STUB", "TODO", "FIXME"] {
            assert!(!file.text.contains(word), "{path} says {word}");
        }
    }
}
