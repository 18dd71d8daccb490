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
        self.find_case(id).await?.ok_or_else(|| absent(id))
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
        fenced(self.find_case(id).await?, id, revision)
    }
}

/// A case that was looked for, when it is at the revision.
pub(crate) fn fenced(
    found: Option<Row<Case>>,
    id: &CaseId,
    revision: Revision,
) -> Result<Row<Case>, LedgerError> {
    let row = found.ok_or_else(|| absent(id))?;
    if row.item.revision != revision {
        return Err(LedgerError::Fenced {
            what: id.to_string(),
            was: revision,
            is: row.item.revision,
        });
    }
    Ok(row)
}

fn absent(id: &CaseId) -> LedgerError {
    LedgerError::Absent {
        what: format!("case {id}"),
    }
}
