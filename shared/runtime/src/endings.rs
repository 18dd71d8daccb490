//! What follows when a task has ended: tasks that waited for it go on.

use latchkey_ledger::{Ledger, Row, TaskRow};
use latchkey_lifecycle::{CaseId, TaskId};

use crate::{Failure, Word, Workflow};

/// Resumes the tasks of the case that need `ended` and now have all they need. Safe to run twice: a task
/// that was resumed already waits with no token, or with one that nobody takes.
///
/// The other side of the exchange ([`held_back_by`]) stores its token first and looks at the needs then; this
/// side stores the ending first and looks for tokens then. Whoever comes second sees the other.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer; run it again.
pub async fn release(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    case: &CaseId,
    ended: &TaskId,
) -> Result<(), Failure> {
    let tasks = ledger.tasks(case).await?;
    for row in &tasks {
        let waits = row.item.task.needs.contains(ended) && !row.item.task.state.is_ended();
        if let (true, Some(token)) = (waits, &row.item.holding)
            && held_back_by(&row.item, &tasks).is_empty()
        {
            workflow.resume(token, Word::Go).await?;
        }
    }
    Ok(())
}

/// The tasks that this one needs and that have not ended. One that is not on the checklist any more holds
/// nothing back.
pub fn held_back_by<'a>(row: &TaskRow, all: &'a [Row<TaskRow>]) -> Vec<&'a TaskRow> {
    all.iter()
        .map(|other| &other.item)
        .filter(|other| row.task.needs.contains(&other.task.id) && !other.task.state.is_ended())
        .collect()
}
