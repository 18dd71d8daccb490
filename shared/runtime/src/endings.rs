//! What follows when a task has ended: tasks that waited for it go on.

use latchkey_ledger::{Ledger, TaskRow};
use latchkey_lifecycle::Task;

use crate::{Failure, Word, Workflow};

/// Resumes the tasks that need `ended` and now have all they need. Safe to run twice: a task that was resumed
/// already waits with no token, or with one that nobody takes.
///
/// The other side of the exchange ([`held_back_by`]) stores its token first and looks at the needs then; this
/// side stores the ending first and looks for tokens then. Whoever comes second sees the other.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer; run it again.
pub async fn release(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    ended: &Task,
) -> Result<(), Failure> {
    for id in &ended.needed_by {
        let Some(row) = ledger.find_task(&ended.case_id, id).await? else {
            continue;
        };
        let row = row.item;
        let waits = row.task.needs.contains(&ended.id) && !row.task.state.is_ended();
        if let (true, Some(token)) = (waits, &row.holding)
            && held_back_by(ledger, &row.task).await?.is_empty()
        {
            workflow.resume(token, Word::Go).await?;
        }
    }
    Ok(())
}

/// The tasks that this one needs and that have not ended. One that is not on the checklist any more holds
/// nothing back.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn held_back_by(ledger: &Ledger, task: &Task) -> Result<Vec<TaskRow>, Failure> {
    let mut open = Vec::new();
    for need in &task.needs {
        let row = ledger.find_task(&task.case_id, need).await?;
        open.extend(
            row.map(|row| row.item)
                .filter(|row| !row.task.state.is_ended()),
        );
    }
    Ok(open)
}
