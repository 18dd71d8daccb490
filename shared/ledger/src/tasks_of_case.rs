//! A case's tasks.

use latchkey_lifecycle::{CaseId, TaskId};

use crate::{
    Ledger, LedgerError, keys,
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
