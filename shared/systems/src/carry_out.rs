//! Read, converge, apply; and read, compare. The same for every kind of system.

use latchkey_lifecycle::{Account, Change, EntitlementNeeds, Goal};

use crate::{
    Fault, Faults, Found, Sight, Sought, System, Whole,
    carrying::{Carrying, in_words},
    known_account::look_for,
};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The changes, in the order they were applied. Empty when all was as desired already.
    pub changes: Vec<Change>,
    /// The account as it should be now, as far as it was read; verification reads it afresh.
    pub found: Option<Found>,
}

/// What a fresh read shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Whether it is as desired.
    pub same: bool,
    /// What is still to do.
    pub differences: Vec<Change>,
    /// The actual account, everything included.
    pub actual: Option<Account>,
    /// The system's own identifier of it.
    pub handle: Option<String>,
}

/// The person's account as it is looked for. Who is to have none, and has none, is not held up by another person of the
/// same name.
async fn look_up(system: &dyn System, who: &Sought, goal: &Goal) -> Result<Sight, Fault> {
    match look_for(system, who).await {
        // The id was looked for before the name.
        Err(Fault::Taken { .. }) if goal.only_takes() => {
            Ok(Sight::Nobody(Whole::asked_for_itself(())))
        }
        Err(why) => match &why {
            Fault::Several { accounts, .. } => Ok(Sight::Unsure(accounts.clone(), why)),
            _ => Err(why),
        },
        seen => seen,
    }
}

/// Brings the person's account to the goal.
///
/// Sign-in that is to be cut is cut as soon as the account is found, before anybody asks what it has been given: with
/// some vendors that takes a call for every group there is. The other changes are applied in order; grants, which come
/// last and are independent unless the runbook says that one needs another, go out together.
///
/// A change that the system will not make does not hold up what else is to be taken: an account that may not be locked,
/// or moved, still loses its groups. What is to be given waits until everything that was to go has gone.
///
/// # Errors
/// [`Fault`]; of several changes that were refused it tells them all. Running it again goes on where it stopped.
pub async fn carry_out(
    system: &dyn System,
    who: &Sought,
    goal: &Goal,
    needs: &EntitlementNeeds,
) -> Result<Outcome, Fault> {
    let mut changes = Vec::new();
    let found = carry_out_into(system, who, goal, needs, &mut changes).await?;
    Ok(Outcome { changes, found })
}

/// The same, and enters each change once it is applied: what was done before a [`Fault`], or beside it, is known, too.
///
/// # Errors
/// See [`carry_out`].
pub async fn carry_out_into(
    system: &dyn System,
    who: &Sought,
    goal: &Goal,
    needs: &EntitlementNeeds,
    done: &mut Vec<Change>,
) -> Result<Option<Found>, Fault> {
    let seen = match look_up(system, who, goal).await? {
        Sight::Unsure(all, why) => {
            // Whatever a system makes of what it is asked for: the id stands in each of them.
            let are_theirs = all.iter().all(|found| is_of(who, found));
            return Err(match why {
                Fault::Several { .. } if goal.only_takes() && are_theirs => {
                    take_from_each(system, who, (goal, needs), done, all).await
                }
                why => {
                    let mut carrying = Carrying::new(system, who, goal, needs, done);
                    carrying.cut_all(all).await.err().unwrap_or(why)
                }
            });
        }
        seen => seen,
    };
    let is_new = matches!(seen, Sight::Nobody(_));
    let brought = Carrying::new(system, who, goal, needs, done)
        .bring(seen)
        .await;
    match brought {
        // Made a moment ago by another step for the same person, or by a call of ours whose answer was lost.
        Err(fault @ (Fault::Conflict { .. } | Fault::Taken { .. })) if is_new => {
            match look_up(system, who, goal).await? {
                Sight::Nobody(_) => Err(fault),
                seen => {
                    Carrying::new(system, who, goal, needs, done)
                        .bring(seen)
                        .await
                }
            }
        }
        brought => brought,
    }
}

fn is_of(who: &Sought, found: &Found) -> bool {
    let ids = [Some(&who.employee_id), who.previous_id.as_ref()];
    found.account.employee_id.is_some() && ids.contains(&found.account.employee_id.as_ref())
}

/// Several accounts say that they are the leaver's. Which one is theirs is not guessed: none of them may go on, and a
/// person gives back what was somebody else's. So nothing is deleted. Gives what there is to tell.
async fn take_from_each(
    system: &dyn System,
    who: &Sought,
    (goal, needs): (&Goal, &EntitlementNeeds),
    done: &mut Vec<Change>,
    accounts: Vec<Found>,
) -> Fault {
    let goal = match goal {
        Goal::Gone => &Goal::NoAccess,
        goal => goal,
    };
    let names: Vec<String> = accounts.iter().map(|f| f.account.name.clone()).collect();
    let mut refused = Vec::new();
    for found in accounts {
        let account = found.account.name.clone();
        let mut carrying = Carrying::new(system, who, goal, needs, done);
        match carrying.bring_one(found, false).await {
            Ok(_) => {}
            Err(fault) if fault.is_about_one_thing() => {
                refused.push((format!("to say what {account} has"), fault));
            }
            Err(fault) => return fault,
        }
        let those = carrying.refused.into_iter();
        refused.extend(those.map(|(change, fault)| (format!("{change} of {account}"), fault)));
    }
    let names = names.join(", ");
    let came = match refused.as_slice() {
        [] => "each of them was cut off, since it may be theirs".to_owned(),
        refused => format!(
            "what could be taken from each of them was taken, since it may be theirs; it refuses {}",
            in_words(refused)
        ),
    };
    system.conflict(format!(
        "the accounts {names} have the employee id {}, and {came}; take the id off the one that is somebody else's, \
         and give back what was theirs",
        who.employee_id
    ))
}

/// Reads the person's account afresh and compares it with the goal.
///
/// # Errors
/// [`Fault`] when it cannot be read.
pub async fn compare(
    system: &dyn System,
    who: &Sought,
    goal: &Goal,
    needs: &EntitlementNeeds,
) -> Result<Comparison, Fault> {
    let seen = look_up(system, who, goal).await?;
    let found = seen.whole(system).await?.into_inner();
    let (handle, actual) = found.map(|found| (found.handle, found.account)).unzip();
    let differences = goal.changes(actual.as_ref(), needs);
    Ok(Comparison {
        same: differences.is_empty(),
        differences,
        actual,
        handle,
    })
}

#[cfg(test)]
mod tests;
