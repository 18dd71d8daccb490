//! What an exit does, and what comes back.

use axum::http::Method;
use latchkey_lifecycle::{Change, Entitlement, Goal};
use latchkey_systems::{Fault, carry_out, compare};
use serde_json::json;

use crate::workspace::{at, changes, error, start, who, zoe};

const ZOE: &str = "zoe@acme.example";

fn suspend() -> Change {
    Change::Suspend
}

#[tokio::test]
async fn sessions_and_sign_in_are_cut_first_and_an_exit_takes_four_requests() {
    let (system, org) = start(zoe(), json!({})).await;
    let sought = who("1", ZOE);
    let none = Default::default();
    carry_out(system.as_ref(), &sought, &Goal::NoAccess, &none)
        .await
        .unwrap();
    let want = [
        "POST users/101/signOut",
        "PATCH users/101",
        "DELETE groups/sales%40acme.example/members/101",
    ];
    assert_eq!(changes(&org), want);
    // Who it is and what she has; sessions; sign-in; the group.
    let want = [
        "POST batch",
        "POST admin/directory/v1/users/101/signOut",
        "PATCH admin/directory/v1/users/101",
        "DELETE admin/directory/v1/groups/sales%40acme.example/members/101",
    ];
    assert_eq!(org.lock().unwrap().requests, want);
    assert!(org.lock().unwrap().sessions.is_empty());
    let seen = compare(system.as_ref(), &sought, &Goal::NoAccess, &none)
        .await
        .unwrap();
    assert!(seen.same, "{:?}", seen.differences);
}

#[tokio::test]
async fn without_the_right_to_end_sessions_sign_in_is_cut_all_the_same() {
    let mut org = zoe();
    let forbidden = || {
        error(
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        )
    };
    org.wrong = vec![(Method::POST, "users/101/signOut", forbidden)];
    let (system, org) = start(org, json!({})).await;
    let fault = system
        .apply(Some(&at("101", ZOE)), &suspend())
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
    assert_eq!(org.lock().unwrap().users[0]["suspended"], true);
    // Where it may work later, nothing is passed over.
    let busy = || error(403, "quotaExceeded", "Quota exceeded");
    let mut org = zoe();
    org.wrong = vec![(Method::POST, "users/101/signOut", busy)];
    let (system, org) = start(org, json!({})).await;
    let fault = system
        .apply(Some(&at("101", ZOE)), &suspend())
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Busy { .. }), "{fault}");
    assert_eq!(org.lock().unwrap().users[0]["suspended"], false);
}

#[tokio::test]
async fn what_apps_may_do_and_app_passwords_are_deleted_where_the_runbook_says_so() {
    let granted = || {
        let mut org = zoe();
        let apps = ["1084-x.apps.googleusercontent.com", "anonymous/site"];
        org.tokens = apps.map(|app| ("101".to_owned(), app.to_owned())).into();
        org.passwords = [("101".to_owned(), 7)].into();
        org
    };
    let (system, org) = start(granted(), json!({})).await;
    system
        .apply(Some(&at("101", ZOE)), &suspend())
        .await
        .unwrap();
    assert_eq!(org.lock().unwrap().tokens.len(), 2);

    let (system, org) = start(granted(), json!({"app_access": true})).await;
    system
        .apply(Some(&at("101", ZOE)), &suspend())
        .await
        .unwrap();
    assert!(org.lock().unwrap().tokens.is_empty() && org.lock().unwrap().passwords.is_empty());
    assert_eq!(changes(&org)[1], "PATCH users/101", "sign-in is cut first");

    // What could not be deleted is seen, and deleted the next time.
    let mut some = granted();
    let broken = || error(500, "backendError", "Backend Error");
    some.wrong = vec![(Method::DELETE, "users/101/tokens", broken)];
    let (system, org) = start(some, json!({"app_access": true})).await;
    let sought = who("1", ZOE);
    let none = Default::default();
    let first = carry_out(system.as_ref(), &sought, &Goal::NoAccess, &none).await;
    assert!(matches!(first, Err(Fault::Unreachable { .. })), "{first:?}");
    org.lock().unwrap().wrong.clear();
    let seen = compare(system.as_ref(), &sought, &Goal::NoAccess, &none)
        .await
        .unwrap();
    // Reading all that takes one request.
    assert_eq!(org.lock().unwrap().requests.last().unwrap(), "POST batch");
    let app_access = Entitlement::from("apps:authorized");
    let left = Change::Revoke {
        entitlement: app_access,
    };
    assert!(seen.differences.contains(&left), "{:?}", seen.differences);
    carry_out(system.as_ref(), &sought, &Goal::NoAccess, &none)
        .await
        .unwrap();
    assert!(org.lock().unwrap().tokens.is_empty());
    let seen = compare(system.as_ref(), &sought, &Goal::NoAccess, &none)
        .await
        .unwrap();
    assert!(seen.same, "{:?}", seen.differences);
}

