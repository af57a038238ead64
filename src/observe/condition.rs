//! Conditions over facts, three-valued: true, false, or not known.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::rule::model::{Condition, FactValue, Operand, Test};

/// Facts of one subject at one time.
pub struct Known<'a> {
    /// Values by path.
    pub values: &'a BTreeMap<String, FactValue>,
    /// The time that they describe.
    pub at: Timestamp,
}

impl Known<'_> {
    /// Whether a condition holds; `None` where a fact that decides it is not known.
    pub fn holds(&self, condition: &Condition) -> Option<bool> {
        self.holds_with(condition, &BTreeMap::new())
    }

    /// As [`Known::holds`]; `moments` are those with which the times of some facts are compared in place of
    /// [`Known::at`], by path.
    pub fn holds_with(&self, condition: &Condition, moments: &BTreeMap<String, Timestamp>) -> Option<bool> {
        Looked { values: self.values, at: self.at, moments }.holds(condition)
    }
}

/// Facts that are looked at, and the moments with which their times are compared.
struct Looked<'a> {
    values: &'a BTreeMap<String, FactValue>,
    at: Timestamp,
    moments: &'a BTreeMap<String, Timestamp>,
}

impl Looked<'_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::All(list) => fold(list.iter().map(|c| self.holds(c)), false),
            Condition::Any(list) => fold(list.iter().map(|c| self.holds(c)), true),
            Condition::Not(inner) => self.holds(inner).map(|v| !v),
            Condition::Test { path, test } => self.test(path, test),
        }
    }

    fn test(&self, path: &str, test: &Test) -> Option<bool> {
        let value = self.values.get(path);
        let now = || self.moments.get(path).copied().unwrap_or(self.at);
        if let Test::Exists(wanted) = test {
            return Some(value.is_some() == *wanted);
        }
        let value = value?;
        Some(match test {
            Test::Equals(operand) => same(value, &self.operand(operand)?),
            Test::Differs(operand) => !same(value, &self.operand(operand)?),
            Test::In(list) => list.iter().any(|v| same(value, v)),
            Test::Matches(pattern) => regex::Regex::new(pattern).ok()?.is_match(&shown(value)),
            Test::Below(operand) => number(value)? < number(&self.operand(operand)?)?,
            Test::Above(operand) => number(value)? > number(&self.operand(operand)?)?,
            Test::Before(operand) => time(value)? < time(&self.operand(operand)?)?,
            Test::After(operand) => time(value)? > time(&self.operand(operand)?)?,
            Test::OlderThan(age) => time(value)? < now().checked_sub(*age).ok()?,
            Test::Within(span) => {
                let moment = time(value)?;
                moment >= now() && moment <= now().checked_add(*span).ok()?
            }
            Test::Includes(word) => words(value).iter().any(|w| w.eq_ignore_ascii_case(word)),
            Test::Excludes(word) => !words(value).iter().any(|w| w.eq_ignore_ascii_case(word)),
            Test::Exists(_) => unreachable!("handled above"),
        })
    }

    fn operand(&self, operand: &Operand) -> Option<FactValue> {
        match operand {
            Operand::Value(value) => Some(value.clone()),
            Operand::Fact { path, times } => match self.values.get(path)? {
                FactValue::Number(n) => Some(FactValue::Number(n * times)),
                other => Some(other.clone()),
            },
        }
    }
}

/// And (`stop` false) or or (`stop` true) over three values.
fn fold(values: impl Iterator<Item = Option<bool>>, stop: bool) -> Option<bool> {
    let mut unknown = false;
    for value in values {
        match value {
            Some(v) if v == stop => return Some(stop),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!stop)
}

fn same(a: &FactValue, b: &FactValue) -> bool {
    match (a, b) {
        (FactValue::Text(a), FactValue::Text(b)) => a.eq_ignore_ascii_case(b),
        (FactValue::Number(a), FactValue::Number(b)) => (a - b).abs() < 1e-9,
        _ => a == b,
    }
}

fn number(value: &FactValue) -> Option<f64> {
    match value {
        FactValue::Number(n) => Some(*n),
        _ => None,
    }
}

fn time(value: &FactValue) -> Option<Timestamp> {
    match value {
        FactValue::Time(t) => Some(*t),
        _ => None,
    }
}

fn words(value: &FactValue) -> Vec<String> {
    match value {
        FactValue::List(list) => list.clone(),
        other => vec![shown(other)],
    }
}

/// A value as people write it.
pub fn shown(value: &FactValue) -> String {
    match value {
        FactValue::Text(text) => text.clone(),
        FactValue::Number(n) => format!("{n}"),
        FactValue::YesNo(true) => "yes".into(),
        FactValue::YesNo(false) => "no".into(),
        FactValue::Time(t) => t.to_string(),
        FactValue::List(list) => list.join(", "),
    }
}
