//! What counts as said by a program, and what as prose.

use std::sync::LazyLock;

use certwhy::input::Record;
use certwhy::observe::said::{first_said, is_said};
use certwhy::{Engine, Pack};
use proptest::prelude::*;

static WORDS: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new("could not reload [a-z]+").expect("a constant"));

/// Records of a file, and where their marked words begin.
fn records(file: &str) -> Vec<(String, usize)> {
    let lines = file.lines().filter(|line| line.contains('«') && !line.starts_with("# Records"));
    let record = |line: &str| {
        let line = line.replace("\\n", "\n");
        let at = line.find('«').expect("marked");
        (line.replace(['«', '»'], ""), at)
    };
    lines.map(record).collect()
}

fn first(text: &str) -> Option<std::ops::Range<usize>> {
    first_said(text, |from| WORDS.find_at(text, from).map(|found| found.range()))
}

#[test]
fn what_a_program_says_counts() {
    let records = records(include_str!("said/said.txt"));
    assert_eq!(records.len(), 23);
    for (text, at) in records {
        assert!(is_said(text.as_bytes(), at), "{text}");
        assert_eq!(first(&text).map(|range| range.start), Some(at), "{text}");
    }
}

#[test]
fn prose_does_not() {
    let records = records(include_str!("said/prose.txt"));
    assert_eq!(records.len(), 15);
    for (text, at) in records {
        assert!(!is_said(text.as_bytes(), at), "{text}");
        assert_eq!(first(&text), None, "{text}");
    }
}

#[test]
fn what_tells_must_be_near() {
    for (bytes, said) in [(150, true), (196, true), (260, false), (5000, false)] {
        let text = format!("a failure [error] {} could not reload nginx", "x".repeat(bytes));
        assert_eq!(first(&text).is_some(), said, "{bytes}");
    }
}

#[test]
fn a_match_that_is_not_said_gives_way_to_one_that_is() {
    let text = "where it could not reload nginx it says: could not reload nginx";
    assert_eq!(first(text).map(|range| range.start), Some(41));
    // Prose without an end is given up.
    assert_eq!(first(&format!("a {}: could not reload it", "could not reload nginx ".repeat(10_000))), None);
}

#[test]
fn a_rule_says_which_patterns_must_be_said() {
    let mut pack = Pack::default();
    pack.add("rules/signals/a.yaml", SIGNALS);
    let engine = Engine::new(&pack).expect("a sound pack");
    let shown = |text: &str| engine.scanner.scan(&Record::alone(text), &engine.knowledge).len();
    for (text, marks) in [
        ("a manual of hooks that have lost everything", 0),
        ("hook: have lost everything", 1),
        ("a manual of code EX4711", 1),
    ] {
        assert_eq!(shown(text), marks, "{text}");
    }
}

const SIGNALS: &str = "\
title: A
signals:
  lost:
    title: All is lost
    log: code EX4711
    said: have lost everything
    leak: rare
    proves: dcv
";

proptest! {
    #[test]
    fn no_text_and_no_place_is_too_odd(text in "[a-z .:=|>\"'(\\[\\]\\n0-9äß‘𝄞\u{0}]{0,120}|\\PC{0,80}", from in 0usize..130) {
        for at in 0..=text.len() + 1 {
            is_said(text.as_bytes(), at);
        }
        let any = regex::Regex::new(".").expect("a constant");
        first_said(&text, |from| any.find_at(&text, from).map(|found| found.range()));
        first_said(&text, |_| Some(from..from));
    }
}
