//! What can go wrong between Latchkey and a system, under the names that the workflow's Retry and Catch know.

use jiff::SignedDuration;
use latchkey_lifecycle::{EmployeeId, how_long};

use crate::Found;

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
    /// It knows who asks, and does not let them do this to this account or group. Others may well be changed.
    #[error(
        "{system} does not let Latchkey do it: {problem}. Give Latchkey's account the right that docs/SYSTEMS.md lists; what is protected there, such as an administrator, do by hand."
    )]
    Forbidden {
        /// Which system.
        system: String,
        /// What it says.
        problem: String,
    },
    /// It does not accept our credentials, or does not even let them look.
    #[error(
        "Latchkey cannot sign in to {system}: {problem}. Store a valid secret, with the rights that docs/SYSTEMS.md lists."
    )]
    Unauthorized {
        /// Which system.
        system: String,
        /// What it says.
        problem: String,
    },
    /// What it has does not fit what was asked for: two accounts of one name, or one that may be somebody else's.
    #[error(
        "{system} has accounts that do not fit: {problem}. Sort it out there: Latchkey does not guess."
    )]
    Conflict {
        /// Which system.
        system: String,
        /// Which accounts, and why they do not fit.
        problem: String,
    },
    /// It has the account name that was asked for, and not for this person, who has no account there, or one of another
    /// name.
    #[error(
        "{system} has the name {name} for {}. Change the name of the account that is to be made, or say what it is to be called.",
        holder.as_ref().map_or_else(|| "somebody or something else".to_owned(), |id| format!("employee {id}"))
    )]
    Taken {
        /// Which system.
        system: String,
        /// The account name.
        name: String,
        /// Whose it is, where it says that.
        holder: Option<EmployeeId>,
    },
    /// Several of its accounts say that they are the person's.
    #[error(
        "{system} has {} accounts with the employee id {employee_id}: {}. Take the id off those that are not theirs: Latchkey does not guess.",
        .accounts.len(), names(.accounts)
    )]
    Several {
        /// Which system.
        system: String,
        /// The id that they have.
        employee_id: EmployeeId,
        /// The accounts, as they are [looked up](crate::System::look_up).
        accounts: Vec<Found>,
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

fn names(accounts: &[Found]) -> String {
    let names: Vec<&str> = accounts.iter().map(|f| f.account.name.as_str()).collect();
    names.join(", ")
}

impl Fault {
    /// The name in the workflow's Retry and Catch.
    pub fn name(&self) -> &'static str {
        match self {
            Fault::Busy { .. } => "Busy",
            Fault::Unreachable { .. } => "Unreachable",
            Fault::Rejected { .. } | Fault::Forbidden { .. } => "Rejected",
            Fault::Unauthorized { .. } => "Unauthorized",
            Fault::Conflict { .. } | Fault::Taken { .. } | Fault::Several { .. } => "Conflict",
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

    /// Which system.
    pub fn system(&self) -> &str {
        match self {
            Fault::Busy { system, .. }
            | Fault::Unreachable { system, .. }
            | Fault::Rejected { system, .. }
            | Fault::Forbidden { system, .. }
            | Fault::Unauthorized { system, .. }
            | Fault::Conflict { system, .. }
            | Fault::Taken { system, .. }
            | Fault::Several { system, .. }
            | Fault::Incomplete { system, .. }
            | Fault::NotYet { system, .. } => system,
        }
    }

    /// What happened, without which system and what to do in general.
    pub fn problem(&self) -> String {
        match self {
            Fault::Unreachable { problem, .. }
            | Fault::Rejected { problem, .. }
            | Fault::Forbidden { problem, .. }
            | Fault::Unauthorized { problem, .. }
            | Fault::Conflict { problem, .. }
            | Fault::Incomplete { problem, .. }
            | Fault::NotYet { problem, .. } => problem.clone(),
            Fault::Busy { .. } | Fault::Taken { .. } | Fault::Several { .. } => self.to_string(),
        }
    }

    /// What it is when nothing was to be changed: some ask with the method of a change, and who may not even look has
    /// no right at all.
    #[must_use]
    pub fn of_looking(self) -> Fault {
        match self {
            Fault::Forbidden { system, problem } => Fault::Unauthorized { system, problem },
            other => other,
        }
    }

    /// Whether it is about what was asked for and not about the system: another call may well go through. A system that
    /// does not answer, or does not take our credentials, is left alone.
    pub fn is_about_one_thing(&self) -> bool {
        match self {
            Fault::Rejected { .. }
            | Fault::Forbidden { .. }
            | Fault::Conflict { .. }
            | Fault::Taken { .. }
            | Fault::Several { .. }
            | Fault::Incomplete { .. }
            | Fault::NotYet { .. } => true,
            Fault::Busy { .. } | Fault::Unreachable { .. } | Fault::Unauthorized { .. } => false,
        }
    }
}
