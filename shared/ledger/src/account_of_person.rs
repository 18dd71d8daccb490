//! What the ledger knows of a person's accounts: what was last verified, and for which case.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{Account, CaseId, EmployeeId, Entitlement, SystemId, TaskId};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, store::When};

/// A person's account in a system, as last verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownAccount {
    /// Which system.
    pub system: SystemId,
    /// The actual account; `None` when it was verified that there is none.
    pub account: Option<Account>,
    /// The case that each entitlement was last verified for.
    #[serde(default)]
    pub grants: BTreeMap<Entitlement, CaseId>,
    /// When the system last answered so (UTC).
    pub verified_at: Timestamp,
    /// By which task.
    pub verified_by: (CaseId, TaskId),
}

impl Ledger {
    /// The person's accounts, by system.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn accounts_of(
        &self,
        employee: &EmployeeId,
    ) -> Result<Vec<KnownAccount>, LedgerError> {
        self.query(&keys::person_partition(employee), keys::ACCOUNT_PREFIX)
            .await
    }

    /// The person's account in one system.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn account_of(
        &self,
        employee: &EmployeeId,
        system: &SystemId,
    ) -> Result<Option<KnownAccount>, LedgerError> {
        self.get(&keys::persons_account(employee, system)).await
    }

    /// Records what a system answered.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn record_account(
        &self,
        employee: &EmployeeId,
        known: &KnownAccount,
    ) -> Result<(), LedgerError> {
        let key = keys::persons_account(employee, &known.system);
        self.commit(vec![self.put(&key, known, When::Always, &[])?])
            .await?;
        Ok(())
    }
}
