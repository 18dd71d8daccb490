//! What a kind of system has to offer: read one account, list all, apply one change.

use async_trait::async_trait;
use latchkey_lifecycle::{Account, Change, EmployeeId};
use serde::{Deserialize, Serialize};

use crate::Fault;

/// Whose account is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// The HR system's id of the person; looked for first.
    pub employee_id: EmployeeId,
    /// The account name that the runbook gives the person; looked for when the id finds nothing.
    pub name: Option<String>,
    /// The person's work e-mail address.
    pub email: Option<String>,
    /// The HR system's previous id of the same person. Systems need not look at it: [`find`](crate::find) does.
    pub previous_id: Option<EmployeeId>,
}

/// An account as a system answered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The system's own identifier of the account.
    pub handle: String,
    /// Its version (ETag), where the system offers one.
    pub version: Option<String>,
    /// The account.
    pub account: Account,
}

/// An account that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Whole(Found),
    /// Enough to cut its sign-in; what it has been given is not known, or not all of it.
    Part(Found),
}

impl Sight {
    /// What is known of it.
    pub fn found(&self) -> &Found {
        match self {
            Sight::Whole(found) | Sight::Part(found) => found,
        }
    }

    /// The whole account, with what was left out read now.
    ///
    /// # Errors
    /// [`Fault`] when that cannot be read.
    pub async fn whole(self, system: &(impl System + ?Sized)) -> Result<Found, Fault> {
        match self {
            Sight::Whole(found) => Ok(found),
            Sight::Part(found) => system.complete(found).await,
        }
    }

    /// The same account, as it is after a change of it.
    #[must_use]
    pub fn now(self, found: Found) -> Sight {
        match self {
            Sight::Whole(_) => Sight::Whole(found),
            Sight::Part(_) => Sight::Part(found),
        }
    }
}

/// Where the next page of a list begins. Only the system that gave it understands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(pub String);

/// A page of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The accounts.
    pub accounts: Vec<Found>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<PageToken>,
}

/// A system. It only knows how to read, list and apply; what to do is `converge`'s to say.
#[async_trait]
pub trait System: Send + Sync {
    /// Reads the person's account afresh. A match is checked against what was asked for.
    ///
    /// # Errors
    /// [`Fault::Conflict`] when two accounts match, or one that could be somebody else's; [`Fault::Taken`] when the
    /// person has none and another employee has the name.
    async fn read(&self, who: &Sought) -> Result<Option<Found>, Fault>;

    /// Finds the account as [`read`](System::read) does, and leaves out what takes further calls to know and is not needed to
    /// cut its sign-in. Kinds that are told everything at once leave this as it is.
    ///
    /// # Errors
    /// As [`read`](System::read).
    async fn look_up(&self, who: &Sought) -> Result<Option<Sight>, Fault> {
        let found = self.read(who).await?;
        Ok(found.map(Sight::Whole))
    }

    /// Adds what [`look_up`](System::look_up) left out of a [part](Sight::Part), read afresh. Sign-in may have been cut in
    /// between.
    ///
    /// # Errors
    /// [`Fault`].
    async fn complete(&self, found: Found) -> Result<Found, Fault> {
        Ok(found)
    }

    /// Reads a page of all accounts.
    ///
    /// # Errors
    /// [`Fault`].
    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault>;

    /// Applies one change and returns the account as it should be now. Applying it again is no error.
    ///
    /// # Errors
    /// [`Fault`]; the account may or may not have changed: read it again.
    async fn apply(&self, found: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault>;

    /// Tries address, credentials and rights, and changes nothing. Stops where nothing further can be tried.
    async fn probe(&self) -> Vec<Probe> {
        vec![Probe::of(
            "list its accounts",
            self.list(None).await.map(|_| ()),
        )]
    }
}

/// One thing that was tried of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What Latchkey has to be able to do there, as in "Latchkey can …".
    pub what: String,
    /// What came of it.
    pub came: Result<(), Fault>,
}

impl Probe {
    /// A thing and what came of it.
    pub fn of(what: impl Into<String>, came: Result<(), Fault>) -> Probe {
        Probe {
            what: what.into(),
            came,
        }
    }
}
