//! What each status means for each change, and what has been given.

use axum::http::Method;
use latchkey_lifecycle::{Change, Entitlement, Goal, Managed};
use latchkey_systems::{Fault, System, carry_out};
use serde_json::{Value, json};

use crate::{
    front::error,
    organisation::{Org, Shared, account, at, forbidden, group, start, too_many, user, who},
};

const ZOE: &str = "zoe@acme.example";

async fn zoe(status: &str, settings: Value) -> (std::sync::Arc<dyn System>, Shared) {
    let org = Org {
        users: vec![user("00u1", ZOE, status, Some("1"))],
        groups: vec![
            group("00g0", "Everyone", "BUILT_IN"),
            group("00g1", "sales", "OKTA_GROUP"),
            group("00g2", "from AD", "APP_GROUP"),
        ],
        apps: vec![
            json!({"id": "0oa1", "label": "Wiki"}),
            json!({"id": "0oa2", "label": "Wiki (old)"}),
        ],
        given: vec![
            ("00u1".into(), "00g0".into(), "GROUP"),
            ("00u1".into(), "00g1".into(), "USER"),
            ("00u1".into(), "00g2".into(), "GROUP"),
            ("00u1".into(), "0oa1".into(), "USER"),
            ("00u1".into(), "0oa2".into(), "GROUP"),
        ],
        roles: vec![
            (
                "00u1".into(),
                "ra1".into(),
                "HELP_DESK_ADMIN".into(),
                "USER",
            ),
            ("00u1".into(), "ra2".into(), "APP_ADMIN".into(), "GROUP"),
            ("00u1".into(), "ra3".into(), "CUSTOM".into(), "USER"),
        ],
        ..Org::default()
    };
    start(org, settings).await
}

fn changes(org: &Shared) -> Vec<String> {
    let calls = std::mem::take(&mut org.lock().unwrap().calls);
    calls
        .into_iter()
        .filter(|call| !call.starts_with("GET"))
        .collect()
}

#[tokio::test]
async fn whoever_works_is_cut_off_and_their_sessions_end() {
    for (status, want) in [
        ("ACTIVE", "SUSPENDED"),
        ("PROVISIONED", "DEPROVISIONED"),
        ("RECOVERY", "DEPROVISIONED"),
        ("PASSWORD_EXPIRED", "DEPROVISIONED"),
        ("LOCKED_OUT", "DEPROVISIONED"),
        ("STAGED", "STAGED"),
        ("SUSPENDED", "SUSPENDED"),
        ("DEPROVISIONED", "DEPROVISIONED"),
    ] {
        let (system, org) = zoe(status, json!({})).await;
        for _ in 0..2 {
            let after = system.apply(Some(&at("00u1")), &Change::Suspend).await;
            assert!(!after.unwrap().unwrap().account.active, "{status}");
            assert_eq!(org.lock().unwrap().status("00u1"), want, "{status}");
        }
        let calls = changes(&org);
        assert_eq!(
            calls[0], "DELETE users/00u1/sessions?oauthTokens=true",
            "{status}"
        );
        assert_eq!(calls[1], "POST users/00u1/lifecycle/suspend", "{status}");
        let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert!(!seen.account.active, "{status}");
    }
    let (system, _) = zoe("ACTIVE", json!({})).await;
    // Who is not there any more is cut off.
    system
        .apply(Some(&at("00u9")), &Change::Suspend)
        .await
        .unwrap();
}

#[tokio::test]
async fn sign_in_is_cut_where_sessions_cannot_be_ended() {
    let (system, org) = zoe("ACTIVE", json!({})).await;
    org.lock().unwrap().wrong = vec![(Method::DELETE, "users/00u1/sessions", forbidden)];
    let fault = system
        .apply(Some(&at("00u1")), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
    assert_eq!(org.lock().unwrap().status("00u1"), "SUSPENDED");
}

#[tokio::test]
async fn sessions_that_can_be_ended_later_are_not_forgotten() {
    let (system, org) = zoe("ACTIVE", json!({})).await;
    org.lock().unwrap().wrong = vec![(Method::DELETE, "users/00u1/sessions", too_many)];
    let fault = system
        .apply(Some(&at("00u1")), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Busy { .. }), "{fault}");
    // It still works, so that the next try does both.
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert!(seen.account.active);
}

