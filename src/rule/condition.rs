//! Conditions over facts: from the YAML node to [`Condition`], checked against the vocabulary.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::file::{Node, NodeKind};
use super::model::{Condition, Fact, FactValue, Operand, Test};
use super::words::FactKind;
use crate::diagnostic::did_you_mean;

/// A finding inside a condition: code, the node it is about, message, way out.
pub struct Finding {
    /// Diagnostic code.
    pub code: &'static str,
    /// Byte range in the file.
    pub range: std::ops::Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The word that stands there, and the known one that was probably meant.
    pub meant: Option<(String, String)>,
}

/// Reads a condition; every mistake in it is reported, and what remains is returned.
pub fn read(node: &Node, facts: &BTreeMap<String, Fact>, findings: &mut Vec<Finding>) -> Condition {
    let mut reader = Reader { facts, findings };
    reader.condition(node)
}

struct Reader<'a> {
    facts: &'a BTreeMap<String, Fact>,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn finding(&mut self, code: &'static str, node: &Node, message: String, help: Option<String>) {
        self.findings.push(Finding { code, range: node.range.clone(), message, help, meant: None });
    }

    fn condition(&mut self, node: &Node) -> Condition {
        let NodeKind::Map(entries) = &node.kind else {
            let help = "write { bot.status: Stopped }, or all: / any: / not: with conditions inside";
            self.finding("E0107", node, "a condition is a map from facts to tests".into(), Some(help.into()));
            return Condition::All(Vec::new());
        };
        let mut parts: Vec<Condition> =
            entries.iter().map(|(key, value)| self.entry(&key.value, key.range.clone(), value)).collect();
        if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) }
    }

    fn entry(&mut self, key: &str, range: std::ops::Range<usize>, value: &Node) -> Condition {
        match key {
            "all" => Condition::All(self.conditions(value)),
            "any" => Condition::Any(self.conditions(value)),
            "not" => Condition::Not(Box::new(self.condition(value))),
            path => {
                let Some(fact) = self.facts.get(path) else {
                    let near = did_you_mean(path, self.facts.keys().map(String::as_str));
                    self.findings.push(Finding {
                        code: "E0106",
                        range,
                        message: format!("`{path}` is no fact of the vocabulary (rules/facts.yaml)"),
                        help: None,
                        meant: near.map(|near| (path.to_owned(), near.to_owned())),
                    });
                    return Condition::All(Vec::new());
                };
                let fact = fact.clone();
                Condition::Test { path: path.to_owned(), test: self.test(&fact, value) }
            }
        }
    }

    fn conditions(&mut self, node: &Node) -> Vec<Condition> {
        match &node.kind {
            NodeKind::List(list) => list.iter().map(|n| self.condition(n)).collect(),
            _ => {
                self.finding("E0107", node, "all: and any: take a list of conditions".into(), None);
                Vec::new()
            }
        }
    }

    fn test(&mut self, fact: &Fact, node: &Node) -> Test {
        let NodeKind::Map(entries) = &node.kind else {
            return Test::Equals(Operand::Value(self.value(fact, node)));
        };
        let [(key, value)] = entries.as_slice() else {
            self.finding("E0107", node, "a test has exactly one operator".into(), None);
            return Test::Exists(true);
        };
        match key.value.as_str() {
            "equals" => Test::Equals(self.operand(fact, value)),
            "not" => Test::Differs(self.operand(fact, value)),
            "in" => Test::In(self.values(fact, value)),
            "matches" => Test::Matches(self.regex(value)),
            "exists" => Test::Exists(matches!(value.kind, NodeKind::Bool(true))),
            "below" => Test::Below(self.operand(fact, value)),
            "above" => Test::Above(self.operand(fact, value)),
            "before" => Test::Before(self.moment(fact, key.range.clone(), value)),
            "after" => Test::After(self.moment(fact, key.range.clone(), value)),
            "older_than" => Test::OlderThan(self.duration(value)),
            "within" => Test::Within(self.duration(value)),
            "includes" => Test::Includes(self.text(value)),
            "excludes" => Test::Excludes(self.text(value)),
            other => {
                const OPERATORS: [&str; 13] = [
                    "equals",
                    "not",
                    "in",
                    "matches",
                    "exists",
                    "below",
                    "above",
                    "before",
                    "after",
                    "older_than",
                    "within",
                    "includes",
                    "excludes",
                ];
                let help = did_you_mean(other, OPERATORS)
                    .map_or_else(|| format!("one of: {}", OPERATORS.join(", ")), |n| format!("did you mean `{n}`?"));
                self.finding("E0107", node, format!("`{other}` is no operator of a test"), Some(help));
                Test::Exists(true)
            }
        }
    }

    fn operand(&mut self, fact: &Fact, node: &Node) -> Operand {
        let NodeKind::Map(entries) = &node.kind else {
            return Operand::Value(self.value(fact, node));
        };
        let get = |name: &str| entries.iter().find(|(k, _)| k.value == name).map(|(_, v)| v);
        match get("fact").map(|n| (&n.kind, n)) {
            Some((NodeKind::Text(path), _)) if self.facts.contains_key(path) => {
                let times = match get("times").map(|n| &n.kind) {
                    Some(NodeKind::Number(text)) => text.parse().unwrap_or(1.0),
                    _ => 1.0,
                };
                Operand::Fact { path: path.clone(), times }
            }
            _ => {
                let help = Some("write { fact: bot.status } with a path of rules/facts.yaml".to_owned());
                self.finding("E0106", node, "this is no known fact to compare with".into(), help);
                Operand::Value(FactValue::Text(String::new()))
            }
        }
    }

    /// An operand of a test that only times can pass.
    fn moment(&mut self, fact: &Fact, operator: std::ops::Range<usize>, node: &Node) -> Operand {
        let operand = self.operand(fact, node);
        let other = match &operand {
            Operand::Fact { path, .. } => self.facts.get(path),
            Operand::Value(_) => None,
        };
        if let Some(odd) = [Some(fact), other].into_iter().flatten().find(|fact| fact.kind != FactKind::Time) {
            let message = format!("`{}` is no time, so nothing is before or after it", odd.path);
            let help = Some("numbers are compared by below: and above:".to_owned());
            self.findings.push(Finding { code: "E0107", range: operator, message, help, meant: None });
        }
        operand
    }

    fn values(&mut self, fact: &Fact, node: &Node) -> Vec<FactValue> {
        match &node.kind {
            NodeKind::List(list) => list.iter().map(|n| self.value(fact, n)).collect(),
            _ => vec![self.value(fact, node)],
        }
    }

    fn value(&mut self, fact: &Fact, node: &Node) -> FactValue {
        let json = to_json(node);
        match parse_value(fact, &json) {
            Ok(value) => value,
            Err(problem) => {
                self.finding("E0107", node, format!("{} {}", fact.path, problem.message), problem.help);
                FactValue::Text(String::new())
            }
        }
    }

    fn text(&mut self, node: &Node) -> String {
        match &node.kind {
            NodeKind::Text(text) | NodeKind::Number(text) => text.clone(),
            _ => {
                self.finding("E0107", node, "this operator takes a text".into(), None);
                String::new()
            }
        }
    }

    fn regex(&mut self, node: &Node) -> String {
        let text = self.text(node);
        if let Err(error) = regex_syntax::parse(&text) {
            self.finding("E0104", node, format!("not a regex: {error}"), None);
        }
        text
    }

    fn duration(&mut self, node: &Node) -> SignedDuration {
        let text = self.text(node);
        parse_duration(&text).unwrap_or_else(|| {
            let help = Some("write a number with m, h or d: 30m, 12h, 14d".to_owned());
            self.finding("E0107", node, format!("`{text}` is no duration"), help);
            SignedDuration::ZERO
        })
    }
}

