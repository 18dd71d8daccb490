//! Whose account is whose.

use latchkey_systems::Fault;
use serde_json::json;

use crate::organisation::{Org, start, user, who};

const ZOE: &str = "zoe@acme.example";

fn with(users: Vec<serde_json::Value>) -> Org {
    Org {
        users,
        ..Org::default()
    }
}

#[tokio::test]
async fn who_was_made_a_moment_ago_is_found_though_no_search_shows_it() {
    let org = Org {
        index: Some(Vec::new()),
        ..with(vec![user("00u1", ZOE, "ACTIVE", Some("1"))])
    };
    let (system, _) = start(org, json!({})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.handle, "00u1");
    // Logins are the same without regard to case.
    let found = system.read(&who("1", "Zoe@Acme.example")).await.unwrap();
    assert_eq!(found.unwrap().handle, "00u1");
}

#[tokio::test]
async fn what_a_search_shows_is_old_and_is_not_believed() {
    // By hand, Zoë was let in again and Ann's number was corrected; neither shows yet.
    let org = Org {
        index: Some(vec![
            user("00u1", ZOE, "SUSPENDED", Some("1")),
            user("00u2", "ann@acme.example", "ACTIVE", Some("1")),
        ]),
        ..with(vec![
            user("00u1", ZOE, "ACTIVE", Some("1")),
            user("00u2", "ann@acme.example", "ACTIVE", Some("2")),
        ])
    };
    let (system, _) = start(org, json!({})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        (found.handle.as_str(), found.account.active),
        ("00u1", true)
    );
}

#[tokio::test]
async fn two_accounts_of_one_employee_id_are_for_a_person() {
    let (system, _) = start(
        with(vec![
            user("00u1", ZOE, "ACTIVE", Some("1")),
            user("00u2", "zoe.admin@acme.example", "DEPROVISIONED", Some("1")),
        ]),
        json!({}),
    )
    .await;
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(&fault, Fault::Several { .. }), "{fault}");
    assert!(
        fault
            .to_string()
            .contains("2 accounts with the employee id 1")
    );
}

#[tokio::test]
async fn another_employees_name_is_taken_and_nobodys_is_looked_at() {
    let (system, org) = start(
        with(vec![user("00u1", ZOE, "SUSPENDED", Some("7"))]),
        json!({}),
    )
    .await;
    match system.read(&who("1", ZOE)).await {
        Err(Fault::Taken { holder, .. }) => assert_eq!(holder.unwrap().as_str(), "7"),
        other => panic!("{other:?}"),
    }
    org.lock().unwrap().users = vec![user("00u1", ZOE, "ACTIVE", None)];
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        (found.handle.as_str(), found.account.employee_id),
        ("00u1", None)
    );
    org.lock().unwrap().users[0]["profile"]["email"] = json!("other@acme.example");
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
}

#[tokio::test]
async fn a_login_that_only_begins_so_is_somebody_elses() {
    let (system, _) = start(with(vec![user("00u1", ZOE, "ACTIVE", None)]), json!({})).await;
    assert_eq!(system.read(&who("1", "zoe")).await.unwrap(), None);
}

#[tokio::test]
async fn no_name_breaks_out_of_a_path_or_filter() {
    // Whoever owns the token comes first.
    let owner = user("00u0", "latchkey@acme.example", "ACTIVE", None);
    let names = [
        "me",
        ".",
        "..",
        "a/b",
        "../groups",
        r#"a" or profile.login pr or "/"#,
        "?limit=1",
        "a#b",
    ];
    let (system, org) = start(with(vec![owner.clone()]), json!({})).await;
    for name in names {
        let seen = system.read(&who("1", name)).await;
        assert_eq!(seen.unwrap(), None, "{name}");
    }
    for (nth, name) in names.into_iter().enumerate() {
        let id = format!("00u{}", nth + 1);
        let mut its = user(&id, "x", "ACTIVE", None);
        its["profile"]["login"] = json!(name);
        its["profile"]["email"] = json!(null);
        org.lock().unwrap().users = vec![owner.clone(), its];
        let seen = system.read(&who("1", name)).await.unwrap();
        assert_eq!(seen.map(|found| found.handle), Some(id), "{name}");
    }
}

#[tokio::test]
async fn the_employee_id_may_be_kept_in_another_attribute() {
    let mut zoe = user("00u1", "z@acme.example", "ACTIVE", Some("9"));
    zoe["profile"]["staffId"] = json!("1");
    let (system, org) = start(with(vec![zoe]), json!({"employee_id": "staffId"})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.handle, "00u1");
    let change = latchkey_lifecycle::Change::Adopt { employee_id: None };
    system.apply(Some(&found), &change).await.unwrap();
    let profile = org.lock().unwrap().users[0]["profile"].clone();
    assert_eq!(
        (&profile["staffId"], &profile["employeeNumber"]),
        (&json!(null), &json!("9"))
    );
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    for (settings, want) in [
        (json!({"employee_id": "x\" pr or status"}), "employee_id"),
        (json!({"employee_id": ""}), "employee_id"),
        (json!({"activate": "loud"}), "activate"),
    ] {
        let settings = latchkey_systems::Settings {
            name: "Okta".into(),
            address: "https://acme.okta.com".into(),
            settings: serde_json::from_value(settings).unwrap(),
            ..Default::default()
        };
        let client = latchkey_systems::client().unwrap();
        let Err(fault) = system_okta::open(&settings, None, client) else {
            panic!("{want}")
        };
        assert!(fault.to_string().contains(want), "{fault}");
    }
}
