//! **verify**: reads the system again, through a fresh read, and compares; for a person's task it looks at
//! the evidence, or at the second team's word. Only this step makes a task verified.

use jiff::Timestamp;
use latchkey_ledger::{KnownAccount, Row, TaskRow};
use latchkey_lifecycle::{
    Account, Case, Change, EntitlementNeeds, Goal, Step, SystemId, Task, TaskState, Verification,
    Work,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::{
    Called, Failure, SystemDeps, TaskRequest, Theirs, Workflow, call_system, each_account,
    note_seen, note_trouble, plan_anew, refused_since, release, set_right, wanted_and_sought,
};
use latchkey_systems::{Comparison, Fault, Sought, System, compare};
use serde::Serialize;

/// What verify needs.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// Ledger, clock, runbooks and systems.
    pub systems: SystemDeps<'a>,
    /// The state machine.
    pub workflow: &'a dyn Workflow,
}

/// What the workflow does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The task has ended.
    Verified,
    /// A second team has to confirm it.
    Confirm,
    /// The second team did not confirm it: its owner has to do it again.
    Redo,
    /// The system is to be left in peace: read back later.
    Wait,
}

/// What the workflow gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Response {
    /// What it does next.
    pub verdict: Verdict,
    /// Until when it waits (UTC) with [`Verdict::Wait`]; now with the others.
    pub until: Timestamp,
}

/// What comes of looking.
enum Next {
    Do(Verdict),
    Later(Timestamp),
}

/// Verifies a task. Safe to run twice: a task that has ended stays as it is.
///
/// # Errors
/// [`Failure::NotYet`] when the system does not show what is desired, the system's faults by name,
/// [`Failure::Fenced`] when the case has a later revision.
pub async fn handle(deps: &Deps<'_>, request: &TaskRequest) -> Result<Response, Failure> {
    let ledger = deps.systems.ledger;
    let (case, row) = ledger
        .fenced_step(&request.case_id, &request.task_id, request.revision)
        .await?;
    let case = case.item;
    let now = deps.systems.clock.now();
    let (verdict, until) = if row.item.task.state.is_ended() {
        (Verdict::Verified, now)
    } else {
        match verify(deps, request, &case, &row).await? {
            Next::Do(verdict) => (verdict, now),
            Next::Later(until) => (Verdict::Wait, until),
        }
    };
    if verdict == Verdict::Verified {
        // Also when it had ended before: the run that ended it may have been cut off here.
        let task = &row.item.task;
        match refused_since(ledger, task).await? {
            true => {
                let why = ("verify", "Not all of it was approved");
                Box::pin(plan_anew(ledger, deps.workflow, task, why, now)).await?;
            }
            false => release(ledger, deps.workflow, task, now).await?,
        }
    }
    Ok(Response { verdict, until })
}

async fn verify(
    deps: &Deps<'_>,
    request: &TaskRequest,
    case: &Case,
    row: &Row<TaskRow>,
) -> Result<Next, Failure> {
    let task = &row.item.task;
    let verdict = match (&task.verification, &task.work) {
        (Verification::ReadBack { system, goal, .. }, Work::Person { .. }) => {
            let no_needs = Default::default();
            return read_back(deps, request, case, row, (system, goal, &no_needs)).await;
        }
        (
            _,
            Work::System {
                system,
                goal,
                needs,
                ..
            },
        ) => return read_back(deps, request, case, row, (system, goal, needs)).await,
        (Verification::Attested, _) if task.state == TaskState::Answered => {
            end(deps, row, "attested", "Attested by its owner.".to_owned()).await
        }
        (Verification::SecondTeam { team }, _) => {
            let asking = row.item.asking.as_ref();
            let confirmed = asking.filter(|a| a.step == Step::Confirm && a.answered);
            match (task.state, confirmed) {
                (TaskState::Answered, Some(_)) => {
                    let SystemDeps {
                        ledger, runbooks, ..
                    } = deps.systems;
                    let runbook = runbooks.get(ledger, &case.runbook).await?;
                    let name = runbook.team(team).map_or(team.as_str(), |team| &team.name);
                    end(deps, row, "confirmed", format!("Confirmed by {name}.")).await
                }
                (TaskState::Declined, Some(_)) => redo(deps, row).await,
                (TaskState::Answered | TaskState::Confirming, _) => Ok(Verdict::Confirm),
                _ => Err(unanswered(task)),
            }
        }
        (Verification::Attested, _) => Err(unanswered(task)),
    };
    verdict.map(Next::Do)
}

