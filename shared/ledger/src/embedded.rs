//! A DynamoDB inside the process (`dynoxide`, backed by SQLite): the same calls as of the one on AWS, without its SDK
//! and without a socket.

use std::{path::Path, sync::Arc};

use dynoxide::{Database, DynoxideError};

use crate::{
    FileTrouble, Ledger, LedgerError,
    keys::Key,
    store::{Here, Store},
};

/// Name of the table in an embedded ledger.
pub const TABLE: &str = "latchkey";

/// How the database's message about a row begins that is not what it wrote.
const BAD_ITEM: &str = "Bad item JSON";

/// Opens an embedded ledger: in a file that outlives the process, or in memory. The database has a thread of its own.
///
/// # Errors
/// [`LedgerError::File`] says what is wrong with the file and what is to be done.
pub async fn open(file: Option<&Path>) -> Result<Ledger, LedgerError> {
    let database = match file {
        None => Database::memory().map_err(|e| refused("open", &e))?,
        Some(path) => database(path)?,
    };
    let here = Here::in_thread(database).map_err(|e| LedgerError::Refused {
        call: "open",
        problem: e.to_string(),
    })?;
    let ledger = Ledger::of(Store::Here(here));
    ledger.create_table().await?;
    Ok(ledger)
}

/// Opens the file of a ledger, or makes one, in the caller's own thread: it is closed, and all of it is in that one
/// file, when the last handle is dropped. For files that are moved or checked afterwards.
///
/// # Errors
/// [`LedgerError::File`] says what is wrong with the file and what is to be done.
pub async fn open_file_here(file: &Path) -> Result<Ledger, LedgerError> {
    let database = database(file)?;
    let new = database.table_count().map_err(|e| refused("open", &e))? == 0;
    let ledger = Ledger::of(Store::Here(Here::new(database, None)));
    if new {
        ledger.create_table().await?;
    }
    Ok(ledger)
}

fn database(file: &Path) -> Result<Database, LedgerError> {
    let text = file.to_str().ok_or_else(|| LedgerError::Refused {
        call: "open",
        problem: format!("the path {} is not UTF-8", file.display()),
    })?;
    Database::new(text).map_err(|e| refused("open", &e))
}

/// What the database says, as the ledger's error. A row that is no JSON would be no JSON either if it was asked for
/// again, and DynamoDB has no code for that, nor for a file that cannot be used: what is wrong with that is told in
/// SQLite's words, and comes by two ways.
pub(crate) fn refused(call: &'static str, error: &DynoxideError) -> LedgerError {
    let told = error.to_string();
    match error {
        DynoxideError::InternalServerError(row) if row.starts_with(BAD_ITEM) => {
            return LedgerError::Unreadable {
                key: String::new(),
                problem: "is damaged: it is no JSON".to_owned(),
            };
        }
        DynoxideError::InternalServerError(_) | DynoxideError::SqliteError(_)
            if FileTrouble::of(&told).is_some() =>
        {
            return file_error(&told);
        }
        _ => {}
    }
    let name = error.error_type();
    LedgerError::from_code(call, name.rsplit('#').next().unwrap_or(name), &told)
}

/// What a text of SQLite's own says of a ledger's file.
pub fn file_error(told: &str) -> LedgerError {
    let problem = told.to_owned();
    match FileTrouble::of(told) {
        Some(trouble) => LedgerError::File { trouble, problem },
        None => LedgerError::Refused {
            call: "open",
            problem,
        },
    }
}

/// What becomes of a call to a simulated ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It is carried out and answered.
    Answered,
    /// The table is throttled: nothing is done.
    Throttled,
    /// It is not carried out, and no answer ever comes.
    Lost,
    /// It is carried out, and no answer ever comes.
    AnswerLost,
}

/// Decides what becomes of each call to a simulated ledger.
pub trait Gate: Send + Sync + std::fmt::Debug {
    /// Called for every operation (`GetItem`, …), in the order in which they come.
    fn pass(&self, operation: &str) -> Passage;

    /// Called for every operation that has read, with the bytes of each item that it read: keys and body.
    fn has_read(&self, _operation: &str, _items: &[usize]) {}
}

/// Opens a ledger in memory that works in the caller's own thread: for rehearsals, which do one thing after the other and
/// would only wait for another thread.
///
/// # Errors
/// [`LedgerError::Refused`] when there is no memory for it.
pub async fn open_here() -> Result<Ledger, LedgerError> {
    here(None).await
}

/// The same, each call through a gate.
///
/// # Errors
/// [`LedgerError::Refused`] when there is no memory for it.
pub async fn open_gated(gate: Arc<dyn Gate>) -> Result<Ledger, LedgerError> {
    here(Some(gate)).await
}

/// The same ledger, each call through a gate: to count what something asks of it.
///
/// # Errors
/// [`LedgerError::Refused`] for a ledger that is not embedded.
pub fn through(ledger: &Ledger, gate: Arc<dyn Gate>) -> Result<Ledger, LedgerError> {
    match &ledger.store {
        Store::Here(here) => Ok(Ledger::of(Store::Here(here.through(gate)))),
        #[cfg(feature = "aws")]
        Store::Service(_) => Err(LedgerError::Refused {
            call: "through a gate",
            problem: "it is not embedded".to_owned(),
        }),
    }
}

/// What somebody does who may write to the table and goes past Latchkey: the body of an item (`null` when there is
/// none) is changed, or with `None` the item taken away. For tests of what finds that.
///
/// # Errors
/// [`LedgerError::Refused`] for a ledger that is not embedded.
pub async fn by_hand(
    ledger: &Ledger,
    (pk, sk): (&str, &str),
    change: impl FnOnce(serde_json::Value) -> Option<serde_json::Value>,
) -> Result<(), LedgerError> {
    let key = Key {
        pk: pk.to_owned(),
        sk: sk.to_owned(),
    };
    match &ledger.store {
        Store::Here(here) => here.by_hand(&key, change).await,
        #[cfg(feature = "aws")]
        Store::Service(_) => Err(LedgerError::Refused {
            call: "by hand",
            problem: "it is not embedded".to_owned(),
        }),
    }
}

async fn here(gate: Option<Arc<dyn Gate>>) -> Result<Ledger, LedgerError> {
    let database = Database::memory().map_err(|e| refused("open", &e))?;
    let ledger = Ledger::of(Store::Here(Here::new(database, gate)));
    ledger.create_table().await?;
    Ok(ledger)
}
