use std::sync::Mutex;

use async_trait::async_trait;
use latchkey_lifecycle::{EmployeeId, after_change};

use super::*;
use crate::{Page, PageToken};

mod refusals;

/// Says only when it is asked what somebody has, and keeps a record of what it was asked.
struct Asked {
    /// Whether it knows suspended accounts; else who is suspended is removed.
    suspends: bool,
    /// Whether it says what somebody has.
    says: bool,
    /// What it refuses.
    refuses: &'static [&'static str],
    /// Whether it does so all the same what it refuses.
    does: bool,
    account: Mutex<Option<Account>>,
    calls: Mutex<Vec<String>>,
}

impl Asked {
    fn call(&self, call: &str) {
        self.calls.lock().unwrap().push(call.to_owned());
    }

    fn no(&self, to: &str) -> Fault {
        Fault::Rejected {
            system: "asked".into(),
            problem: format!("no to {to}"),
        }
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
        refuses: &[],
        does: false,
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
        let text = change.to_string();
        let is_refused = self.refuses.contains(&text.as_str());
        if is_refused && !self.does {
            return Err(self.no(&text));
        }
        let mut account = self.account.lock().unwrap();
        *account = match change {
            Change::Suspend if !self.suspends => None,
            _ => after_change(account.take(), change),
        };
        let at = at.cloned().unwrap();
        let now = after_change(Some(at.account.clone()), change);
        if is_refused {
            return Err(self.no(&text));
        }
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
