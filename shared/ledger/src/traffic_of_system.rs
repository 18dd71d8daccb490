//! The traffic to a system: one row for all that call it.

use latchkey_lifecycle::{SystemId, Traffic};

use crate::{Ledger, LedgerError, keys, ledger::Committed, row::Row};

impl Ledger {
    /// How a system has answered lately, and who calls it.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn traffic(&self, system: &SystemId) -> Result<Row<Traffic>, LedgerError> {
        let found = self.get(&keys::traffic(system)).await?;
        Ok(found.unwrap_or_else(|| Row::new(Traffic::default())))
    }

    /// Changes the traffic and returns what `change` gave. It runs again when somebody else wrote in between; what
    /// changes nothing is not written.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn change_traffic<T>(
        &self,
        system: &SystemId,
        change: impl Fn(&mut Traffic) -> T,
    ) -> Result<T, LedgerError> {
        let key = keys::traffic(system);
        let _alone = self.traffic.lock().await;
        loop {
            let mut row = self.traffic(system).await?;
            let before = row.item.clone();
            let outcome = change(&mut row.item);
            if row.item == before {
                return Ok(outcome);
            }
            let write = self.put_row(&key, &mut row, &[])?;
            if self.commit(vec![write]).await? == Committed::Yes {
                return Ok(outcome);
            }
        }
    }
}
