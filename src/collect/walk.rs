//! From one answer to the next: what came is kept, what did not is told, and what nobody can answer is not asked.

use jiff::Timestamp;
use serde_json::Value;

use super::client::{Ask, Client, Judge, Reply};
use super::failure::Failure;
use super::{Absent, Collected, Part};
use crate::diagnostic::count;

/// Pages of a listing that are looked at.
pub const MAX_PAGES: u64 = 10;

/// A walk through the endpoints of one host.
pub struct Walk<'c> {
    client: &'c Client,
    collected: Collected,
    /// Whether something failed that every other request would fail with too.
    ended: bool,
}

impl<'c> Walk<'c> {
    /// Begins with nothing.
    pub fn new(client: &'c Client, source: &str, base: &str) -> Self {
        let collected = Collected {
            source: source.to_owned(),
            base: base.trim_end_matches('/').to_owned(),
            at: Timestamp::now(),
            parts: Vec::new(),
            missing: Vec::new(),
            notes: Vec::new(),
        };
        Walk { client, collected, ended: false }
    }

    /// Asks. A failure is the caller's to judge; see [`Walk::missed`].
    pub async fn ask(&mut self, ask: &dyn Fn() -> Ask, judge: &Judge) -> Result<Reply, Failure> {
        if self.ended {
            return Err(Failure::NoTimeLeft);
        }
        let answer = self.client.send(ask, judge).await;
        self.ended = answer.as_ref().err().is_some_and(Failure::ends_all);
        answer
    }

    /// Keeps an answer from which facts are taken.
    pub fn keep(&mut self, endpoint: &str, at: Timestamp, body: &Value) {
        self.part(endpoint, at, body, true);
    }

    /// Keeps an answer that only leads to others.
    pub fn keep_aside(&mut self, endpoint: &str, at: Timestamp, body: &Value) {
        self.part(endpoint, at, body, false);
    }

    fn part(&mut self, endpoint: &str, at: Timestamp, body: &Value, tells: bool) {
        let body = self.client.clean.body(body.clone());
        self.collected.parts.push(Part { endpoint: self.client.clean.text(endpoint), at, body, tells });
    }

    /// Tells what did not come. Once nothing can be answered any more, that is told once.
    pub fn missed(&mut self, endpoint: &str, failure: &Failure) {
        let again = matches!(failure, Failure::NoTimeLeft)
            && self.collected.missing.last().is_some_and(|last| last.why.starts_with("nothing more was asked"));
        if again {
            return;
        }
        let why = match failure {
            Failure::NoTimeLeft if self.ended => {
                "nothing more was asked: the time is used up, or the platform no longer answers".to_owned()
            }
            failure => self.client.clean.text(&failure.to_string()),
        };
        self.collected.missing.push(Absent { endpoint: endpoint.to_owned(), why });
    }

    /// Tells something that is not there, in words.
    pub fn missed_because(&mut self, endpoint: &str, why: &str) {
        self.collected.missing.push(Absent { endpoint: endpoint.to_owned(), why: self.client.clean.text(why) });
    }

    /// Tells a person what was chosen.
    pub fn note(&mut self, note: String) {
        self.collected.notes.push(self.client.clean.text(&note));
    }

    /// Tells a person which orders of a report were chosen. `whom` stands before it.
    pub fn chose(&mut self, whom: &str, days: u32, rows: &[&Value], chosen: usize) {
        let told = match rows.len() {
            0 => format!("{whom}no order of the last {days} days"),
            all => {
                let open = rows.iter().filter(|row| trouble(row).is_some()).count();
                format!(
                    "{whom}{} of the last {days} days, {open} not as it should be, {chosen} looked into",
                    count(all, "order")
                )
            }
        };
        self.note(told);
    }

    /// Everything, at the end.
    pub fn done(self) -> Collected {
        self.collected
    }
}

/// A day so many days ago, `YYYY-MM-DD`.
pub fn day_before(days: u32) -> String {
    let hours = i64::from(days) * 24;
    let then = Timestamp::now().checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap_or(Timestamp::UNIX_EPOCH);
    then.strftime("%Y-%m-%d").to_string()
}

/// How much an order of a report needs somebody, by its display words; none for those that are as they should be, were given
/// up by people, or were never sent. The numeric ids of orders are left alone: 4 and 5 change places between sources.
pub fn trouble(row: &Value) -> Option<u8> {
    let word = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_ascii_lowercase();
    let (order, certificate) = (word("orderStatus"), word("certificateStatus"));
    if word("orderNumber").is_empty()
        || order.contains("hold")
        || order.contains("cancel")
        || certificate.contains("cancel")
    {
        return None;
    }
    match certificate.as_str() {
        "certificate downloaded" | "certificate revoked" | "certificate expired" => None,
        text if text.contains("reject") || text.contains("discrepancy") || text.contains("invalid") => Some(1),
        "certificate generated" => Some(2),
        _ => Some(0),
    }
}

/// The rows that need somebody, those that wait first, newest first; at most so many.
pub fn worst<'r>(rows: &[&'r Value], limit: usize) -> Vec<&'r Value> {
    let date = |row: &Value| row.get("orderDate").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut found: Vec<(u8, &'r Value)> = rows.iter().filter_map(|row| Some((trouble(row)?, *row))).collect();
    found.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| date(y).cmp(&date(x))));
    found.into_iter().take(limit).map(|(_, row)| row).collect()
}

/// The text at a key.
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default().trim()
}

/// One spelling of a name: small letters, no dot at the end, no wildcard.
pub fn plain_name(name: &str) -> String {
    let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
    name.strip_prefix("*.").unwrap_or(&name).to_owned()
}
