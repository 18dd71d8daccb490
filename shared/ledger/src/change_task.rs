//! Changes of one task, fenced by revision, each with its audit records in the same transaction.

use latchkey_lifecycle::{AuditBody, CaseId, QueuedLetter, Revision, Task, TaskId};

use crate::{
    Ledger, LedgerError,
    ledger::Committed,
    letters_to_send::without,
    row::{Row, TaskRow},
    ways_to_records::Chain,
};

impl Ledger {
    /// The task, for a step that belongs to the given revision.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] when the task was planned anew since, [`LedgerError::Absent`] when the case
    /// has no such task.
    pub async fn fenced_task(
        &self,
        case: &CaseId,
        task: &TaskId,
        revision: Revision,
    ) -> Result<Row<TaskRow>, LedgerError> {
        fenced(self.find_task(case, task).await?, case, task, revision)
    }

    /// Changes a task of the given revision. `change` gets the task as it is now and returns what to
    /// record, or `None` to leave it; it runs again when somebody else wrote in between, so it must depend
    /// on nothing but its argument.
    ///
    /// # Errors
    /// What `change` returns, or [`LedgerError`] (`Fenced` among them) as that error.
    pub async fn change_task<E: From<LedgerError>>(
        &self,
        case: &CaseId,
        task: &TaskId,
        revision: Revision,
        change: impl FnMut(&mut TaskRow) -> Result<Option<Vec<AuditBody>>, E>,
    ) -> Result<Row<TaskRow>, E> {
        let row = self.fenced_task(case, task, revision).await?;
        self.change_task_read(row, change).await
    }

    /// The same for a task that was read a moment ago. When somebody else wrote meanwhile it is read again.
    ///
    /// # Errors
    /// As [`Ledger::change_task`].
    pub async fn change_task_read<E: From<LedgerError>>(
        &self,
        row: Row<TaskRow>,
        change: impl FnMut(&mut TaskRow) -> Result<Option<Vec<AuditBody>>, E>,
    ) -> Result<Row<TaskRow>, E> {
        self.change_task_and_write(row, &[], change).await
    }

    /// The same, with letters that are written in the same transaction: when the task is left as it is, they are not.
    ///
    /// # Errors
    /// As [`Ledger::change_task`].
    pub async fn change_task_and_write<E: From<LedgerError>>(
        &self,
        mut row: Row<TaskRow>,
        letters: &[QueuedLetter],
        mut change: impl FnMut(&mut TaskRow) -> Result<Option<Vec<AuditBody>>, E>,
    ) -> Result<Row<TaskRow>, E> {
        let mut letters: Vec<&QueuedLetter> = letters.iter().collect();
        let Task {
            case_id: case,
            id: task,
            revision,
            ..
        } = row.item.task.clone();
        loop {
            let Some(records) = change(&mut row.item)? else {
                return Ok(row);
            };
            let mut writes = Vec::with_capacity(records.len() + 1);
            for body in records {
                let record = row.chain(body);
                self.put_record(Chain::Task(&row.item.task), &record, &mut writes)?;
            }
            self.put_task(&mut row, &mut writes)?;
            let first = writes.len();
            for letter in &letters {
                writes.push(self.put_letter(letter)?);
            }
            match self.commit(writes).await? {
                Committed::Yes => return Ok(row),
                Committed::No(failed) => without(&mut letters, first, &failed),
            }
            row = self.fenced_task(&case, &task, revision).await?;
        }
    }
}

/// A task that was looked for, when it is at the revision.
pub(crate) fn fenced(
    found: Option<Row<TaskRow>>,
    case: &CaseId,
    task: &TaskId,
    revision: Revision,
) -> Result<Row<TaskRow>, LedgerError> {
    let row = found.ok_or_else(|| LedgerError::Absent {
        what: format!("task {task} of case {case}"),
    })?;
    if row.item.task.revision != revision {
        return Err(LedgerError::Fenced {
            what: format!("{case} {task}"),
            was: revision,
            is: row.item.task.revision,
        });
    }
    Ok(row)
}
