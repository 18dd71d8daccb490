//! A case's tasks.

use latchkey_lifecycle::{CaseId, TaskId};

use crate::{
    Ledger, LedgerError, keys,
    ledger::read,
    row::{Row, TaskRow},
};

impl Ledger {
    /// All tasks of the case, by id.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn tasks(&self, case: &CaseId) -> Result<Vec<Row<TaskRow>>, LedgerError> {
        self.query(&keys::case_partition(case), keys::TASK_PREFIX)
            .await
    }

    /// Tasks of any cases, as they stand, in no order; one that is not there is left out.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn tasks_by_id(
        &self,
        ids: impl IntoIterator<Item = (CaseId, TaskId)>,
    ) -> Result<Vec<TaskRow>, LedgerError> {
        let keys = ids.into_iter().map(|(case, task)| keys::task(&case, &task));
        let items = self.get_all(keys.collect()).await?;
        let rows = items
            .iter()
            .map(|item| Ok(read::<Row<TaskRow>>(item)?.item));
        rows.collect()
    }

    /// One task, if the case has it.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn find_task(
        &self,
        case: &CaseId,
        task: &TaskId,
    ) -> Result<Option<Row<TaskRow>>, LedgerError> {
        self.get(&keys::task(case, task)).await
    }
}
