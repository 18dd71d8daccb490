//! The circuit of a system: one row for all that call it.

use latchkey_lifecycle::{Circuit, SystemId};

use crate::{Ledger, LedgerError, keys, ledger::Committed, row::Row};

impl Ledger {
    /// How a system has answered lately.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn circuit(&self, system: &SystemId) -> Result<Row<Circuit>, LedgerError> {
        let found = self.get(&keys::circuit(system)).await?;
        Ok(found.unwrap_or_else(|| Row::new(Circuit::default())))
    }

    /// Changes a circuit and returns what `change` did. It runs again when somebody else wrote in between; what changes
    /// nothing is not written.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn change_circuit<T>(
        &self,
        system: &SystemId,
        change: impl Fn(&mut Circuit) -> T,
    ) -> Result<T, LedgerError> {
        loop {
            let mut row = self.circuit(system).await?;
            let before = row.item.clone();
            let outcome = change(&mut row.item);
            if row.item == before {
                return Ok(outcome);
            }
            let write = self.put_row(&keys::circuit(system), &mut row, &[])?;
            if self.commit(vec![write]).await? == Committed::Yes {
                return Ok(outcome);
            }
        }
    }
}
