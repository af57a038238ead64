//! The file itself: made, recognised, or refused with the way out.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Marks the file as ours: `cwhy`.
const APPLICATION: i64 = 0x6377_6879;
/// The tables as this version knows them.
const VERSION: i64 = 1;
/// How long another program may keep the file to itself.
const PATIENCE: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    at_second INTEGER NOT NULL,
    version TEXT NOT NULL,
    critical INTEGER NOT NULL,
    high INTEGER NOT NULL,
    medium INTEGER NOT NULL,
    low INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    not_checked INTEGER NOT NULL,
    does_not_apply INTEGER NOT NULL,
    failed_deployments INTEGER
);
CREATE INDEX runs_by_time ON runs (at_second);
CREATE TABLE things (
    id INTEGER PRIMARY KEY,
    practice TEXT NOT NULL,
    subject TEXT NOT NULL,
    UNIQUE (practice, subject)
);
CREATE TABLE findings (
    thing INTEGER NOT NULL REFERENCES things (id),
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    severity TEXT NOT NULL,
    evidence TEXT,
    PRIMARY KEY (thing, run)
) WITHOUT ROWID;
CREATE INDEX findings_by_run ON findings (run);
";

/// What the file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read it; it must be there.
    Read,
    /// To write it; it is made where it is not there.
    Write,
}

/// Opens the file; the error is a sentence that goes on behind its name.
pub fn open(path: &Path, access: Access) -> Result<Connection, String> {
    let flags = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    match access {
        Access::Read if !path.exists() => return Err("does not exist: certwhy audit … --history makes it".to_owned()),
        Access::Read => {}
        Access::Write => make(path)?,
    }
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|e| why(&e))?;
    recognised(&connection, access).map_err(|error| match error {
        Refused::Sqlite(error) => why(&error),
        Refused::Other(why) => why,
    })?;
    Ok(connection)
}

/// Makes the file for its owner alone: it tells which certificates there are and what is wrong with them.
fn make(path: &Path) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be written: {error}; name a file in a folder that this user may write")),
    }
}

enum Refused {
    Sqlite(rusqlite::Error),
    Other(String),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Refused::Sqlite(error)
    }
}

/// What a file is that can be used.
enum Kind {
    /// A history.
    Ours,
    /// A file without tables.
    Empty,
}

/// Whoever is refused drops the connection, which ends what was begun.
fn recognised(connection: &Connection, access: Access) -> Result<(), Refused> {
    connection.busy_timeout(PATIENCE)?;
    if access == Access::Write {
        connection.pragma_update(None, "foreign_keys", true)?;
    }
    // Another program may be making the tables just now: all that is asked is asked of one state.
    connection.execute_batch("BEGIN")?;
    let found = kind(connection)?;
    connection.execute_batch("COMMIT")?;
    match (found, access) {
        (Kind::Ours, _) => Ok(()),
        (Kind::Empty, Access::Read) => Err(Refused::Other("holds no audit yet".to_owned())),
        (Kind::Empty, Access::Write) => {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            if let Kind::Empty = kind(connection)? {
                connection.execute_batch(TABLES)?;
                connection.pragma_update(None, "application_id", APPLICATION)?;
                connection.pragma_update(None, "user_version", VERSION)?;
            }
            Ok(connection.execute_batch("COMMIT")?)
        }
    }
}

fn kind(connection: &Connection) -> Result<Kind, Refused> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables = || connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    match (number("application_id")?, number("user_version")?) {
        // The head alone says nothing about the rest: the tables are looked at too.
        (APPLICATION, VERSION) => {
            let both = "SELECT count(*) FROM (SELECT 1 FROM runs LIMIT 1), (SELECT 1 FROM findings LIMIT 1)";
            connection.query_row(both, [], |_| Ok(()))?;
            Ok(Kind::Ours)
        }
        (APPLICATION, newer) if newer > VERSION => Err(Refused::Other(format!(
            "was written by a newer certwhy (form {newer}, this version knows {VERSION}): use that one, or name another file"
        ))),
        (0, 0) if tables()? == 0 => Ok(Kind::Empty),
        _ => Err(Refused::Other("is a database of another program: name another file".to_owned())),
    }
}

/// What is wrong with a file, and the way out.
pub fn why(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "is no database of SQLite: name another file".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => {
            "is damaged: move it away, a new one is made (sqlite3 FILE .recover may save what it held)".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("is in use by another program for more than {} seconds: try again", PATIENCE.as_secs())
        }
        Some(ErrorCode::ReadOnly) => {
            "is read-only: let this user write it and its folder, or name another file".to_owned()
        }
        Some(ErrorCode::CannotOpen) => "cannot be opened: look at the rights of the file and of its folder".to_owned(),
        Some(ErrorCode::DiskFull) => "cannot be written: the disk is full".to_owned(),
        _ => format!("cannot be used: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path, access: Access) -> String {
        open(path, access).expect_err("refused")
    }

    #[test]
    fn a_file_is_made_once_and_recognised() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.sqlite");
        assert!(refused(&path, Access::Read).contains("does not exist"));
        open(&path, Access::Write).expect("made");
        open(&path, Access::Write).expect("recognised");
        open(&path, Access::Read).expect("readable");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_history_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = folder.path().join("notes.txt");
        std::fs::write(
            &text,
            "no database at all, but long enough to have a head of one hundred bytes, which is read first. ".repeat(3),
        )
        .expect("written");
        assert!(refused(&text, Access::Write).contains("no database"));
        let other = folder.path().join("other.sqlite");
        let connection = Connection::open(&other).expect("made");
        connection.execute_batch("CREATE TABLE moz_places (id INTEGER)").expect("a table");
        assert!(refused(&other, Access::Write).contains("another program"));
        let newer = folder.path().join("newer.sqlite");
        open(&newer, Access::Write).expect("made").pragma_update(None, "user_version", 9).expect("a version");
        assert!(refused(&newer, Access::Write).contains("newer certwhy (form 9"));
        assert!(refused(folder.path(), Access::Write).contains("cannot be written"));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.sqlite");
        drop(open(&path, Access::Write).expect("made"));
        let mut bytes = std::fs::read(&path).expect("read");
        let end = bytes.len();
        bytes[100..end].fill(0xff);
        std::fs::write(&path, bytes).expect("written");
        assert!(refused(&path, Access::Write).contains("damaged"), "{}", refused(&path, Access::Write));
    }
}
