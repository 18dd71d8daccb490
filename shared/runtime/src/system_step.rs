//! The step that every system's Lambda runs: fence, converge, record. A kind adds only its own adapter.

use std::sync::Arc;

use latchkey_ledger::{Ledger, Row, TaskRow};
use latchkey_lifecycle::{
    AuditBody, Case, CaseId, Change, Revision, SystemId, Task, TaskId, What, Work,
};
use latchkey_runbook::Runbook;
use latchkey_systems::{Fault, System};
use serde::{Deserialize, Serialize};
use serde_json::json;

use jiff::Timestamp;

use crate::{
    Called, Clock, Failure, Needs, Runbooks, converging::converge_each, give_names::another_name,
    needs_of, overtaken::set_right, system_calls::call_system, wanted::wanted,
};

/// What the workflow sends to a system's Lambda, and to verify.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRequest {
    /// Which case.
    pub case_id: CaseId,
    /// Which revision of it.
    pub revision: Revision,
    /// Which task.
    pub task_id: TaskId,
}

/// Opens systems by the settings that a runbook gives them.
#[async_trait::async_trait]
pub trait Systems: Send + Sync {
    /// The system, ready to be called.
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault>;
}

/// What the step needs.
#[derive(Clone, Copy)]
pub struct SystemDeps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// How systems are reached.
    pub systems: &'a dyn Systems,
}

/// What the workflow does after the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// Whether it waits and runs the step again: the system is to be left in peace.
    pub wait: bool,
    /// Until when it waits (UTC); now when it does not.
    pub until: Timestamp,
}

/// Converges the account of a task and records what it changed. Running it again finds nothing to change.
///
/// # Errors
/// [`Failure`] by the name of the system's fault; the task keeps the reason in plain words.
pub async fn carry(deps: &SystemDeps<'_>, request: &TaskRequest) -> Result<Carried, Failure> {
    let (case, row) = deps
        .ledger
        .fenced_step(&request.case_id, &request.task_id, request.revision)
        .await?;
    let case = case.item;
    if row.item.task.state.is_ended() {
        return Ok(go_on(deps.clock.now()));
    }
    // Promise 1 holds also when a step is started by hand.
    if deps.clock.now() < row.item.task.window.opens {
        return Err(Failure::NotYet(format!(
            "the window of {} has not opened",
            request.task_id
        )));
    }
    // And promise 12.
    let task = &row.item.task;
    if !task.gates.is_empty() && Box::pin(needs_of(deps.ledger, task)).await? != Needs::Met {
        return Err(Failure::NotYet(format!(
            "{} stands behind tasks that are not verified",
            request.task_id
        )));
    }
    let row = begin(deps, row).await?;
    // In a box: steps meet within steps in tests, and a thread's stack is small.
    let worked = Box::pin(work(deps, request, case, row)).await;
    if matches!(worked, Err(Failure::Fenced(_))) {
        Box::pin(set_right(deps, request)).await?;
    }
    worked
}

fn go_on(now: Timestamp) -> Carried {
    Carried {
        wait: false,
        until: now,
    }
}

