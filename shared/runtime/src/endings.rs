//! What follows when a task has ended: tasks that waited for it go on, or are left out with it.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, Row, TaskRow};
use latchkey_lifecycle::{Answer, AuditBody, Task, TaskId, TaskState};
use serde_json::json;

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

/// The open tasks that need this one.
///
/// # Errors
/// The ledger's.
pub async fn waiting_for(ledger: &Ledger, task: &Task) -> Result<Vec<TaskId>, LedgerError> {
    let rows = ledger.tasks(&task.case_id).await?.into_iter();
    let tasks = rows.map(|row| row.item.task);
    let open = tasks.filter(|other| other.needs.contains(&task.id) && !other.state.is_ended());
    Ok(open.map(|other| other.id).collect())
}

/// What was not approved is not given: a task that needs an approval is left out under the name of whoever declined that or left it
/// out. One that has ended meanwhile stays as it is.
///
/// # Errors
/// The ledger's; run it again.
pub async fn leave_out_unapproved(
    ledger: &Ledger,
    approval: &Task,
    id: &TaskId,
    (by, reason): (&str, &str),
    now: Timestamp,
) -> Result<Row<TaskRow>, LedgerError> {
    let reason = format!("not approved: {reason}");
    ledger
        .change_task(&approval.case_id, id, approval.revision, |row| {
            if row.task.state.is_ended() {
                return Ok(None);
            }
            let answer = Answer::Waived {
                by: by.to_owned(),
                reason: reason.clone(),
            };
            row.task.state = TaskState::Waived;
            row.task.ended_at = Some(now);
            row.task.answer = Some(answer.clone());
            Ok(Some(vec![AuditBody {
                at: now,
                by: by.to_owned(),
                what: "waived".into(),
                text: format!("Left out by {by}: {reason}"),
                detail: json!({ "answer": answer, "approval": approval.id }),
            }]))
        })
        .await
}
