//! Read, converge, apply; and read, compare. The same for every kind of system.

use futures::{StreamExt, TryStreamExt, stream};
use latchkey_lifecycle::{Account, Change, EntitlementNeeds, Goal};

use crate::{
    Fault, Found, Sight, Sought, System, Whole, known_account::look_for, system::complete,
};

/// Independent grants that are on their way at once: few enough for any vendor's rate limit.
const AT_ONCE: usize = 8;

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

/// The person's account as it is looked for. Who is to have none, and has none, is not held up by another person of the same
/// name.
async fn look_up(system: &dyn System, who: &Sought, goal: &Goal) -> Result<Sight, Fault> {
    match (look_for(system, who).await, goal) {
        (Err(Fault::Taken { .. }), Goal::NoAccess | Goal::Suspended | Goal::Gone) => {
            // The id was looked for before the name.
            Ok(Sight::Nobody(Whole::asked_for_itself(())))
        }
        (answer, _) => answer,
    }
}

/// Brings the person's account to the goal.
///
/// Sign-in that is to be cut is cut as soon as the account is found, before anybody asks what it has been given: with some
/// vendors that takes a call for every group there is. The other changes are applied in order; grants, which come last and are
/// independent unless the runbook says that one needs another, go out together.
///
/// # Errors
/// [`Fault`]. Running it again goes on where it stopped.
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

/// The same, and enters each change once it is applied: what was done before a [`Fault`] is known, too.
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
    let seen = look_up(system, who, goal).await?;
    let is_new = matches!(seen, Sight::Nobody(_));
    match bring(system, seen, goal, needs, done).await {
        // Made a moment ago by another step for the same person, or by a call of ours whose answer was lost.
        Err(fault @ Fault::Conflict { .. }) if is_new => match look_up(system, who, goal).await? {
            Sight::Nobody(_) => Err(fault),
            seen => bring(system, seen, goal, needs, done).await,
        },
        outcome => outcome,
    }
}

/// Brings the account that was looked up to the goal.
async fn bring(
    system: &dyn System,
    seen: Sight,
    goal: &Goal,
    needs: &EntitlementNeeds,
    done: &mut Vec<Change>,
) -> Result<Option<Found>, Fault> {
    let (found, is_whole) = match seen {
        Sight::Unsure(all, why) => return Err(cut_all(system, &all, why, goal, needs, done).await),
        Sight::Nobody(_) => return change(system, None, goal, needs, done).await,
        Sight::Whole(found) => (found.into_inner(), true),
        Sight::Part(found) => (found, false),
    };
    let whole = async |found: Found| match is_whole {
        true => Ok(found),
        false => complete(system, found).await.map(Whole::into_inner),
    };
    let Some(cut) = cut(&found, goal, needs) else {
        return change(system, Some(whole(found).await?), goal, needs, done).await;
    };
    let found = system.apply(Some(&found), &cut).await?;
    done.push(cut);
    match found {
        // What they have stays with them.
        Some(found) if *goal != Goal::Suspended => {
            change(system, Some(whole(found).await?), goal, needs, done).await
        }
        // A system without suspension removes the account: what it had went with it.
        found => Ok(found),
    }
}

/// What cuts an account's sign-in, where that is wanted.
fn cut(found: &Found, goal: &Goal, needs: &EntitlementNeeds) -> Option<Change> {
    let first = goal.changes(Some(&found.account), needs).into_iter().next();
    first.filter(|change| *change == Change::Suspend)
}

/// Cuts sign-in wherever somebody has an account for certain, although that may not be all of it, and gives the reason why the rest
/// is not done.
async fn cut_all(
    system: &dyn System,
    all: &[Found],
    why: Fault,
    goal: &Goal,
    needs: &EntitlementNeeds,
    done: &mut Vec<Change>,
) -> Fault {
    for found in all {
        if let Some(cut) = cut(found, goal, needs) {
            match system.apply(Some(found), &cut).await {
                Ok(_) => done.push(cut),
                Err(fault) => return fault,
            }
        }
    }
    why
}

