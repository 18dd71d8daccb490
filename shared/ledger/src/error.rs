//! What can go wrong between a handler and the ledger.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use latchkey_lifecycle::Revision;

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

/// The code by which the embedded table says that it cannot read a row of its own; DynamoDB has none of the kind.
pub(crate) const DAMAGED: &str = "DamagedItem";

impl LedgerError {
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

    pub(crate) fn from_sdk<E, R>(call: &'static str, error: SdkError<E, R>) -> LedgerError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        match &error {
            SdkError::ServiceError(e) => {
                let (code, message) = (e.err().code(), e.err().message());
                LedgerError::from_code(
                    call,
                    code.unwrap_or("unknown"),
                    message.unwrap_or("no message"),
                )
            }
            other => LedgerError::Busy(format!(
                "{call}: {}",
                aws_sdk_dynamodb::error::DisplayErrorContext(other)
            )),
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
            DAMAGED => LedgerError::Unreadable {
                key: String::new(),
                problem: "is damaged: it is no JSON".to_owned(),
            },
            _ => LedgerError::Refused { call, problem },
        }
    }
}
