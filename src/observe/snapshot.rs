//! Answers of a platform become a snapshot, by the mappings of the rules; and a snapshot becomes facts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::condition::shown;
use super::facts::{self, FactSet, Origin, Reading};
use super::normal_subject;
use crate::diagnostic::count;
use crate::input::snapshot::{About, Missing, SCHEMA, Snapshot, Told};
use crate::input::time::parse_instant;
use crate::rule::condition::parse_value;
use crate::rule::model::{FactValue, Knowledge};

/// Facts that are older than this say so: orders and validations move within hours, and a snapshot of yesterday may tell of
/// what has been mended since.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Statuses of an order that nothing changes any more: what its domain is about now is another story.
const SETTLED: [&str; 5] = ["issued", "revoked", "cancelled", "rejected", "expired"];

/// One answer of a platform.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// What was asked.
    pub endpoint: &'a str,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer.
    pub body: &'a Value,
}

/// Where and when a platform was asked, and what it did not answer.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which API.
    pub source: String,
    /// Where.
    pub base: String,
    /// When it began.
    pub at: Timestamp,
    /// What did not come.
    pub missing: Vec<Missing>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Puts answers together: facts about the same order and domain stand in one set, and of two answers that tell the same the
/// earlier one in the list counts.
pub fn build(knowledge: &Knowledge, asked: Asked, answers: &[Answered<'_>]) -> Snapshot {
    let Asked { source, base, at, missing, mut notes } = asked;
    let mut orders: Vec<Gathered> = Vec::new();
    let mut others: Vec<Gathered> = Vec::new();
    for answer in answers {
        let reading = facts::read(knowledge, 0, answer.body, "", answer.at);
        notes.extend(reading.notes.iter().map(|note| format!("{}: {note}", answer.endpoint)));
        if !reading.known {
            notes.push(format!(
                "{}: no mapping knows the form of this answer; --raw DIR keeps it for one",
                answer.endpoint
            ));
        }
        for set in reading.sets {
            let gathered = Gathered::of(set, answer);
            let pile = if gathered.order.is_some() { &mut orders } else { &mut others };
            match pile.iter_mut().find(|earlier| earlier.is_about(&gathered)) {
                Some(earlier) => earlier.fill(gathered),
                None => pile.push(gathered),
            }
        }
    }
    // What is known of a domain belongs to the orders that wait for it.
    for other in others {
        let mut open: Vec<&mut Gathered> =
            orders.iter_mut().filter(|order| order.waits() && order.domain == other.domain).collect();
        if open.is_empty() {
            orders.push(other);
        } else {
            open.iter_mut().for_each(|order| order.fill(other.clone()));
        }
    }
    let sets = orders.into_iter().map(Gathered::about).collect();
    notes.dedup();
    Snapshot { schema: SCHEMA.to_owned(), source, base, collected_at: rfc3339(at), sets, missing, notes }
}

/// Facts that are put together.
#[derive(Debug, Clone)]
struct Gathered {
    order: Option<String>,
    domain: Option<String>,
    values: BTreeMap<String, (FactValue, String, Timestamp)>,
}

impl Gathered {
    fn of(set: FactSet, answer: &Answered<'_>) -> Self {
        let name = |path: &str| set.values.get(path).map(shown);
        Gathered {
            order: name("order.id"),
            domain: name("certificate.cn").map(|domain| normal_subject(&domain)),
            values: set
                .values
                .into_iter()
                .map(|(path, value)| (path, (value, answer.endpoint.to_owned(), answer.at)))
                .collect(),
        }
    }

    /// The same order, or the same domain without one; a domain that is not told is no other one.
    fn is_about(&self, other: &Gathered) -> bool {
        let same_domain = self.domain.is_none() || other.domain.is_none() || self.domain == other.domain;
        self.order == other.order && same_domain && (self.order.is_some() || self.domain == other.domain)
    }

    fn waits(&self) -> bool {
        self.values.get("order.status").is_some_and(|(status, ..)| !SETTLED.contains(&shown(status).as_str()))
    }

    fn fill(&mut self, other: Gathered) {
        self.domain = self.domain.take().or(other.domain);
        for (path, told) in other.values {
            self.values.entry(path).or_insert(told);
        }
    }

    fn about(self) -> About {
        let told =
            |(value, from, at): (FactValue, String, Timestamp)| Told { value: json(&value), from, at: rfc3339(at) };
        About {
            subject: self.domain.or(self.order),
            facts: self.values.into_iter().map(|(path, value)| (path, told(value))).collect(),
        }
    }
}

fn json(value: &FactValue) -> Value {
    match value {
        FactValue::Text(text) => Value::from(text.as_str()),
        FactValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Value::from(*number as i64),
        FactValue::Number(number) => Value::from(*number),
        FactValue::YesNo(yes) => Value::from(*yes),
        FactValue::Time(time) => Value::from(rfc3339(*time)),
        FactValue::List(list) => Value::from(list.clone()),
    }
}

fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The facts of a snapshot; its notes tell what did not come, and what is old.
pub fn read(knowledge: &Knowledge, input: usize, snapshot: &Snapshot, text: &str, now: Timestamp) -> Reading {
    let mut reading = Reading { kind: snapshot.source.clone(), known: true, ..Reading::default() };
    let collected = parse_instant(&snapshot.collected_at, None);
    if collected.is_none() {
        let told = &snapshot.collected_at;
        reading.notes.push(format!("collected_at: {told} is no time; the present is used, and no fact is called old"));
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut from = 0;
    let mut old: Vec<SignedDuration> = Vec::new();
    for about in &snapshot.sets {
        let mut set = FactSet::empty(false, collected.unwrap_or(now));
        set.subject.clone_from(&about.subject);
        for (path, told) in &about.facts {
            let line = line_of(&lines, from, path);
            from = line.unwrap_or(from);
            let Some(fact) = knowledge.facts.get(path) else {
                reading.notes.push(facts::unknown(knowledge, path));
                continue;
            };
            match parse_value(fact, &told.value) {
                Ok(value) => {
                    let at = parse_instant(&told.at, None).or(collected);
                    let age = at.map(|at| now.duration_since(at)).filter(|age| *age > STALE_AFTER);
                    old.extend(age);
                    set.places.insert(path.clone(), (input, line));
                    set.origins.insert(path.clone(), Origin { from: told.from.clone(), at, age });
                    set.values.insert(path.clone(), value);
                }
                Err(problem) => reading.notes.push(format!("{path} {}", problem.message)),
            }
        }
        if !set.values.is_empty() {
            reading.sets.push(set);
        }
    }
    if let Some(oldest) = old.iter().max() {
        reading.notes.push(format!(
            "{} of it {} older than {} hours (up to {}): much may have changed since; collect it again",
            count(old.len(), "fact"),
            if old.len() == 1 { "is" } else { "are" },
            STALE_AFTER.as_hours(),
            age(*oldest)
        ));
    }
    reading.incomplete = !snapshot.missing.is_empty();
    for missing in &snapshot.missing {
        reading.notes.push(format!("not collected: {}: {}", missing.endpoint, missing.why));
    }
    reading.notes.dedup();
    reading
}

/// The line at which a key stands, from a line on; lines count from 1.
fn line_of(lines: &[&str], from: usize, key: &str) -> Option<usize> {
    let quoted = format!("\"{key}\"");
    lines.iter().skip(from).position(|line| line.trim_start().starts_with(&quoted)).map(|found| from + found + 1)
}

/// `3 days`, `26 hours`, `5 minutes`: an age in words.
pub fn age(age: SignedDuration) -> String {
    match age.as_mins().max(0) {
        minutes @ 0..120 => count(usize::try_from(minutes).unwrap_or(0), "minute"),
        minutes @ 120..2880 => count(usize::try_from(minutes / 60).unwrap_or(0), "hour"),
        minutes => count(usize::try_from(minutes / 1440).unwrap_or(0), "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_in_words() {
        let told = |minutes| age(SignedDuration::from_mins(minutes));
        assert_eq!(
            [0, 1, 119, 120, 26 * 60, 3 * 1440].map(told),
            ["0 minutes", "1 minute", "119 minutes", "2 hours", "26 hours", "3 days"]
        );
    }
}
