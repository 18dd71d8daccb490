//! What can go wrong between Latchkey and a system, under the names that the workflow's Retry and Catch know.

use jiff::SignedDuration;
use latchkey_lifecycle::{EmployeeId, how_long};

/// What went wrong. The text goes to the owner of the system; it names the system, what happened and what to
/// do, and never carries a secret or a response's body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It asks to come back later (HTTP 429, 503).
    #[error("{system} is busy and asks to come back {}. Latchkey tries again by itself.", later(.retry_after))]
    Busy {
        /// Which system.
        system: String,
        /// How long it asks to wait (`Retry-After`, RFC 9110 section 10.2.3).
        retry_after: Option<SignedDuration>,
    },
    /// It does not answer, or with a server error.
    #[error(
        "{system} cannot be reached: {problem}. Latchkey tries again; if it stays so, check address and network."
    )]
    Unreachable {
        /// Which system.
        system: String,
        /// What happened.
        problem: String,
    },
    /// It will not do it.
    #[error("{system} will not do it: {problem}.")]
    Rejected {
        /// Which system.
        system: String,
        /// What it says, and what to do.
        problem: String,
    },
    /// It does not accept our credentials, or they do not allow this.
    #[error(
        "Latchkey cannot sign in to {system}: {problem}. Store a valid secret, with the rights that docs/SYSTEMS.md lists."
    )]
    Unauthorized {
        /// Which system.
        system: String,
        /// What it says.
        problem: String,
    },
    /// What it has does not fit what was asked for: two accounts match, or one that belongs to somebody else.
    #[error(
        "{system} has accounts that do not fit: {problem}. Sort it out there: Latchkey does not guess."
    )]
    Conflict {
        /// Which system.
        system: String,
        /// Which accounts, and why they do not fit.
        problem: String,
    },
    /// It has the account name that was asked for, and says whose it is: another employee's. The person that was asked for
    /// has no account there.
    #[error(
        "{system} has the account {name} for employee {holder}. Change the name of the account that is to be made, or say what it is to be called."
    )]
    Taken {
        /// Which system.
        system: String,
        /// The account name.
        name: String,
        /// Whose it is.
        holder: EmployeeId,
    },
    /// It shows a part of what it has, and not all of it.
    #[error(
        "{system} does not show everything: {problem}. Nothing is verified by a part: have it mended there, and look at it by hand until then."
    )]
    Incomplete {
        /// Which system.
        system: String,
        /// What is shown of what, and how one knows.
        problem: String,
    },
    /// It does not show it yet.
    #[error("{system} does not show it yet: {problem}.")]
    NotYet {
        /// Which system.
        system: String,
        /// What is still different.
        problem: String,
    },
}

fn later(after: &Option<SignedDuration>) -> String {
    match after {
        Some(wait) => format!("in {}", how_long(*wait)),
        None => "later".to_owned(),
    }
}

impl Fault {
    /// The name in the workflow's Retry and Catch.
    pub fn name(&self) -> &'static str {
        match self {
            Fault::Busy { .. } => "Busy",
            Fault::Unreachable { .. } => "Unreachable",
            Fault::Rejected { .. } => "Rejected",
            Fault::Unauthorized { .. } => "Unauthorized",
            Fault::Conflict { .. } | Fault::Taken { .. } => "Conflict",
            Fault::Incomplete { .. } => "Incomplete",
            Fault::NotYet { .. } => "NotYet",
        }
    }

    /// Whether the same call may go through later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Fault::Busy { .. } | Fault::Unreachable { .. } | Fault::NotYet { .. }
        )
    }
}
