//! The end of a case whose place another one took: its open tasks are left out by that case's name (promise 5).

use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, Task};
use serde_json::json;

use crate::{
    Ledger, LedgerError,
    ledger::Committed,
    row::{Row, TaskRow},
    ways_to_records::Chain,
};

impl Ledger {
    /// Ends what is open of a superseded case, by the name of the case that took its place if one did, and returns what
    /// was done of it or asked for. The same again changes nothing and returns the same.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn end_for(
        &self,
        case: &CaseId,
        by: Option<&CaseId>,
        now: Timestamp,
    ) -> Result<Vec<Task>, LedgerError> {
        let mut touched = Vec::new();
        for row in self.tasks(case).await? {
            let row = self.end_task_for(row, by, now).await?;
            if row.item.is_touched() {
                touched.push(row.item.task);
            }
        }
        Ok(touched)
    }

    async fn end_task_for(
        &self,
        mut row: Row<TaskRow>,
        by: Option<&CaseId>,
        now: Timestamp,
    ) -> Result<Row<TaskRow>, LedgerError> {
        let (case, task) = (row.item.task.case_id.clone(), row.item.task.id.clone());
        while !row.item.task.state.is_ended() {
            row.item.holding = None;
            if let Some(asking) = &mut row.item.asking {
                asking.token = None;
            }
            let text = match by {
                Some(by) => format!("Left out: case {by} took this one's place."),
                None => "Left out: what HR says does not ask for it any more.".to_owned(),
            };
            let detail = json!({ "supersededBy": by });
            let body = row.item.task.drop_out(text, detail, now);
            let record = row.chain(body);
            let mut writes = Vec::new();
            self.put_record(Chain::Task(&row.item.task), &record, &mut writes)?;
            self.put_task(&mut row, &mut writes)?;
            if self.commit(writes).await? == Committed::Yes {
                break;
            }
            let absent = || LedgerError::Absent {
                what: format!("task {task} of case {case}"),
            };
            row = self.find_task(&case, &task).await?.ok_or_else(absent)?;
        }
        Ok(row)
    }
}
