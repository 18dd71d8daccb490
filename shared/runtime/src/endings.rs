//! What follows when a task has ended: tasks that waited for it go on, or are left out with it (promise 12).

use std::collections::BTreeSet;

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, Row, TaskRow};
use latchkey_lifecycle::{Omission, Task, TaskId};

use crate::{Failure, Word, Workflow};

/// How it stands with what a task needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Needs {
    /// It can begin.
    Met,
    /// These have not ended, or said no to something that the task would still give.
    Open(Vec<TaskRow>),
    /// One that has to be verified was left out: so is this one.
    LeftOut(Omission),
}

/// How it stands with what a task needs. One that is not on the checklist any more holds nothing back.
///
/// # Errors
/// The ledger's.
pub async fn needs_of(ledger: &Ledger, task: &Task) -> Result<Needs, LedgerError> {
    let ids = task.needs.iter().cloned();
    let rows = ledger
        .tasks_by_id(ids.map(|need| (task.case_id.clone(), need)))
        .await?;
    let mut open = Vec::new();
    for need in &task.needs {
        let Some(row) = rows.iter().find(|row| row.task.id == *need) else {
            continue;
        };
        let need = &row.task;
        let omission = need.omission().filter(|_| task.is_behind(need));
        if let Some(omission) = omission {
            return Ok(Needs::LeftOut(omission));
        }
        // A part of it was refused since the plan was made: the next plan gives the rest (promise 12).
        if !need.state.is_ended() || task.gives_what_was_refused(need) {
            open.push(row.clone());
        }
    }
    Ok(match open.is_empty() {
        true => Needs::Met,
        false => Needs::Open(open),
    })
}

/// Has the tasks that need `ended` go on: those that have all they need by now are resumed, those behind it are left
/// out with it when it was left out, and then those behind them. Safe to run twice: a task that was resumed already
/// waits with no token, or with one that nobody takes.
///
/// The other side of the exchange ([`needs_of`]) stores its token first and looks at the needs then; this side stores
/// the ending first and looks for tokens then. Whoever comes second sees the other.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer; run it again.
pub async fn release(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    ended: &Task,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut seen: BTreeSet<TaskId> = BTreeSet::new();
    let mut queue = vec![ended.clone()];
    while let Some(ended) = queue.pop() {
        for id in &ended.needed_by {
            let Some(row) = ledger.find_task(&ended.case_id, id).await? else {
                continue;
            };
            if !row.item.task.needs.contains(&ended.id) {
                continue;
            }
            // Left out already: the run that did it may have been cut off before what is behind it.
            let followed = row.item.task.left_out.is_some();
            if row.item.task.state.is_ended() && !followed {
                continue;
            }
            match needs_of(ledger, &row.item.task).await? {
                Needs::Met => {
                    if let Some(token) = &row.item.holding {
                        workflow.resume(token, Word::Go).await?;
                    }
                }
                Needs::Open(_) => {}
                Needs::LeftOut(omission) => {
                    let row = leave_out(ledger, row, &omission, now).await?;
                    let asked = row.item.asking.as_ref().and_then(|a| a.token.as_ref());
                    for token in row.item.holding.iter().chain(asked) {
                        workflow.resume(token, Word::Ended).await?;
                    }
                    if seen.insert(row.item.task.id.clone()) {
                        queue.push(row.item.task);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Leaves a task out by the word about one that it needs. One that has ended meanwhile stays as it is.
///
/// # Errors
/// The ledger's; run it again.
pub async fn leave_out(
    ledger: &Ledger,
    row: Row<TaskRow>,
    omission: &Omission,
    now: Timestamp,
) -> Result<Row<TaskRow>, LedgerError> {
    ledger
        .change_task_read(row, |row| {
            if row.task.state.is_ended() {
                return Ok(None);
            }
            Ok(Some(vec![row.task.leave_out(omission, now)]))
        })
        .await
}
