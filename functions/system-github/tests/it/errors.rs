//! What GitHub's errors mean. Bodies as GitHub documents them
//! (<https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api>).

use axum::{
    Json,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use latchkey_lifecycle::{Change, Goal};
use latchkey_systems::{Fault, Found};
use serde_json::json;

use crate::{
    bodies::error,
    graphql,
    organisation::{Org, Wrong, acme, serve},
    people::{account, bring, have, open, start, token, who},
};

pub(crate) fn at(login: &str) -> Found {
    Found {
        handle: login.to_owned(),
        version: None,
        account: account(login, &[]),
    }
}

fn zoe() -> Org {
    let mut acme = acme();
    acme.members.insert("zoe".to_owned(), "member".to_owned());
    acme
}

async fn reading(wrong: Wrong) -> Fault {
    let mut org = zoe();
    org.wrong.push(wrong);
    let (system, _) = start(org, json!({})).await;
    system.read(&who("zoe")).await.unwrap_err()
}

async fn granting(wrong: fn() -> Response) -> Fault {
    let mut org = zoe();
    org.wrong.push((Method::PUT, "teams", wrong));
    let (system, _) = start(org, json!({})).await;
    let grant = Change::Grant {
        entitlement: "team:vpn".into(),
    };
    system.apply(Some(&at("zoe")), &grant).await.unwrap_err()
}

fn spent(status: u16) -> Response {
    let reset = (jiff::Timestamp::now().as_second() + 600).to_string();
    let mut answer = error(
        status,
        "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include the request ID.",
    );
    let headers = answer.headers_mut();
    headers.insert("x-ratelimit-remaining", "0".parse().unwrap());
    headers.insert("x-ratelimit-reset", reset.parse().unwrap());
    answer
}

fn secondary() -> Response {
    error(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    )
}

#[tokio::test]
async fn a_limit_is_no_missing_right() {
    let fault = reading((Method::GET, "memberships", || spent(403))).await;
    let Fault::Busy {
        retry_after: Some(wait),
        ..
    } = fault
    else {
        panic!("{fault:?}")
    };
    assert!((590..=600).contains(&wait.as_secs()), "{wait:?}");
    let fault = granting(secondary).await;
    assert!(
        matches!(&fault, Fault::Busy { retry_after: Some(w), .. } if w.as_secs() == 60),
        "{fault:?}"
    );
    let told = || {
        let mut answer = secondary();
        answer
            .headers_mut()
            .insert("retry-after", "30".parse().unwrap());
        answer
    };
    let fault = granting(told).await;
    assert!(
        matches!(&fault, Fault::Busy { retry_after: Some(w), .. } if w.as_secs() == 30),
        "{fault:?}"
    );
    let fault = reading((Method::POST, "graphql", || {
        let body = json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]});
        let mut answer = Json(body).into_response();
        let reset = (jiff::Timestamp::now().as_second() + 600).to_string();
        answer.headers_mut().insert("x-ratelimit-remaining", "0".parse().unwrap());
        answer.headers_mut().insert("x-ratelimit-reset", reset.parse().unwrap());
        answer
    }))
    .await;
    assert!(
        matches!(
            fault,
            Fault::Busy {
                retry_after: Some(_),
                ..
            }
        ),
        "{fault:?}"
    );
    // The last call of the hour may fail for another reason.
    let fault = reading((Method::POST, "graphql", || {
        let mut answer = Json(graphql::error(
            "FORBIDDEN",
            &["organization"],
            "Resource not accessible by personal access token",
        ))
        .into_response();
        answer
            .headers_mut()
            .insert("x-ratelimit-remaining", "0".parse().unwrap());
        answer
    }))
    .await;
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
}

#[tokio::test]
async fn a_missing_right_is_the_owners_to_mend() {
    for message in [
        "Resource not accessible by integration",
        "Must have admin rights to Repository.",
        "You must be an admin to add a team membership.",
    ] {
        let leaked: &'static str = message;
        let fault = match leaked {
            "Resource not accessible by integration" => {
                granting(|| error(403, "Resource not accessible by integration")).await
            }
            "Must have admin rights to Repository." => {
                granting(|| error(403, "Must have admin rights to Repository.")).await
            }
            _ => granting(|| error(403, "You must be an admin to add a team membership.")).await,
        };
        assert!(matches!(&fault, Fault::Forbidden { .. }), "{fault}");
        assert!(fault.to_string().contains(message), "{fault}");
    }
    let sso = || {
        let mut answer = error(
            403,
            "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
        );
        let url = "required; url=https://github.com/orgs/acme/sso?authorization_request=AA";
        answer
            .headers_mut()
            .insert("x-github-sso", url.parse().unwrap());
        answer
    };
    let fault = granting(sso).await;
    assert!(fault.to_string().contains("single sign-on"), "{fault}");
    let fault = reading((Method::GET, "memberships", || error(401, "Bad credentials"))).await;
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    let follows = || {
        error(
            403,
            "This team is synchronized with your identity provider.",
        )
    };
    let fault = granting(follows).await;
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
}

