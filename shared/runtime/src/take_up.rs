//! What an operator changed acts at once: the case's present revision is started, and those before it are stopped.

use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Case, CaseId, CaseState};

use crate::{Begin, Failure, Workflow};

/// How many revisions before the present one may still be at work.
const EARLIER: usize = 16;

/// Starts the present revision of a case, where it does not run yet, and stops those before it. Whether there was
/// something to start: what has ended, and what the brake holds, begins nothing.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer; what was not begun is begun by the next sweep.
pub async fn take_up(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    id: &CaseId,
) -> Result<bool, Failure> {
    let Some(row) = ledger.find_case(id).await? else {
        return Ok(false);
    };
    let case = row.item;
    let earlier = std::iter::successors(case.revision.previous(), |one| one.previous());
    for revision in earlier.take(EARLIER) {
        workflow.stop(id, revision, "planned anew").await?;
    }
    if case.is_settled() || waits(ledger, &case).await? {
        return Ok(false);
    }
    let begin = Begin::new(id.clone(), case.revision);
    workflow.start(&begin).await?;
    Ok(true)
}

/// One of the held cases asks about all of them; the others wait without an execution.
async fn waits(ledger: &Ledger, case: &Case) -> Result<bool, Failure> {
    if case.state != CaseState::Held {
        return Ok(false);
    }
    Ok(ledger.brake().await?.item.asking() != Some(&case.id))
}
