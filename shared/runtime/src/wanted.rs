//! What is wanted of an account: what the case gives or takes, with what everybody else claims there.

use std::collections::BTreeSet;

use latchkey_ledger::{Ledger, Row};
use latchkey_lifecycle::{
    Account, Case, Entitlement, Entry, EventKind, Goal, KnownAs, Order, Standing, SystemId, Takes,
};
use latchkey_runbook::Runbook;
use latchkey_systems::Sought;

use crate::{
    Failure, SystemDeps,
    each_account::{Theirs, as_known_now},
};

/// Enters what the step gives and takes with the person's other claims, and says what is wanted then, and which account
/// was theirs when it was last seen.
pub(crate) async fn enter(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    theirs: &mut Theirs,
    system: &SystemId,
    goal: &Goal,
    takes: bool,
) -> Result<(Goal, Option<KnownAs>), Failure> {
    let case = &theirs.case;
    let goal = &named(runbook, case, system, goal);
    let order = Order::of(case);
    let here = Box::pin(standing_now(deps.ledger, &theirs.standing)).await?;
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
    let read = theirs.standing.clone();
    let changed = deps
        .ledger
        .change_standing_read(&case.employee_id, system, read, |standing| {
            if let Some((id, before)) = &before {
                standing.take_over(id, before, order);
            }
            enter_into(standing, runbook, case, system, goal, takes);
            standing.refresh(&cases);
        });
    theirs.standing = changed.await?;
    let standing = &theirs.standing.item;
    let wants = standing.goal(order, goal);
    let wants = unless_they_return(deps.ledger, case, of_id(case, wants)).await?;
    Ok((wants, standing.seen().cloned()))
}

/// What is claimed, with what HR confirmed since, and the cases that say so.
struct StandingNow {
    standing: Standing,
    cases: Vec<Case>,
}

async fn standing_now(ledger: &Ledger, read: &Row<Standing>) -> Result<StandingNow, Failure> {
    let mut standing = read.item.clone();
    let cases = ledger.cases_by_id(standing.cases()).await?;
    standing.refresh(&cases);
    Ok(StandingNow { standing, cases })
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
pub(crate) async fn wanted(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
) -> Result<Goal, Failure> {
    let theirs = as_known_now(ledger, case, system).await?;
    let (wants, _) = wanted_and_sought(ledger, runbook, &theirs, system, goal).await?;
    Ok(wants)
}

/// What is wanted of the account without this case, and which one it was when it was last seen; `None` where nobody
/// else has a word.
pub(crate) async fn wanted_by_others(
    ledger: &Ledger,
    runbook: &Runbook,
    theirs: &Theirs,
    system: &SystemId,
    goal: &Goal,
) -> Result<Option<(Goal, Option<KnownAs>)>, Failure> {
    let case = &theirs.case;
    let mut standing = standing_now(ledger, &theirs.standing).await?.standing;
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

/// A goal for the account under the id of the case: claims may have been made under an earlier one.
fn of_id(case: &Case, mut goal: Goal) -> Goal {
    if let Goal::Have { account, .. } = &mut goal
        && let Some(id) = &mut account.employee_id
    {
        id.clone_from(&case.employee_id);
    }
    goal
}

/// What is wanted of an account that is a case's by [`each_account`](crate::each_account) now, and how it is looked for: under which
/// names, and which one it was when it was last seen.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn wanted_and_sought(
    ledger: &Ledger,
    runbook: &Runbook,
    theirs: &Theirs,
    system: &SystemId,
    goal: &Goal,
) -> Result<(Goal, Sought), Failure> {
    let case = &theirs.case;
    let standing = standing_now(ledger, &theirs.standing).await?.standing;
    let goal = named(runbook, case, system, goal);
    let wants = standing.goal(Order::of(case), &goal);
    let wants = unless_they_return(ledger, case, of_id(case, wants)).await?;
    let who = Sought {
        known: standing.seen().cloned(),
        ..sought(runbook, case, system, &wants)
    };
    Ok((wants, who))
}

/// Whose account is looked for, and under which names.
pub(crate) fn sought(runbook: &Runbook, case: &Case, system: &SystemId, goal: &Goal) -> Sought {
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

/// Remembers which account is the person's: from now on it is asked for itself.
///
/// # Errors
/// [`Failure`] when the ledger does not take it.
pub async fn note_seen(
    ledger: &Ledger,
    theirs: &Theirs,
    system: &SystemId,
    handle: String,
    name: String,
) -> Result<(), Failure> {
    let seen = KnownAs { handle, name };
    let see = |standing: &mut Standing| standing.see(seen.clone());
    let read = theirs.standing.clone();
    let employee = &theirs.case.employee_id;
    ledger
        .change_standing_read(employee, system, read, see)
        .await?;
    Ok(())
}
