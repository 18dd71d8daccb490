//! A server as the suite meets it.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, System};

use crate::Lists;

/// What the server offers.
#[derive(Debug, Clone)]
pub struct Offers {
    /// Three things that it can give, and that are there.
    pub entitlements: [Entitlement; 3],
    /// Attributes that it keeps.
    pub attributes: BTreeSet<&'static str>,
    /// Whether it keeps the employee id.
    pub employee_id: bool,
    /// Whether it can rename an account.
    pub renames: bool,
    /// Whether an account can be there and not sign in. Else suspending removes it.
    pub suspends: bool,
    /// Whether it speaks HTTP, so that a [`Proxy`](crate::Proxy) can stand before it and throttle it.
    pub http: bool,
    /// How many calls it takes to read an account afresh, at most; connecting not counted.
    pub calls_to_read: usize,
    /// How many calls it takes until somebody who has one entitlement can neither sign in nor go on with a session,
    /// finding the account first, at most.
    pub calls_to_cut: usize,
    /// How many calls it takes until nothing is left to them either, at most.
    pub calls_to_exit: usize,
    /// Accounts on a page of its list.
    pub page: usize,
}

/// A server that runs, and a company's accounts in it.
#[async_trait]
pub trait Company: Send + Sync {
    /// The port of this machine at which it listens.
    fn port(&self) -> u16;

    /// What it offers.
    fn offers(&self) -> Offers;

    /// Whether the server changes memberships by itself after it has answered, as a directory does that moves them
    /// along when an account is renamed.
    fn goes_on_by_itself(&self) -> bool {
        false
    }

    /// Opens the system as it is met at a port of this machine; a new one each time, which knows nothing.
    ///
    /// # Errors
    /// [`Fault`].
    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault>;

    /// An account name as the server takes it, from letters and digits.
    fn name(&self, plain: &str) -> String {
        plain.to_owned()
    }

    /// Makes an account past Latchkey: as it is, with what it has.
    async fn make(&self, account: &Account);

    /// Cuts an account off, or lets it sign in again, past Latchkey.
    async fn set_active(&self, name: &str, active: bool);

    /// Gives an account something, or takes it, past Latchkey.
    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool);

    /// What its lists are on the wire.
    fn lists(&self) -> Lists;

    /// Whether somebody with this account name could use the server now, as the server itself says: a session that was
    /// begun before counts. `None` where it cannot be asked.
    async fn can_use(&self, _name: &str) -> Option<bool> {
        None
    }
}
