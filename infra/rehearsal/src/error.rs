//! Why a rehearsal did not come to its end.

use latchkey_embedded::{KeysError, StackError};
use latchkey_hris::Refusal;
use latchkey_ledger::LedgerError;
use latchkey_lifecycle::{IdError, MissingFields, TaskId};
use latchkey_runtime::Failure;

use crate::{ChoiceError, ScriptError};

/// Why a rehearsal did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The stack does not stand, or the runbook has errors.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A handler failed outside the workflow.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The secrets.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The webhook cannot be signed.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// An identifier is not one.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A person's record is not complete.
    #[error(transparent)]
    Person(#[from] MissingFields),
    /// A choice is not understood.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// There is nothing to rehearse.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// Intake did not take an event in.
    #[error("the event was not taken in (status {status}): {problem}")]
    Refused {
        /// The HTTP status that the HR system would get.
        status: u16,
        /// What it would read.
        problem: String,
    },
    /// A page did not take an answer that the person would have given.
    #[error("the page of task `{task}` answered {status}")]
    Page {
        /// Whose page.
        task: TaskId,
        /// The HTTP status.
        status: u16,
    },
    /// Time goes on and on and the case does not end.
    #[error("after {0} jumps of the clock the case has not come to an end")]
    Endless(usize),
}
