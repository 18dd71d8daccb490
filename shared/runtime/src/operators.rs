//! What an operator does to a case by name: it goes on, or one of its tasks is left out.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, Shelf};
use latchkey_lifecycle::{
    AuditBody, Case, CaseId, CaseState, Revision, SystemId, Task, TaskId, TaskState, What,
    left_out_with,
};
use serde_json::json;

use crate::{Needs, leave_out, needs_of};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// There is no such case.
    #[error("there is no case {0}; latchkey cases lists them")]
    NoCase(CaseId),
    /// The case has no such task.
    #[error("case {0} has no task {1}; latchkey case {0} lists them")]
    NoTask(CaseId, TaskId),
    /// The case has ended.
    #[error("case {0} is {1}: nothing is left to do")]
    Ended(CaseId, CaseState),
    /// The task has ended.
    #[error("task {1} of case {0} is {2} already")]
    TaskEnded(CaseId, TaskId, TaskState),
    /// The task is the question about everything that the brake holds. Ended as a task, it would be decided by nobody
    /// and asked no more.
    #[error(
        "task {1} of case {0} is the question about everything that is held, and is not left out like a task: decide on its page, by \
         the link in its letter; by the link that the escalation contact gets, all of it can be left out"
    )]
    Decides(CaseId, TaskId),
    /// Somebody else had it planned anew since it was looked at.
    #[error("case {0} was planned anew meanwhile, as revision {1}: look at it again")]
    PlannedMeanwhile(CaseId, Revision),
    /// The audit trail needs a name.
    #[error("say who does it with --by: the audit trail names you")]
    NoName,
    /// The audit trail needs a reason.
    #[error("say why with --reason: the audit trail keeps it")]
    NoReason,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What becomes of questions that stand when a case is planned anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// Whoever was asked keeps the letter that they have.
    Stand,
    /// Whoever was asked is asked again, by another letter.
    AskedAgain,
}

/// Has a case planned anew: what is done stays done, and what still runs of it is fenced. The rest is begun by whoever
/// runs cases, once they are told of it, and else by the next sweep.
///
/// # Errors
/// [`OperatorError`]; nothing was changed then.
pub async fn redrive(
    ledger: &Ledger,
    id: &CaseId,
    by: &str,
    questions: Questions,
    now: Timestamp,
) -> Result<Revision, OperatorError> {
    redrive_as_seen(ledger, id, (by, None), questions, now).await
}

/// The same, where the case is still at the revision that somebody saw: pressed twice, it is done once.
///
/// # Errors
/// [`OperatorError`]; nothing was changed then.
pub async fn redrive_as_seen(
    ledger: &Ledger,
    id: &CaseId,
    (by, seen): (&str, Option<Revision>),
    questions: Questions,
    now: Timestamp,
) -> Result<Revision, OperatorError> {
    let by = signed(by)?;
    found(ledger, id).await?;
    let row = ledger
        .change_case(id, |case: &mut Case| {
            open(case)?;
            if seen.is_some_and(|seen| seen != case.revision) {
                let (id, revision) = (case.id.clone(), case.revision);
                return Err(OperatorError::PlannedMeanwhile(id, revision));
            }
            let again = match questions {
                Questions::Stand => {
                    case.plan_anew();
                    ""
                }
                Questions::AskedAgain => {
                    case.plan_and_ask_anew();
                    " What stands open is asked again."
                }
            };
            let revision = case.revision;
            Ok::<_, OperatorError>(Some(vec![AuditBody {
                at: now,
                by: by.to_owned(),
                what: What::Redriven,
                text: format!("{by} had it planned anew as revision {revision}.{again}"),
                detail: json!({ "revision": revision }),
            }]))
        })
        .await?;
    Ok(row.item.revision)
}

/// All open cases.
///
/// # Errors
/// The ledger's.
pub async fn all_open(ledger: &Ledger) -> Result<Vec<CaseId>, LedgerError> {
    let open = ledger.cases(Shelf::Open, usize::MAX).await?;
    let open = open.into_iter().filter(|case| !case.state.is_ended());
    Ok(open.map(|case| case.id).collect())
}

/// Open cases that stand still: their execution failed.
///
/// # Errors
/// The ledger's.
pub async fn standing_still(ledger: &Ledger) -> Result<Vec<CaseId>, LedgerError> {
    let open = ledger.cases(Shelf::Open, usize::MAX).await?;
    let still = open.into_iter().filter(|case| case.failed_at.is_some());
    Ok(still.map(|case| case.id).collect())
}

