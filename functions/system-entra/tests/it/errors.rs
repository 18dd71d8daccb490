//! What Microsoft Graph's errors mean. Bodies as in <https://learn.microsoft.com/graph/errors> and the pages of each
//! request.

use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::json;

use crate::tenant::{
    Reply, Tenant, account, at, error, forbidden, group, guid, lock, ok, open_with, start,
    too_many, user, who,
};

const ZOE: &str = "zoe@acme.example";

fn zoe() -> Tenant {
    Tenant {
        users: vec![user(10, ZOE, Some("1"))],
        groups: vec![group(1, "vpn")],
        ..Tenant::default()
    }
}

/// Reading while every request that begins so is answered like this.
async fn reading(begins: &str, answer: fn() -> Reply) -> Fault {
    let (system, tenant) = start(zoe(), json!({})).await;
    lock(&tenant).wrong = vec![("GET", begins.to_owned(), answer)];
    system.read(&who("1", ZOE)).await.unwrap_err()
}

async fn changing(answer: fn() -> Reply) -> Fault {
    let (system, tenant) = start(zoe(), json!({})).await;
    lock(&tenant).wrong = vec![("PATCH", "/users".to_owned(), answer)];
    let change = Change::SetAttribute {
        name: "title".into(),
        value: Some("Lead".into()),
    };
    system.apply(Some(&at(10)), &change).await.unwrap_err()
}

#[tokio::test]
async fn who_is_throttled_within_a_batch_is_told_until_when() {
    for begins in [
        "/users?",
        "/users/zoe%40acme.example?",
        "/users/zoe%40acme.example/memberOf",
    ] {
        let Fault::Busy { retry_after, .. } = reading(begins, too_many).await else {
            panic!("{begins}")
        };
        assert_eq!(retry_after.unwrap().as_secs(), 13, "{begins}");
    }
}

