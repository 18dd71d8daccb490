//! A case is planned anew because of what somebody said.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{AuditBody, Case, Task, What};
use serde_json::json;

use crate::{Begin, Failure, Workflow};

/// Begins the next revision of a task's case. A case that was planned anew meanwhile is left alone.
///
/// The revision is raised first: where its execution is not started then, the next start or sweep misses it.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer.
pub async fn plan_anew(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    task: &Task,
    (by, why): (&str, &str),
    now: Timestamp,
) -> Result<(), Failure> {
    let next = task.revision.next();
    let mut raised = false;
    let row = ledger
        .change_case::<Failure>(&task.case_id, |case: &mut Case| {
            raised = !case.is_settled() && case.revision == task.revision;
            if !raised {
                return Ok(None);
            }
            case.plan_anew();
            Ok(Some(vec![AuditBody {
                at: now,
                by: by.to_owned(),
                what: What::Restarted,
                text: format!("{why}; planned anew as revision {next}."),
                detail: json!({ "revision": next, "task": task.id }),
            }]))
        })
        .await?;
    if !raised {
        return Ok(());
    }
    let case = &row.item.id;
    workflow.stop(case, task.revision, "planned anew").await?;
    workflow.start(&Begin::new(case.clone(), next)).await?;
    Ok(())
}

/// Whether a decided approval said no to something that a task behind it would still give: the case has to be planned
/// anew, and until then nothing of that task is done ([`crate::needs_of`]).
///
/// # Errors
/// The ledger's.
pub async fn refused_since(ledger: &Ledger, approval: &Task) -> Result<bool, LedgerError> {
    if approval.refused().is_empty() {
        return Ok(false);
    }
    let behind = approval.needed_by.iter().cloned();
    let behind = behind.map(|id| (approval.case_id.clone(), id));
    let rows = ledger.tasks_by_id(behind).await?;
    let gives = |task: &Task| !task.state.is_ended() && task.gives_what_was_refused(approval);
    Ok(rows.iter().any(|row| gives(&row.task)))
}