/// Open cases with a task in trouble in a system.
///
/// # Errors
/// The ledger's.
pub async fn in_trouble_with(
    ledger: &Ledger,
    system: &SystemId,
) -> Result<Vec<CaseId>, LedgerError> {
    let mut all = Vec::new();
    for case in ledger.cases(Shelf::Open, usize::MAX).await? {
        let tasks = ledger.tasks(&case.id).await?;
        let troubled = tasks.iter().map(|row| &row.item.task).any(|task| {
            !task.state.is_ended() && task.trouble.is_some() && task.system() == Some(system)
        });
        if troubled {
            all.push(case.id);
        }
    }
    Ok(all)
}

/// What would be left out with a task, as it stands: what is behind it, and what is behind that. Changes nothing.
///
/// # Errors
/// [`OperatorError`] when the task cannot be left out.
pub async fn goes_along(
    ledger: &Ledger,
    id: &CaseId,
    task_id: &TaskId,
) -> Result<Vec<Task>, OperatorError> {
    found(ledger, id).await?;
    let rows = ledger.tasks(id).await?;
    let tasks: Vec<Task> = rows.into_iter().map(|row| row.item.task).collect();
    let task = tasks.iter().find(|task| task.id == *task_id);
    let task = task.ok_or_else(|| OperatorError::NoTask(id.clone(), task_id.clone()))?;
    can_be_left_out(task)?;
    Ok(left_out_with(&tasks, task_id)
        .into_iter()
        .cloned()
        .collect())
}

/// What came of leaving a task out.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// The revision that the case is planned anew as.
    pub revision: Revision,
    /// The tasks that were left out with it.
    pub along: Vec<Task>,
}

/// Leaves a task out, by name and with a reason. The case is planned anew, so that nothing runs on that still thinks of
/// it.
///
/// # Errors
/// [`OperatorError`]; nothing was changed then.
pub async fn waive(
    ledger: &Ledger,
    (id, task_id): (&CaseId, &TaskId),
    (by, reason): (&str, &str),
    now: Timestamp,
) -> Result<Waiver, OperatorError> {
    let by = signed(by)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(OperatorError::NoReason);
    }
    found(ledger, id).await?;
    let row = ledger.find_task(id, task_id).await?;
    let row = row.ok_or_else(|| OperatorError::NoTask(id.clone(), task_id.clone()))?;
    ledger
        .change_task_read(row, |row| {
            let task = &mut row.task;
            can_be_left_out(task)?;
            Ok::<_, OperatorError>(Some(vec![task.waive(by, reason, now)]))
        })
        .await?;
    let along = leave_out_behind(ledger, id, now).await?;
    let revision = redrive(ledger, id, by, Questions::Stand, now).await?;
    Ok(Waiver { revision, along })
}

fn can_be_left_out(task: &Task) -> Result<(), OperatorError> {
    let names = || (task.case_id.clone(), task.id.clone());
    if task.state.is_ended() {
        let (case, id) = names();
        return Err(OperatorError::TaskEnded(case, id, task.state));
    }
    if task.id == TaskId::confirm_what_is_held() {
        let (case, id) = names();
        return Err(OperatorError::Decides(case, id));
    }
    Ok(())
}

/// What is behind something that was left out is left out with it. Whoever is cut off here leaves nothing wrong behind:
/// a task looks at what it needs before it begins.
async fn leave_out_behind(
    ledger: &Ledger,
    id: &CaseId,
    now: Timestamp,
) -> Result<Vec<Task>, LedgerError> {
    let mut along = Vec::new();
    loop {
        let before = along.len();
        for row in ledger.tasks(id).await? {
            if row.item.task.state.is_ended() {
                continue;
            }
            if let Needs::LeftOut(omission) = needs_of(ledger, &row.item.task).await? {
                let row = leave_out(ledger, row, &omission, now).await?;
                along.push(row.item.task);
            }
        }
        if along.len() == before {
            return Ok(along);
        }
    }
}

fn signed(by: &str) -> Result<&str, OperatorError> {
    match by.trim() {
        "" => Err(OperatorError::NoName),
        by => Ok(by),
    }
}

async fn found(ledger: &Ledger, id: &CaseId) -> Result<Case, OperatorError> {
    let row = ledger.find_case(id).await?;
    let row = row.ok_or_else(|| OperatorError::NoCase(id.clone()))?;
    open(&row.item)?;
    Ok(row.item)
}

fn open(case: &Case) -> Result<(), OperatorError> {
    match case.state.is_ended() {
        true => Err(OperatorError::Ended(case.id.clone(), case.state)),
        false => Ok(()),
    }
}
