//! Whose account is whose.

use latchkey_lifecycle::{Change, Goal, Managed};
use latchkey_systems::{Fault, carry_out};
use serde_json::{Value, json};

use crate::tenant::{Tenant, account, error, group, guid, lock, start, user, who};

const ZOE: &str = "zoe@acme.example";

fn with(users: Vec<Value>) -> Tenant {
    Tenant {
        users,
        ..Tenant::default()
    }
}

#[tokio::test]
async fn who_was_made_a_moment_ago_is_found_though_no_filter_shows_it() {
    let (system, tenant) = start(with(vec![user(10, ZOE, Some("1"))]), json!({})).await;
    for name in [ZOE, "Zoe@Acme.example"] {
        lock(&tenant).shown = Vec::new();
        let found = system.read(&who("1", name)).await.unwrap().unwrap();
        assert_eq!(found.handle, guid(10));
    }
}

#[tokio::test]
async fn what_a_filter_shows_is_old_and_is_not_believed() {
    // By hand, Zoë was let in again and Ann's number was corrected; neither shows yet.
    let mut old = user(10, "z@acme.example", Some("1"));
    old["accountEnabled"] = json!(false);
    let now = vec![
        user(10, "z@acme.example", Some("1")),
        user(11, "ann@acme.example", Some("2")),
    ];
    let (system, tenant) = start(with(now), json!({})).await;
    lock(&tenant).shown = vec![old, user(11, "ann@acme.example", Some("1"))];
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        (found.handle.as_str(), found.account.active),
        (guid(10).as_str(), true)
    );
    // Somebody who was deleted meanwhile is not there.
    lock(&tenant).shown = vec![user(12, "gone@acme.example", Some("3"))];
    assert_eq!(
        system.read(&who("3", "gone@acme.example")).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn two_accounts_of_one_employee_id_are_for_a_person() {
    let two = vec![
        user(10, ZOE, Some("1")),
        user(11, "zoe.admin@acme.example", Some("1")),
    ];
    let (system, tenant) = start(with(two), json!({})).await;
    for name in [ZOE, "other@acme.example"] {
        lock(&tenant).settle();
        let fault = system.read(&who("1", name)).await.unwrap_err();
        assert!(matches!(&fault, Fault::Several { .. }), "{fault}");
        assert!(
            fault
                .to_string()
                .contains("2 accounts with the employee id 1")
        );
    }
}

#[tokio::test]
async fn another_employees_name_is_taken_and_nobodys_is_looked_at() {
    let (system, tenant) = start(with(vec![user(10, ZOE, Some("7"))]), json!({})).await;
    match system.read(&who("1", ZOE)).await {
        Err(Fault::Taken { holder, .. }) => assert_eq!(holder.unwrap().as_str(), "7"),
        other => panic!("{other:?}"),
    }
    lock(&tenant).users = vec![user(10, ZOE, None)];
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        (found.handle.as_str(), found.account.employee_id),
        (guid(10).as_str(), None)
    );
    lock(&tenant).users[0]["mail"] = json!("other@acme.example");
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
}

#[tokio::test]
async fn employee_ids_differ_by_case_where_filters_do_not() {
    let (system, _) = start(
        with(vec![user(10, "a@acme.example", Some("x1"))]),
        json!({}),
    )
    .await;
    assert_eq!(system.read(&who("X1", ZOE)).await.unwrap(), None);
}

#[tokio::test]
async fn no_name_breaks_out_of_an_address_or_filter() {
    let (system, tenant) = start(
        with(vec![user(10, "o'neil#1@acme.example", None)]),
        json!({}),
    )
    .await;
    lock(&tenant).users[0]["mail"] = json!(null);
    for name in [
        "zoe",
        "delta",
        "$count",
        "../groups",
        "a/b@acme.example",
        "x?$top=1@acme.example",
        "a b@acme.example",
        "",
    ] {
        let seen = system.read(&who("1'or'1'eq'1", name)).await;
        assert_eq!(seen.unwrap(), None, "{name}");
    }
    let found = system
        .read(&who("1", "O'Neil#1@acme.example"))
        .await
        .unwrap();
    assert_eq!(found.unwrap().handle, guid(10));
}

#[tokio::test]
async fn an_account_whose_making_was_not_heard_of_is_not_made_twice() {
    let (system, tenant) = start(with(vec![user(10, ZOE, Some("1"))]), json!({})).await;
    let change = Change::Create {
        account: account(ZOE, "1"),
    };
    let fault = system.apply(None, &change).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
    assert!(
        fault.to_string().contains("somebody has this account name"),
        "{fault}"
    );
    // It is there, and nothing shows it yet.
    lock(&tenant).wrong = vec![("GET", format!("/users/{}", "zoe%40acme.example"), || {
        crate::tenant::not_found(ZOE)
    })];
    let fault = system.apply(None, &change).await.unwrap_err();
    assert_eq!(
        (fault.name(), fault.is_retryable()),
        ("NotYet", true),
        "{fault}"
    );
    assert_eq!(lock(&tenant).users.len(), 1);
    // Where it shows in between, it goes on with that one.
    lock(&tenant).wrong.clear();
    let goal = Goal::Have {
        account: crate::tenant::account(ZOE, "1"),
        managed: Managed::All,
        renames: false,
    };
    let outcome = carry_out(system.as_ref(), &who("1", ZOE), &goal, &Default::default()).await;
    assert_eq!(outcome.unwrap().found.unwrap().handle, guid(10));
}

