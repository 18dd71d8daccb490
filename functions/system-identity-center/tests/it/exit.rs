//! Cutting somebody off whose assignments do not go as easily.

use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::json;

use crate::{
    assignments::{at, server, status},
    aws::open,
    server::Says,
};

const HELD: [&str; 3] = [
    "assignment:123456789012/Admin",
    "assignment:210987654321/Other",
    "group:sales",
];
const TAKES: &str = "AccountAssignmentDeletionStatus";

#[tokio::test]
async fn the_user_goes_and_what_it_had_directly() {
    let server = server().await;
    server.says("DeleteUser", json!({}));
    // What AWS has begun, it finishes.
    server.says(
        "DeleteAccountAssignment",
        status(TAKES, "IN_PROGRESS", None),
    );
    let system = open(server.port, json!({"wait": 0})).unwrap();
    let left = system.apply(Some(&at(&HELD)), &Change::Suspend).await;
    assert_eq!(left, Ok(None));
    let calls = server.calls();
    let taken: Vec<_> = calls
        .iter()
        .filter(|(a, _)| a == "DeleteAccountAssignment")
        .collect();
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|(_, body)| body["PrincipalId"] == "u1"));
    let deleted: Vec<_> = calls.iter().filter(|(a, _)| a == "DeleteUser").collect();
    assert_eq!(deleted.len(), 1);
    // Once more is no error, though nothing is there any more.
    server.say(
        "DeleteUser",
        [Says::error(400, "ResourceNotFoundException", json!({}))],
    );
    server.say(
        "DeleteAccountAssignment",
        [Says::error(400, "ResourceNotFoundException", json!({}))],
    );
    let left = system.apply(Some(&at(&HELD)), &Change::Suspend).await;
    assert_eq!(left, Ok(None));
}

#[tokio::test]
async fn who_cannot_be_deleted_is_still_there_for_the_next_try() {
    let server = server().await;
    let busy = Says::error(400, "ThrottlingException", json!({"RetryAfterSeconds": 3}));
    server.say("DeleteUser", [busy]);
    server.says("DeleteAccountAssignment", status(TAKES, "SUCCEEDED", None));
    let system = open(server.port, json!({})).unwrap();
    let left = system.apply(Some(&at(&HELD)), &Change::Suspend).await;
    assert!(matches!(left, Err(Fault::Busy { .. })), "{left:?}");
}

#[tokio::test]
async fn an_assignment_is_tried_again_before_a_person_is_asked() {
    let server = server().await;
    server.says("DeleteUser", json!({}));
    let busy = Says::error(400, "ThrottlingException", json!({}));
    let done = Says::ok(status(TAKES, "SUCCEEDED", None));
    server.say(
        "DeleteAccountAssignment",
        [busy.clone(), busy.clone(), done],
    );
    let system = open(server.port, json!({})).unwrap();
    let left = system.apply(Some(&at(&HELD)), &Change::Suspend).await;
    assert_eq!(left, Ok(None));
    server.say("DeleteAccountAssignment", [busy]);
    let left = system
        .apply(Some(&at(&HELD)), &Change::Suspend)
        .await
        .unwrap_err();
    // Nobody would find it again, so it is no fault that is tried again.
    assert!(matches!(left, Fault::Rejected { .. }), "{left:?}");
    let text = left.to_string();
    for part in [
        "cannot sign in any more",
        "deleted user u1",
        HELD[0],
        HELD[1],
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains(HELD[2]), "{text}");
}

#[tokio::test]
async fn an_assignment_that_aws_fails_to_take_is_named() {
    let server = server().await;
    server.says("DeleteUser", json!({}));
    server.says(
        "DeleteAccountAssignment",
        status(TAKES, "IN_PROGRESS", None),
    );
    let why = Some("Received a 403 status error: Not allowed");
    let looks = "DescribeAccountAssignmentDeletionStatus";
    server.says(looks, status(TAKES, "FAILED", why));
    let system = open(server.port, json!({})).unwrap();
    let left = system.apply(Some(&at(&HELD)), &Change::Suspend).await;
    let text = left.unwrap_err().to_string();
    assert!(text.contains(HELD[0]) && text.contains("403"), "{text}");
    assert!(!text.contains(HELD[2]), "{text}");
}
