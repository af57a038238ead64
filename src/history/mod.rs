//! Earlier audits, kept in a file of SQLite: what is new, since when something is broken, what was mended.
//!
//! One audit is one transaction. What is kept has passed the redactor: the file holds what the report says, and no secret.

mod file;
mod past;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::error::{Error, Result};
use crate::report::audit::{AuditAnswer, BrokenAnswer, FactSeen, HistoryAnswer, RunAnswer, TrendAnswer};

/// Audits that a trend looks at.
pub const RUNS: usize = 10;

/// The file with earlier audits, open.
pub struct History {
    path: PathBuf,
    connection: Connection,
}

impl History {
    /// Opens the file, and makes it where there is none (on Unix for its owner alone).
    ///
    /// # Errors
    /// [`Error::History`]: it is no history, was written by a newer version, is in use, or cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = file::open(path, file::Access::Write).map_err(|why| told(path, why))?;
        Ok(History { path: path.to_owned(), connection })
    }

    /// Opens a file that must be there, to read it alone.
    ///
    /// # Errors
    /// As [`History::open`], and where there is no file.
    pub fn read(path: &Path) -> Result<Self> {
        let connection = file::open(path, file::Access::Read).map_err(|why| told(path, why))?;
        Ok(History { path: path.to_owned(), connection })
    }

    /// Failed deployments at the last audit before a moment that knew of any.
    ///
    /// # Errors
    /// [`Error::History`]: the file cannot be read.
    pub fn failed_before(&self, at: Timestamp) -> Result<Option<u64>> {
        const LAST: &str = "SELECT failed_deployments FROM runs WHERE at_second < ?1 AND failed_deployments IS NOT NULL \
                            ORDER BY at_second DESC, id DESC LIMIT 1";
        let number = self.connection.query_row(LAST, params![at.as_second()], |row| row.get::<_, i64>(0)).optional();
        Ok(self.ok(number)?.and_then(|number| u64::try_from(number).ok()))
    }

    /// Says of an audit what earlier ones add, and keeps it. Audits that are older than `keep` are forgotten.
    ///
    /// # Errors
    /// [`Error::History`]: the file cannot be written, for instance since another program writes it for long.
    pub fn record(&mut self, answer: &mut AuditAnswer, now: Timestamp, keep: Option<SignedDuration>) -> Result<()> {
        let outcome = self.write(answer, now, keep);
        self.ok(outcome)
    }

    fn write(
        &mut self,
        answer: &mut AuditAnswer,
        now: Timestamp,
        keep: Option<SignedDuration>,
    ) -> rusqlite::Result<()> {
        // What was read must still be so when it is written.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let earlier = past::Earlier::of(&transaction, now)?;
        for broken in &mut answer.broken {
            broken.since = Some(earlier.since(&broken.practice, broken.subject.as_deref(), &answer.at));
        }
        let mut history = HistoryAnswer { last: earlier.last.clone(), ..HistoryAnswer::default() };
        (history.mended, history.unseen) = earlier.gone(answer);
        add(&transaction, answer, now)?;
        if let Some(oldest) = keep.and_then(|keep| now.checked_sub(keep).ok()) {
            transaction.execute("DELETE FROM runs WHERE at_second < ?1", params![oldest.as_second()])?;
            transaction.execute("DELETE FROM things WHERE id NOT IN (SELECT thing FROM findings)", [])?;
        }
        history.trend = TrendAnswer::of(runs(&transaction, now, RUNS)?);
        answer.history = Some(history);
        transaction.commit()
    }

    /// The last audits up to a moment, the oldest first.
    ///
    /// # Errors
    /// [`Error::History`]: the file cannot be read.
    pub fn trend(&self, now: Timestamp, number: usize) -> Result<TrendAnswer> {
        Ok(TrendAnswer::of(self.ok(runs(&self.connection, now, number))?))
    }

    fn ok<T>(&self, outcome: rusqlite::Result<T>) -> Result<T> {
        outcome.map_err(|error| told(&self.path, file::why(&error)))
    }
}

fn told(path: &Path, why: String) -> Error {
    Error::History { path: path.to_owned(), why }
}

/// Adds an audit with all that it found.
fn add(connection: &Connection, answer: &AuditAnswer, now: Timestamp) -> rusqlite::Result<()> {
    let counts = &answer.counts;
    connection.execute(
        "INSERT INTO runs (at, at_second, version, critical, high, medium, low, kept, not_checked, does_not_apply, \
         failed_deployments) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            answer.at,
            now.as_second(),
            answer.version,
            number(counts.critical),
            number(counts.high),
            number(counts.medium),
            number(counts.low),
            number(counts.kept),
            number(counts.not_checked),
            number(counts.does_not_apply),
            answer.failed_deployments.and_then(|failed| i64::try_from(failed).ok()),
        ],
    )?;
    let run = connection.last_insert_rowid();
    let mut name = connection.prepare("INSERT OR IGNORE INTO things (practice, subject) VALUES (?1, ?2)")?;
    // Of two things with the same name the one that is broken counts: it comes first.
    let mut insert = connection.prepare(
        "INSERT OR IGNORE INTO findings (thing, run, state, severity, evidence) \
         SELECT id, ?3, ?4, ?5, ?6 FROM things WHERE practice = ?1 AND subject = ?2",
    )?;
    // What shows that something is kept is no news, and much of it.
    let shown = |broken: &BrokenAnswer| broken.facts.iter().map(FactSeen::shown).collect::<Vec<_>>().join(", ");
    let evidence = answer.broken.iter().map(|broken| Some(shown(broken))).chain(std::iter::repeat(None));
    for ((practice, subject, state, severity), evidence) in answer.states().zip(evidence) {
        let subject = subject.unwrap_or_default();
        name.execute(params![practice, subject])?;
        insert.execute(params![practice, subject, run, state.word(), severity, evidence])?;
    }
    Ok(())
}

/// A number as the file has it.
fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The last audits up to a moment, the oldest first.
fn runs(connection: &Connection, now: Timestamp, most: usize) -> rusqlite::Result<Vec<RunAnswer>> {
    let mut select = connection.prepare(
        "SELECT at, version, critical, high, medium, low, kept, not_checked, failed_deployments FROM runs \
         WHERE at_second <= ?1 ORDER BY at_second DESC, id DESC LIMIT ?2",
    )?;
    let rows = select.query_map(params![now.as_second(), number(most)], |row| {
        let count = |column: usize| row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0));
        let failed: Option<i64> = row.get(8)?;
        Ok(RunAnswer {
            at: row.get(0)?,
            version: row.get(1)?,
            critical: count(2)?,
            high: count(3)?,
            medium: count(4)?,
            low: count(5)?,
            kept: count(6)?,
            not_checked: count(7)?,
            failed_deployments: failed.and_then(|failed| u64::try_from(failed).ok()),
        })
    })?;
    let mut runs = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    runs.reverse();
    Ok(runs)
}
