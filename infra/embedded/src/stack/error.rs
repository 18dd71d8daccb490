//! Why a stack does not run.

use std::{net::SocketAddr, path::PathBuf};

use latchkey_ledger::LedgerError;
use latchkey_runbook::Problem;
use latchkey_runtime::{Failure, NoLinkKey};

use crate::{keys::KeysError, lock::LockError, outbox::OutboxError};

/// Why the stack does not run.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The directory cannot be used.
    #[error("the directory {path} cannot be used: {problem}")]
    Directory {
        /// Which directory.
        path: PathBuf,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The ledger's file cannot be used.
    #[error("the file {path} cannot be used: {problem}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The ledger has nothing in it, and there was one.
    #[error(
        "the ledger {path} is empty, and the secrets beside it are those of ledger {ledger}: something cut it off, or a copy of it came to \
         nothing. Put a backup there (`latchkey restore`), or, to begin anew, delete {path} and take the line `ledger/id` out of the secrets"
    )]
    Emptied {
        /// Which file.
        path: PathBuf,
        /// Whose secrets they are.
        ledger: String,
    },
    /// Another process works in the directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The address is taken or not ours.
    #[error("cannot listen at {address}: {problem}; choose another with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The secrets file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Links cannot be signed.
    #[error(transparent)]
    Links(#[from] NoLinkKey),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A handler.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// TLS cannot be set up.
    #[error("this machine cannot make connections: {0}")]
    Connections(String),
    /// The definition has problems.
    #[error("the workflow's definition has problems:\n{0}")]
    Definition(String),
    /// The runbook has errors; the current one stays.
    #[error("the runbook has {} and was not taken", errors(.0))]
    Runbook(Vec<Problem>),
}

fn errors(problems: &[Problem]) -> String {
    let count = problems.iter().filter(|p| p.is_error()).count();
    if count == 1 {
        "1 error".to_owned()
    } else {
        format!("{count} errors")
    }
}
