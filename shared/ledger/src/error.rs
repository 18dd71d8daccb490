//! What can go wrong between a handler and the ledger.

use latchkey_lifecycle::Revision;

use crate::{FileTrouble, keys::Key};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The table is throttled, contended or out of reach; the same call may go through later.
    #[error("the ledger is busy ({0}); try again")]
    Busy(String),
    /// The table refuses the call, or does not exist.
    #[error("the ledger refused {call}: {problem}")]
    Refused {
        /// Which call.
        call: &'static str,
        /// What DynamoDB said.
        problem: String,
    },
    /// The file of a ledger on one machine cannot be used.
    #[error("the ledger's file {trouble} (the database says: {problem})")]
    File {
        /// What is wrong, and what is to be done.
        trouble: FileTrouble,
        /// What the database said.
        problem: String,
    },
    /// An item is not what this version of Latchkey writes.
    #[error("ledger item {key} cannot be read: {problem}")]
    Unreadable {
        /// Its key.
        key: String,
        /// What does not fit.
        problem: String,
    },
    /// An item that must be there is not.
    #[error("there is no {what} in the ledger")]
    Absent {
        /// What was looked for.
        what: String,
    },
    /// What belongs together is more than one transaction takes. Nothing was written.
    #[error(
        "{writes} items of {bytes} bytes belong together, and a transaction of the ledger takes 100 items and 4 MB: nothing was written"
    )]
    TooMuchAtOnce {
        /// How many items.
        writes: usize,
        /// How large they are together, in bytes.
        bytes: usize,
    },
    /// The step belongs to a revision that is no longer the case's current one: it changes nothing.
    #[error("revision {was} of {what} was superseded by revision {is}")]
    Fenced {
        /// The case or task.
        what: String,
        /// The step's revision.
        was: Revision,
        /// The current revision.
        is: Revision,
    },
}

impl LedgerError {
    /// An attribute is of a kind that no version of Latchkey writes.
    pub(crate) fn no_kind_of_ours(key: &Key, name: &str) -> LedgerError {
        LedgerError::Unreadable {
            key: key.to_string(),
            problem: format!("its attribute {name} is neither a text nor a number"),
        }
    }

    /// Where a damaged row is, as far as the caller knows; the table does not say.
    pub(crate) fn at(self, place: &str) -> LedgerError {
        match self {
            LedgerError::Unreadable { key, problem } if key.is_empty() => LedgerError::Unreadable {
                key: place.to_owned(),
                problem,
            },
            other => other,
        }
    }

    /// What one of DynamoDB's error codes means to a caller.
    /// Source: DynamoDB developer guide, "Error handling with DynamoDB".
    pub(crate) fn from_code(call: &'static str, code: &str, message: &str) -> LedgerError {
        let problem = format!("{code}: {message}");
        match code {
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "InternalServerError"
            | "ServiceUnavailable"
            | "TransactionInProgressException"
            | "TransactionConflictException" => LedgerError::Busy(problem),
            _ => LedgerError::Refused { call, problem },
        }
    }
}
