//! Faults, said by whoever knows the system's name: a kind need not make them field by field.

use jiff::SignedDuration;
use latchkey_lifecycle::{Change, EmployeeId};

use crate::{Fault, Found, Http, Settings, System};

/// Says what went wrong with a system. Every [`System`] can, its [`Http`] and its [`Settings`], and its name alone.
pub trait Faults {
    /// The system's name for people.
    fn its_name(&self) -> &str;

    /// See [`Fault::Busy`].
    fn busy(&self, retry_after: Option<SignedDuration>) -> Fault {
        let system = self.its_name().to_owned();
        Fault::Busy {
            system,
            retry_after,
        }
    }

    /// See [`Fault::Unreachable`].
    fn unreachable(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::Unreachable { system, problem }
    }

    /// See [`Fault::Rejected`].
    fn rejected(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::Rejected { system, problem }
    }

    /// See [`Fault::Forbidden`].
    fn forbidden(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::Forbidden { system, problem }
    }

    /// See [`Fault::Unauthorized`].
    fn unauthorized(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::Unauthorized { system, problem }
    }

    /// See [`Fault::Conflict`].
    fn conflict(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::Conflict { system, problem }
    }

    /// See [`Fault::Taken`].
    fn taken(&self, name: impl Into<String>, holder: Option<EmployeeId>) -> Fault {
        let (system, name) = (self.its_name().to_owned(), name.into());
        Fault::Taken {
            system,
            name,
            holder,
        }
    }

    /// See [`Fault::Several`].
    fn several(&self, employee_id: &EmployeeId, accounts: Vec<Found>) -> Fault {
        Fault::Several {
            system: self.its_name().to_owned(),
            employee_id: employee_id.clone(),
            accounts,
        }
    }

    /// See [`Fault::Incomplete`].
    fn incomplete(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::Incomplete { system, problem }
    }

    /// See [`Fault::NotYet`].
    fn not_yet(&self, problem: impl Into<String>) -> Fault {
        let (system, problem) = (self.its_name().to_owned(), problem.into());
        Fault::NotYet { system, problem }
    }

    /// Something answers that is no such system, e.g. with "something that is no list".
    fn odd(&self, what: &str) -> Fault {
        self.rejected(format!(
            "it answers with {what}; check the address in the runbook"
        ))
    }

    /// A change of an account that nobody has.
    fn no_account(&self, change: &Change) -> Fault {
        self.rejected(format!("there is no account to {change}"))
    }
}

impl<S: System + ?Sized> Faults for S {
    fn its_name(&self) -> &str {
        self.name()
    }
}

impl Faults for Http {
    fn its_name(&self) -> &str {
        self.system()
    }
}

impl Faults for Settings {
    fn its_name(&self) -> &str {
        &self.name
    }
}

impl Faults for str {
    fn its_name(&self) -> &str {
        self
    }
}