#[tokio::test]
async fn who_is_on_the_way_to_another_status_is_waited_for() {
    let (system, org) = zoe("ACTIVE", json!({})).await;
    org.lock().unwrap().users[0]["transitioningToStatus"] = json!("DEPROVISIONED");
    let refused = || {
        error(
            403,
            "E0000107",
            "The entity is not in the expected state for the requested transition.",
        )
    };
    org.lock().unwrap().wrong = vec![(Method::POST, "users/00u1/lifecycle", refused)];
    let fault = system
        .apply(Some(&at("00u1")), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
    // On the way to nothing, it is a refusal.
    org.lock().unwrap().users[0]["transitioningToStatus"] = json!(null);
    let fault = system
        .apply(Some(&at("00u1")), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
}

/// Okta has no call that does two of these. A search alone would be old; a look by login alone would not see a second
/// account of the same employee, whose sign-in would go on working; that suspending ends OAuth tokens is nowhere said;
/// groups stay with whoever is suspended.
#[tokio::test]
async fn an_exit_asks_for_nothing_twice() {
    let (system, org) = zoe("ACTIVE", json!({})).await;
    let sought = who("1", ZOE);
    let needs = Default::default();
    let outcome = carry_out(system.as_ref(), &sought, &Goal::NoAccess, &needs).await;
    assert_eq!(outcome.unwrap().changes.len(), 2);
    let calls = std::mem::take(&mut org.lock().unwrap().calls);
    let want = [
        // Who has the employee id, and whether that is one account.
        "GET users?search=profile.employeeNumber+eq+%221%22",
        // The account as it is now.
        "GET users/00u1",
        // Sign-in is cut before anybody asks what there is to take.
        "DELETE users/00u1/sessions?oauthTokens=true",
        "POST users/00u1/lifecycle/suspend",
        "GET users/00u1/groups",
        "DELETE groups/00g1/users/00u1",
    ];
    assert_eq!(calls, want);
}

#[tokio::test]
async fn whoever_is_cut_off_is_restored_by_their_status() {
    for (status, settings, want) in [
        (
            "SUSPENDED",
            json!({}),
            vec!["POST users/00u1/lifecycle/unsuspend"],
        ),
        (
            "STAGED",
            json!({}),
            vec!["POST users/00u1/lifecycle/activate?sendEmail=true"],
        ),
        (
            "DEPROVISIONED",
            json!({}),
            vec!["POST users/00u1/lifecycle/activate?sendEmail=true"],
        ),
        (
            "DEPROVISIONED",
            json!({"activate": "silent"}),
            vec!["POST users/00u1/lifecycle/activate?sendEmail=false"],
        ),
        ("PROVISIONED", json!({"activate": "silent"}), vec![]),
        ("ACTIVE", json!({}), vec![]),
    ] {
        let (system, org) = zoe(status, settings).await;
        system
            .apply(Some(&at("00u1")), &Change::Restore)
            .await
            .unwrap();
        assert_eq!(changes(&org), want, "{status}");
        let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert!(seen.account.active, "{status}");
    }
}

#[tokio::test]
async fn who_comes_back_after_deactivation_is_changed_and_then_written_to() {
    let (system, org) = zoe("DEPROVISIONED", json!({})).await;
    let mut account = account(ZOE, "1");
    account.attributes.insert("title".into(), "Lead".into());
    let goal = Goal::Have {
        account,
        managed: Managed::All,
        renames: false,
    };
    let sought = who("1", ZOE);
    let outcome = carry_out(system.as_ref(), &sought, &goal, &Default::default()).await;
    assert_eq!(outcome.unwrap().changes.len(), 3);
    let want = [
        "POST users/00u1",
        "POST users/00u1/lifecycle/activate?sendEmail=false",
        "POST users/00u1",
        "DELETE groups/00g1/users/00u1",
        "POST users/00u1/lifecycle/reactivate?sendEmail=true",
    ];
    assert_eq!(changes(&org), want);
    assert_eq!(org.lock().unwrap().users[0]["profile"]["title"], "Lead");
}

#[tokio::test]
async fn a_new_person_is_written_to_unless_the_runbook_says_silent() {
    let create = Change::Create {
        account: account("ann@acme.example", "2"),
    };
    let (system, org) = zoe("ACTIVE", json!({})).await;
    let made = system.apply(None, &create).await.unwrap().unwrap();
    assert_eq!(made.handle, "00u2");
    assert_eq!(changes(&org), ["POST users?activate=true"]);
    let seen = system
        .read(&who("2", "ann@acme.example"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.account, account("ann@acme.example", "2"));
    let (system, org) = zoe("ACTIVE", json!({"activate": "silent"})).await;
    system.apply(None, &create).await.unwrap();
    let want = [
        "POST users?activate=false",
        "POST users/00u2/lifecycle/activate?sendEmail=false",
    ];
    assert_eq!(changes(&org), want);
}

#[tokio::test]
async fn who_is_deleted_is_gone_at_once_and_stays_so() {
    for status in ["ACTIVE", "SUSPENDED", "DEPROVISIONED"] {
        let (system, org) = zoe(status, json!({})).await;
        for _ in 0..2 {
            let after = system.apply(Some(&at("00u1")), &Change::Delete).await;
            assert_eq!(after.unwrap(), None);
            assert!(org.lock().unwrap().users.is_empty(), "{status}");
        }
    }
}

#[tokio::test]
async fn only_what_can_be_taken_by_hand_is_read() {
    for (settings, want) in [
        (json!({}), vec!["group:sales"]),
        (
            json!({"apps": true, "roles": true}),
            vec!["app:Wiki", "group:sales", "role:HELP_DESK_ADMIN"],
        ),
    ] {
        let (system, _) = zoe("ACTIVE", settings).await;
        let want: std::collections::BTreeSet<Entitlement> =
            want.into_iter().map(Into::into).collect();
        let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert_eq!(seen.account.entitlements, want);
        // A list says the same.
        let listed = system.list(None).await.unwrap();
        assert_eq!(listed.accounts, [seen]);
    }
}

#[tokio::test]
async fn everything_is_given_and_taken_twice_without_an_error() {
    let settings = json!({"apps": true, "roles": true});
    let (system, _) = zoe("ACTIVE", settings).await;
    for name in ["group:sales", "app:Wiki", "role:HELP_DESK_ADMIN"] {
        let entitlement = Entitlement::from(name);
        for give in [false, false, true, true] {
            let entitlement = entitlement.clone();
            let change = match give {
                true => Change::Grant { entitlement },
                false => Change::Revoke { entitlement },
            };
            system.apply(Some(&at("00u1")), &change).await.unwrap();
            let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
            let has = seen.account.entitlements.contains(&Entitlement::from(name));
            assert_eq!(has, give, "{name}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_given_is_said() {
    let (system, _) = zoe("ACTIVE", json!({})).await;
    for (name, want) in [
        (
            "group:from AD",
            "no group `from AD` that can be given by hand",
        ),
        ("group:Everyone", "no group `Everyone`"),
        ("group:none", "no group `none`"),
        ("app:Wiki", "setting `apps`"),
        ("role:APP_ADMIN", "setting `roles`"),
        ("licence:E3", "kinds group, app and role"),
    ] {
        let change = Change::Grant {
            entitlement: name.into(),
        };
        let fault = system.apply(Some(&at("00u1")), &change).await.unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
        assert!(fault.to_string().contains(want), "{fault}");
    }
    // What is not there is taken.
    let change = Change::Revoke {
        entitlement: "group:none".into(),
    };
    system.apply(Some(&at("00u1")), &change).await.unwrap();
}

#[tokio::test]
async fn an_app_that_a_group_gives_is_not_taken_for_taken() {
    let (system, org) = zoe("ACTIVE", json!({"apps": true})).await;
    let forbidden = || {
        error(
            403,
            "E0000046",
            "Deactivate application for user forbidden.",
        )
    };
    org.lock().unwrap().wrong = vec![(Method::DELETE, "apps", forbidden)];
    let change = Change::Revoke {
        entitlement: "app:Wiki".into(),
    };
    let fault = system.apply(Some(&at("00u1")), &change).await.unwrap_err();
    assert!(
        fault.to_string().contains("a group gives the app"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_group_that_was_made_anew_is_found_again() {
    let (system, org) = zoe("ACTIVE", json!({})).await;
    system.read(&who("1", ZOE)).await.unwrap();
    org.lock().unwrap().groups = vec![group("00g7", "sales", "OKTA_GROUP")];
    org.lock().unwrap().given = Vec::new();
    let change = Change::Grant {
        entitlement: "group:sales".into(),
    };
    system.apply(Some(&at("00u1")), &change).await.unwrap();
    assert_eq!(
        org.lock().unwrap().given,
        [("00u1".into(), "00g7".into(), "USER")]
    );
}

#[tokio::test]
async fn a_long_list_takes_a_call_for_each_page_and_group() {
    let users: Vec<Value> = (0..450)
        .map(|n| {
            user(
                &format!("00u{n}"),
                &format!("p{n}@acme.example"),
                "ACTIVE",
                None,
            )
        })
        .collect();
    let given = (0..450).map(|n| (format!("00u{n}"), "00g1".to_owned(), "USER"));
    let org = Org {
        users,
        groups: vec![group("00g1", "sales", "OKTA_GROUP")],
        given: given.collect(),
        ..Org::default()
    };
    let (system, org) = start(org, json!({})).await;
    let (mut next, mut seen) = (None, 0);
    loop {
        let page = system.list(next.as_ref()).await.unwrap();
        assert!(page.accounts.len() <= 200);
        assert!(
            page.accounts
                .iter()
                .all(|found| found.account.entitlements.len() == 1)
        );
        seen += page.accounts.len();
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, 450);
    // Three pages of users, the groups, three pages of members.
    assert_eq!(org.lock().unwrap().calls.len(), 7);
}
