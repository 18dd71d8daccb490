//! Read, converge, apply; and read, compare. The same for every kind of system.

use futures::{StreamExt, TryStreamExt, stream};
use latchkey_lifecycle::{Account, Change, EntitlementNeeds, Goal};

use crate::{Fault, Found, Sought, System};

/// Independent grants that are on their way at once: few enough for any vendor's rate limit.
const AT_ONCE: usize = 8;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The changes, in the order they were applied. Empty when all was as desired already.
    pub changes: Vec<Change>,
    /// The account as it should be now; verification reads it afresh.
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
}

/// The person's account. Who is to have none, and has none, is not held up by another person of the same name.
async fn read(system: &dyn System, who: &Sought, goal: &Goal) -> Result<Option<Found>, Fault> {
    match (find(system, who).await, goal) {
        (Err(Fault::Taken { .. }), Goal::NoAccess | Goal::Suspended | Goal::Gone) => Ok(None),
        (answer, _) => answer,
    }
}

/// The person's account: under their id, or else under the one that the HR system knew them by before.
///
/// # Errors
/// See [`System::read`].
pub async fn find(system: &dyn System, who: &Sought) -> Result<Option<Found>, Fault> {
    let found = system.read(who).await;
    let Some(previous) = &who.previous_id else {
        return found;
    };
    let look_again = match &found {
        Ok(None) => true,
        Err(Fault::Taken { holder, .. }) => holder == previous,
        _ => false,
    };
    if !look_again {
        return found;
    }
    let before = Sought {
        employee_id: previous.clone(),
        previous_id: None,
        ..who.clone()
    };
    system.read(&before).await
}

/// Brings the person's account to the goal.
///
/// Changes are applied in order; grants, which come last and are independent unless the runbook says that one
/// needs another, go out together.
///
/// # Errors
/// [`Fault`]. Running it again goes on where it stopped.
pub async fn carry_out(
    system: &dyn System,
    who: &Sought,
    goal: &Goal,
    needs: &EntitlementNeeds,
) -> Result<Outcome, Fault> {
    let found = read(system, who, goal).await?;
    let is_new = found.is_none();
    match change(system, found, goal, needs).await {
        // Made a moment ago by another step for the same person, or by a call of ours whose answer was lost.
        Err(fault @ Fault::Conflict { .. }) if is_new => match read(system, who, goal).await? {
            None => Err(fault),
            found => change(system, found, goal, needs).await,
        },
        outcome => outcome,
    }
}

/// Brings the account that was found to the goal.
async fn change(
    system: &dyn System,
    mut found: Option<Found>,
    goal: &Goal,
    needs: &EntitlementNeeds,
) -> Result<Outcome, Fault> {
    let changes = goal.changes(found.as_ref().map(|f| &f.account), needs);
    let grants_from = changes
        .iter()
        .position(|c| matches!(c, Change::Grant { .. }))
        .filter(|_| needs.0.is_empty())
        .unwrap_or(changes.len());
    let (in_order, together) = changes.split_at(grants_from);
    let mut done = Vec::with_capacity(changes.len());
    for change in in_order {
        // A system without suspension removes the account: what it had went with it.
        if found.is_none() && !matches!(change, Change::Create { .. }) {
            continue;
        }
        found = system.apply(found.as_ref(), change).await?;
        done.push(change.clone());
    }
    let all_grants = together.iter().all(|c| matches!(c, Change::Grant { .. }));
    if all_grants {
        let account = found.as_ref();
        let grants: Vec<_> = together
            .iter()
            .map(|change| system.apply(account, change))
            .collect();
        stream::iter(grants)
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        if let Some(found) = &mut found {
            for change in together {
                if let Change::Grant { entitlement } = change {
                    found.account.entitlements.insert(entitlement.clone());
                }
            }
        }
    } else {
        for change in together {
            found = system.apply(found.as_ref(), change).await?;
        }
    }
    done.extend_from_slice(together);
    Ok(Outcome {
        changes: done,
        found,
    })
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
    let actual = read(system, who, goal).await?.map(|found| found.account);
    let differences = goal.changes(actual.as_ref(), needs);
    Ok(Comparison {
        same: differences.is_empty(),
        differences,
        actual,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use latchkey_lifecycle::EmployeeId;

    use super::*;
    use crate::{Page, PageToken};

    /// Knows no suspended accounts: who is suspended is removed.
    struct Removes(Mutex<Option<Account>>);

    fn found(account: &Account) -> Found {
        Found {
            handle: "a1".into(),
            version: None,
            account: account.clone(),
        }
    }

    #[async_trait]
    impl System for Removes {
        async fn read(&self, _: &Sought) -> Result<Option<Found>, Fault> {
            Ok(self.0.lock().unwrap().as_ref().map(found))
        }
        async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
            panic!("nobody asks for it")
        }
        async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
            assert!(at.is_some(), "{change} where nothing is");
            assert_eq!(change, &Change::Suspend);
            *self.0.lock().unwrap() = None;
            Ok(None)
        }
    }

    #[tokio::test]
    async fn what_went_with_the_account_is_not_taken_from_it_once_more() {
        let id = EmployeeId::new("1").unwrap();
        let account = Account {
            employee_id: Some(id.clone()),
            name: "ann".into(),
            active: true,
            attributes: [].into(),
            entitlements: ["staff".into(), "vpn".into()].into(),
        };
        let who = Sought {
            employee_id: id,
            name: None,
            email: None,
            previous_id: None,
        };
        for goal in [Goal::NoAccess, Goal::Suspended, Goal::Gone] {
            let system = Removes(Mutex::new(Some(account.clone())));
            let needs = EntitlementNeeds::default();
            let outcome = carry_out(&system, &who, &goal, &needs).await.unwrap();
            assert_eq!(
                (outcome.changes, outcome.found),
                (vec![Change::Suspend], None)
            );
            assert!(compare(&system, &who, &goal, &needs).await.unwrap().same);
        }
    }
}