/// Brings an account that is known as a whole to the goal.
async fn change(
    system: &dyn System,
    mut found: Option<Found>,
    goal: &Goal,
    needs: &EntitlementNeeds,
    done: &mut Vec<Change>,
) -> Result<Option<Found>, Fault> {
    let changes = goal.changes(found.as_ref().map(|f| &f.account), needs);
    let grants_from = changes
        .iter()
        .position(|c| matches!(c, Change::Grant { .. }))
        .filter(|_| needs.0.is_empty())
        .unwrap_or(changes.len());
    let (in_order, together) = changes.split_at(grants_from);
    for change in in_order {
        found = system.apply(found.as_ref(), change).await?;
        done.push(change.clone());
    }
    let before = done.len();
    let account = found.as_ref();
    let grants: Vec<_> = together
        .iter()
        .map(async |change| system.apply(account, change).await.map(|_| change))
        .collect();
    let mut grants = stream::iter(grants).buffer_unordered(AT_ONCE);
    while let Some(change) = grants.try_next().await? {
        done.push(change.clone());
    }
    drop(grants);
    // They came as they came.
    done.truncate(before);
    done.extend_from_slice(together);
    if let Some(found) = &mut found {
        for change in together {
            if let Change::Grant { entitlement } = change {
                found.account.entitlements.insert(entitlement.clone());
            }
        }
    }
    Ok(found)
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
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use latchkey_lifecycle::{EmployeeId, after_change};

    use super::*;
    use crate::{Page, PageToken};

    /// Says only when it is asked what somebody has, and keeps a record of what it was asked.
    struct Asked {
        /// Whether it knows suspended accounts; else who is suspended is removed.
        suspends: bool,
        /// Whether it says what somebody has.
        says: bool,
        account: Mutex<Option<Account>>,
        calls: Mutex<Vec<String>>,
    }

    impl Asked {
        fn call(&self, call: &str) {
            self.calls.lock().unwrap().push(call.to_owned());
        }

        fn calls(&self) -> String {
            let calls = std::mem::take(&mut *self.calls.lock().unwrap());
            calls.join("; ").replace("group:", "")
        }
    }

    fn ann(has: &[&str]) -> Account {
        Account {
            employee_id: EmployeeId::new("1").ok(),
            name: "ann".into(),
            active: true,
            attributes: [].into(),
            entitlements: has.iter().map(|name| (*name).into()).collect(),
        }
    }

    fn start(suspends: bool) -> Asked {
        Asked {
            suspends,
            says: true,
            account: Mutex::new(Some(ann(&["staff", "vpn"]))),
            calls: Mutex::default(),
        }
    }

    fn who() -> Sought {
        Sought {
            employee_id: EmployeeId::new("1").unwrap(),
            name: None,
            email: None,
            previous_id: None,
            known: None,
        }
    }

    #[async_trait]
    impl System for Asked {
        fn name(&self) -> &str {
            "asked"
        }
        async fn look_up(&self, _: &Sought) -> Result<Sight, Fault> {
            self.call("who");
            let account = self.account.lock().unwrap().clone();
            let found = account.map(|account| Found {
                handle: "a1".into(),
                version: None,
                account: Account {
                    entitlements: [].into(),
                    ..account
                },
            });
            Ok(Sight::part_of(found, Whole::in_one_answer(())))
        }
        async fn look_at(&self, _: &str, who: &Sought) -> Result<Sight, Fault> {
            self.look_up(who).await
        }
        async fn complete(&self, mut found: Found) -> Result<Whole<Found>, Fault> {
            self.call("what");
            if !self.says {
                return Err(Fault::Busy {
                    system: "asked".into(),
                    retry_after: None,
                });
            }
            let account = self.account.lock().unwrap();
            found.account.entitlements = account.as_ref().unwrap().entitlements.clone();
            Ok(Whole::in_one_answer(found))
        }
        async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
            panic!("nobody asks for it")
        }
        async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
            assert!(at.is_some(), "{change} where nothing is");
            self.call(&change.to_string());
            let mut account = self.account.lock().unwrap();
            *account = match change {
                Change::Suspend if !self.suspends => None,
                _ => after_change(account.take(), change),
            };
            let at = at.cloned().unwrap();
            let now = after_change(Some(at.account.clone()), change);
            let account = account.as_ref().and(now);
            Ok(account.map(|account| Found { account, ..at }))
        }
    }

    #[tokio::test]
    async fn sign_in_is_cut_before_anybody_asks_what_there_is_to_take() {
        let needs = EntitlementNeeds::default();
        let inactive = Goal::Have {
            account: Account {
                active: false,
                ..ann(&["staff"])
            },
            managed: latchkey_lifecycle::Managed::All,
            renames: false,
        };
        let active = Goal::Have {
            account: ann(&["staff"]),
            managed: latchkey_lifecycle::Managed::All,
            renames: false,
        };
        for (goal, want) in [
            (Goal::Suspended, "who; suspend sign-in"),
            (
                Goal::NoAccess,
                "who; suspend sign-in; what; revoke vpn; revoke staff",
            ),
            (
                Goal::Gone,
                "who; suspend sign-in; what; revoke vpn; revoke staff; delete account",
            ),
            (inactive, "who; suspend sign-in; what; revoke vpn"),
            (active, "who; what; revoke vpn"),
        ] {
            let system = start(true);
            let outcome = carry_out(&system, &who(), &goal, &needs).await.unwrap();
            assert_eq!(system.calls(), want);
            let asked = want
                .split("; ")
                .filter(|call| !matches!(*call, "who" | "what"));
            assert_eq!(outcome.changes.len(), asked.count());
            assert!(compare(&system, &who(), &goal, &needs).await.unwrap().same);
        }
    }

    #[tokio::test]
    async fn whoever_does_not_say_what_there_is_to_take_has_cut_sign_in_all_the_same() {
        let mut system = start(true);
        system.says = false;
        let (goal, needs) = (Goal::NoAccess, EntitlementNeeds::default());
        let mut done = Vec::new();
        let came = carry_out_into(&system, &who(), &goal, &needs, &mut done).await;
        assert_eq!(came.unwrap_err().name(), "Busy");
        assert_eq!(done, [Change::Suspend]);
        assert!(!system.account.lock().unwrap().as_ref().unwrap().active);
        assert_eq!(system.calls(), "who; suspend sign-in; what");
        system.says = true;
        carry_out(&system, &who(), &goal, &needs).await.unwrap();
        assert_eq!(system.calls(), "who; what; revoke vpn; revoke staff");
    }

    #[tokio::test]
    async fn what_went_with_the_account_is_not_taken_from_it_once_more() {
        for goal in [Goal::NoAccess, Goal::Suspended, Goal::Gone] {
            let system = start(false);
            let needs = EntitlementNeeds::default();
            let outcome = carry_out(&system, &who(), &goal, &needs).await.unwrap();
            assert_eq!(
                (outcome.changes, outcome.found),
                (vec![Change::Suspend], None)
            );
            assert_eq!(system.calls(), "who; suspend sign-in");
            assert!(compare(&system, &who(), &goal, &needs).await.unwrap().same);
        }
    }
}