/// A duration as rules write it: `0m`, `12h`, `14d`.
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let number: i64 = text[..text.len() - unit.len_utf8()].trim().parse().ok()?;
    match unit {
        'm' => Some(SignedDuration::from_mins(number)),
        'h' => Some(SignedDuration::from_hours(number)),
        'd' => Some(SignedDuration::from_hours(number * 24)),
        _ => None,
    }
}

/// Why a value does not fit a fact.
#[derive(Debug)]
pub struct ValueProblem {
    /// Reads after the fact's path: "is a number, not `x`".
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Reads the value of a fact: choices without regard to case, times in the usual forms.
pub fn parse_value(fact: &Fact, json: &serde_json::Value) -> Result<FactValue, ValueProblem> {
    use serde_json::Value;
    let shown = match json {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    let wrong = |what: &str| ValueProblem { message: format!("is {what}, not `{shown}`"), help: None };
    let word = |text: &str| -> Result<String, ValueProblem> {
        if fact.values.is_empty() {
            return Ok(text.to_owned());
        }
        fact.values.iter().find(|v| v.eq_ignore_ascii_case(text)).cloned().ok_or_else(|| ValueProblem {
            message: format!("has no value `{text}`"),
            help: Some(did_you_mean(text, fact.values.iter().map(String::as_str)).map_or_else(
                || format!("one of: {}", fact.values.join(", ")),
                |near| format!("did you mean `{near}`?"),
            )),
        })
    };
    match fact.kind {
        FactKind::Text | FactKind::Message => match json {
            Value::Array(_) | Value::Object(_) => Err(wrong("a text")),
            _ => Ok(FactValue::Text(shown)),
        },
        FactKind::Choice => match json {
            Value::Array(_) | Value::Object(_) => Err(wrong("one word")),
            _ => word(&shown).map(FactValue::Text),
        },
        FactKind::Number => match shown.trim().parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(FactValue::Number(v)),
            _ => Err(wrong("a number")),
        },
        FactKind::YesNo => match shown.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "on" | "1" => Ok(FactValue::YesNo(true)),
            "false" | "no" | "n" | "off" | "0" => Ok(FactValue::YesNo(false)),
            _ => Err(wrong("yes or no")),
        },
        FactKind::Time => {
            crate::input::time::parse_instant(&shown, None).map(FactValue::Time).ok_or_else(|| ValueProblem {
                message: format!("is a time, not `{shown}`"),
                help: Some("write it as 2026-11-20T08:00:00Z".into()),
            })
        }
        FactKind::List => match json {
            Value::Array(list) => {
                list.iter().map(|v| word(v.as_str().unwrap_or_default())).collect::<Result<_, _>>().map(FactValue::List)
            }
            Value::String(text) => {
                let words: Vec<&str> = text.split([',', ';']).flat_map(|p| p.split(" and ")).map(str::trim).collect();
                words.into_iter().filter(|w| !w.is_empty()).map(word).collect::<Result<_, _>>().map(FactValue::List)
            }
            _ => Err(wrong("a list")),
        },
    }
}

/// A YAML node as JSON; numbers keep their value.
pub fn to_json(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(v) => Value::Bool(*v),
        NodeKind::Number(text) => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| Value::String(text.clone())),
        NodeKind::Text(v) => Value::String(v.clone()),
        NodeKind::List(list) => Value::Array(list.iter().map(to_json).collect()),
        NodeKind::Map(map) => Value::Object(map.iter().map(|(k, v)| (k.value.clone(), to_json(v))).collect()),
    }
}
