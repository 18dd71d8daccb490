//! What AWS's errors mean.

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_identitystore::config::Credentials;
use latchkey_lifecycle::{Account, Change};
use latchkey_systems::{Fault, Settings};
use serde_json::{Value, json};
use system_identity_center::{Clients, open_with};

use crate::{
    aws::open,
    people::who,
    server::{Says, Server},
};

async fn reading(says: Says) -> Fault {
    let server = Server::start().await;
    server.say("GetUserId", [says]);
    let system = open(server.port, json!({})).unwrap();
    system.read(&who("1", "zoe")).await.unwrap_err()
}

#[tokio::test]
async fn each_has_its_name() {
    for (status, code, more, fault) in [
        (
            400,
            "ThrottlingException",
            json!({"RetryAfterSeconds": 9}),
            "Busy",
        ),
        (
            400,
            "ThrottlingException",
            json!({"Reason": "KMS_ThrottlingException"}),
            "Busy",
        ),
        (429, "TooManyRequestsException", json!({}), "Busy"),
        (503, "ServiceUnavailable", json!({}), "Busy"),
        (
            400,
            "ConflictException",
            json!({"Reason": "CONCURRENT_MODIFICATION"}),
            "Busy",
        ),
        (
            400,
            "ConflictException",
            json!({"Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"}),
            "Conflict",
        ),
        (
            400,
            "AccessDeniedException",
            json!({"Reason": "KMS_AccessDeniedException"}),
            "Unauthorized",
        ),
        (403, "AccessDenied", json!({}), "Unauthorized"),
        (
            400,
            "UnrecognizedClientException",
            json!({}),
            "Unauthorized",
        ),
        (403, "InvalidClientTokenId", json!({}), "Unauthorized"),
        (400, "ExpiredTokenException", json!({}), "Unauthorized"),
        (403, "InvalidSignatureException", json!({}), "Unauthorized"),
        (403, "RequestExpired", json!({}), "Unauthorized"),
        (403, "OptInRequired", json!({}), "Unauthorized"),
        (400, "ValidationException", json!({}), "Rejected"),
        (402, "ServiceQuotaExceededException", json!({}), "Rejected"),
        (500, "InternalServerException", json!({}), "Unreachable"),
        (500, "InternalFailure", json!({}), "Unreachable"),
        // Something in between.
        (404, "", json!({}), "Unreachable"),
        (502, "", json!({}), "Unreachable"),
    ] {
        let mut says = Says::error(status, code, more);
        if code.is_empty() {
            says.body = json!("So sorry");
        }
        let seen = reading(says).await;
        assert_eq!(seen.name(), fault, "{status} {code}: {seen}");
        if let (Fault::Busy { retry_after, .. }, "ThrottlingException") = (&seen, code) {
            let seconds = retry_after.map(|wait| wait.as_secs());
            assert!(matches!(seconds, Some(9) | None), "{seen:?}");
        }
    }
}

#[tokio::test]
async fn the_wait_is_told() {
    let mut says = Says::error(400, "ThrottlingException", json!({"RetryAfterSeconds": 9}));
    let wait = |fault| match fault {
        Fault::Busy { retry_after, .. } => retry_after.map(|wait| wait.as_secs()),
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(reading(says.clone()).await), Some(9));
    says.body = json!({"__type": "ThrottlingException"});
    says.headers = vec![("retry-after", "4".to_owned())];
    assert_eq!(wait(reading(says).await), Some(4));
}

#[tokio::test]
async fn what_a_person_reads_names_nobody() {
    let message =
        "1 validation error detected: Value 'zoe@acme.example' at 'userName' is not good.";
    let says = Says::error(400, "ValidationException", json!({ "Message": message }));
    let text = reading(says).await.to_string();
    assert!(
        text.contains("ValidationException") && text.contains("is not good"),
        "{text}"
    );
    assert!(!text.contains("zoe"), "{text}");
}

#[tokio::test]
async fn a_name_that_somebody_has_is_a_conflict() {
    let server = Server::start().await;
    server.say(
        "CreateUser",
        [Says::error(400, "ConflictException", json!({}))],
    );
    let system = open(server.port, json!({})).unwrap();
    let account = Account {
        employee_id: None,
        name: "zoe".into(),
        active: true,
        attributes: BTreeMap::new(),
        entitlements: [].into(),
    };
    let fault = system
        .apply(None, &Change::Create { account })
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault:?}");
}

