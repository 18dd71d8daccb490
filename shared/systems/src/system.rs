//! What a kind of system has to offer: look for one account, list all, apply one change.

use async_trait::async_trait;
use latchkey_lifecycle::{Account, Change, EmployeeId, Entitlement, KnownAs, after_change};
use serde::{Deserialize, Serialize};

use crate::{Fault, Faults, Part, Whole};

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
    /// The account that was theirs when Latchkey last saw it. Systems need not look at it: [`find`](crate::find) asks
    /// for that account itself, whatever a search says.
    pub known: Option<KnownAs>,
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

impl Found {
    /// An account of which no version is known.
    pub fn new(handle: impl Into<String>, account: Account) -> Found {
        Found {
            handle: handle.into(),
            version: None,
            account,
        }
    }

    /// The account that was just made, by the id that the answer says.
    ///
    /// # Errors
    /// [`Fault::Rejected`] when it says none.
    pub fn made(system: &impl Faults, id: Option<&str>, account: &Account) -> Result<Found, Fault> {
        match id.filter(|id| !id.is_empty()) {
            Some(id) => Ok(Found::new(id, account.clone())),
            None => Err(system.rejected("it made an account and did not say under which id")),
        }
    }

    /// Whether it says that it is this employee's.
    pub fn is_of(&self, id: &EmployeeId) -> bool {
        self.account.employee_id.as_ref() == Some(id)
    }

    /// The same, with what else it has been given.
    #[must_use]
    pub fn with(mut self, held: impl IntoIterator<Item = Entitlement>) -> Found {
        self.account.entitlements.extend(held);
        self
    }

    /// As it should be after a change; `None` when it is gone then.
    pub fn after(&self, change: &Change) -> Option<Found> {
        let account = after_change(Some(self.account.clone()), change)?;
        Some(Found {
            account,
            ..self.clone()
        })
    }
}

/// What is seen of somebody's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Whole(Whole<Found>),
    /// Enough to cut its sign-in; what it has been given is not known, or not all of it.
    Part(Found),
    /// These are theirs, and something keeps us from knowing that they are all: why. Whoever is to be cut off is cut
    /// off here all the same; nothing is verified by it.
    Unsure(Vec<Found>, Fault),
    /// They have none.
    Nobody(Whole),
}

impl Sight {
    /// There is none, or enough of it to cut its sign-in.
    pub fn part_of(found: Option<Found>, nobody: Whole) -> Sight {
        match found {
            Some(found) => Sight::Part(found),
            None => Sight::Nobody(nobody),
        }
    }

    /// The one account that is seen.
    pub fn found(&self) -> Option<&Found> {
        match self {
            Sight::Whole(found) => Some(found.get()),
            Sight::Part(found) => Some(found),
            Sight::Unsure(..) | Sight::Nobody(_) => None,
        }
    }

    /// The whole account, with what was left out read now.
    ///
    /// # Errors
    /// [`Fault`] when that cannot be read, or is not known to be all.
    pub async fn whole(
        self,
        system: &(impl System + ?Sized),
    ) -> Result<Whole<Option<Found>>, Fault> {
        match self {
            Sight::Whole(found) => Ok(found.map(Some)),
            Sight::Part(found) => Ok(complete(system, found).await?.map(Some)),
            Sight::Unsure(_, why) => Err(why),
            Sight::Nobody(whole) => Ok(whole.map(|()| None)),
        }
    }
}

impl From<Whole<Option<Found>>> for Sight {
    fn from(seen: Whole<Option<Found>>) -> Sight {
        match seen.there() {
            Ok(found) => Sight::Whole(found),
            Err(nobody) => Sight::Nobody(nobody),
        }
    }
}

/// The account as a whole. Lists move while others work in the system: what did not show everything is read once more.
pub(crate) async fn complete(
    system: &(impl System + ?Sized),
    found: Found,
) -> Result<Whole<Found>, Fault> {
    match system.complete(found.clone()).await {
        Err(Fault::Incomplete { .. }) => system.complete(found).await,
        completed => completed,
    }
}

/// Where the next page of a list begins. Only the system that gave it understands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(pub String);

/// A page of accounts. [`Accounts`](crate::Accounts) reads them all and knows whether they are all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The accounts.
    pub accounts: Vec<Found>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<PageToken>,
    /// The page as the system answered it, with what is no account.
    pub(crate) part: Part,
}

impl Page {
    /// The accounts of a page, and the page as the system answered it.
    pub fn new(accounts: Vec<Found>, part: Part) -> Page {
        Page {
            accounts,
            next: part.next().map(|next| PageToken(next.to_owned())),
            part,
        }
    }

    /// A page on which everything is an account.
    pub fn every(accounts: Vec<Found>, next: Option<String>) -> Page {
        let part = Part::of(accounts.iter().map(|found| &found.handle), next);
        Page::new(accounts, part)
    }
}

/// A system. It only knows how to look, list and apply; what to do is `converge`'s to say.
#[async_trait]
pub trait System: Send + Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// Looks for the person's account afresh, by employee id and by name. A match is checked against what was asked
    /// for. What takes further calls to know, and is not needed to cut its sign-in, may be left out: [`Sight::Part`].
    ///
    /// # Errors
    /// [`Fault::Incomplete`] when what was searched is a part of what there is and shows nobody; [`Fault::Several`]
    /// when several accounts have the person's employee id; [`Fault::Conflict`] when two have the name, or one could be
    /// somebody else's; [`Fault::Taken`] when the person has none and another employee has the name.
    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault>;

    /// Looks at the account with this handle, by asking for it itself and not by a search. Whose it is, is the caller's
    /// to check.
    ///
    /// # Errors
    /// [`Fault`].
    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault>;

    /// Adds what [`look_up`](System::look_up) left out of a [part](Sight::Part), read afresh. Sign-in may have been cut
    /// in between.
    ///
    /// # Errors
    /// [`Fault`].
    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault>;

    /// The person's account, all of it; `None` when they have none.
    ///
    /// # Errors
    /// As [`look_up`](System::look_up), and what keeps it from being known whole.
    async fn read(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        let seen = self.look_up(who).await?;
        seen.whole(self).await.map(Whole::into_inner)
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

    /// Whether the system itself keeps two accounts of one name from being made at the same moment. Where it may not,
    /// it is looked at again after an account was made.
    fn refuses_twins(&self) -> bool {
        true
    }

    /// Tries address, credentials and rights, and changes nothing. Stops where nothing further can be tried.
    async fn probe(&self) -> Vec<Probe> {
        vec![Probe::of("list its accounts", self.list(None).await)]
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
    pub fn of<T>(what: impl Into<String>, came: Result<T, Fault>) -> Probe {
        Probe {
            what: what.into(),
            came: came.map(drop),
        }
    }

    /// A change that was tried on what nobody has: that there is no such thing may be said in many ways, and what
    /// counts is that it may be asked.
    pub fn of_trying<T>(what: impl Into<String>, came: Result<T, Fault>) -> Probe {
        let came = match came {
            Ok(_) | Err(Fault::Rejected { .. } | Fault::Conflict { .. }) => Ok(()),
            Err(fault) => Err(fault),
        };
        Probe::of(what, came)
    }

    /// A thing that cannot be done.
    pub fn failed(what: impl Into<String>, fault: Fault) -> Probe {
        Probe::of::<()>(what, Err(fault))
    }
}
