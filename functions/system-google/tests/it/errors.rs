//! Google's errors, and what each means.

use axum::{
    Json,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::json;

use crate::workspace::{Org, Wrong, at, error, start, who, zoe};

const ZOE: &str = "zoe@acme.example";

/// An answer that is an error.
type How = fn() -> Response;

/// What reading comes to when one call goes wrong: the same in a batch and on its own.
async fn reading(how: fn() -> Response) -> Fault {
    let mut org = zoe();
    org.wrong = vec![(Method::GET, "groups", how)];
    let (system, _) = start(org, json!({})).await;
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    let mut org = zoe();
    org.wrong = vec![(Method::GET, "groups", how)];
    org.batches = Some(|| StatusCode::METHOD_NOT_ALLOWED.into_response());
    let (system, _) = start(org, json!({})).await;
    let alone = system.read(&who("1", ZOE)).await.unwrap_err();
    assert_eq!(fault, alone);
    fault
}

#[tokio::test]
async fn every_error_is_taken_for_what_it_is() {
    let waits = || {
        let mut answer = error(429, "rateLimitExceeded", "Quota exceeded");
        answer
            .headers_mut()
            .insert("retry-after", "9".parse().unwrap());
        answer
    };
    let newer = || {
        let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"});
        let body = json!({"error": {"code": 403, "status": "RESOURCE_EXHAUSTED", "message": "m", "details": [info]}});
        (StatusCode::FORBIDDEN, Json(body)).into_response()
    };
    let cases: [(How, &str); 14] = [
        (waits, "Busy"),
        (newer, "Busy"),
        (|| error(403, "quotaExceeded", "m"), "Busy"),
        (|| error(403, "userRateLimitExceeded", "m"), "Busy"),
        (|| error(403, "rateLimitExceeded", "m"), "Busy"),
        (|| error(503, "backendError", "m"), "Busy"),
        (|| error(500, "backendError", "m"), "Unreachable"),
        (
            || {
                error(
                    403,
                    "forbidden",
                    "Not Authorized to access this resource/api",
                )
            },
            "Unauthorized",
        ),
        (
            || error(403, "insufficientPermissions", "m"),
            "Unauthorized",
        ),
        (|| error(403, "accessNotConfigured", "m"), "Unauthorized"),
        (|| error(403, "domainCannotUseApis", "m"), "Unauthorized"),
        (
            || error(401, "authError", "Invalid Credentials"),
            "Unauthorized",
        ),
        (|| error(400, "invalid", "m"), "Rejected"),
        (
            || error(404, "notFound", "Resource Not Found: userKey"),
            "NotYet",
        ),
    ];
    for (how, want) in cases {
        let fault = reading(how).await;
        assert_eq!(fault.name(), want, "{fault}");
    }
    let fault = reading(waits).await;
    assert!(
        matches!(fault, Fault::Busy { retry_after: Some(wait), .. } if wait == SignedDuration::from_secs(9))
    );
    // A page of something in between is nobody's groups.
    let html = || (StatusCode::NOT_FOUND, "<html>").into_response();
    let fault = reading(html).await;
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
}

/// What a change comes to when one call goes wrong.
async fn changing(change: Change, wrong: Wrong) -> Result<(), Fault> {
    let mut org = zoe();
    org.wrong = vec![wrong];
    let (system, _) = start(org, json!({})).await;
    let at = at("101", ZOE);
    let at = (!matches!(change, Change::Create { .. })).then_some(&at);
    system.apply(at, &change).await.map(|_| ())
}

#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn a_change_that_fails_says_what_to_do() {
    let rename = || Change::Rename {
        name: "z@acme.example".into(),
    };
    let create = || Change::Create {
        account: at("", "z@acme.example").account,
    };
    let join = || Change::Grant {
        entitlement: "group:vpn@acme.example".into(),
    };
    let leave = || Change::Revoke {
        entitlement: "group:sales@acme.example".into(),
    };
    let cases: [(Change, Method, &'static str, How, &str, &str); 9] = [
        (
            create(),
            Method::POST,
            "users",
            || error(409, "duplicate", "Entity already exists."),
            "Conflict",
            "alias",
        ),
        (
            create(),
            Method::POST,
            "users",
            || error(412, "limitExceeded", "Domain user limit reached."),
            "Rejected",
            "no seat left",
        ),
        (
            rename(),
            Method::PATCH,
            "users",
            || error(409, "conflict", "Conflicting requests"),
            "NotYet",
            "earlier change",
        ),
        (
            rename(),
            Method::PATCH,
            "users",
            || error(412, "conditionNotMet", "User creation is not complete."),
            "NotYet",
            "being made",
        ),
        (
            rename(),
            Method::PATCH,
            "users",
            || error(404, "notFound", "Resource Not Found: userKey"),
            "NotYet",
            "a moment ago",
        ),
        (
            join(),
            Method::POST,
            "groups",
            || error(404, "notFound", "Resource Not Found: groupKey"),
            "Rejected",
            "no group",
        ),
        (
            join(),
            Method::POST,
            "groups",
            || error(404, "notFound", "Resource Not Found: memberKey"),
            "NotYet",
            "a moment ago",
        ),
        (
            leave(),
            Method::DELETE,
            "groups",
            || error(412, "conditionNotMet", "Cannot change members"),
            "Rejected",
            "fixed_groups",
        ),
        (
            leave(),
            Method::DELETE,
            "groups",
            || error(403, "forbidden", "Not Authorized"),
            "Rejected",
            "forbidden",
        ),
    ];
    for (change, method, path, how, name, want) in cases {
        let fault = changing(change, (method, path, how)).await.unwrap_err();
        assert_eq!(fault.name(), name, "{fault}");
        assert!(fault.to_string().contains(want), "{fault}");
        assert!(!fault.to_string().contains("z@"), "{fault}");
    }
    let no_member = || error(400, "required", "Missing required field: memberKey");
    changing(leave(), (Method::DELETE, "groups", no_member))
        .await
        .unwrap();
}

#[tokio::test]
async fn groups_are_named_as_google_writes_them() {
    let (system, org) = start(zoe(), json!({"fixed_groups": ["Sales@acme.example"]})).await;
    for (name, want) in [
        ("group:sales", "by its address"),
        ("group:VPN@acme.example", "lower case"),
        ("group:sales@acme.example", "`fixed_groups`"),
    ] {
        let change = Change::Grant {
            entitlement: name.into(),
        };
        let fault = system
            .apply(Some(&at("101", ZOE)), &change)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
        assert!(fault.to_string().contains(want), "{fault}");
    }
    assert!(org.lock().unwrap().calls.is_empty());
    // Neither reported.
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert!(seen.account.entitlements.is_empty());
    assert_eq!(system.list(None).await.unwrap().accounts, [seen]);
    // What is to be taken from a group that is not there any more is taken.
    org.lock().unwrap().groups.clear();
    let change = Change::Revoke {
        entitlement: "group:vpn@acme.example".into(),
    };
    system.apply(Some(&at("101", ZOE)), &change).await.unwrap();
}

#[tokio::test]
async fn a_probe_says_what_is_missing_and_changes_nothing() {
    let settings = json!({
        "app_access": true, "hand_over": "manager", "customer": "C0123abc", "licences": ["Google-Apps/1010020027"],
    });
    let probe = async |wrong: Option<Wrong>| {
        let org = Org {
            wrong: wrong.into_iter().collect(),
            ..zoe()
        };
        let (system, org) = start(org, settings.clone()).await;
        let before = org.lock().unwrap().users.clone();
        let probes = system.probe().await;
        assert_eq!(org.lock().unwrap().users, before);
        let missing = |p: &latchkey_systems::Probe| p.came.is_err().then(|| p.what.clone());
        (
            probes.len(),
            probes.iter().filter_map(missing).collect::<Vec<_>>(),
        )
    };
    assert_eq!(probe(None).await, (8, vec![]));
    let no = || {
        error(
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        )
    };
    let cases: [(Method, &str, usize, &str); 7] = [
        (Method::GET, "users?", 8, ""),
        (Method::GET, "groups", 2, "read groups"),
        (Method::PATCH, "users", 8, "change and suspend users"),
        (Method::POST, "users", 8, "end sessions"),
        (Method::DELETE, "groups", 8, "change the members of groups"),
        (Method::GET, "product", 8, "read licences"),
        (Method::GET, "transfers", 8, "hand files over"),
    ];
    for (method, path, tried, want) in cases {
        let (all, missing) = probe(Some((method, path, no))).await;
        let want: Vec<&str> = Some(want).filter(|w| !w.is_empty()).into_iter().collect();
        assert_eq!(
            (all, missing.iter().map(String::as_str).collect()),
            (tried, want),
            "{path}"
        );
    }
}
