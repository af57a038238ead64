//! One practice at one subject.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Finding;
use super::subjects::Subject;
use crate::observe::condition::Known;
use crate::rule::model::{Condition, FactValue, Practice, Test};
use crate::rule::words::State;

/// What the facts of a subject say of a practice.
///
/// A time that lay ahead when it was told (an end, an expiry) is compared with the present: it came nearer since. One that
/// lay behind (a last report, a last test) is compared with the moment at which it was told: what happened since, nobody
/// knows.
pub fn judge(practice: &Practice, subject: &Subject, now: Timestamp) -> Finding {
    let values: BTreeMap<String, FactValue> = practice
        .paths()
        .into_iter()
        .filter_map(|path| Some((path.to_owned(), subject.facts.get(path)?.value.clone())))
        .collect();
    let moments: BTreeMap<String, Timestamp> = values
        .iter()
        .filter_map(|(path, value)| match value {
            FactValue::Time(time) => {
                let told = subject.facts[path].at;
                Some((path.clone(), if *time > told { now } else { told.min(now) }))
            }
            _ => None,
        })
        .collect();
    let known = Known { values: &values, at: now };
    let holds = |condition: &Condition| known.holds_with(condition, &moments);
    let applies = practice.applies_if.as_ref().map_or(Some(true), holds);
    let state = match (applies, holds(&practice.violated_by), practice.kept_by.as_ref().and_then(holds)) {
        (Some(false), ..) => State::DoesNotApply,
        (None, ..) => State::NotChecked,
        (Some(true), Some(true), _) => State::Broken,
        (Some(true), _, Some(true)) | (Some(true), Some(false), _) => State::Kept,
        (Some(true), None, _) => State::NotChecked,
    };
    let paths = |conditions: &[Option<&Condition>]| -> Vec<String> {
        let all = conditions.iter().flatten().flat_map(|condition| condition.all_paths());
        let mut paths: Vec<String> = Vec::new();
        all.for_each(|path| {
            if !paths.iter().any(|there| there == path) {
                paths.push(path.to_owned());
            }
        });
        paths
    };
    let decides = match state {
        State::DoesNotApply => paths(&[practice.applies_if.as_ref()]),
        _ => paths(&[Some(&practice.violated_by), practice.kept_by.as_ref()]),
    };
    let shown_by = decides.into_iter().filter(|path| values.contains_key(path)).collect();
    let missing = match (state, applies) {
        (State::NotChecked, None) => paths(&[practice.applies_if.as_ref()]),
        // The shorter way to an answer.
        (State::NotChecked, _) if practice.kept_by.is_some() => paths(&[practice.kept_by.as_ref()]),
        (State::NotChecked, _) => paths(&[Some(&practice.violated_by)]),
        _ => Vec::new(),
    };
    let missing: Vec<String> = missing.into_iter().filter(|path| !values.contains_key(path)).collect();
    // Where a condition says what counts without a fact, it is nothing to find out, unless it is all that there is.
    let needed: Vec<String> = missing.iter().filter(|path| !may_be_unknown(practice, path)).cloned().collect();
    let missing = if needed.is_empty() { missing } else { needed };
    Finding { practice: 0, subject: None, state, shown_by, missing }
}

/// Whether a practice asks whether a fact is known at all.
fn may_be_unknown(practice: &Practice, path: &str) -> bool {
    fn asks(condition: &Condition, of: &str) -> bool {
        match condition {
            Condition::All(list) | Condition::Any(list) => list.iter().any(|part| asks(part, of)),
            Condition::Not(inner) => asks(inner, of),
            Condition::Test { path, test } => path == of && matches!(test, Test::Exists(_)),
        }
    }
    let conditions = [practice.applies_if.as_ref(), Some(&practice.violated_by), practice.kept_by.as_ref()];
    conditions.into_iter().flatten().any(|condition| asks(condition, path))
}

#[cfg(test)]
mod tests {
    use super::super::subjects::Told;
    use super::*;
    use crate::rule::model::Fix;
    use crate::rule::words::Severity;
    use jiff::SignedDuration;

    fn practice(violated_by: Condition) -> Practice {
        Practice {
            id: "practice.x".to_owned(),
            title: String::new(),
            severity: Severity::Low,
            summary: String::new(),
            why: String::new(),
            applies_if: None,
            violated_by,
            kept_by: None,
            fix: Fix::default(),
            causes: Vec::new(),
            references: Vec::new(),
            tests: Vec::new(),
        }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn state(test: Test, value: &str, told: &str, now: &str) -> State {
        let told = Told { value: FactValue::Time(time(value)), place: None, from: None, at: time(told), own: true };
        let subject = Subject { name: None, facts: [("a.b".to_owned(), told)].into() };
        judge(&practice(Condition::Test { path: "a.b".to_owned(), test }), &subject, time(now)).state
    }

    #[test]
    fn an_end_comes_nearer_and_a_report_grows_no_older_than_it_was_told() {
        let (told, now) = ("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z");
        let soon = || Test::Within(SignedDuration::from_hours(14 * 24));
        assert_eq!(state(soon(), "2026-03-05T00:00:00Z", told, now), State::Broken, "it ends in 4 days");
        assert_eq!(state(soon(), "2026-03-05T00:00:00Z", told, told), State::Kept, "then it had 2 months");
        let old = || Test::OlderThan(SignedDuration::from_hours(24));
        assert_eq!(state(old(), "2025-12-31T23:00:00Z", told, now), State::Kept, "it had reported an hour ago");
        assert_eq!(state(old(), "2025-12-30T00:00:00Z", told, now), State::Broken);
        let over = || Test::OlderThan(SignedDuration::ZERO);
        assert_eq!(state(over(), "2026-02-01T00:00:00Z", told, now), State::Broken, "it has ended since");
    }

    #[test]
    fn what_is_not_known_is_not_checked_and_says_what_is_missing() {
        let condition = Condition::Test { path: "a.b".to_owned(), test: Test::OlderThan(SignedDuration::ZERO) };
        let found = judge(&practice(condition), &Subject::default(), time("2026-01-01T00:00:00Z"));
        assert_eq!((found.state, found.missing), (State::NotChecked, vec!["a.b".to_owned()]));
    }
}
