//! What a checklist would be, before it is written. Changes nothing.

use jiff::Timestamp;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Case, CaseState, Fate, Task, fates};
use latchkey_runtime::{Failure, Runbooks};

use crate::{Past, checklist};

/// The tasks of a case as it would be, each with what becomes of it; of a new case (`begins`) all of them appear. A
/// case that the brake would hold is shown as it goes on once it is confirmed.
///
/// # Errors
/// [`Failure`] when the ledger does not answer, or the runbook cannot plan the case.
pub async fn foresee(
    ledger: &Ledger,
    runbooks: &Runbooks,
    case: &Case,
    begins: bool,
    now: Timestamp,
) -> Result<Vec<(Task, Fate)>, Failure> {
    let before = match begins {
        true => Vec::new(),
        false => tasks_of(ledger, case).await?,
    };
    if case.state == CaseState::Superseded {
        let left: Vec<Task> = before
            .iter()
            .filter(|task| task.state.is_ended())
            .cloned()
            .collect();
        return Ok(fates(&before, &left, None));
    }
    let runbook = runbooks.get(ledger, &case.runbook).await?;
    let mut past = Past::before(ledger, case).await?;
    for earlier in &case.supersedes {
        let rows = ledger.tasks(earlier).await?;
        let done = rows.into_iter().filter(|row| row.item.is_touched());
        past.touched.extend(done.map(|row| row.item.task));
    }
    let planned = checklist(&runbook, case, &past, now)?;
    Ok(fates(&before, &planned, case.redone_from))
}

async fn tasks_of(ledger: &Ledger, case: &Case) -> Result<Vec<Task>, Failure> {
    let rows = ledger.tasks(&case.id).await?;
    Ok(rows.into_iter().map(|row| row.item.task).collect())
}
