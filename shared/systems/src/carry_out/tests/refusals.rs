//! What a system will not do, and what goes on all the same.

use super::*;

/// What it was asked, what is on record as done, and what came of it.
async fn carried(
    system: &Asked,
    goal: &Goal,
    needs: &EntitlementNeeds,
) -> (String, String, String) {
    let mut done = Vec::new();
    let came = carry_out_into(system, &who(), goal, needs, &mut done).await;
    let done: Vec<String> = done.iter().map(ToString::to_string).collect();
    let came = came.map_or_else(|fault| fault.problem(), |_| "done".to_owned());
    (system.calls(), done.join("; ").replace("group:", ""), came)
}

fn to_have(has: &[&str]) -> Goal {
    let mut account = ann(has);
    account.attributes.insert("title".into(), "Lead".into());
    Goal::Have {
        account,
        managed: latchkey_lifecycle::Managed::All,
        renames: false,
    }
}

#[tokio::test]
async fn a_refused_first_step_does_not_stop_the_rest_of_an_exit() {
    let mut system = start(true);
    system.refuses = &["suspend sign-in"];
    let (calls, done, came) = carried(&system, &Goal::NoAccess, &Default::default()).await;
    assert_eq!(
        calls,
        "who; suspend sign-in; who; what; revoke vpn; revoke staff"
    );
    assert_eq!(done, "revoke vpn; revoke staff");
    assert_eq!(came, "no to suspend sign-in");
    // Nor is what is left forgotten the next time.
    let again = carried(&system, &Goal::NoAccess, &Default::default()).await;
    assert_eq!(again.0, "who; suspend sign-in; who; what");
    assert_eq!(again.2, "no to suspend sign-in");
}

#[tokio::test]
async fn who_can_not_sign_in_any_more_is_on_record_as_such_also_when_that_came_to_an_error() {
    let mut system = start(true);
    (system.refuses, system.does) = (&["suspend sign-in"], true);
    let (_, done, came) = carried(&system, &Goal::NoAccess, &Default::default()).await;
    assert_eq!(done, "suspend sign-in; revoke vpn; revoke staff");
    assert_eq!(came, "no to suspend sign-in");
}

#[tokio::test]
async fn all_that_is_refused_is_told_together() {
    let mut system = start(true);
    system.refuses = &["suspend sign-in", "revoke group:vpn"];
    let (_, done, came) = carried(&system, &Goal::NoAccess, &Default::default()).await;
    assert_eq!(done, "revoke staff");
    let all = "suspend sign-in: no to suspend sign-in; revoke group:vpn: no to revoke group:vpn";
    assert_eq!(came, all);
    let refused: Vec<(u32, Fault)> = (0..7).map(|n| (n, start(true).no("x"))).collect();
    let told = in_words(&refused);
    assert!(told.ends_with("; 4: no to x; and 2 more"), "{told}");
}

#[tokio::test]
async fn an_account_whose_groups_stay_is_not_deleted() {
    let mut system = start(true);
    system.refuses = &["revoke group:vpn"];
    let (calls, ..) = carried(&system, &Goal::Gone, &Default::default()).await;
    assert_eq!(
        calls,
        "who; suspend sign-in; what; revoke vpn; revoke staff"
    );
    // One that may not be locked is.
    system.refuses = &["suspend sign-in"];
    *system.account.lock().unwrap() = Some(ann(&["vpn"]));
    let (calls, ..) = carried(&system, &Goal::Gone, &Default::default()).await;
    assert!(calls.ends_with("revoke vpn; delete account"), "{calls}");
}

#[tokio::test]
async fn what_is_to_be_given_waits_until_what_was_to_go_has_gone() {
    let mut system = start(true);
    system.refuses = &["revoke group:vpn"];
    let goal = to_have(&["staff", "vault"]);
    let (calls, ..) = carried(&system, &goal, &Default::default()).await;
    assert_eq!(calls, "who; what; set title; revoke vpn");
    // An attribute gives nothing and takes nothing.
    *system.account.lock().unwrap() = Some(ann(&["staff", "vpn"]));
    system.refuses = &["set title"];
    let (calls, done, came) = carried(&system, &goal, &Default::default()).await;
    assert_eq!(calls, "who; what; set title; revoke vpn; grant vault");
    assert_eq!(
        (done.as_str(), came.as_str()),
        ("revoke vpn; grant vault", "no to set title")
    );
}

