//! A case and one of its tasks, in one read: what nearly every step begins with.

use latchkey_lifecycle::{Case, CaseId, Revision, TaskId};

use crate::{
    Ledger, LedgerError, case_by_id, change_task, keys,
    ledger::read,
    row::{Row, TaskRow},
};

impl Ledger {
    /// The case and the task, for a step that belongs to the given revision.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] when the case has moved on: the step must change nothing. [`LedgerError::Absent`] when
    /// there is no such case, or it has no such task.
    pub async fn fenced_step(
        &self,
        case: &CaseId,
        task: &TaskId,
        revision: Revision,
    ) -> Result<(Row<Case>, Row<TaskRow>), LedgerError> {
        let keys = [keys::case(case), keys::task(case, task)];
        let items = self.get_all(keys.to_vec()).await?;
        let [of_case, of_task] = keys.map(|key| items.iter().find(|item| item.key == key));
        let found = of_case.map(read).transpose()?;
        let of_case = case_by_id::fenced(found, case, revision)?;
        let found = of_task.map(read).transpose()?;
        Ok((of_case, change_task::fenced(found, case, task, revision)?))
    }
}
