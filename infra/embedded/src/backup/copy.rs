//! The ledger's file, copied while it is in use, by the database itself.

use std::path::Path;

use latchkey_ledger::{LedgerError, embedded};
use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

/// Copies a ledger as it is at one instant, and gives the number of its items then. All of it is copied under one read
/// of the database, which holds up no writer (it has a write-ahead log) and is not begun anew by one.
/// Source: sqlite.org/backup.html, `sqlite3_backup_step(-1)`; sqlite.org/wal.html.
pub(super) fn copy(from: &Path, to: &Path) -> Result<u64, LedgerError> {
    copied(from, to).map_err(told)
}

fn copied(from: &Path, to: &Path) -> rusqlite::Result<u64> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.execute_batch("BEGIN")?;
    // The first read fixes the instant.
    let items = count(&source)?;
    let mut copy = Connection::open(to)?;
    let step = Backup::new(&source, &mut copy)?.step(-1)?;
    match step {
        StepResult::Done => Ok(items),
        // Nobody else has the copy open, and the source is being read already.
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            Some("database is locked".to_owned()),
        )),
    }
}

/// Reads all of a ledger's file that nobody has open, and gives the number of its items. What is wrong with it, in the
/// database's words, where it is not whole.
pub(super) fn checked(path: &Path) -> Result<Result<u64, String>, LedgerError> {
    let check = || {
        let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut check = copy.prepare("PRAGMA integrity_check(1)")?;
        let found: String = check.query_row([], |row| row.get(0))?;
        if found != "ok" {
            return Ok(Err(found));
        }
        count(&copy).map(Ok)
    };
    check().map_err(told)
}

fn count(database: &Connection) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM \"{}\"", embedded::TABLE);
    database.query_row(&sql, [], |row| row.get(0))
}

fn told(error: rusqlite::Error) -> LedgerError {
    embedded::file_error(&error.to_string())
}
