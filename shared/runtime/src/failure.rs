//! Why a step failed, under the names that the workflow's Retry and Catch know.

use latchkey_ledger::LedgerError;
use latchkey_systems::Fault;

/// Why a step failed. The message goes into the execution's history, so it carries ids and system names,
/// never personal data or secrets (promise 10); what an owner needs to know stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A system or the ledger asks to come back later.
    #[error("{0}")]
    Busy(String),
    /// A system or the ledger does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// A system will not do it: its answer says why.
    #[error("{0}")]
    Rejected(String),
    /// A system does not accept our credentials.
    #[error("{0}")]
    Unauthorized(String),
    /// Two accounts match, or one that belongs to somebody else.
    #[error("{0}")]
    Conflict(String),
    /// A system shows a part of what it has: nothing can be verified by it.
    #[error("{0}")]
    Incomplete(String),
    /// The system does not show it yet.
    #[error("{0}")]
    NotYet(String),
    /// A system was given the time that there was, and still does not answer: its owner hears of it.
    #[error("{0}")]
    Down(String),
    /// The case has a later revision: this step changes nothing.
    #[error("{0}")]
    Fenced(String),
    /// The case has tasks that are neither verified nor waived.
    #[error("{0}")]
    NotAllEnded(String),
    /// Something that Latchkey wrote itself does not fit: a runbook version, an item, a request.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// Every name, as the workflow writes it.
    pub const NAMES: [&'static str; 11] = [
        "Busy",
        "Unreachable",
        "Rejected",
        "Unauthorized",
        "Conflict",
        "Incomplete",
        "NotYet",
        "Down",
        "Fenced",
        "NotAllEnded",
        "Broken",
    ];

    /// The name in the workflow's Retry and Catch.
    pub fn name(&self) -> &'static str {
        match self {
            Failure::Busy(_) => "Busy",
            Failure::Unreachable(_) => "Unreachable",
            Failure::Rejected(_) => "Rejected",
            Failure::Unauthorized(_) => "Unauthorized",
            Failure::Conflict(_) => "Conflict",
            Failure::Incomplete(_) => "Incomplete",
            Failure::NotYet(_) => "NotYet",
            Failure::Down(_) => "Down",
            Failure::Fenced(_) => "Fenced",
            Failure::NotAllEnded(_) => "NotAllEnded",
            Failure::Broken(_) => "Broken",
        }
    }

    /// What a system's fault is to the workflow. Which system and what kind of fault, nothing else.
    pub fn from_fault(system: &str, fault: &Fault) -> Failure {
        let text =
            |what: &str| format!("System `{system}` {what}. The task in the ledger says more.");
        match fault {
            Fault::Busy { .. } => Failure::Busy(text("asks to come back later")),
            Fault::Unreachable { .. } => Failure::Unreachable(text("does not answer")),
            Fault::Rejected { .. } => Failure::Rejected(text("will not do it")),
            Fault::Forbidden { .. } => Failure::Rejected(text("does not let Latchkey do it")),
            Fault::Unauthorized { .. } => {
                Failure::Unauthorized(text("does not accept our credentials"))
            }
            Fault::Conflict { .. } | Fault::Taken { .. } | Fault::Several { .. } => {
                Failure::Conflict(text("has accounts that do not fit"))
            }
            Fault::Incomplete { .. } => Failure::Incomplete(text("shows a part of what it has")),
            Fault::NotYet { .. } => Failure::NotYet(text("does not show it yet")),
        }
    }

    /// What it is when a system was given the time that there was.
    pub fn down(system: &str) -> Failure {
        Failure::Down(format!(
            "System `{system}` still does not answer. The task in the ledger says more."
        ))
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Failure {
        match error {
            LedgerError::Busy(_) => Failure::Busy(error.to_string()),
            LedgerError::Fenced { .. } => Failure::Fenced(error.to_string()),
            LedgerError::File { trouble, .. } if trouble.may_pass() => {
                Failure::Busy(error.to_string())
            }
            LedgerError::File { .. }
            | LedgerError::Refused { .. }
            | LedgerError::TooMuchAtOnce { .. }
            | LedgerError::Unreadable { .. }
            | LedgerError::Absent { .. } => Failure::Broken(error.to_string()),
        }
    }
}
