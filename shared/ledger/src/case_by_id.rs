//! One case.

use latchkey_lifecycle::{Case, CaseId, Revision};

use crate::{Ledger, LedgerError, keys, row::Row};

impl Ledger {
    /// The case, if there is one.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn find_case(&self, id: &CaseId) -> Result<Option<Row<Case>>, LedgerError> {
        self.get(&keys::case(id)).await
    }

    /// The case.
    ///
    /// # Errors
    /// [`LedgerError::Absent`] when there is none.
    pub async fn case(&self, id: &CaseId) -> Result<Row<Case>, LedgerError> {
        let absent = || LedgerError::Absent {
            what: format!("case {id}"),
        };
        self.find_case(id).await?.ok_or_else(absent)
    }

    /// The case, for a step that belongs to the given revision.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] when the case has moved on: the step must change nothing.
    pub async fn fenced_case(
        &self,
        id: &CaseId,
        revision: Revision,
    ) -> Result<Row<Case>, LedgerError> {
        let row = self.case(id).await?;
        if row.item.revision != revision {
            return Err(LedgerError::Fenced {
                what: id.to_string(),
                was: revision,
                is: row.item.revision,
            });
        }
        Ok(row)
    }
}
