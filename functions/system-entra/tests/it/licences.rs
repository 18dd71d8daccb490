//! Licences: seats, countries, and those that a group gives.

use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::json;

use crate::tenant::{Tenant, at, error, guid, lock, sku, start, user, who};

const ZOE: &str = "zoe@acme.example";

fn zoe(used: usize) -> Tenant {
    Tenant {
        users: vec![user(10, ZOE, Some("1"))],
        skus: vec![
            sku(5, "ENTERPRISEPACK", used, 25),
            sku(6, "POWER_BI_PRO", 0, 5),
        ],
        ..Tenant::default()
    }
}

fn grant(part: &str) -> Change {
    Change::Grant {
        entitlement: format!("licence:{part}").into(),
    }
}

fn revoke(part: &str) -> Change {
    Change::Revoke {
        entitlement: format!("licence:{part}").into(),
    }
}

#[tokio::test]
async fn a_licence_is_given_and_taken_and_twice_is_no_error() {
    let (system, tenant) = start(zoe(24), json!({"licences": true})).await;
    for _ in 0..2 {
        system
            .apply(Some(&at(10)), &grant("ENTERPRISEPACK"))
            .await
            .unwrap();
        assert_eq!(lock(&tenant).skus[0]["consumedUnits"], 25);
    }
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        found.account.entitlements,
        ["licence:ENTERPRISEPACK".into()].into()
    );
    let listed = system.list(None).await.unwrap();
    assert_eq!(listed.accounts[0].account, found.account);
    for _ in 0..2 {
        system
            .apply(Some(&at(10)), &revoke("ENTERPRISEPACK"))
            .await
            .unwrap();
        assert_eq!(lock(&tenant).skus[0]["consumedUnits"], 24);
    }
    system
        .apply(Some(&at(10)), &revoke("NEVER_BOUGHT"))
        .await
        .unwrap();
}

#[tokio::test]
async fn when_none_is_left_it_is_said_how_many_are_used_of_how_many() {
    let (system, _) = start(zoe(25), json!({"licences": true})).await;
    let fault = system
        .apply(Some(&at(10)), &grant("ENTERPRISEPACK"))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    let text = fault.to_string();
    assert!(
        text.contains("no licence `ENTERPRISEPACK` is left: 25 of 25 are used"),
        "{text}"
    );
}

#[tokio::test]
async fn who_has_no_country_gets_the_runbooks_or_the_owner_is_told() {
    for country in [None, Some("DE")] {
        let mut directory = zoe(0);
        directory.users[0]["usageLocation"] = json!(null);
        let (system, tenant) = start(
            directory,
            json!({"licences": true, "usage_location": country}),
        )
        .await;
        let given = system.apply(Some(&at(10)), &grant("ENTERPRISEPACK")).await;
        match country {
            None => {
                let text = given.unwrap_err().to_string();
                assert!(text.contains("without a country"), "{text}");
            }
            Some(country) => {
                given.unwrap();
                assert_eq!(lock(&tenant).users[0]["usageLocation"], country);
                assert_eq!(lock(&tenant).skus[0]["consumedUnits"], 1);
            }
        }
    }
}

#[tokio::test]
async fn a_licence_that_the_company_does_not_have_is_named() {
    let (system, _) = start(zoe(0), json!({"licences": true})).await;
    let fault = system
        .apply(Some(&at(10)), &grant("ENTERPRISEPAK"))
        .await
        .unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("the company has no licence `ENTERPRISEPAK`"),
        "{fault}"
    );
}

#[tokio::test]
async fn what_a_group_gives_is_neither_reported_nor_taken() {
    let mut directory = zoe(1);
    directory.users[0]["licenseAssignmentStates"] =
        json!([{"skuId": guid(5), "assignedByGroup": guid(1), "state": "Active"}]);
    let (system, tenant) = start(directory, json!({"licences": true})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements, [].into());
    system
        .apply(Some(&at(10)), &revoke("ENTERPRISEPACK"))
        .await
        .unwrap();
    assert_eq!(
        lock(&tenant).users[0]["licenseAssignmentStates"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_licence_that_was_bought_or_ended_since_is_known() {
    let (system, tenant) = start(zoe(0), json!({"licences": true})).await;
    system.read(&who("1", ZOE)).await.unwrap();
    lock(&tenant).skus.push(sku(7, "VISIOCLIENT", 1, 1));
    lock(&tenant).users[0]["licenseAssignmentStates"] = json!([
        {"skuId": guid(7), "assignedByGroup": null}, {"skuId": guid(8), "assignedByGroup": null},
    ]);
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    let ended = format!("licence:{}", guid(8));
    let calls = lock(&tenant).calls;
    system.read(&who("1", ZOE)).await.unwrap();
    assert_eq!(lock(&tenant).calls, calls + 1);
    assert_eq!(
        found.account.entitlements,
        ["licence:VISIOCLIENT".into(), ended.as_str().into()].into()
    );
}

#[tokio::test]
async fn other_refusals_are_told_as_they_are() {
    let (system, tenant) = start(zoe(0), json!({"licences": true})).await;
    lock(&tenant).wrong = vec![("POST", format!("/users/{}/assignLicense", guid(10)), || {
        let text = "License assignment failed because service plans are mutually exclusive.";
        error(400, "Request_BadRequest", text)
    })];
    for change in [grant("ENTERPRISEPACK")] {
        let fault = system.apply(Some(&at(10)), &change).await.unwrap_err();
        assert!(fault.to_string().contains("mutually exclusive"), "{fault}");
    }
    // Refused while the user has it: not taken.
    lock(&tenant).users[0]["licenseAssignmentStates"] =
        json!([{"skuId": guid(5), "assignedByGroup": null}]);
    let fault = system
        .apply(Some(&at(10)), &revoke("ENTERPRISEPACK"))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    let gone = system
        .apply(Some(&at(11)), &grant("POWER_BI_PRO"))
        .await
        .unwrap_err();
    assert_eq!(gone.name(), "NotYet");
    lock(&tenant).wrong.clear();
    system
        .apply(Some(&at(11)), &revoke("POWER_BI_PRO"))
        .await
        .unwrap();
}
