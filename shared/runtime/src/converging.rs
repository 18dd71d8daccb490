//! Brings accounts to what is wanted of them: those of a case, or, where it is superseded, to what others want.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Case, Change, EntitlementNeeds, Goal, KnownAs, SystemId};
use latchkey_runbook::Runbook;
use latchkey_systems::{Fault, Sought, carry_out_into};

use crate::{
    Failure, SystemDeps,
    each_account::{Theirs, as_known_now, each_account},
    wanted::{enter, note_seen, sought, wanted_and_sought, wanted_by_others},
};

/// The same for each account that the case is about.
pub(crate) async fn converge_each(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    work: (&Goal, &EntitlementNeeds, bool),
    changes: &mut Vec<Change>,
) -> Result<Result<(), Failure>, Fault> {
    let each = match Box::pin(each_account(deps.ledger, case, system)).await {
        Ok(each) => each,
        Err(failure) => return Ok(Err(failure)),
    };
    for (nth, mut theirs) in each.into_iter().enumerate() {
        // What was done at an account before this one may have taken this one over.
        if nth > 0 {
            theirs = match as_known_now(deps.ledger, &theirs.case, system).await {
                Ok(theirs) => theirs,
                Err(failure) => return Ok(Err(failure)),
            };
        }
        match Box::pin(converge(deps, runbook, theirs, system, work, changes)).await? {
            Ok(()) => {}
            failed => return Ok(failed),
        }
    }
    Ok(Ok(()))
}

/// Enters what the step gives and takes, and brings the account to what is wanted then. It does so once its call is
/// admitted: what waits for its turn has decided nothing yet. A step that gave or took meanwhile may have looked before
/// this one wrote, so this one looks at what is wanted again when it has written. Whoever comes second sees the other.
async fn converge(
    deps: &SystemDeps<'_>,
    runbook: &Runbook,
    mut theirs: Theirs,
    system: &SystemId,
    (goal, needs, takes): (&Goal, &EntitlementNeeds, bool),
    changes: &mut Vec<Change>,
) -> Result<Result<(), Failure>, Fault> {
    let case = theirs.case.clone();
    let mut given = BTreeSet::new();
    loop {
        let entering = Box::pin(enter(deps, runbook, &mut theirs, system, goal, takes));
        let (entered, known) = match entering.await {
            Ok(entered) => entered,
            Err(failure) => return Ok(Err(failure)),
        };
        // What this step gave a moment ago and is not wanted any more is its own to take.
        let wants = entered.clone().seeing_to(&given);
        let who = Sought {
            known,
            ..sought(runbook, &theirs.case, system, &wants)
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
        theirs = match as_known_now(deps.ledger, &case, system).await {
            Ok(theirs) => theirs,
            Err(failure) => return Ok(Err(failure)),
        };
        let looking = wanted_and_sought(deps.ledger, runbook, &theirs, system, goal);
        match Box::pin(looking).await {
            Ok((now, _)) if now == entered => return Ok(Ok(())),
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
    let mut done: Option<Goal> = None;
    loop {
        let theirs = match as_known_now(deps.ledger, case, system).await {
            Ok(theirs) => theirs,
            Err(failure) => return Ok(Err(failure)),
        };
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
            ..sought(runbook, &theirs.case, system, &wants)
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
