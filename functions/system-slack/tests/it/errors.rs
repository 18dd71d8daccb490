//! What Slack's errors mean: <https://docs.slack.dev/apis/web-api/rate-limits>, and the errors of each method.

use axum::{
    Json,
    http::{StatusCode, header},
    response::IntoResponse,
};
use latchkey_systems::Fault;
use serde_json::json;

use crate::{
    form::{Said, refusal},
    workspace::{Workspace, open, start, who, zoe},
};

async fn reading(wrong: Said) -> Fault {
    let team = Workspace {
        wrong: vec![("users.lookupByEmail", wrong)],
        ..zoe()
    };
    let (system, _) = start(team, json!({})).await;
    let read = system.read(&who("1", "zoe@acme.example")).await;
    read.unwrap_err()
}

#[tokio::test]
async fn who_is_throttled_is_told_how_long() {
    let limited = || {
        let headers = [(header::RETRY_AFTER, "30")];
        let body = Json(json!({"ok": false, "error": "ratelimited"}));
        (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
    };
    let with_200 = || {
        let headers = [(header::RETRY_AFTER, "30")];
        (headers, Json(json!({"ok": false, "error": "ratelimited"}))).into_response()
    };
    for wrong in [limited as Said, with_200] {
        let Fault::Busy { retry_after, .. } = reading(wrong).await else {
            panic!()
        };
        assert_eq!(retry_after.unwrap().as_secs(), 30);
    }
}

#[tokio::test]
async fn an_outage_is_tried_again() {
    let wrong: [(Said, &str); 6] = [
        (|| refusal("fatal_error"), "Unreachable"),
        (|| refusal("internal_error"), "Unreachable"),
        (|| refusal("service_unavailable"), "Busy"),
        (|| refusal("team_added_to_org"), "Busy"),
        (
            || (StatusCode::INTERNAL_SERVER_ERROR, "oops").into_response(),
            "Unreachable",
        ),
        (
            || {
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    Json(json!({"ok": false, "error": "service_unavailable"})),
                )
                    .into_response()
            },
            "Busy",
        ),
    ];
    for (answer, name) in wrong {
        let fault = reading(answer).await;
        assert_eq!(
            (fault.name(), fault.is_retryable()),
            (name, true),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_the_owners_to_mend() {
    let wrong: [(Said, &str); 6] = [
        (|| refusal("invalid_auth"), "invalid_auth"),
        (|| refusal("not_authed"), "not_authed"),
        (|| refusal("token_revoked"), "install it again"),
        (|| refusal("token_expired"), "rotation"),
        (|| refusal("account_inactive"), "install it again"),
        (|| refusal("not_allowed_token_type"), "user token"),
    ];
    for (answer, want) in wrong {
        let fault = reading(answer).await;
        assert_eq!(fault.name(), "Unauthorized");
        assert!(fault.to_string().contains(want), "{fault}");
    }
    let system = open("http://127.0.0.1:9".into(), json!({}), "xoxb\nhidden");
    let fault = system.list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(!format!("{fault:?}{fault}").contains("hidden"));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let missing = || {
        let body = json!({
            "ok": false, "error": "missing_scope", "needed": "users:read.email", "provided": "users:read,channels:read",
        });
        Json(body).into_response()
    };
    let fault = reading(missing).await;
    let text = fault.to_string();
    assert_eq!(fault.name(), "Unauthorized");
    assert!(
        text.contains("no scope `users:read.email`, only `users:read,channels:read`"),
        "{text}"
    );
}

#[tokio::test]
async fn nobody_is_not_there_and_anything_else_is_not_nobody() {
    let (system, team) = start(zoe(), json!({})).await;
    let ann = who("2", "ann@acme.example");
    let found = system.read(&ann).await.unwrap();
    assert!(found.is_some(), "the work address is Zoë's");
    team.lock().unwrap().users.clear();
    assert_eq!(system.read(&ann).await.unwrap(), None);
    let odd: [Said; 5] = [
        || Json(json!({"hello": "world"})).into_response(),
        || Json(json!({"ok": true})).into_response(),
        || (StatusCode::NOT_FOUND, "<html>no</html>").into_response(),
        || "<html>no</html>".into_response(),
        || refusal("some_new_code"),
    ];
    for answer in odd {
        let fault = reading(answer).await;
        assert_eq!(fault.name(), "Rejected", "{fault}");
    }
}

#[tokio::test]
async fn a_list_that_is_none_is_not_taken_for_an_empty_one() {
    let (system, team) = start(zoe(), json!({})).await;
    team.lock().unwrap().wrong = vec![("users.list", || crate::form::ok(json!({})))];
    let fault = system.list(None).await.unwrap_err();
    assert!(fault.to_string().contains("no list"), "{fault}");
    team.lock().unwrap().wrong = vec![("users.conversations", || crate::form::ok(json!({})))];
    let fault = system
        .read(&who("1", "zoe@acme.example"))
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("no list"), "{fault}");
}

#[tokio::test]
async fn pages_that_do_not_move_on_come_to_an_end_and_prove_nothing() {
    let same = || {
        crate::form::ok(json!({
            "channels": [{"id": "C1", "name": "sales"}], "response_metadata": {"next_cursor": "again"},
        }))
    };
    let (system, team) = start(zoe(), json!({})).await;
    team.lock().unwrap().wrong = vec![("users.conversations", same)];
    let fault = system.read(&who("1", "zoe@acme.example")).await;
    let fault = fault.unwrap_err();
    assert!(matches!(&fault, Fault::Incomplete { .. }), "{fault:?}");
    assert!(fault.to_string().contains("ignores paging"), "{fault}");
    // Who it is, and the two pages, read once more.
    assert_eq!(team.lock().unwrap().calls.len(), 5);
}

#[tokio::test]
async fn each_missing_right_is_named_and_nothing_is_changed() {
    let settings = json!({"admin": true, "team": "T1", "usergroups": true, "employee_id": "Xf1"});
    let mut team = zoe();
    team.channels.push(json!({
        "id": "C9", "name": "general", "is_general": true, "is_private": false, "members": ["UAPP", "U1"],
    }));
    team.groups = vec![crate::workspace::group("S1", "sellers", &["U1"])];
    let (system, team) = start(team, settings).await;
    let before = {
        let team = team.lock().unwrap();
        (
            team.users.clone(),
            team.channels.clone(),
            team.groups.clone(),
        )
    };
    let probes = system.probe().await;
    let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let missing = || {
        Json(json!({"ok": false, "error": "missing_scope", "needed": "x", "provided": "y"}))
            .into_response()
    };
    for (method, what) in [
        ("users.list", "read people"),
        ("users.lookupByEmail", "find people by e-mail address"),
        ("conversations.invite", "put people into channels"),
        ("conversations.kick", "take people out of channels"),
        ("conversations.join", "go into public channels itself"),
        ("usergroups.list", "read user groups"),
        ("usergroups.users.update", "change user groups"),
        ("users.profile.get", "read profile fields"),
        ("admin.users.session.reset", "end sessions"),
        ("admin.users.remove", "invite people and remove them"),
    ] {
        team.lock().unwrap().wrong = vec![(method, missing)];
        let probes = system.probe().await;
        let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
        assert_eq!(failed.len(), 1, "{what}: {failed:?}");
        assert_eq!(failed[0].what, what);
        assert!(matches!(failed[0].came, Err(Fault::Unauthorized { .. })));
    }
    team.lock().unwrap().wrong = vec![("auth.test", || refusal("invalid_auth"))];
    assert_eq!(system.probe().await.len(), 1);
    let team = team.lock().unwrap();
    let after = (
        team.users.clone(),
        team.channels.clone(),
        team.groups.clone(),
    );
    assert_eq!(before, after);
}
