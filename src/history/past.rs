//! What earlier audits found of the same practice and subject.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::report::audit::{AuditAnswer, PastAnswer, Since};
use crate::rule::words::State;

/// A practice and a subject; nobody is an empty name.
type Key = (String, String);

/// The earlier audits, as far as something was broken in the last of them that could tell.
pub struct Earlier {
    /// The audit before this one.
    pub last: Option<String>,
    open: BTreeMap<Key, Open>,
    /// The last audit that looked at a practice, by its number.
    looked: BTreeMap<String, i64>,
}

/// Something that is broken as far as anybody knows.
struct Open {
    since: String,
    audits: u64,
    severity: String,
    /// The number of the last of them.
    run: i64,
}

impl Earlier {
    /// Reads what audits up to a moment found.
    pub fn of(connection: &Connection, now: Timestamp) -> rusqlite::Result<Self> {
        let mut select = connection.prepare(
            "SELECT practice, subject, state, severity, at, run FROM findings JOIN runs ON runs.id = run \
             JOIN things ON things.id = thing WHERE at_second <= ?1 AND state IN (?2, ?3) ORDER BY at_second, run",
        )?;
        let (broken, kept) = (State::Broken.word(), State::Kept.word());
        let mut rows = select.query(params![now.as_second(), broken, kept])?;
        let mut open: BTreeMap<Key, Open> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let key: Key = (row.get(0)?, row.get(1)?);
            if row.get::<_, String>(2)? == kept {
                open.remove(&key);
                continue;
            }
            let (severity, at): (String, String) = (row.get(3)?, row.get(4)?);
            let start = || Open { since: at, audits: 0, severity: String::new(), run: 0 };
            let entry = open.entry(key).or_insert_with(start);
            entry.audits += 1;
            entry.run = row.get(5)?;
            entry.severity = severity;
        }
        const LAST: &str = "SELECT max(at_second), at FROM runs WHERE at_second <= ?1";
        let last = connection.query_row(LAST, params![now.as_second()], |row| row.get(1))?;
        const LOOKED: &str = "SELECT practice, max(run) FROM findings JOIN runs ON runs.id = run \
                              JOIN things ON things.id = thing WHERE at_second <= ?1 GROUP BY practice";
        let mut select = connection.prepare(LOOKED)?;
        let rows = select.query_map(params![now.as_second()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let looked = rows.collect::<rusqlite::Result<_>>()?;
        Ok(Earlier { last, open, looked })
    }

    /// Since when something is broken that is so now.
    pub fn since(&self, practice: &str, subject: Option<&str>, now: &str) -> Since {
        match self.open.get(&(practice.to_owned(), subject.unwrap_or_default().to_owned())) {
            Some(open) => Since { at: open.since.clone(), audits: open.audits + 1, new: false },
            None => Since { at: now.to_owned(), audits: 1, new: true },
        }
    }

    /// What was broken and is not any more: mended, and not looked at. The latter is told once, by the first audit that
    /// looks at the practice and not at the subject: it may be gone for good.
    pub fn gone(&self, answer: &AuditAnswer) -> (Vec<PastAnswer>, Vec<PastAnswer>) {
        let of = |wanted: State| -> BTreeSet<(&str, &str)> {
            let found = answer.states().filter(|(_, _, state, _)| *state == wanted);
            found.map(|(practice, subject, ..)| (practice, subject.unwrap_or_default())).collect()
        };
        let (broken, kept) = (of(State::Broken), of(State::Kept));
        let looks = answer.states().map(|(practice, ..)| practice);
        let looks: BTreeSet<&str> =
            looks.chain(answer.does_not_apply.iter().map(|name| name.practice.as_str())).collect();
        let (mut mended, mut unseen) = (Vec::new(), Vec::new());
        for ((practice, subject), open) in &self.open {
            let key = (practice.as_str(), subject.as_str());
            let past = PastAnswer {
                practice: practice.clone(),
                subject: (!subject.is_empty()).then(|| subject.clone()),
                severity: open.severity.clone(),
                since: open.since.clone(),
            };
            match (broken.contains(&key), kept.contains(&key)) {
                (true, _) => {}
                (false, true) => mended.push(past),
                (false, false) if !looks.contains(practice.as_str()) => {}
                (false, false) if self.looked.get(practice).is_some_and(|last| *last > open.run) => {}
                (false, false) => unseen.push(past),
            }
        }
        (mended, unseen)
    }
}