#[tokio::test]
async fn nothing_is_sent_without_credentials_or_a_way() {
    let config = |credentials: Option<Credentials>, port: u16| {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .endpoint_url(format!("http://127.0.0.1:{port}"))
            .retry_config(RetryConfig::disabled());
        let config = match credentials {
            Some(some) => config.credentials_provider(
                aws_sdk_identitystore::config::SharedCredentialsProvider::new(some),
            ),
            None => config,
        };
        open_with(&Settings::default(), Clients::new(&config.build())).unwrap()
    };
    let server = Server::start().await;
    let none = config(None, server.port)
        .read(&who("1", "zoe"))
        .await
        .unwrap_err();
    assert!(matches!(none, Fault::Unauthorized { .. }), "{none:?}");
    let port = latchkey_peers::free_port().unwrap();
    let some = Credentials::new("none", "none", None, None, "test");
    let nowhere = config(Some(some), port)
        .read(&who("1", "zoe"))
        .await
        .unwrap_err();
    assert!(matches!(nowhere, Fault::Unreachable { .. }), "{nowhere:?}");
}

#[tokio::test]
async fn a_missing_right_is_found_before_anybody_needs_it() {
    let server = Server::start().await;
    server.says("ListGroups", json!({"Groups": []}));
    server.says("ListPermissionSets", json!({"PermissionSets": []}));
    server.say(
        "CreateUser",
        [Says::error(400, "ValidationException", json!({}))],
    );
    let denied = json!({"Message": "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: identitystore:DeleteUser"});
    server.say(
        "DeleteUser",
        [Says::error(400, "AccessDeniedException", denied)],
    );
    let probes = open(server.port, json!({})).unwrap().probe().await;
    let refused: Vec<&str> = probes
        .iter()
        .filter(|p| p.came.is_err())
        .map(|p| p.what.as_str())
        .collect();
    assert_eq!(refused, ["delete users"]);
    let text = probes
        .iter()
        .find_map(|p| p.came.clone().err())
        .unwrap()
        .to_string();
    assert!(text.contains("identitystore:DeleteUser"), "{text}");
    let made: Vec<Value> = server
        .calls()
        .into_iter()
        .filter(|(a, _)| a == "CreateUser")
        .map(|(_, b)| b)
        .collect();
    assert_eq!(
        made,
        [json!({"IdentityStoreId": "d-1234567890"})],
        "nobody is made"
    );
    server.say(
        "ListUsers",
        [Says::error(400, "AccessDeniedException", json!({}))],
    );
    let probes = open(server.port, json!({})).unwrap().probe().await;
    assert!(probes.len() < 6, "nothing further is tried: {probes:?}");
    // Account instances have no assignments.
    let server = Server::start().await;
    server.says("ListGroups", json!({"Groups": []}));
    let probes = open(server.port, json!({"groups_only": true}))
        .unwrap()
        .probe()
        .await;
    assert!(probes.iter().all(|p| p.came.is_ok()), "{probes:?}");
    assert!(
        server
            .calls()
            .iter()
            .all(|(a, _)| !a.contains("Assignment"))
    );
}

#[tokio::test]
async fn a_group_that_was_made_anew_is_found_again() {
    let server = Server::start().await;
    let id = |id: &str| json!({"GroupId": id, "IdentityStoreId": "d-1"});
    server.say_in_turn("GetGroupId", [id("g1"), id("g2")]);
    server.say_when(
        "CreateGroupMembership",
        "g2",
        json!({"MembershipId": "m1", "IdentityStoreId": "d-1"}),
    );
    let system = open(server.port, json!({})).unwrap();
    let found = latchkey_systems::Found {
        handle: "u1".into(),
        version: None,
        account: Account {
            employee_id: None,
            name: "zoe".into(),
            active: true,
            attributes: BTreeMap::new(),
            entitlements: [].into(),
        },
    };
    let grant = |name: &str| Change::Grant {
        entitlement: name.into(),
    };
    system.apply(Some(&found), &grant("sales")).await.unwrap();
    server.say(
        "GetGroupId",
        [Says::error(400, "ResourceNotFoundException", json!({}))],
    );
    let fault = system
        .apply(Some(&found), &grant("nobody"))
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("no group `nobody`"), "{fault}");
    for odd in ["role:Admin", "assignment:production/Admin"] {
        let fault = system.apply(Some(&found), &grant(odd)).await.unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
    }
    // Who is in it already is in it.
    let is_in = Says::error(400, "ConflictException", json!({}));
    server.say("CreateGroupMembership", [is_in]);
    server.say_in_turn("GetGroupId", [id("g3")]);
    system.apply(Some(&found), &grant("support")).await.unwrap();
    let gone = Says::error(400, "ResourceNotFoundException", json!({}));
    server.say("GetGroupId", [gone]);
    // What is taken from a group that is not there is taken.
    let revoke = Change::Revoke {
        entitlement: "nobody".into(),
    };
    system.apply(Some(&found), &revoke).await.unwrap();
}