/// Converges the account and records what it changed.
async fn work(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    mut case: Case,
    row: Row<TaskRow>,
) -> Result<Carried, Failure> {
    let Work::System {
        system,
        goal,
        needs,
        takes,
        ..
    } = row.item.task.work.clone()
    else {
        return Err(Failure::Broken(format!(
            "{} {} is a person's task",
            case.id, request.task_id
        )));
    };
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let mut changes = Vec::new();
    let outcome = loop {
        let work = (&goal, &needs, takes);
        let converging = Box::pin(converge_each(
            deps,
            &runbook,
            &case,
            &system,
            work,
            &mut changes,
        ));
        let called = Box::pin(call_system(
            deps, request, &case, &row.item, &runbook, &system, converging,
        ));
        let outcome = match called.await? {
            Called::Now(outcome) => outcome,
            Called::Later(until) => {
                note_part(deps, request, &system, &changes).await?;
                return Ok(Carried { wait: true, until });
            }
            Called::Over(fault) => {
                note_part(deps, request, &system, &changes).await?;
                note_trouble(deps, request, &fault).await?;
                return Err(Failure::down(system.as_str()));
            }
        };
        match outcome {
            Ok(converged) => {
                converged?;
                break Ok(());
            }
            Err(fault @ Fault::Taken { .. }) => {
                let now = deps.clock.now();
                let wants = wanted(deps.ledger, &runbook, &case, &system, &goal).await?;
                match another_name(deps.ledger, &runbook, &case, &system, &wants, now).await? {
                    Some(renamed) => case = renamed,
                    None => break Err(fault),
                }
            }
            Err(fault) => break Err(fault),
        }
    };
    match outcome {
        Ok(()) => {
            let case = &case.id;
            tracing::info!(%case, task = %request.task_id, %system, changes = changes.len(), "carried out");
            note_done(deps, row, &system, &changes).await?;
            Ok(go_on(deps.clock.now()))
        }
        Err(fault) => {
            note_part(deps, request, &system, &changes).await?;
            note_trouble(deps, request, &fault).await?;
            Err(Failure::from_fault(system.as_str(), &fault))
        }
    }
}

async fn begin(deps: &SystemDeps<'_>, row: Row<TaskRow>) -> Result<Row<TaskRow>, Failure> {
    let now = deps.clock.now();
    deps.ledger
        .change_task_read(row, |row| {
            let Some(begun) = row.task.begin(now) else {
                return Ok::<_, Failure>(None);
            };
            row.pauses = None;
            Ok(Some(vec![begun]))
        })
        .await
}

/// Records what a system did.
async fn note_done(
    deps: &SystemDeps<'_>,
    row: Row<TaskRow>,
    system: &SystemId,
    changes: &[Change],
) -> Result<(), Failure> {
    let now = deps.clock.now();
    let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
    let text = match lines.is_empty() {
        true => format!("{system} was as desired already."),
        false => format!("{system}: {}.", lines.join(", ")),
    };
    deps.ledger
        .change_task_read(row, |row| {
            row.task.trouble = None;
            row.pauses = None;
            Ok::<_, Failure>(Some(vec![AuditBody {
                at: now,
                by: format!("system {system}"),
                what: What::CarriedOut,
                text: text.clone(),
                detail: json!({ "changes": lines }),
            }]))
        })
        .await?;
    Ok(())
}

/// Records what was changed before a system stopped answering as it should: an auditor asks when sign-in was cut, and
/// the rest may take hours.
pub(crate) async fn note_part(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    system: &SystemId,
    changes: &[Change],
) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let now = deps.clock.now();
    let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
    deps.ledger
        .change_task(&request.case_id, &request.task_id, request.revision, |_| {
            Ok::<_, Failure>(Some(vec![AuditBody {
                at: now,
                by: format!("system {system}"),
                what: What::CarriedOutInPart,
                text: format!("{system}: {}; not all is done yet.", lines.join(", ")),
                detail: json!({ "changes": lines }),
            }]))
        })
        .await
        .map(|_| ())
}

/// Keeps what a system said, in plain words, with the task. The same words again are not recorded again.
///
/// # Errors
/// [`Failure`] when the ledger does not take it.
pub async fn note_trouble(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    fault: &Fault,
) -> Result<Task, Failure> {
    let now = deps.clock.now();
    let text = fault.to_string();
    tracing::warn!(case = %request.case_id, task = %request.task_id, fault = fault.name(), "not carried out");
    let row = deps
        .ledger
        .change_task(
            &request.case_id,
            &request.task_id,
            request.revision,
            |row| {
                if row.task.state.is_ended() || row.task.trouble.as_deref() == Some(&text) {
                    return Ok::<_, Failure>(None);
                }
                row.task.trouble = Some(text.clone());
                Ok(Some(vec![AuditBody {
                    at: now,
                    by: "workflow".into(),
                    what: What::Trouble,
                    text: text.clone(),
                    detail: json!({ "fault": fault.name() }),
                }]))
            },
        )
        .await?;
    Ok(row.item.task)
}
