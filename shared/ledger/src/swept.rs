//! How the last sweep went, of everything and of each system: what a page says of systems that it cannot call itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{Entitlement, SystemId};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::read, store::When};

/// A sweep of everything that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepEnded {
    /// When it began (UTC).
    pub began: Timestamp,
    /// When it ended (UTC).
    pub ended: Timestamp,
    /// The name of what it failed with; some of it was done all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// How the last sweep of one system went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemSwept {
    /// When it ended (UTC).
    pub ended: Timestamp,
    /// What kept it from reading all of it, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What was there when all of it was last read; `None` before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<SystemRead>,
}

/// What was in a system when all of it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemRead {
    /// When (UTC).
    pub at: Timestamp,
    /// Accounts.
    pub accounts: usize,
    /// Of these, those that somebody can sign in with.
    pub active: usize,
    /// Of what the runbook gives there: how many people have it.
    #[serde(default)]
    pub held: BTreeMap<Entitlement, Held>,
}

/// How many people have an entitlement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// By the runbook and what cases gave.
    pub should: usize,
    /// By the system, of accounts that somebody can sign in with or not: who is on leave keeps what they have.
    pub is: usize,
}

impl Ledger {
    /// Keeps how the last sweep of everything went.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_sweep(&self, sweep: &SweepEnded) -> Result<(), LedgerError> {
        let write = self.put(&keys::sweep(None), sweep, When::Always, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }

    /// How the last sweep of everything went; `None` before the first.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn last_sweep(&self) -> Result<Option<SweepEnded>, LedgerError> {
        self.get(&keys::sweep(None)).await
    }

    /// Keeps how the last sweep of a system went. Where it was not read to its end, what was read before stays.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn note_system_swept(
        &self,
        system: &SystemId,
        mut swept: SystemSwept,
    ) -> Result<(), LedgerError> {
        let key = keys::sweep(Some(system));
        if swept.read.is_none() {
            let before: Option<SystemSwept> = self.get(&key).await?;
            swept.read = before.and_then(|before| before.read);
        }
        self.commit(vec![self.put(&key, &swept, When::Always, &[])?])
            .await?;
        Ok(())
    }

    /// How the last sweep of each of these systems went, in few calls; without those that were never swept.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn systems_swept<'a>(
        &self,
        systems: impl IntoIterator<Item = &'a SystemId>,
    ) -> Result<BTreeMap<SystemId, SystemSwept>, LedgerError> {
        let keys = systems.into_iter().map(|id| keys::sweep(Some(id)));
        let items = self.get_all(keys.collect()).await?;
        let swept = items.iter().filter_map(|item| {
            let system = keys::swept_system(&item.key.pk)?;
            Some(read(item).map(|swept| (system, swept)))
        });
        swept.collect()
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use super::*;
    use crate::embedded;

    #[tokio::test]
    async fn what_was_read_stays_when_a_later_sweep_cannot_read() {
        let ledger = embedded::open(None).await.unwrap();
        let chat = SystemId::new("chat").unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let read = SystemRead {
            at: at(1),
            accounts: 3,
            active: 2,
            held: BTreeMap::from([("group:sales".into(), Held { should: 2, is: 1 })]),
        };
        let swept = |ended, fault: Option<&str>, read| SystemSwept {
            ended: at(ended),
            fault: fault.map(str::to_owned),
            read,
        };
        let first = swept(1, None, Some(read.clone()));
        ledger.note_system_swept(&chat, first).await.unwrap();
        let failed = swept(2, Some("Unreachable"), None);
        ledger.note_system_swept(&chat, failed).await.unwrap();
        let known = ledger.systems_swept([&chat]).await.unwrap();
        assert_eq!(known[&chat], swept(2, Some("Unreachable"), Some(read)));
    }
}
