//! The journal beside the file of an embedded ledger.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::LedgerError;

/// How long others may keep the file.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes the journal of an embedded ledger into its file and empties it, so that the file is all there is. `false`
/// when somebody else reads or writes there meanwhile: then the journal stays, and nothing is lost by that.
///
/// # Errors
/// [`LedgerError::Refused`] when the file cannot be written.
pub fn write_back(file: &Path) -> Result<bool, LedgerError> {
    let refused = |problem: rusqlite::Error| LedgerError::Refused {
        call: "write back",
        problem: problem.to_string(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(refused)?;
    connection.busy_timeout(PATIENCE).map_err(refused)?;
    // Source: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint: the first column says whether it was kept from
    // it.
    let kept_from_it: i64 = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(refused)?;
    Ok(kept_from_it == 0)
}