fn unanswered(task: &Task) -> Failure {
    Failure::NotYet(format!(
        "nobody has answered for {} {} yet",
        task.case_id, task.id
    ))
}

async fn read_back(
    deps: &Deps<'_>,
    request: &TaskRequest,
    case: &Case,
    row: &Row<TaskRow>,
    (system, planned, needs): (&SystemId, &Goal, &EntitlementNeeds),
) -> Result<Next, Failure> {
    let SystemDeps {
        ledger,
        runbooks,
        systems,
        ..
    } = deps.systems;
    let runbook = runbooks.get(ledger, &case.runbook).await?;
    // Whose account it is by now, and, where everything is taken, those that they had under other ids.
    let accounts = Box::pin(each_account(ledger, case, system)).await?;
    let mut looks = Vec::with_capacity(accounts.len());
    for theirs in &accounts {
        looks.push(wanted_and_sought(ledger, &runbook, theirs, system, planned).await?);
    }
    let compared = async {
        let opened = systems.open(&runbook, system).await?;
        compare_each(opened.as_ref(), &looks, needs, system).await
    };
    let called = call_system(
        &deps.systems,
        request,
        case,
        &row.item,
        &runbook,
        system,
        compared,
    );
    let comparison = match called.await? {
        Called::Later(until) => return Ok(Next::Later(until)),
        Called::Over(fault) => {
            note_trouble(&deps.systems, request, &fault).await?;
            return Err(Failure::down(system.as_str()));
        }
        Called::Now(Ok(comparison)) => comparison,
        Called::Now(Err(fault)) => {
            note_trouble(&deps.systems, request, &fault).await?;
            return Err(Failure::from_fault(system.as_str(), &fault));
        }
    };
    if !comparison.same {
        let open: Vec<String> = comparison
            .differences
            .iter()
            .map(ToString::to_string)
            .collect();
        let fault = Fault::NotYet {
            system: system.to_string(),
            problem: format!("still to do there: {}", open.join(", ")),
        };
        // Another case may want something else by now, and may not have got to it: nobody has to be asked about that.
        let elsewise = looks.iter().any(|(goal, _)| goal != planned);
        if elsewise && Box::pin(set_right(&deps.systems, request)).await? {
            return Err(Failure::from_fault(system.as_str(), &fault));
        }
        if !elsewise && comparison.differences.iter().all(can_be_done_again) {
            Box::pin(do_again(deps, request, row)).await?;
        }
        note_trouble(&deps.systems, request, &fault).await?;
        return Err(Failure::from_fault(system.as_str(), &fault));
    }
    let kept = matches!(planned, Goal::NoAccess | Goal::Gone)
        && looks
            .iter()
            .any(|(goal, _)| matches!(goal, Goal::Have { .. }));
    let what = match &comparison.actual {
        None => format!("{system} has no account for the person."),
        Some(account) if kept => format!(
            "{system} shows {}: this case takes none of it, since another one gives it, whose time has not come to an end.",
            words(account)
        ),
        Some(account) => format!("{system} shows {}.", words(account)),
    };
    if let Some(theirs) = accounts.first() {
        remember(deps, request, &runbook, theirs, system, comparison).await?;
    }
    end(deps, row, "read back", what).await.map(Next::Do)
}

/// Remembers of the account what was read: which one it is, under which name, and what it has.
async fn remember(
    deps: &Deps<'_>,
    request: &TaskRequest,
    runbook: &Runbook,
    theirs: &Theirs,
    system: &SystemId,
    Comparison { actual, handle, .. }: Comparison,
) -> Result<(), Failure> {
    let case = &theirs.case;
    if let (Some(account), Some(handle)) = (&actual, handle) {
        let name = account.name.clone();
        note_seen(deps.systems.ledger, theirs, system, handle, name).await?;
    }
    note_name(deps, runbook, case, system, actual.as_ref()).await?;
    record_account(deps, request, case, system, actual).await
}

/// Where two changes meet, a system may lose one of them: of the members of a group, say. What is given or taken is done
/// again then. An account is not made again: one that is only not shown yet would be there twice.
fn can_be_done_again(change: &Change) -> bool {
    matches!(
        change,
        Change::Suspend | Change::Restore | Change::Grant { .. } | Change::Revoke { .. }
    )
}

