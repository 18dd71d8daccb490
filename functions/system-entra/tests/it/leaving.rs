//! Cutting somebody off: sessions and sign-in, in one call, and what if one of them fails.

use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::json;

use crate::tenant::{Reply, Tenant, at, error, forbidden, guid, lock, start, too_many, user};

const ZOE: &str = "zoe@acme.example";

fn zoe() -> Tenant {
    Tenant {
        users: vec![user(10, ZOE, Some("1"))],
        sessions: [guid(10)].into(),
        ..Tenant::default()
    }
}

fn refusing(method: &'static str, path: &str, answer: fn() -> Reply) -> Tenant {
    Tenant {
        wrong: vec![(method, format!("/users/{}{path}", guid(10)), answer)],
        ..zoe()
    }
}

#[tokio::test]
async fn sessions_and_sign_in_end_in_one_call() {
    let (system, tenant) = start(zoe(), json!({})).await;
    let after = system.apply(Some(&at(10)), &Change::Suspend).await.unwrap();
    assert!(!after.unwrap().account.active);
    let mut tenant = lock(&tenant);
    assert_eq!(tenant.calls, 1);
    assert!(tenant.sessions.is_empty());
    assert_eq!(tenant.user(ZOE).unwrap()["accountEnabled"], false);
    let id = guid(10);
    assert_eq!(
        tenant.log(),
        [
            format!("POST /users/{id}/revokeSignInSessions"),
            format!("PATCH /users/{id}")
        ]
    );
}

#[tokio::test]
async fn whose_sessions_cannot_be_ended_now_still_works_and_is_cut_off_again() {
    for (answer, name) in [
        (too_many as fn() -> Reply, "Busy"),
        (|| error(503, "ServiceUnavailable", "Try later."), "Busy"),
        (|| error(504, "UnknownError", ""), "Unreachable"),
    ] {
        let (system, tenant) =
            start(refusing("POST", "/revokeSignInSessions", answer), json!({})).await;
        let fault = system
            .apply(Some(&at(10)), &Change::Suspend)
            .await
            .unwrap_err();
        assert_eq!(
            (fault.name(), fault.is_retryable()),
            (name, true),
            "{fault}"
        );
        // Whoever tries again sees an account that works, and does both.
        assert_eq!(lock(&tenant).user(ZOE).unwrap()["accountEnabled"], true);
        lock(&tenant).wrong.clear();
        system.apply(Some(&at(10)), &Change::Suspend).await.unwrap();
        assert!(lock(&tenant).sessions.is_empty());
        assert_eq!(lock(&tenant).user(ZOE).unwrap()["accountEnabled"], false);
    }
}

#[tokio::test]
async fn without_the_right_to_end_sessions_sign_in_is_cut_and_the_owner_hears_of_it() {
    let (system, tenant) = start(
        refusing("POST", "/revokeSignInSessions", forbidden),
        json!({}),
    )
    .await;
    let fault = system
        .apply(Some(&at(10)), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
    assert_eq!(lock(&tenant).user(ZOE).unwrap()["accountEnabled"], false);
}

#[tokio::test]
async fn an_administrator_whom_the_app_may_not_change_is_told_of() {
    let (system, tenant) = start(refusing("PATCH", "", forbidden), json!({})).await;
    let fault = system
        .apply(Some(&at(10)), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
    assert!(fault.to_string().contains("administrator role"), "{fault}");
    assert!(lock(&tenant).sessions.is_empty());
}

#[tokio::test]
async fn who_is_gone_is_as_good_as_cut_off() {
    let (system, tenant) = start(Tenant::default(), json!({})).await;
    for change in [Change::Suspend, Change::Delete] {
        system.apply(Some(&at(10)), &change).await.unwrap();
    }
    let fault = system
        .apply(Some(&at(10)), &Change::Restore)
        .await
        .unwrap_err();
    assert_eq!(
        (fault.name(), fault.is_retryable()),
        ("NotYet", true),
        "{fault}"
    );
    assert_eq!(lock(&tenant).calls, 3);
}
