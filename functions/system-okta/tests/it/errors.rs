//! What Okta's errors mean. Bodies as in <https://developer.okta.com/docs/reference/error-codes>.

use axum::{
    Json,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use latchkey_lifecycle::{Change, Goal, Managed};
use latchkey_systems::{Fault, carry_out};
use serde_json::json;

use crate::{
    front::error,
    organisation::{Org, Wrong, account, at, forbidden, open, start, too_many, user, who},
};

fn zoe() -> Org {
    Org {
        users: vec![user("00u1", "zoe@acme.example", "ACTIVE", Some("1"))],
        ..Org::default()
    }
}

async fn reading(wrong: Wrong) -> Fault {
    let org = Org {
        wrong: vec![wrong],
        ..zoe()
    };
    let (system, _) = start(org, json!({})).await;
    system
        .read(&who("1", "zoe@acme.example"))
        .await
        .unwrap_err()
}

async fn changing(wrong: fn() -> Response) -> Fault {
    let org = Org {
        wrong: vec![(Method::POST, "users/00u1", wrong)],
        ..zoe()
    };
    let (system, _) = start(org, json!({})).await;
    let change = Change::SetAttribute {
        name: "title".into(),
        value: Some("Lead".into()),
    };
    system.apply(Some(&at("00u1")), &change).await.unwrap_err()
}

#[tokio::test]
async fn who_is_throttled_is_told_until_when() {
    let Fault::Busy { retry_after, .. } = reading((Method::GET, "users", too_many)).await else {
        panic!()
    };
    assert_eq!(retry_after.unwrap().as_secs(), 30);
}

#[tokio::test]
async fn an_outage_is_tried_again() {
    let down = || error(500, "E0000009", "Internal Server Error");
    let fault = reading((Method::GET, "users", down)).await;
    assert_eq!((fault.name(), fault.is_retryable()), ("Unreachable", true));
    let read_only = || error(503, "E0000010", "Service is in read only mode");
    let fault = reading((Method::GET, "users", read_only)).await;
    assert_eq!((fault.name(), fault.is_retryable()), ("Busy", true));
}

#[tokio::test]
async fn a_404_of_something_in_between_is_not_no_account() {
    let page = || (StatusCode::NOT_FOUND, "<html>no</html>").into_response();
    let fault = reading((Method::GET, "users/", page)).await;
    assert_eq!(fault.name(), "Rejected", "{fault}");
    // Okta's own words for a wrong path are not those for nobody.
    let path = || error(404, "E0000008", "The requested path was not found");
    let fault = reading((Method::GET, "users", path)).await;
    assert_eq!(fault.name(), "Rejected", "{fault}");
}

#[tokio::test]
async fn a_user_that_is_none_is_not_no_account() {
    let odd = || Json(json!({"hello": "world"})).into_response();
    let fault = reading((Method::GET, "users/", odd)).await;
    assert_eq!(fault.name(), "Rejected", "{fault}");
    let odd = || Json(json!({"hello": "world"})).into_response();
    let fault = reading((Method::GET, "users", odd)).await;
    assert!(fault.to_string().contains("no list"), "{fault}");
}

#[tokio::test]
async fn a_wrong_token_is_the_owners_to_mend() {
    let (system, org) = start(zoe(), json!({})).await;
    assert!(system.list(None).await.is_ok());
    let wrong = || error(401, "E0000004", "Authentication failed");
    org.lock().unwrap().wrong = vec![(Method::GET, "users", wrong)];
    let probes = system.probe().await;
    assert_eq!(probes.len(), 1);
    assert!(matches!(probes[0].came, Err(Fault::Unauthorized { .. })));
    let fault = reading((Method::GET, "users", || {
        error(401, "E0000011", "Invalid token provided")
    }))
    .await;
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(!format!("{fault:?}{fault}").contains("00token"));
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_not_shown() {
    let system = open("http://127.0.0.1:9".into(), json!({}), "00\nhidden");
    let fault = system.list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(!format!("{fault:?}{fault}").contains("hidden"));
}

#[tokio::test]
async fn each_missing_right_is_named() {
    let settings = json!({"apps": true, "roles": true});
    let (system, org) = start(zoe(), settings).await;
    let probes = system.probe().await;
    let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let before = org.lock().unwrap().users.clone();
    for (method, path, what) in [
        (Method::GET, "groups", "read groups"),
        (
            Method::POST,
            "users/00u00000000000000000/lifecycle",
            "suspend users",
        ),
        (
            Method::DELETE,
            "users/00u00000000000000000/sessions",
            "end sessions",
        ),
        (Method::DELETE, "groups", "change the members of groups"),
        (Method::DELETE, "apps", "assign apps"),
        (
            Method::DELETE,
            "users/00u00000000000000000/roles",
            "assign administrator roles",
        ),
    ] {
        org.lock().unwrap().wrong = vec![(method, path, forbidden)];
        let probes = system.probe().await;
        let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
        assert_eq!(failed.len(), 1, "{what}: {failed:?}");
        assert_eq!(failed[0].what, what);
        assert!(matches!(
            failed[0].came,
            Err(Fault::Unauthorized { .. } | Fault::Forbidden { .. })
        ));
    }
    assert_eq!(org.lock().unwrap().users, before);
}

#[tokio::test]
async fn what_okta_does_not_take_is_said_without_naming_anybody() {
    let invalid = || {
        let body = json!({
            "errorCode": "E0000001", "errorSummary": "Api validation failed: email", "errorLink": "E0000001",
            "errorId": "oae1", "errorCauses": [{"errorSummary": "email: zoe@acme.example does not match required pattern"}],
        });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let fault = changing(invalid).await;
    let text = fault.to_string();
    assert_eq!(fault.name(), "Rejected", "{text}");
    assert!(
        text.contains("does not match required pattern") && !text.contains("zoe"),
        "{text}"
    );
}

#[tokio::test]
async fn a_403_that_is_not_about_rights_is_no_missing_right() {
    let mastered = || {
        error(
            403,
            "E0000023",
            "Operation failed because user profile is mastered under another system",
        )
    };
    let fault = changing(mastered).await;
    assert_eq!(fault.name(), "Rejected");
    assert!(
        fault
            .to_string()
            .contains("directory that the profile comes from"),
        "{fault}"
    );
    let read_only = || {
        error(
            403,
            "E0000077",
            "Cannot modify the title attribute because it is read-only.",
        )
    };
    assert_eq!(changing(read_only).await.name(), "Rejected");
    assert_eq!(changing(forbidden).await.name(), "Rejected");
}

#[tokio::test]
async fn who_is_still_being_activated_is_changed_later() {
    let activating = || {
        error(
            409,
            "E0000112",
            "Cannot update this user because they are still being activated. Please try again in a few minutes.",
        )
    };
    let fault = changing(activating).await;
    assert_eq!((fault.name(), fault.is_retryable()), ("NotYet", true));
}

#[tokio::test]
async fn an_account_that_another_makes_meanwhile_is_found_and_not_made_twice() {
    // A search does not show it yet; only the one who makes it hears that it is there.
    let exists = || {
        let body = json!({
            "errorCode": "E0000001", "errorSummary": "Api validation failed: login", "errorLink": "E0000001", "errorId": "oae1",
            "errorCauses": [{"errorSummary": "login: An object with this field already exists in the current organization"}],
        });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let org = Org {
        users: vec![user("00u9", "zoe.x@acme.example", "ACTIVE", None)],
        wrong: vec![(Method::POST, "users", exists)],
        ..Org::default()
    };
    let (system, org) = start(org, json!({})).await;
    let change = Change::Create {
        account: account("zoe@acme.example", "1"),
    };
    let fault = system.apply(None, &change).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
    assert!(
        fault.to_string().contains("somebody has this account name"),
        "{fault}"
    );
    // There now, and this time it is found.
    let made = user("00u1", "zoe@acme.example", "ACTIVE", Some("1"));
    org.lock().unwrap().users.push(made);
    org.lock().unwrap().index = Some(Vec::new());
    let goal = Goal::Have {
        account: account("zoe@acme.example", "1"),
        managed: Managed::All,
        renames: false,
    };
    let sought = who("1", "zoe@acme.example");
    let outcome = carry_out(system.as_ref(), &sought, &goal, &Default::default()).await;
    let outcome = outcome.unwrap();
    assert_eq!(
        (outcome.found.unwrap().handle.as_str(), outcome.changes),
        ("00u1", vec![])
    );
}