#[tokio::test]
async fn what_is_refused_leaves_the_others_but_for_those_that_need_it() {
    let mut system = start(true);
    system.refuses = &["grant group:b"];
    let goal = to_have(&["a", "b", "c", "d", "staff", "vpn"]);
    let (_, done, came) = carried(&system, &goal, &Default::default()).await;
    assert_eq!(done, "set title; grant a; grant c; grant d");
    assert_eq!(came, "no to grant group:b");
    let mut system = start(true);
    system.refuses = &["grant group:b"];
    let needs = [("c", "b"), ("d", "c")];
    let needs = needs.map(|(one, other)| (one.into(), [other.into()].into()));
    let needs = EntitlementNeeds(needs.into());
    let (calls, done, _) = carried(&system, &goal, &needs).await;
    assert_eq!(done, "set title; grant a");
    assert!(calls.ends_with("grant a; grant b"), "{calls}");
}

/// Two accounts say that they are the person's.
struct Twice {
    accounts: Mutex<Vec<Account>>,
    refuses: bool,
}

#[async_trait]
impl System for Twice {
    fn name(&self) -> &str {
        "twice"
    }
    async fn look_at(&self, _: &str, who: &Sought) -> Result<Sight, Fault> {
        self.look_up(who).await
    }
    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }
    async fn look_up(&self, _: &Sought) -> Result<Sight, Fault> {
        let accounts = self.accounts.lock().unwrap();
        let accounts = accounts.iter().map(|account| Found {
            handle: account.name.clone(),
            version: None,
            account: account.clone(),
        });
        Err(Fault::Several {
            system: "twice".into(),
            employee_id: who().employee_id,
            accounts: accounts.collect(),
        })
    }
    async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
        panic!("nobody asks for it")
    }
    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        let at = at.cloned().unwrap();
        if self.refuses && at.handle == "ann" && *change == Change::Suspend {
            return Err(Fault::Rejected {
                system: "twice".into(),
                problem: "a protected account".into(),
            });
        }
        let mut accounts = self.accounts.lock().unwrap();
        let of = accounts.iter_mut().find(|a| a.name == at.handle).unwrap();
        *of = after_change(Some(of.clone()), change).expect("nothing is deleted");
        let account = of.clone();
        Ok(Some(Found { account, ..at }))
    }
}

#[tokio::test]
async fn of_two_accounts_with_one_employee_id_both_are_cut_off_at_an_exit_and_none_is_given_anything()
 {
    let needs = EntitlementNeeds::default();
    for refuses in [false, true] {
        let other = Account {
            name: "ann2".into(),
            ..ann(&["vault"])
        };
        let system = Twice {
            accounts: Mutex::new(vec![ann(&["vpn"]), other]),
            refuses,
        };
        let had = system.accounts.lock().unwrap().clone();
        let fault = carry_out(&system, &who(), &to_have(&["x"]), &needs).await;
        assert_eq!(fault.unwrap_err().name(), "Conflict");
        assert_eq!(*system.accounts.lock().unwrap(), had);
        let mut done = Vec::new();
        let came = carry_out_into(&system, &who(), &Goal::Gone, &needs, &mut done).await;
        let fault = came.unwrap_err();
        assert_eq!(fault.name(), "Conflict");
        let text = fault.to_string();
        assert!(
            text.contains("accounts ann, ann2 have the employee id 1"),
            "{text}"
        );
        assert_eq!(
            text.contains("suspend sign-in of ann: a protected account"),
            refuses,
            "{text}"
        );
        for account in system.accounts.lock().unwrap().iter() {
            assert_eq!(account.active, refuses && account.name == "ann");
            assert!(account.entitlements.is_empty());
        }
        assert_eq!(done.len(), if refuses { 3 } else { 4 });
        // It is not over before somebody has sorted it out.
        assert!(compare(&system, &who(), &Goal::Gone, &needs).await.is_err());
    }
}

