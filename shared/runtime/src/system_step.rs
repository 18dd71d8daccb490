//! The step that every system's Lambda runs: fence, converge, record. A kind adds only its own adapter.

use std::{collections::BTreeSet, sync::Arc};

use latchkey_ledger::{Ledger, Row, TaskRow};
use latchkey_lifecycle::{
    Account, AuditBody, Case, CaseId, Change, EmployeeId, Entitlement, EntitlementNeeds, Entry,
    EventKind, Goal, KnownAs, Order, Revision, Standing, SystemId, Takes, Task, TaskId, What, Work,
};
use latchkey_runbook::Runbook;
use latchkey_systems::{Fault, Sought, System, carry_out_into};
use serde::{Deserialize, Serialize};
use serde_json::json;

use jiff::Timestamp;

use crate::{
    Called, Clock, Failure, Needs, Runbooks, give_names::another_name, needs_of,
    overtaken::set_right, system_calls::call_system,
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

/// The same for each account that the case is about.
pub(crate) async fn converge_each(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    work: (&Goal, &EntitlementNeeds, bool),
    changes: &mut Vec<Change>,
) -> Result<Result<(), Failure>, Fault> {
    let cases = match Box::pin(each_account(deps.ledger, case, system)).await {
        Ok(cases) => cases,
        Err(failure) => return Ok(Err(failure)),
    };
    for case in &cases {
        match Box::pin(converge(deps, runbook, case, system, work, changes)).await? {
            Ok(()) => {}
            failed => return Ok(failed),
        }
    }
    Ok(Ok(()))
}

/// Enters what the step gives and takes, and brings the account to what is wanted then. It does so once its call is
/// admitted: what waits for its turn has decided nothing yet. A step that gave or took meanwhile may have looked before
/// this one wrote, so this one looks at what is wanted again when it has written. Whoever comes second sees the other.
pub(crate) async fn converge(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    (goal, needs, takes): (&Goal, &EntitlementNeeds, bool),
    changes: &mut Vec<Change>,
) -> Result<Result<(), Failure>, Fault> {
    let mut given = BTreeSet::new();
    loop {
        let theirs = match as_known_now(deps.ledger, case, system).await {
            Ok(theirs) => theirs,
            Err(failure) => return Ok(Err(failure)),
        };
        let entering = Box::pin(enter(deps, runbook, &theirs, system, goal, takes));
        let (entered, known) = match entering.await {
            Ok(entered) => entered,
            Err(failure) => return Ok(Err(failure)),
        };
        // What this step gave a moment ago and is not wanted any more is its own to take.
        let wants = entered.clone().seeing_to(&given);
        let who = Sought {
            known,
            ..sought(runbook, &theirs, system, &wants)
        };
        let opened = deps.systems.open(runbook, system).await?;
        let found = carry_out_into(opened.as_ref(), &who, &wants, needs, changes).await?;
        if let Some(found) = found
            && let Err(failure) = note_seen(
                deps.ledger,
                &theirs,
                system,
                found.handle,
                found.account.name,
            )
            .await
        {
            return Ok(Err(failure));
        }
        match Box::pin(wanted(deps.ledger, runbook, case, system, goal)).await {
            Ok(now) if now == entered => return Ok(Ok(())),
            Ok(_) => given.extend(entered.entitlements()),
            Err(failure) => return Ok(Err(failure)),
        }
    }
}

/// Brings the accounts of a case that is superseded to what others want of them by now, where they do; enters nothing.
/// What nobody else has a word about stays as it is.
pub(crate) async fn yield_to_others(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    (goal, needs, _): (&Goal, &EntitlementNeeds, bool),
    changes: &mut Vec<Change>,
) -> Result<Result<(), Failure>, Fault> {
    let theirs = match as_known_now(deps.ledger, case, system).await {
        Ok(theirs) => theirs,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut done: Option<Goal> = None;
    loop {
        let others = Box::pin(wanted_by_others(
            deps.ledger,
            runbook,
            &theirs,
            system,
            goal,
        ));
        let others = match others.await {
            Ok(others) => others,
            Err(failure) => return Ok(Err(failure)),
        };
        // What is still to be made is made by whoever wants it: looked for here, it might only not be shown yet.
        let to_do = |(wants, known): &(Goal, Option<KnownAs>)| {
            done.as_ref() != Some(wants) && (known.is_some() || *wants == Goal::NoAccess)
        };
        let Some((wants, known)) = others.filter(to_do) else {
            return Ok(Ok(()));
        };
        let who = Sought {
            known,
            ..sought(runbook, &theirs, system, &wants)
        };
        let opened = deps.systems.open(runbook, system).await?;
        let given = match goal {
            Goal::Have { account, .. } => account.entitlements.clone(),
            Goal::NoAccess | Goal::Suspended | Goal::Gone => BTreeSet::new(),
        };
        let seen_to = wants.clone().seeing_to(&given);
        carry_out_into(opened.as_ref(), &who, &seen_to, needs, changes).await?;
        done = Some(wants);
    }
}

/// What is wanted of the account without this case, and which one it was when it was last seen; `None` where nobody
/// else has a word.
async fn wanted_by_others(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
) -> Result<Option<(Goal, Option<KnownAs>)>, Failure> {
    let mut standing = standing_now(ledger, case, system).await?.standing;
    standing.leave_out(&case.id);
    let known = standing.seen().cloned();
    if standing.is_over() {
        return Ok(Some((Goal::NoAccess, known)));
    }
    if standing.live().is_none() {
        return Ok(None);
    }
    let goal = named(runbook, case, system, goal);
    let wants = standing.goal(Order::of(case), &goal);
    Ok(Some((of_id(case, wants), known)))
}

/// Remembers which account is the person's: from now on it is asked for itself.
///
/// # Errors
/// [`Failure`] when the ledger does not take it.
pub async fn note_seen(
    ledger: &Ledger,
    case: &Case,
    system: &SystemId,
    handle: String,
    name: String,
) -> Result<(), Failure> {
    let seen = KnownAs { handle, name };
    ledger
        .change_standing(&case.employee_id, system, |standing| {
            standing.see(seen.clone())
        })
        .await?;
    Ok(())
}

/// Enters what the step gives and takes with the person's other claims, and says what is wanted then, and which account
/// was theirs when it was last seen.
async fn enter(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
    takes: bool,
) -> Result<(Goal, Option<KnownAs>), Failure> {
    let goal = &named(runbook, case, system, goal);
    let order = Order::of(case);
    let here = Box::pin(standing_now(deps.ledger, case, system)).await?;
    let previous = case.person.as_ref().and_then(|p| p.previous_id.as_ref());
    let before = match previous.filter(|id| here.standing.takes_over_from(id, order)) {
        Some(id) => {
            let leave = |before: &mut Standing| before.leave_for(&case.employee_id, order);
            let before = deps.ledger.change_standing(id, system, leave).await?;
            Some((id, before))
        }
        None => None,
    };
    let mut cases = here.cases;
    if let Some((_, before)) = &before {
        cases.extend(deps.ledger.cases_by_id(before.cases()).await?);
    }
    let standing = deps
        .ledger
        .change_standing(&case.employee_id, system, |standing| {
            if let Some((id, before)) = &before {
                standing.take_over(id, before, order);
            }
            enter_into(standing, runbook, case, system, goal, takes);
            standing.refresh(&cases);
        })
        .await?;
    let wants = standing.goal(order, goal);
    let wants = unless_they_return(deps.ledger, case, of_id(case, wants)).await?;
    Ok((wants, standing.seen().cloned()))
}

/// What is claimed, with what HR confirmed since, and the cases that say so.
struct StandingNow {
    standing: Standing,
    cases: Vec<Case>,
}

async fn standing_now(
    ledger: &Ledger,
    case: &Case,
    system: &SystemId,
) -> Result<StandingNow, Failure> {
    let mut standing = ledger.standing(&case.employee_id, system).await?.item;
    let cases = ledger.cases_by_id(standing.cases()).await?;
    standing.refresh(&cases);
    Ok(StandingNow { standing, cases })
}

/// The most ids of one human that follow one another.
const IDS: usize = 16;

/// The case under the id that the person is known by in the system now: their account may have gone over to another one
/// since it was planned, and what is left to do of it is done there.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
async fn as_known_now(ledger: &Ledger, case: &Case, system: &SystemId) -> Result<Case, Failure> {
    let mut case = case.clone();
    for _ in 0..IDS {
        let standing = ledger.standing(&case.employee_id, system).await?.item;
        let previous = case.person.as_ref().and_then(|p| p.previous_id.as_ref());
        let Some(now) = standing.known_as(previous, Order::of(&case)).cloned() else {
            break;
        };
        let before = std::mem::replace(&mut case.employee_id, now);
        if let Some(person) = &mut case.person {
            person.previous_id = Some(before);
        }
    }
    Ok(case)
}

/// The case, once for each account of the person that it is about: under the id that the account has now, and, where
/// everything is taken, under every earlier id that has an account of its own. HR may have said late that two ids are
/// one human.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn each_account(
    ledger: &Ledger,
    case: &Case,
    system: &SystemId,
) -> Result<Vec<Case>, Failure> {
    let mut cases = vec![as_known_now(ledger, case, system).await?];
    if !matches!(case.kind, EventKind::Exit | EventKind::UrgentExit) {
        return Ok(cases);
    }
    let mut seen = vec![cases[0].employee_id.clone(), case.employee_id.clone()];
    // As HR tells it now: what the case was planned with may have turned out to be somebody else.
    let previous = async |id: &EmployeeId| -> Result<Option<EmployeeId>, Failure> {
        let row = ledger.person_row(id).await?;
        Ok(row.and_then(|row| row.item.record.previous_id))
    };
    let mut next = previous(&case.employee_id).await?;
    while let Some(id) = next.filter(|id| !seen.contains(id)) {
        let standing = ledger.standing(&id, system).await?.item;
        if !standing.is_empty() && !standing.has_gone_over() {
            let mut other = case.clone();
            other.employee_id.clone_from(&id);
            if let Some(person) = &mut other.person {
                person.previous_id = None;
            }
            cases.push(other);
        }
        next = previous(&id).await?;
        seen.push(id);
    }
    Ok(cases)
}

/// A goal for the account under the id of the case: claims may have been made under an earlier one.
fn of_id(case: &Case, mut goal: Goal) -> Goal {
    if let Goal::Have { account, .. } = &mut goal
        && let Some(id) = &mut account.employee_id
    {
        id.clone_from(&case.employee_id);
    }
    goal
}

/// Enters what a step of a case gives and takes in a system. Pure.
pub fn enter_into(
    standing: &mut Standing,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
    takes: bool,
) {
    let takes = match (goal, case.kind.takes_all(), takes) {
        (Goal::Suspended, ..) => Takes::SignIn,
        // An exit that moved after it was carried out: what it took is given again until its day.
        (Goal::Have { .. }, true, _) => Takes::Nothing,
        _ if case.kind == EventKind::Return => Takes::Lifts,
        (_, true, _) => Takes::All,
        (_, false, true) => Takes::Earlier,
        (_, false, false) => Takes::Nothing,
    };
    let person = case.person.as_ref();
    let desired = person.and_then(|person| runbook.desired(person, system));
    let roles_give = desired.map(|account| account.entitlements);
    let gives = match goal {
        Goal::Have { account, .. } => Some(own(account, roles_give.as_ref())),
        Goal::NoAccess | Goal::Suspended | Goal::Gone => None,
    };
    standing.enter(Entry::of(case), gives, takes);
    if let Some(roles_give) = &roles_give {
        standing.narrow(&case.id, roles_give);
    }
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
fn own(account: &Account, roles_give: Option<&BTreeSet<Entitlement>>) -> Account {
    let mut own = account.clone();
    if let Some(roles_give) = roles_give {
        own.entitlements.retain(|e| roles_give.contains(e));
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
    let case = &as_known_now(ledger, case, system).await?;
    let standing = standing_now(ledger, case, system).await?.standing;
    let goal = named(runbook, case, system, goal);
    let wants = standing.goal(Order::of(case), &goal);
    unless_they_return(ledger, case, of_id(case, wants)).await
}

/// An account is not deleted when the person is known to come back: it is found again then, and cut off until that day.
async fn unless_they_return(ledger: &Ledger, case: &Case, goal: Goal) -> Result<Goal, Failure> {
    if goal != Goal::Gone {
        return Ok(goal);
    }
    for other in ledger.each_case_of(&case.employee_id).await? {
        let open = other.item.kind.joins() && !other.item.state.is_ended();
        if open && other.item.confirmed_at > case.confirmed_at {
            return Ok(Goal::NoAccess);
        }
    }
    Ok(goal)
}

/// Whose account is looked for, under which names, and which one was theirs when it was last seen.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn sought_as_known(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
) -> Result<Sought, Failure> {
    let case = &as_known_now(ledger, case, system).await?;
    let standing = ledger.standing(&case.employee_id, system).await?.item;
    Ok(Sought {
        known: standing.seen().cloned(),
        ..sought(runbook, case, system, goal)
    })
}

/// Whose account is looked for, and under which names.
fn sought(runbook: &Runbook, case: &Case, system: &SystemId, goal: &Goal) -> Sought {
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
        known: None,
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
