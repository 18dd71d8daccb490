//! The brake: one row for the company, and what those who decide about what it holds have filled in.

use latchkey_lifecycle::{Brake, HeldDraft};

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

    /// What somebody has filled in about what is held, by their address; nothing yet, where they have not.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn held_draft(&self, address: &str) -> Result<Row<HeldDraft>, LedgerError> {
        let found = self.get(&keys::held_draft(address)).await?;
        Ok(found.unwrap_or_else(|| Row::new(HeldDraft::default())))
    }

    /// Writes what somebody has filled in, as it was read and changed. `false` when it was written in between, or a
    /// decision was made by it: read it again.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn put_held_draft(
        &self,
        address: &str,
        row: &mut Row<HeldDraft>,
    ) -> Result<bool, LedgerError> {
        let write = self.put_row(&keys::held_draft(address), row, &[])?;
        Ok(self.commit(vec![write]).await? == Committed::Yes)
    }

    /// Writes a decision: the brake, and the drafts that it was made by, as all of them were read. Nobody fills in
    /// meanwhile what it stands on. `false` when one of them was written in between.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn decide_what_is_held(
        &self,
        brake: &mut Row<Brake>,
        drafts: &mut [(&str, &mut Row<HeldDraft>)],
    ) -> Result<bool, LedgerError> {
        let mut writes = vec![self.put_row(&keys::brake(), brake, &[])?];
        for (address, row) in drafts {
            writes.push(self.put_row(&keys::held_draft(address), row, &[])?);
        }
        Ok(self.commit(writes).await? == Committed::Yes)
    }
}