#[tokio::test]
async fn leavers_are_moved_with_the_same_call_and_come_back_to_the_top() {
    let mut org = zoe();
    org.users[0]["orgUnitPath"] = json!("/Sales");
    let settings = json!({"org_units": true, "leavers": "/Leavers"});
    let (system, org) = start(org, settings).await;
    let sought = who("1", ZOE);
    let none = Default::default();
    let done = carry_out(system.as_ref(), &sought, &Goal::NoAccess, &none)
        .await
        .unwrap();
    assert_eq!(done.changes.len(), 3, "{:?}", done.changes);
    assert_eq!(org.lock().unwrap().users[0]["orgUnitPath"], "/Leavers");
    let seen = system.read(&sought).await.unwrap().unwrap();
    assert!(seen.account.entitlements.is_empty());
    system.apply(Some(&seen), &Change::Restore).await.unwrap();
    let zoe = org.lock().unwrap().users[0].clone();
    assert_eq!(
        (&zoe["orgUnitPath"], &zoe["suspended"]),
        (&json!("/"), &json!(false))
    );
}

#[tokio::test]
async fn whoever_is_archived_cannot_sign_in_and_is_taken_out_of_the_archive() {
    let mut org = zoe();
    org.users[0]["archived"] = json!(true);
    let (system, org) = start(org, json!({})).await;
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert!(!seen.account.active);
    system.apply(Some(&seen), &Change::Restore).await.unwrap();
    assert_eq!(org.lock().unwrap().users[0]["archived"], false);
}

#[tokio::test]
async fn organizational_units_are_given_taken_and_reported_where_the_runbook_says_so() {
    let sales = || Entitlement::from("orgunit:/Sales");
    let (system, org) = start(zoe(), json!({"org_units": true})).await;
    let zoe_is = || at("101", ZOE);
    for (give, want) in [
        (true, "/Sales"),
        (true, "/Sales"),
        (false, "/"),
        (false, "/"),
    ] {
        let entitlement = sales();
        let change = match give {
            true => Change::Grant { entitlement },
            false => Change::Revoke { entitlement },
        };
        system.apply(Some(&zoe_is()), &change).await.unwrap();
        assert_eq!(org.lock().unwrap().users[0]["orgUnitPath"], want);
        let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert_eq!(seen.account.entitlements.contains(&sales()), give);
        assert_eq!(system.list(None).await.unwrap().accounts, [seen]);
    }
    for (settings, name) in [
        (json!({}), "orgunit:/Sales"),
        (json!({"org_units": true}), "orgunit:/Nowhere"),
        (json!({"org_units": true}), "orgunit:Sales"),
    ] {
        let (system, _) = start(zoe(), settings).await;
        let change = Change::Grant {
            entitlement: name.into(),
        };
        let fault = system.apply(Some(&zoe_is()), &change).await.unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    }
    let mut org = zoe();
    org.users[0]["orgUnitPath"] = json!("/Sales");
    let (system, _) = start(org, json!({})).await;
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert!(
        !seen.account.entitlements.contains(&sales()),
        "nobody asked for it"
    );
}

#[tokio::test]
async fn who_is_deleted_is_gone_at_once_and_stays_so() {
    let (system, org) = start(zoe(), json!({})).await;
    for _ in 0..2 {
        for change in [suspend(), Change::Delete] {
            let after = system.apply(Some(&at("101", ZOE)), &change).await.unwrap();
            assert_eq!(after.is_none(), change == Change::Delete);
        }
        assert!(org.lock().unwrap().users.is_empty());
    }
}