/// Does a step again, once, where it was seen before that something is still to do.
async fn do_again(
    deps: &Deps<'_>,
    request: &TaskRequest,
    row: &Row<TaskRow>,
) -> Result<(), Failure> {
    if row.item.task.trouble.is_none() || row.item.done_again {
        return Ok(());
    }
    let once = |row: &mut TaskRow| {
        row.done_again = true;
        Ok::<_, Failure>(Some(Vec::new()))
    };
    let ledger = deps.systems.ledger;
    ledger.change_task_read(row.clone(), once).await?;
    if let Err(failure) = set_right(&deps.systems, request).await {
        // What was read is told all the same, and read again.
        tracing::warn!(%failure, "not done again");
    }
    Ok(())
}

/// Compares accounts with what is wanted of them: the first one that differs, else the first of all.
async fn compare_each(
    opened: &dyn System,
    looks: &[(Goal, Sought)],
    needs: &EntitlementNeeds,
    system: &SystemId,
) -> Result<Comparison, Fault> {
    let mut own = None;
    for (goal, who) in looks {
        let comparison = compare(opened, who, goal, needs).await?;
        if !comparison.same {
            return Ok(comparison);
        }
        own.get_or_insert(comparison);
    }
    own.ok_or_else(|| Fault::NotYet {
        system: system.to_string(),
        problem: "nobody's account is looked for".to_owned(),
    })
}

/// An account in one line, without attributes.
fn words(account: &Account) -> String {
    let state = if account.active {
        "active"
    } else {
        "suspended"
    };
    let has = account.has_in_words();
    let has = has.unwrap_or_else(|| "nothing".to_owned());
    format!("the account {} {state}, with {has}", account.name)
}

/// The account may be called otherwise than Latchkey would have it, and keeps that name: so does the ledger.
async fn note_name(
    deps: &Deps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    actual: Option<&Account>,
) -> Result<(), Failure> {
    let Some(account) = actual else {
        return Ok(());
    };
    let known = runbook.name_in(&runbook.names_of(case), system);
    if known.as_ref() != Some(&account.name) {
        let (ledger, now) = (deps.systems.ledger, deps.systems.clock.now());
        let noted = ledger.note_name(&case.employee_id, system, &account.name, now);
        noted.await?;
    }
    Ok(())
}

async fn record_account(
    deps: &Deps<'_>,
    request: &TaskRequest,
    case: &Case,
    system: &SystemId,
    actual: Option<Account>,
) -> Result<(), Failure> {
    let ledger = deps.systems.ledger;
    let before = ledger.account_of(&case.employee_id, system).await?;
    let mut grants = before.map(|known| known.grants).unwrap_or_default();
    let has = actual
        .as_ref()
        .map(|a| a.entitlements.clone())
        .unwrap_or_default();
    grants.retain(|entitlement, _| has.contains(entitlement));
    for entitlement in has {
        grants.entry(entitlement).or_insert_with(|| case.id.clone());
    }
    let known = KnownAccount {
        system: system.clone(),
        account: actual,
        grants,
        verified_at: deps.systems.clock.now(),
        verified_by: (case.id.clone(), request.task_id.clone()),
    };
    ledger.record_account(&case.employee_id, &known).await?;
    Ok(())
}

async fn end(
    deps: &Deps<'_>,
    row: &Row<TaskRow>,
    how: &str,
    text: String,
) -> Result<Verdict, Failure> {
    let now = deps.systems.clock.now();
    deps.systems
        .ledger
        .change_task_read(row.clone(), |row| {
            if row.task.state.is_ended() {
                return Ok::<_, Failure>(None);
            }
            Ok(Some(vec![row.task.verify(how, text.clone(), now)]))
        })
        .await?;
    let task = &row.item.task;
    tracing::info!(case = %task.case_id, task = %task.id, how, "verified");
    Ok(Verdict::Verified)
}

async fn redo(deps: &Deps<'_>, row: &Row<TaskRow>) -> Result<Verdict, Failure> {
    let now = deps.systems.clock.now();
    deps.systems
        .ledger
        .change_task_read(row.clone(), |row| {
            Ok::<_, Failure>(row.task.send_back(now).map(|record| vec![record]))
        })
        .await?;
    Ok(Verdict::Redo)
}
