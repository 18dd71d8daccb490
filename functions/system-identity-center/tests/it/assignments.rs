//! Assignments that take their time, fail or stand in each other's way.

use std::sync::Arc;

use latchkey_lifecycle::{Account, Change, Entitlement};
use latchkey_systems::{Fault, Found, System};
use serde_json::{Value, json};

use crate::{
    aws::open,
    server::{Says, Server},
};

const ADMIN: &str = "assignment:123456789012/Admin";
const GIVES: &str = "AccountAssignmentCreationStatus";
const TAKES: &str = "AccountAssignmentDeletionStatus";

pub(crate) fn at(entitlements: &[&str]) -> Found {
    Found {
        handle: "u1".into(),
        version: None,
        account: Account {
            employee_id: None,
            name: "zoe".into(),
            active: true,
            attributes: [].into(),
            entitlements: entitlements.iter().map(|e| Entitlement::from(*e)).collect(),
        },
    }
}

/// A server with a permission set Admin.
pub(crate) async fn server() -> Server {
    let server = Server::start().await;
    server.says(
        "ListPermissionSets",
        json!({"PermissionSets": ["arn:p1", "arn:p2"]}),
    );
    server.say_when(
        "DescribePermissionSet",
        "arn:p1",
        json!({"PermissionSet": {"Name": "Other"}}),
    );
    server.say_when(
        "DescribePermissionSet",
        "arn:p2",
        json!({"PermissionSet": {"Name": "Admin"}}),
    );
    server
}

pub(crate) fn status(part: &str, is: &str, reason: Option<&str>) -> Value {
    json!({part: {"Status": is, "RequestId": "r1", "FailureReason": reason}})
}

async fn give(system: &Arc<dyn System>) -> Result<Option<Found>, Fault> {
    let entitlement = ADMIN.into();
    system
        .apply(Some(&at(&[])), &Change::Grant { entitlement })
        .await
}

async fn take(system: &Arc<dyn System>) -> Result<Option<Found>, Fault> {
    let entitlement = ADMIN.into();
    system
        .apply(Some(&at(&[ADMIN])), &Change::Revoke { entitlement })
        .await
}

#[tokio::test]
async fn it_is_there_only_once_aws_says_so() {
    let server = server().await;
    server.says(
        "CreateAccountAssignment",
        status(GIVES, "IN_PROGRESS", None),
    );
    let looks = "DescribeAccountAssignmentCreationStatus";
    let (under_way, done) = (
        status(GIVES, "IN_PROGRESS", None),
        status(GIVES, "SUCCEEDED", None),
    );
    server.say_in_turn(looks, [under_way.clone(), done]);
    let system = open(server.port, json!({})).unwrap();
    let given = give(&system).await.unwrap().unwrap();
    assert!(given.account.entitlements.contains(&ADMIN.into()));
    let asked = server
        .calls()
        .into_iter()
        .find(|(a, _)| a == "CreateAccountAssignment")
        .unwrap()
        .1;
    assert_eq!(asked["TargetId"], "123456789012");
    assert_eq!(asked["PermissionSetArn"], "arn:p2");
    assert_eq!(
        (&asked["PrincipalId"], &asked["PrincipalType"]),
        (&json!("u1"), &json!("USER"))
    );
    // Who does not wait is told that it is not there yet.
    server.says(looks, under_way);
    let system = open(server.port, json!({"wait": 0})).unwrap();
    assert!(matches!(give(&system).await, Err(Fault::NotYet { .. })));
    server.says(
        "DeleteAccountAssignment",
        status(TAKES, "IN_PROGRESS", None),
    );
    assert!(matches!(take(&system).await, Err(Fault::NotYet { .. })));
}

#[tokio::test]
async fn why_it_failed_is_told() {
    for (reason, fault) in [
        (
            "Received a 404 status error: Not supported policy arn:aws:iam::1:policy/X.",
            "Rejected",
        ),
        (
            "An unexpected internal service exception was encountered",
            "Unreachable",
        ),
        (
            "Obtaining permissions takes longer than usual. Please try again in a few minutes.",
            "Unreachable",
        ),
    ] {
        let server = server().await;
        server.says(
            "CreateAccountAssignment",
            status(GIVES, "FAILED", Some(reason)),
        );
        server.says(
            "DeleteAccountAssignment",
            status(TAKES, "FAILED", Some(reason)),
        );
        let system = open(server.port, json!({})).unwrap();
        let seen = give(&system).await.unwrap_err();
        assert_eq!(seen.name(), fault, "{seen}");
        assert!(seen.to_string().contains(&reason[..20]), "{seen}");
        // It is not there: it stands as it should.
        take(&system).await.unwrap();
        let one = json!({"AccountId": "123456789012", "PermissionSetArn": "arn:p2", "PrincipalType": "USER", "PrincipalId": "u1"});
        server.says(
            "ListAccountAssignmentsForPrincipal",
            json!({"AccountAssignments": [one]}),
        );
        give(&system).await.unwrap();
        assert_eq!(take(&system).await.unwrap_err().name(), fault);
    }
}

#[tokio::test]
async fn one_change_waits_for_the_other() {
    let server = server().await;
    let conflict = || [Says::error(409, "ConflictException", json!({}))];
    server.say("CreateAccountAssignment", conflict());
    server.say("DeleteAccountAssignment", conflict());
    let system = open(server.port, json!({})).unwrap();
    assert!(matches!(give(&system).await, Err(Fault::NotYet { .. })));
    assert!(matches!(take(&system).await, Err(Fault::NotYet { .. })));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_given_and_is_taken() {
    let server = server().await;
    let system = open(server.port, json!({})).unwrap();
    take(&system).await.unwrap();
    server.says("ListPermissionSets", json!({"PermissionSets": []}));
    let system = open(server.port, json!({})).unwrap();
    let fault = give(&system).await.unwrap_err();
    assert!(
        fault.to_string().contains("no permission set `Admin`"),
        "{fault}"
    );
    take(&system).await.unwrap();
    let system = open(server.port, json!({"groups_only": true})).unwrap();
    let fault = give(&system).await.unwrap_err();
    assert!(fault.to_string().contains("groups_only"), "{fault}");
}