#[tokio::test]
async fn an_outage_is_tried_again() {
    for (status, name) in [
        (500, "Unreachable"),
        (502, "Unreachable"),
        (503, "Busy"),
        (504, "Unreachable"),
        (509, "Unreachable"),
    ] {
        let answer: fn() -> Reply = match status {
            500 => || error(500, "InternalServerError", "Unspecified"),
            502 => || error(502, "BadGateway", ""),
            503 => || error(503, "ServiceUnavailable", "Service unavailable."),
            504 => || error(504, "UnknownError", ""),
            _ => || error(509, "BandwidthLimitExceeded", ""),
        };
        let fault = reading("/users/", answer).await;
        assert_eq!(
            (fault.name(), fault.is_retryable()),
            (name, true),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_404_of_something_in_between_is_not_no_account() {
    let page: fn() -> Reply = || Reply {
        status: 404,
        ..ok(json!("<html>no</html>"))
    };
    let fault = reading("/users/", page).await;
    assert_eq!(fault.name(), "Rejected", "{fault}");
}

#[tokio::test]
async fn what_is_no_user_and_no_list_is_not_taken_for_one() {
    let odd: fn() -> Reply = || ok(json!({"hello": "world"}));
    let fault = reading("/users/", odd).await;
    assert!(fault.to_string().contains("no user"), "{fault}");
    let fault = reading("/users?", odd).await;
    assert!(fault.to_string().contains("no list"), "{fault}");
}

#[tokio::test]
async fn two_changes_at_the_same_time_are_tried_again() {
    let fault = changing(|| {
        error(
            409,
            "Directory_ConcurrencyViolation",
            "A concurrency violation has occurred.",
        )
    })
    .await;
    assert_eq!((fault.name(), fault.is_retryable()), ("Busy", true));
}

#[tokio::test]
async fn what_is_another_directorys_is_said_so() {
    let fault = changing(|| {
        let text = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
                    currently undergoing migration.";
        error(400, "Request_BadRequest", text)
    })
    .await;
    assert_eq!(fault.name(), "Rejected");
    assert!(
        fault
            .to_string()
            .contains("change it in the directory that it is synchronised from"),
        "{fault}"
    );
}

#[tokio::test]
async fn what_is_full_is_no_missing_right() {
    let fault = changing(|| {
        let text = "The directory object quota limit for the Tenant has been exceeded.";
        error(403, "Directory_QuotaExceeded", text)
    })
    .await;
    assert_eq!(fault.name(), "Rejected");
    assert!(fault.to_string().contains("quota raised"), "{fault}");
    assert_eq!(changing(forbidden).await.name(), "Rejected");
}

#[tokio::test]
async fn what_is_somebody_elses_is_a_conflict_without_naming_anybody() {
    let fault = changing(|| {
        let text = "Another object with the same value for property proxyAddresses already exists. Value: zoe@acme.example";
        error(400, "Request_BadRequest", text)
    })
    .await;
    assert_eq!(fault.name(), "Conflict");
    assert!(!fault.to_string().contains("zoe"), "{fault}");
    let fault = changing(|| {
        error(
            400,
            "Request_MultipleObjectsWithSameKeyValue",
            "More than one.",
        )
    })
    .await;
    assert_eq!(fault.name(), "Conflict");
}

#[tokio::test]
async fn what_it_does_not_take_is_told_with_its_reason() {
    let (system, _) = start(zoe(), json!({})).await;
    let mut account = account("new@acme.example", "an-id-of-more-than-16");
    account.attributes.clear();
    let fault = system
        .apply(None, &Change::Create { account })
        .await
        .unwrap_err();
    assert_eq!(fault.name(), "Rejected");
    assert!(
        fault.to_string().contains("property 'employeeId'"),
        "{fault}"
    );
    let name = "displayName".to_owned();
    let change = Change::SetAttribute { name, value: None };
    let fault = system.apply(Some(&at(10)), &change).await.unwrap_err();
    assert!(
        fault.to_string().contains("property 'displayName'"),
        "{fault}"
    );
    let name = "shoeSize".to_owned();
    let change = Change::SetAttribute { name, value: None };
    let fault = system.apply(Some(&at(10)), &change).await.unwrap_err();
    assert!(
        fault.to_string().contains("no attribute for `shoeSize`"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_wrong_token_is_the_owners_to_mend_and_is_not_shown() {
    let (port, _) = crate::tenant::serve(zoe()).await;
    let token = "hidden".to_owned();
    let secret = latchkey_systems::Secret::Bearer { token };
    let system = open_with(format!("http://127.0.0.1:{port}/v1.0/"), json!({}), secret).unwrap();
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(
        fault.to_string().contains("InvalidAuthenticationToken"),
        "{fault}"
    );
    assert!(!format!("{fault:?}{fault}").contains("hidden"));
    let probes = system.probe().await;
    assert_eq!(probes.len(), 1);
    assert!(matches!(probes[0].came, Err(Fault::Unauthorized { .. })));
}

#[tokio::test]
async fn a_wrong_address_is_said() {
    let (port, _) = crate::tenant::serve(zoe()).await;
    let token = crate::tenant::TOKEN.to_owned();
    let secret = latchkey_systems::Secret::Bearer { token };
    let system = open_with(format!("http://127.0.0.1:{port}/beta"), json!({}), secret).unwrap();
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert_eq!(fault.name(), "Rejected", "{fault}");
}

#[tokio::test]
async fn each_missing_right_is_named() {
    let settings = json!({"licences": true, "roles": true});
    let (system, tenant) = start(zoe(), settings).await;
    let probes = system.probe().await;
    let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let before = lock(&tenant).users.clone();
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (method, begins, what) in [
        ("GET", "/groups".to_owned(), "read groups and their members"),
        ("GET", "/subscribedSkus".to_owned(), "read licences"),
        ("GET", "/directoryRoles".to_owned(), "read directory roles"),
        (
            "POST",
            format!("/users/{nobody}/revokeSignInSessions"),
            "end sessions",
        ),
        (
            "DELETE",
            "/groups".to_owned(),
            "change the members of groups",
        ),
        (
            "POST",
            format!("/users/{nobody}/assignLicense"),
            "assign licences",
        ),
        (
            "DELETE",
            "/directoryRoles".to_owned(),
            "assign directory roles",
        ),
    ] {
        lock(&tenant).wrong = vec![(method, begins, forbidden)];
        let probes = system.probe().await;
        let failed: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
        assert_eq!(failed.len(), 1, "{what}: {failed:?}");
        assert_eq!(failed[0].what, what);
        assert!(matches!(
            failed[0].came,
            Err(Fault::Unauthorized { .. } | Fault::Forbidden { .. })
        ));
    }
    assert_eq!(lock(&tenant).users, before);
    assert!(lock(&tenant).user(&guid(10)).is_some());
}