#[tokio::test]
async fn whoever_takes_no_credentials_is_not_asked_for_each_group() {
    struct Locked(Asked);
    #[async_trait]
    impl System for Locked {
        fn name(&self) -> &str {
            "locked"
        }
        async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
            let seen = self.0.look_up(who).await?;
            let whole = seen.whole(&self.0).await?;
            Ok(whole.into())
        }
        async fn look_at(&self, _: &str, who: &Sought) -> Result<Sight, Fault> {
            self.look_up(who).await
        }
        async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
            Ok(Whole::in_one_answer(found))
        }
        async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
            panic!("nobody asks for it")
        }
        async fn apply(&self, _: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
            self.0.call(&change.to_string());
            Err(Fault::Unauthorized {
                system: "locked".into(),
                problem: "the password is wrong".into(),
            })
        }
    }
    let system = Locked(start(true));
    let came = carry_out(&system, &who(), &Goal::NoAccess, &Default::default()).await;
    assert_eq!(came.unwrap_err().name(), "Unauthorized");
    assert_eq!(system.0.calls(), "who; what; suspend sign-in");
}

/// Lets two accounts be made for one person.
#[derive(Default)]
struct Lax(Mutex<Vec<Found>>);

#[async_trait]
impl System for Lax {
    fn name(&self) -> &str {
        "lax"
    }
    async fn look_at(&self, _: &str, who: &Sought) -> Result<Sight, Fault> {
        self.look_up(who).await
    }
    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }
    async fn look_up(&self, _: &Sought) -> Result<Sight, Fault> {
        let accounts = self.0.lock().unwrap().clone();
        tokio::task::yield_now().await;
        match accounts.as_slice() {
            [] => Ok(Sight::Nobody(Whole::in_one_answer(()))),
            [one] => Ok(Sight::Whole(Whole::in_one_answer(one.clone()))),
            _ => Err(Fault::Several {
                system: "lax".into(),
                employee_id: who().employee_id,
                accounts,
            }),
        }
    }
    async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
        panic!("nobody asks for it")
    }
    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        tokio::task::yield_now().await;
        let mut all = self.0.lock().unwrap();
        let place = |all: &[Found]| {
            all.iter()
                .position(|f| Some(&f.handle) == at.map(|a| &a.handle))
        };
        match change {
            Change::Create { account } => {
                let made = Found {
                    handle: format!("{}", 9 - all.len()),
                    version: None,
                    account: account.clone(),
                };
                all.push(made.clone());
                Ok(Some(made))
            }
            Change::Delete => {
                let place = place(&all).expect("there");
                all.remove(place);
                Ok(None)
            }
            other => {
                let place = place(&all).expect("there");
                let account = after_change(Some(all[place].account.clone()), other).unwrap();
                all[place].account = account;
                Ok(Some(all[place].clone()))
            }
        }
    }
    fn refuses_twins(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn two_steps_that_make_an_account_at_the_same_moment_leave_one_where_nobody_keeps_two_from_being_made()
 {
    let (goal, needs) = (to_have(&["staff"]), EntitlementNeeds::default());
    // The other step is behind this one by a few answers, or by none.
    for behind in 0..6 {
        let system = Lax::default();
        let step = async |wait: usize| {
            for _ in 0..wait {
                tokio::task::yield_now().await;
            }
            for _ in 0..9 {
                match carry_out(&system, &who(), &goal, &needs).await {
                    Ok(_) => return,
                    Err(fault) => assert_eq!(fault.name(), "NotYet", "{fault}"),
                }
            }
            panic!("it does not come to an end");
        };
        tokio::join!(step(0), step(behind));
        let all = system.0.lock().unwrap();
        assert_eq!(all.len(), 1, "{behind}: {all:?}");
        assert_eq!(all[0].account.entitlements, ["staff".into()].into());
    }
}
