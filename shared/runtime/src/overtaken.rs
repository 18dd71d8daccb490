//! A step that was overtaken: since it called a system, another decision about the person has been made. While it was
//! still calling, its case may have been planned anew, and the steps of the new revision may have looked there before
//! it wrote: the fence stops what a step records, but not what is on its way to a system already. So a step that finds
//! the fence behind its call does there what is wanted now; and so does verify, when another case has changed what is
//! wanted before it looked.

use latchkey_lifecycle::{CaseState, Work};

use crate::{
    Failure, SystemDeps, TaskRequest,
    converging::{converge_each, yield_to_others},
    system_step::note_part,
};

/// A case that has a later revision has the record of that.
fn fenced(failure: Failure) -> Result<(), Failure> {
    match failure {
        Failure::Fenced(_) => Ok(()),
        other => Err(other),
    }
}

/// Brings the account of an overtaken step to what is wanted by the case's present revision and everybody else. Where
/// that has no such task, or has not opened it, the steps that it has will look after this one wrote. Gives whether
/// anything was changed.
///
/// # Errors
/// [`Failure`] by the name of the system's fault, or of the ledger's.
pub async fn set_right(deps: &SystemDeps<'_>, request: &TaskRequest) -> Result<bool, Failure> {
    let case = deps.ledger.case(&request.case_id).await?.item;
    let Some(row) = deps.ledger.find_task(&case.id, &request.task_id).await? else {
        return Ok(false);
    };
    let task = row.item.task;
    let Work::System {
        system,
        goal,
        needs,
        takes,
        ..
    } = &task.work
    else {
        return Ok(false);
    };
    if deps.clock.now() < task.window.opens {
        return Ok(false);
    }
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let mut changes = Vec::new();
    let work = (goal, needs, *takes);
    // Of a case that is superseded nothing is wanted any more: what it wrote late goes where somebody else wants
    // otherwise by now. Whoever takes its place looks again when it takes, but may have looked already.
    let converged = match case.state {
        CaseState::Superseded => {
            let others = yield_to_others(deps, &runbook, &case, system, work, &mut changes);
            Box::pin(others).await
        }
        _ => {
            let each = converge_each(deps, &runbook, &case, system, work, &mut changes);
            Box::pin(each).await
        }
    };
    converged.map_err(|fault| Failure::from_fault(system.as_str(), &fault))??;
    if changes.is_empty() {
        return Ok(false);
    }
    tracing::warn!(case = %case.id, task = %task.id, %system, changes = changes.len(), "set right");
    note_part(deps, request, system, &changes)
        .await
        .or_else(fenced)?;
    Ok(true)
}
