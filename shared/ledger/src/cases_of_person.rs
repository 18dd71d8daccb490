//! A person's cases.

use latchkey_lifecycle::{Case, CaseId, EmployeeId, EventKind};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::read, row::Row};

/// What stands with a person for each of their cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonsCase {
    pub(crate) case_id: CaseId,
    pub(crate) kind: EventKind,
}

impl Ledger {
    /// The person's cases, open and closed, with what they carry out.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn cases_of(
        &self,
        employee: &EmployeeId,
    ) -> Result<Vec<(CaseId, EventKind)>, LedgerError> {
        let rows: Vec<PersonsCase> = self
            .query(&keys::person_partition(employee), keys::CASE_PREFIX)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.case_id, row.kind))
            .collect())
    }

    /// The same as they stand, in the order of their ids, read at once.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn each_case_of(&self, employee: &EmployeeId) -> Result<Vec<Row<Case>>, LedgerError> {
        let ids = self.cases_of(employee).await?;
        let keys = ids.iter().map(|(id, _)| keys::case(id)).collect();
        let items = self.get_all(keys).await?;
        let rows: Result<Vec<Row<Case>>, LedgerError> = items.iter().map(read).collect();
        let mut rows = rows?;
        rows.sort_by(|a, b| a.item.id.cmp(&b.item.id));
        Ok(rows)
    }

    /// Cases by their ids, as they stand; one that is not there is left out.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn cases_by_id(
        &self,
        ids: impl IntoIterator<Item = CaseId>,
    ) -> Result<Vec<Case>, LedgerError> {
        let keys = ids.into_iter().map(|id| keys::case(&id)).collect();
        let items = self.get_all(keys).await?;
        let cases = items.iter().map(|item| Ok(read::<Row<Case>>(item)?.item));
        cases.collect()
    }
}
