//! Files are handed over before an account is deleted.

use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::{Value, json};

use crate::workspace::{Org, at, changes, start, user, zoe};

const ZOE: &str = "zoe@acme.example";

type Spoil = fn(&mut Org);

fn with_boss() -> Org {
    let mut org = zoe();
    org.users.push(user("200", "boss@acme.example", None));
    org.users[0]["relations"] = json!([{"type": "assistant", "value": "x@acme.example"}, {"type": "manager", "value": "boss@acme.example"}]);
    org.users[0]["suspended"] = json!(true);
    org.users[0]["suspensionTime"] = json!("2026-11-20T17:00:00.000Z");
    org
}

fn transfer(status: &str, at: &str, application: &str) -> Value {
    json!({"id": "tr9", "oldOwnerUserId": "101", "newOwnerUserId": "5", "overallTransferStatusCode": status, "requestTime": at,
        "applicationDataTransfers": [{"applicationId": application}]})
}

#[tokio::test]
async fn an_account_is_deleted_when_its_files_are_the_managers() {
    let (system, org) = start(with_boss(), json!({"hand_over": "manager"})).await;
    // Asked for once, however often it is looked at.
    for _ in 0..3 {
        let fault = system
            .apply(Some(&at("101", ZOE)), &Change::Delete)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
    }
    assert_eq!(changes(&org), ["POST transfers"]);
    let asked = org.lock().unwrap().transfers[0].clone();
    assert_eq!(
        (&asked["oldOwnerUserId"], &asked["newOwnerUserId"]),
        (&json!("101"), &json!("200"))
    );
    let everything = json!([{"key": "PRIVACY_LEVEL", "value": ["PRIVATE", "SHARED"]}]);
    assert_eq!(
        asked["applicationDataTransfers"][0]["applicationTransferParams"],
        everything
    );
    org.lock().unwrap().transfers[0]["overallTransferStatusCode"] = json!("completed");
    assert_eq!(
        system
            .apply(Some(&at("101", ZOE)), &Change::Delete)
            .await
            .unwrap(),
        None
    );
    assert!(org.lock().unwrap().user(ZOE).is_none());
    // And once more.
    assert_eq!(
        system
            .apply(Some(&at("101", ZOE)), &Change::Delete)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_transfer_of_an_earlier_exit_or_of_another_application_does_not_count() {
    for old in [
        transfer("completed", "2025-01-01T00:00:00.000Z", "55656082996"),
        transfer("completed", "2026-11-21T00:00:00.000Z", "435070579839"),
    ] {
        let mut org = with_boss();
        org.transfers = vec![old];
        let (system, org) = start(org, json!({"hand_over": "boss@acme.example"})).await;
        let fault = system
            .apply(Some(&at("101", ZOE)), &Change::Delete)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
        assert_eq!(org.lock().unwrap().transfers.len(), 2);
    }
}

#[tokio::test]
async fn nothing_is_deleted_where_nobody_gets_the_files() {
    let failed = |org: &mut Org| {
        org.transfers = vec![transfer(
            "failed",
            "2026-11-21T00:00:00.000Z",
            "55656082996",
        )]
    };
    let no_manager = |org: &mut Org| org.users[0]["relations"] = json!([]);
    let no_account = |org: &mut Org| drop(org.users.pop());
    let left_too = |org: &mut Org| org.users[1]["suspended"] = json!(true);
    let cases: [(Spoil, &str); 4] = [
        (failed, "failed"),
        (no_manager, "no manager"),
        (no_account, "no account that works"),
        (left_too, "no account that works"),
    ];
    for (spoil, want) in cases {
        let mut org = with_boss();
        spoil(&mut org);
        let (system, org) = start(org, json!({"hand_over": "manager"})).await;
        let fault = system
            .apply(Some(&at("101", ZOE)), &Change::Delete)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
        assert!(fault.to_string().contains(want), "{fault}");
        assert!(org.lock().unwrap().user(ZOE).is_some());
    }
}
