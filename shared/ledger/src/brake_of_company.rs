//! The brake: one row for the company.

use latchkey_lifecycle::Brake;

use crate::{Ledger, LedgerError, keys, ledger::Committed, row::Row};

impl Ledger {
    /// What passed lately and what is held.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn brake(&self) -> Result<Row<Brake>, LedgerError> {
        let found = self.get(&keys::brake()).await?;
        Ok(found.unwrap_or_else(|| Row::new(Brake::default())))
    }

    /// Writes the brake as it was read and changed. `false` when somebody else wrote in between: read it again.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn put_brake(&self, row: &mut Row<Brake>) -> Result<bool, LedgerError> {
        let write = self.put_row(&keys::brake(), row, &[])?;
        Ok(self.commit(vec![write]).await? == Committed::Yes)
    }
}
