//! The step that every system's Lambda runs: fence, converge, record. A kind adds only its own adapter.

use std::sync::Arc;

use latchkey_ledger::{Ledger, Row, TaskRow};
use latchkey_lifecycle::{
    Account, AuditBody, Case, CaseId, EntitlementNeeds, Entry, EventKind, Goal, Order, Revision,
    SystemId, Takes, Task, TaskId, TaskState, Work,
};
use latchkey_runbook::Runbook;
use latchkey_systems::{Fault, Sought, System, carry_out};
use serde::{Deserialize, Serialize};
use serde_json::json;

use jiff::Timestamp;

use crate::{
    Called, Clock, Failure, Runbooks, give_names::another_name, system_calls::call_system,
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
    let go_on = Carried {
        wait: false,
        until: deps.clock.now(),
    };
    let mut case = deps
        .ledger
        .fenced_case(&request.case_id, request.revision)
        .await?
        .item;
    let row = deps
        .ledger
        .fenced_task(&case.id, &request.task_id, request.revision)
        .await?;
    if row.item.task.state.is_ended() {
        return Ok(go_on);
    }
    // Promise 1 holds also when a step is started by hand.
    if deps.clock.now() < row.item.task.window.opens {
        return Err(Failure::NotYet(format!(
            "the window of {} has not opened",
            request.task_id
        )));
    }
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
    let row = begin(deps, request, row).await?;
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let mut changes = Vec::new();
    let outcome = loop {
        let entered = enter(deps, &runbook, &case, &system, &goal, takes).await?;
        let converging = converge_account(deps, &runbook, &case, &system, &entered, &needs);
        let called = call_system(
            deps, request, &case, &row.item, &runbook, &system, converging,
        );
        let outcome = match called.await? {
            Called::Now(outcome) => outcome,
            Called::Later(until) => return Ok(Carried { wait: true, until }),
            Called::Over(fault) => {
                note_trouble(deps, request, &fault).await?;
                return Err(Failure::down(system.as_str()));
            }
        };
        match outcome {
            Ok(changed) => {
                changes.extend(changed);
                // A step that gave or took meanwhile may have looked before this one wrote. Whoever comes second sees the other.
                if wanted(deps.ledger, &runbook, &case, &system, &goal).await? == entered {
                    break Ok(changes);
                }
            }
            Err(fault @ Fault::Taken { .. }) => {
                let now = deps.clock.now();
                match another_name(deps.ledger, &runbook, &case, &system, &entered, now).await? {
                    Some(renamed) => case = renamed,
                    None => break Err(fault),
                }
            }
            Err(fault) => break Err(fault),
        }
    };
    let now = deps.clock.now();
    match outcome {
        Ok(changes) => {
            let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
            tracing::info!(case = %case.id, task = %request.task_id, %system, changes = lines.len(), "carried out");
            deps.ledger
                .change_task_read(row, |row| {
                    row.task.trouble = None;
                    row.pauses = None;
                    let text = if lines.is_empty() {
                        format!("{system} was as desired already.")
                    } else {
                        format!("{system}: {}.", lines.join(", "))
                    };
                    Ok::<_, Failure>(Some(vec![AuditBody {
                        at: now,
                        by: format!("system {system}"),
                        what: "carried out".into(),
                        text,
                        detail: json!({ "changes": lines }),
                    }]))
                })
                .await?;
            Ok(go_on)
        }
        Err(fault) => {
            note_trouble(deps, request, &fault).await?;
            Err(Failure::from_fault(system.as_str(), &fault))
        }
    }
}

/// Enters what the step gives and takes with the person's other claims, and says what is wanted then.
async fn enter(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
    takes: bool,
) -> Result<Goal, Failure> {
    let takes = match (goal, case.kind.takes_all(), takes) {
        (Goal::Suspended, ..) => Takes::SignIn,
        _ if case.kind == EventKind::Return => Takes::Lifts,
        (_, true, _) => Takes::All,
        (_, false, true) => Takes::Earlier,
        (_, false, false) => Takes::Nothing,
    };
    let goal = &named(runbook, case, system, goal);
    let gives = match goal {
        Goal::Have { account, .. } => Some(own(runbook, case, system, account)),
        Goal::NoAccess | Goal::Suspended | Goal::Gone => None,
    };
    let standing = deps
        .ledger
        .change_standing(&case.employee_id, system, |standing| {
            standing.enter(Entry::of(case), gives.clone(), takes);
        })
        .await?;
    Ok(standing.goal(Order::of(case), goal))
}

/// The goal under the names that were given: a name may have turned out to be somebody else's after the plan.
fn named(runbook: &Runbook, case: &Case, system: &SystemId, goal: &Goal) -> Goal {
    let mut goal = goal.clone();
    if let (Goal::Have { account, .. }, Some(names)) = (&mut goal, &case.names) {
        *account = runbook.with_names(names, system, account.clone());
    }
    goal
}

/// The account with what the person's roles give by this case. What they had before is claimed by earlier cases.
fn own(runbook: &Runbook, case: &Case, system: &SystemId, account: &Account) -> Account {
    let mut own = account.clone();
    let desired = case
        .person
        .as_ref()
        .and_then(|p| runbook.desired(p, system));
    if let Some(desired) = desired {
        own.entitlements
            .retain(|entitlement| desired.entitlements.contains(entitlement));
    }
    own
}

/// What is wanted of the account now, with what other cases claim.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn wanted(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
) -> Result<Goal, Failure> {
    let standing = ledger.standing(&case.employee_id, system).await?.item;
    let goal = named(runbook, case, system, goal);
    Ok(standing.goal(Order::of(case), &goal))
}

async fn converge_account(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
    needs: &EntitlementNeeds,
) -> Result<Vec<latchkey_lifecycle::Change>, Fault> {
    let opened = deps.systems.open(runbook, system).await?;
    let sought = sought(runbook, case, system, goal);
    Ok(carry_out(opened.as_ref(), &sought, goal, needs)
        .await?
        .changes)
}

/// Whose account is looked for, and under which names.
pub fn sought(runbook: &Runbook, case: &Case, system: &SystemId, goal: &Goal) -> Sought {
    let names = runbook.names_of(case);
    let name = match goal {
        Goal::Have { account, .. } => Some(account.name.clone()),
        Goal::NoAccess | Goal::Suspended | Goal::Gone => runbook.name_in(&names, system),
    };
    Sought {
        employee_id: case.employee_id.clone(),
        name,
        email: names.email,
        previous_id: case.person.as_ref().and_then(|p| p.previous_id.clone()),
    }
}

async fn begin(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    row: Row<TaskRow>,
) -> Result<Row<TaskRow>, Failure> {
    let now = deps.clock.now();
    deps.ledger
        .change_task_read(row, |row| {
            if row.task.state == TaskState::Running {
                return Ok::<_, Failure>(None);
            }
            row.task.state = TaskState::Running;
            row.pauses = None;
            Ok(Some(vec![AuditBody {
                at: now,
                by: "workflow".into(),
                what: "begun".into(),
                text: "Begun.".into(),
                detail: json!({ "revision": request.revision }),
            }]))
        })
        .await
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
                    what: "trouble".into(),
                    text: text.clone(),
                    detail: json!({ "fault": fault.name() }),
                }]))
            },
        )
        .await?;
    Ok(row.item.task)
}
