//! Who was invited and has not accepted.

use latchkey_lifecycle::{Change, Goal};
use latchkey_systems::Fault;
use serde_json::json;

use crate::{
    organisation::acme,
    people::{bring, have, look, start, who},
};

#[tokio::test]
async fn who_has_not_accepted_has_nothing_yet() {
    let (system, org) = start(acme(), json!({})).await;
    let goal = have("zoe", &["team:staff", "maintainer:staff", "team:vpn"]);
    let outcome = bring(&system, "zoe", &goal).await.unwrap();
    assert_eq!(outcome.changes.len(), 4, "{:?}", outcome.changes);
    let seen = look(&system, "zoe", &goal).await;
    assert!(!seen.same, "{seen:?}");
    // Once more: nobody is invited twice.
    bring(&system, "zoe", &goal).await.unwrap();
    assert_eq!(org.lock().unwrap().invitations.len(), 1);
    org.lock().unwrap().accept("zoe", "zoe");
    let seen = look(&system, "zoe", &goal).await;
    assert!(seen.same, "{:?}", seen.differences);
}

#[tokio::test]
async fn an_invitation_that_expired_is_sent_anew() {
    let (system, org) = start(acme(), json!({})).await;
    let goal = have("zoe", &["team:staff"]);
    bring(&system, "zoe", &goal).await.unwrap();
    org.lock().unwrap().expire();
    assert_eq!(system.read(&who("zoe")).await.unwrap(), None);
    bring(&system, "zoe", &goal).await.unwrap();
    assert_eq!(org.lock().unwrap().invitations.len(), 1);
    org.lock().unwrap().accept("zoe", "zoe");
    assert!(look(&system, "zoe", &goal).await.same);
}

#[tokio::test]
async fn an_exit_cancels_an_invitation() {
    for goal in [Goal::NoAccess, Goal::Suspended, Goal::Gone] {
        let (system, org) = start(acme(), json!({})).await;
        bring(&system, "zoe", &have("zoe", &["team:staff"]))
            .await
            .unwrap();
        let outcome = bring(&system, "zoe", &goal).await.unwrap();
        assert_eq!(outcome.changes, [Change::Suspend]);
        assert_eq!(org.lock().unwrap().invitations, []);
        assert!(look(&system, "zoe", &goal).await.same);
    }
}

#[tokio::test]
async fn an_exit_cancels_an_invitation_by_address() {
    let mut acme = acme();
    acme.identities = Some(Vec::new());
    let (system, org) = start(acme, json!({"identity": "saml"})).await;
    let name = "zoe@acme.example";
    let fault = bring(&system, name, &have(name, &["team:staff"]))
        .await
        .unwrap_err();
    // The account is not known before it has accepted.
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
    bring(&system, name, &have(name, &[])).await.unwrap();
    assert_eq!(org.lock().unwrap().invitations.len(), 1);
    bring(&system, name, &Goal::NoAccess).await.unwrap();
    assert_eq!(org.lock().unwrap().invitations, []);
    assert!(look(&system, name, &Goal::NoAccess).await.same);
}

#[tokio::test]
async fn who_becomes_an_owner_is_one_after_accepting() {
    let (system, org) = start(acme(), json!({})).await;
    let goal = have("zoe", &["role:admin"]);
    bring(&system, "zoe", &goal).await.unwrap();
    assert!(!look(&system, "zoe", &goal).await.same);
    org.lock().unwrap().accept("zoe", "zoe");
    assert!(look(&system, "zoe", &goal).await.same);
    let member = have("zoe", &[]);
    bring(&system, "zoe", &member).await.unwrap();
    assert!(look(&system, "zoe", &member).await.same);
    assert_eq!(org.lock().unwrap().members["zoe"], "member");
}
