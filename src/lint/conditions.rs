//! Conditions that can never hold, because two of their parts exclude each other.

use super::place;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rule::file::{Node, NodeKind, Text};
use crate::rule::shapes::Shapes;

/// A test of one fact, as written.
type Part<'n> = (&'n Text, &'n Node);

pub fn check(shapes: &Shapes, diagnostics: &mut Diagnostics) {
    let mut look = |file: &_, conditions: &[&Node], what: &str| {
        if let Some(((path, test), (first, _))) = clash(&conjuncts(conditions)) {
            let message = format!("{what} can never hold: `{}` cannot be both", path.value);
            let help = "take one of the two away, or put them under any:";
            let error = Diagnostic::error("E0202", place(file, &test.range), message).help(help);
            diagnostics.push(error.related(place(file, &first.range), "the first of them"));
        }
    };
    for (file, shape) in shapes.signals.values() {
        shape.signals.values().filter_map(|s| s.fact.as_ref()).for_each(|fact| look(file, &[fact], "the condition"));
    }
    for (file, cause) in shapes.causes.values() {
        let requires = cause.requires.as_ref();
        requires.iter().for_each(|node| look(file, &[node], "the requirement"));
        for fact in cause.shows.iter().filter_map(|show| show.fact.as_ref()) {
            match requires {
                // A requirement that never holds is told once, where it stands.
                Some(requires) if clash(&conjuncts(&[requires])).is_none() => {
                    look(file, &[requires, fact], "the condition, with what the cause requires,")
                }
                _ => look(file, &[fact], "the condition"),
            }
        }
    }
    for (file, practice) in shapes.practices.values() {
        let applies = practice.applies_if.as_ref();
        applies.iter().for_each(|node| look(file, &[node], "the condition"));
        for node in [Some(&practice.violated_by), practice.kept_by.as_ref()].into_iter().flatten() {
            match applies {
                Some(applies) if clash(&conjuncts(&[applies])).is_none() => {
                    look(file, &[applies, node], "the condition, with where the practice applies,")
                }
                _ => look(file, &[node], "the condition"),
            }
        }
    }
    if let Some((file, shape)) = &shapes.symptoms {
        let shows = shape.symptoms.values().flat_map(|symptom| &symptom.shows);
        shows.filter_map(|show| show.fact.as_ref()).for_each(|fact| look(file, &[fact], "the condition"));
    }
}

/// The first test that one before it excludes, and that one.
fn clash<'n>(parts: &[Part<'n>]) -> Option<(Part<'n>, Part<'n>)> {
    parts.iter().enumerate().find_map(|(ix, (path, test))| {
        let first = parts[..ix].iter().find(|(other, before)| other.value == path.value && exclude(before, test))?;
        Some(((*path, *test), *first))
    })
}

/// The tests that must all hold.
fn conjuncts<'n>(conditions: &[&'n Node]) -> Vec<Part<'n>> {
    fn collect<'n>(condition: &'n Node, out: &mut Vec<Part<'n>>) {
        let NodeKind::Map(entries) = &condition.kind else { return };
        for (key, value) in entries {
            match (key.value.as_str(), &value.kind) {
                ("all", NodeKind::List(list)) => list.iter().for_each(|part| collect(part, out)),
                ("all" | "any" | "not", _) => {}
                _ => out.push((key, value)),
            }
        }
    }
    let mut out = Vec::new();
    conditions.iter().for_each(|condition| collect(condition, &mut out));
    out
}

/// What a test lets through, as far as that can be compared.
enum Allows {
    Only(Vec<String>),
    AllBut(String),
    Above(f64),
    Below(f64),
    Missing,
}

fn allows(test: &Node) -> Option<Allows> {
    let NodeKind::Map(entries) = &test.kind else { return scalar(test).map(|value| Allows::Only(vec![value])) };
    let [(operator, value)] = entries.as_slice() else { return None };
    let number = || scalar(value)?.parse::<f64>().ok();
    match (operator.value.as_str(), &value.kind) {
        ("equals", _) => scalar(value).map(|value| Allows::Only(vec![value])),
        ("in", NodeKind::List(list)) => list.iter().map(scalar).collect::<Option<Vec<_>>>().map(Allows::Only),
        ("not", _) => scalar(value).map(Allows::AllBut),
        ("above", _) => number().map(Allows::Above),
        ("below", _) => number().map(Allows::Below),
        ("exists", NodeKind::Bool(false)) => Some(Allows::Missing),
        _ => None,
    }
}

fn exclude(one: &Node, other: &Node) -> bool {
    use Allows::{Above, AllBut, Below, Missing, Only};
    let (Some(one), Some(other)) = (allows(one), allows(other)) else { return false };
    let outside = |values: &[String], inside: &dyn Fn(f64) -> bool| {
        values.iter().all(|value| value.parse::<f64>().is_ok_and(|value| !inside(value)))
    };
    match (&one, &other) {
        (Only(a), Only(b)) => a.iter().all(|value| !b.contains(value)),
        (Only(a), AllBut(b)) | (AllBut(b), Only(a)) => a.iter().all(|value| value == b),
        (Above(a), Below(b)) | (Below(b), Above(a)) => a >= b,
        (Only(a), Above(b)) | (Above(b), Only(a)) => outside(a, &|value| value > *b),
        (Only(a), Below(b)) | (Below(b), Only(a)) => outside(a, &|value| value < *b),
        (Missing, Missing) => false,
        (Missing, _) | (_, Missing) => true,
        _ => false,
    }
}

fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::Number(text) | NodeKind::Text(text) => Some(text.clone()),
        NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::file::parse;

    fn never_holds(condition: &str) -> bool {
        clash(&conjuncts(&[&parse::<Node>(condition).expect("YAML")])).is_some()
    }

    #[test]
    fn parts_that_exclude_each_other_are_found() {
        for condition in [
            "{ all: [ {a: x}, {a: y} ] }",
            "{ all: [ {a: x}, {a: {not: x}} ] }",
            "{ all: [ {a: {in: [x, y]}}, {all: [ {a: z} ]} ] }",
            "{ all: [ {n: {above: 5}}, {n: {below: 5}} ] }",
            "{ all: [ {n: 3}, {n: {above: 5}} ] }",
            "{ all: [ {a: {exists: false}}, {a: x} ] }",
        ] {
            assert!(never_holds(condition), "{condition}");
        }
    }

    #[test]
    fn parts_that_can_hold_together_are_left_alone() {
        for condition in [
            "{ a: x, b: x }",
            "{ all: [ {a: {in: [x, y]}}, {a: {not: x}} ] }",
            "{ any: [ {a: x}, {a: y} ] }",
            "{ all: [ {n: {above: 5}}, {n: {below: 6}} ] }",
            "{ all: [ {n: {above: { fact: m }}}, {n: {below: 1}} ] }",
            "{ all: [ {not: {a: x}}, {a: x} ] }",
        ] {
            assert!(!never_holds(condition), "{condition}");
        }
    }
}