#[tokio::test]
async fn an_outage_is_tried_again() {
    for status in [500, 502, 504] {
        let down = match status {
            500 => || error(500, "Server Error"),
            502 => || (StatusCode::BAD_GATEWAY, "<html>Unicorn!</html>").into_response(),
            _ => || (StatusCode::GATEWAY_TIMEOUT, "").into_response() as Response,
        };
        let fault = reading((Method::POST, "graphql", down)).await;
        assert!(
            matches!(fault, Fault::Unreachable { .. }),
            "{status}: {fault}"
        );
    }
    let long = || {
        let message = "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug.";
        Json(json!({"data": null, "errors": [{"message": message}]})).into_response()
    };
    let fault = reading((Method::POST, "graphql", long)).await;
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
}

#[tokio::test]
async fn what_is_no_answer_is_not_nobody() {
    let odd: [Wrong; 5] = [
        (Method::GET, "memberships", || {
            (StatusCode::NOT_FOUND, "<html>no</html>").into_response()
        }),
        (Method::GET, "memberships", || {
            Json(json!({"hello": "world"})).into_response()
        }),
        (Method::GET, "memberships", || {
            (
                StatusCode::MOVED_PERMANENTLY,
                [("location", "https://x.example")],
            )
                .into_response()
        }),
        (Method::POST, "graphql", || {
            Json(json!({"data": {}})).into_response()
        }),
        (Method::POST, "graphql", || {
            Json(json!({"data": {"organization": {}}})).into_response()
        }),
    ];
    for wrong in odd {
        let fault = reading(wrong).await;
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    }
    // Somebody else's membership is not theirs.
    let other = || {
        let body = json!({"state": "active", "role": "member", "user": {"login": "somebody"}});
        Json(body).into_response()
    };
    let fault = reading((Method::GET, "memberships", other)).await;
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
}

#[tokio::test]
async fn another_organisation_is_not_one_without_people() {
    let (system, _) = start(zoe(), json!({"organization": "acne"})).await;
    let fault = bring(&system, "zoe", &Goal::NoAccess).await.unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault}");
    assert!(fault.to_string().contains("'acne'"), "{fault}");
}

#[tokio::test]
async fn nobody_is_demoted_by_being_made_a_member() {
    let (system, org) = start(zoe(), json!({})).await;
    for (first, second) in [
        ("maintainer:vpn", "team:vpn"),
        ("team:vpn", "maintainer:vpn"),
    ] {
        org.lock().unwrap().teams.get_mut("vpn").unwrap().clear();
        for entitlement in [first, second] {
            let entitlement = entitlement.into();
            system
                .apply(Some(&at("zoe")), &Change::Grant { entitlement })
                .await
                .unwrap();
        }
        assert_eq!(org.lock().unwrap().teams["vpn"]["zoe"], "MAINTAINER");
    }
    // And is a member again who was taken out in between.
    org.lock().unwrap().teams.get_mut("vpn").unwrap().clear();
    let goal = have("zoe", &["team:vpn"]);
    bring(&system, "zoe", &goal).await.unwrap();
    assert_eq!(org.lock().unwrap().teams["vpn"]["zoe"], "MEMBER");
}

#[tokio::test]
async fn what_is_missing_is_told_before_anybodys_access_depends_on_it() {
    let settings = json!({"repositories": ["website"]});
    let mut org = zoe();
    org.repositories.insert("website".to_owned(), [].into());
    let (system, org) = start(org, settings).await;
    let probes = system.probe().await;
    assert_eq!(probes.len(), 6, "{probes:?}");
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    for (method, path, what) in [
        (Method::GET, "members", "read members"),
        (Method::GET, "invitations", "read invitations"),
        (Method::GET, "outside", "read outside collaborators"),
        (Method::DELETE, "memberships", "invite and remove members"),
    ] {
        org.lock().unwrap().wrong = vec![(method.clone(), path, || {
            error(403, "Resource not accessible by personal access token")
        })];
        let probes = system.probe().await;
        let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(failed[0].what, what);
        let is_said = match method {
            Method::GET => matches!(failed[0].came, Err(Fault::Unauthorized { .. })),
            _ => matches!(failed[0].came, Err(Fault::Forbidden { .. })),
        };
        assert!(is_said, "{failed:?}");
    }
    assert!(org.lock().unwrap().members.contains_key("zoe"));
    for (identity, words) in [("saml", "no SAML sign-on"), ("email", "no verified domain")] {
        let (system, _) = start(zoe(), json!({"identity": identity})).await;
        let probes = system.probe().await;
        let failed: Vec<_> = probes
            .iter()
            .filter_map(|probe| probe.came.as_ref().err())
            .collect();
        assert!(
            failed.len() == 1 && failed[0].to_string().contains(words),
            "{failed:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_and_not_shown() {
    let (port, _) = serve(zoe()).await;
    for wrong in ["github_pat_hidden", "hidden\n"] {
        let system = open(port, json!({}), token(wrong)).unwrap();
        let probes = system.probe().await;
        assert_eq!(probes.len(), 1, "{probes:?}");
        let fault = probes[0].came.as_ref().unwrap_err();
        assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
        assert!(!format!("{fault:?}{fault}").contains("hidden"));
    }
}