#[tokio::test]
async fn a_new_account_has_a_password_that_nobody_knows() {
    let (system, tenant) = start(with(Vec::new()), json!({"usage_location": "DE"})).await;
    for id in ["1", "2"] {
        let name = format!("zoe{id}@acme.example");
        let change = Change::Create {
            account: account(&name, id),
        };
        system.apply(None, &change).await.unwrap();
    }
    let asked = lock(&tenant).asked.clone();
    let profiles: Vec<&Value> = asked.iter().map(|a| &a.body["passwordProfile"]).collect();
    assert_ne!(profiles[0]["password"], profiles[1]["password"]);
    assert_eq!(profiles[0]["forceChangePasswordNextSignIn"], true);
    assert_eq!(asked[0].body["usageLocation"], "DE");
}

#[tokio::test]
async fn who_comes_back_gets_the_deleted_account_and_only_what_they_should_have() {
    let mut old = user(10, ZOE, Some("1"));
    old["accountEnabled"] = json!(false);
    let directory = || Tenant {
        deleted: vec![old.clone()],
        groups: vec![group(1, "before"), group(2, "now")],
        members: [(guid(1), guid(10))].into(),
        ..Tenant::default()
    };
    let mut wanted = account(ZOE, "1");
    wanted.entitlements = ["group:now".into()].into();
    let goal = Goal::Have {
        managed: Managed::Only(["group:now".into(), "group:before".into()].into()),
        account: wanted,
        renames: false,
    };
    let (system, tenant) = start(directory(), json!({"restore_deleted": true})).await;
    let (sought, needs) = (who("1", ZOE), Default::default());
    let fault = carry_out(system.as_ref(), &sought, &goal, &needs)
        .await
        .unwrap_err();
    assert_eq!(
        (fault.name(), fault.is_retryable()),
        ("NotYet", true),
        "{fault}"
    );
    let outcome = carry_out(system.as_ref(), &sought, &goal, &needs)
        .await
        .unwrap();
    assert_eq!(outcome.found.unwrap().handle, guid(10));
    assert_eq!(lock(&tenant).members, [(guid(2), guid(10))].into());
    // Unless the runbook says so, a new one is made.
    let (system, tenant) = start(directory(), json!({})).await;
    let outcome = carry_out(system.as_ref(), &sought, &goal, &needs)
        .await
        .unwrap();
    assert_ne!(outcome.found.unwrap().handle, guid(10));
    assert_eq!(lock(&tenant).deleted.len(), 1);
}

#[tokio::test]
async fn deleted_accounts_are_found_without_a_filter_where_there_is_none() {
    let mut deleted: Vec<Value> = (0..1_200)
        .map(|n| user(100 + n, &format!("u{n}@acme.example"), None))
        .collect();
    deleted.push(user(10, ZOE, Some("1")));
    let directory = Tenant {
        deleted,
        wrong: vec![(
            "GET",
            "/directory/deletedItems/microsoft.graph.user?$select=id,employeeId&$filter".to_owned(),
            || {
                let text = "Unsupported or invalid query filter clause specified for property 'employeeId' of resource 'User'.";
                error(400, "Request_UnsupportedQuery", text)
            },
        )],
        ..Tenant::default()
    };
    let (system, tenant) = start(directory, json!({"restore_deleted": true})).await;
    let account = account(ZOE, "1");
    let fault = system
        .apply(None, &Change::Create { account })
        .await
        .unwrap_err();
    assert_eq!(fault.name(), "NotYet", "{fault}");
    assert_eq!(lock(&tenant).users[0]["id"], guid(10));
}

#[tokio::test]
async fn two_deleted_accounts_are_for_a_person() {
    let directory = Tenant {
        deleted: vec![user(10, ZOE, Some("1")), user(11, ZOE, Some("1"))],
        ..Tenant::default()
    };
    let (system, tenant) = start(directory, json!({"restore_deleted": true})).await;
    let change = Change::Create {
        account: account(ZOE, "1"),
    };
    let fault = system.apply(None, &change).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
    assert_eq!(lock(&tenant).deleted.len(), 2);
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    for country in ["Germany", "D1", ""] {
        let Err(fault) = crate::tenant::open(9, json!({"usage_location": country})) else {
            panic!("{country}")
        };
        assert!(fault.to_string().contains("usage_location"), "{fault}");
    }
}
