//! Groups: which can be given, several of one name, and memberships that stand so already.

use latchkey_lifecycle::Change;
use latchkey_systems::Fault;
use serde_json::{Value, json};

use crate::tenant::{
    Reply, Tenant, at, error, forbidden, group, guid, lock, not_found, start, user, who,
};

const ZOE: &str = "zoe@acme.example";

fn with(groups: Vec<Value>) -> Tenant {
    Tenant {
        users: vec![user(10, ZOE, Some("1"))],
        groups,
        ..Tenant::default()
    }
}

fn grant(name: &str) -> Change {
    Change::Grant {
        entitlement: name.into(),
    }
}

fn revoke(name: &str) -> Change {
    Change::Revoke {
        entitlement: name.into(),
    }
}

#[tokio::test]
async fn what_stands_so_already_is_no_error() {
    let (system, tenant) = start(with(vec![group(1, "vpn")]), json!({})).await;
    for _ in 0..2 {
        system.apply(Some(&at(10)), &grant("vpn")).await.unwrap();
        assert_eq!(lock(&tenant).members.len(), 1);
    }
    for _ in 0..2 {
        system.apply(Some(&at(10)), &revoke("vpn")).await.unwrap();
        assert_eq!(lock(&tenant).members.len(), 0);
    }
    // The other way in which it is said.
    lock(&tenant).wrong = vec![("DELETE", "/groups".to_owned(), || {
        error(
            400,
            "Request_BadRequest",
            "One or more removed object references do not exist for the following modified properties: 'members'.",
        )
    })];
    system.apply(Some(&at(10)), &revoke("vpn")).await.unwrap();
    // What nobody made needs not be taken, and cannot be given.
    system
        .apply(Some(&at(10)), &revoke("nothing"))
        .await
        .unwrap();
    let fault = system
        .apply(Some(&at(10)), &grant("nothing"))
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("no group `nothing`"), "{fault}");
}

#[tokio::test]
async fn another_refusal_is_one() {
    let (system, tenant) = start(with(vec![group(1, "vpn")]), json!({})).await;
    let full: fn() -> Reply = || {
        error(
            400,
            "Request_BadRequest",
            "The group has reached the limit of members.",
        )
    };
    lock(&tenant).wrong = vec![("POST", "/groups".to_owned(), full)];
    let fault = system
        .apply(Some(&at(10)), &grant("vpn"))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    lock(&tenant).wrong = vec![("POST", "/groups".to_owned(), forbidden)];
    let fault = system
        .apply(Some(&at(10)), &grant("vpn"))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
}

#[tokio::test]
async fn several_groups_of_one_name_are_for_a_person_and_all_of_them_are_taken() {
    let (system, tenant) = start(
        with(vec![group(1, "vpn"), group(2, "vpn"), group(3, "VPN")]),
        json!({}),
    )
    .await;
    lock(&tenant).members = [(guid(2), guid(10)), (guid(3), guid(10))].into();
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        found.account.entitlements,
        ["vpn".into(), "VPN".into()].into()
    );
    // One was met; that it is not the only one is asked before it is given.
    let fault = system
        .apply(Some(&at(10)), &grant("vpn"))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
    assert!(
        fault
            .to_string()
            .contains("2 of its groups are called `vpn`"),
        "{fault}"
    );
    lock(&tenant).members.insert((guid(1), guid(10)));
    system.apply(Some(&at(10)), &revoke("vpn")).await.unwrap();
    assert_eq!(lock(&tenant).members, [(guid(3), guid(10))].into());
}

#[tokio::test]
async fn groups_that_cannot_be_changed_by_hand_are_not_reported_and_not_given() {
    let of = |number: usize, name: &str, change: Value| {
        let mut group = group(number, name);
        for (name, value) in change.as_object().unwrap() {
            group[name] = value.clone();
        }
        group
    };
    let groups = vec![
        group(1, "plain"),
        of(
            2,
            "team",
            json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false}),
        ),
        of(3, "rule", json!({"groupTypes": ["DynamicMembership"]})),
        of(4, "synchronised", json!({"onPremisesSyncEnabled": true})),
        of(
            5,
            "list",
            json!({"mailEnabled": true, "securityEnabled": false}),
        ),
    ];
    let (system, tenant) = start(with(groups), json!({})).await;
    lock(&tenant).members = (1..=5).map(|n| (guid(n), guid(10))).collect();
    let want = ["plain".into(), "team".into()].into();
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements, want);
    let listed = system.list(None).await.unwrap();
    assert_eq!(listed.accounts[0].account.entitlements, want);
    for name in ["rule", "synchronised", "list"] {
        let fault = system.apply(Some(&at(10)), &grant(name)).await.unwrap_err();
        assert!(
            fault.to_string().contains("can be given by hand"),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_membership_that_the_app_may_not_see_is_a_missing_right_and_not_none() {
    let mut hidden = group(1, "x");
    for (name, value) in hidden.as_object_mut().unwrap() {
        if !["@odata.type", "id"].contains(&name.as_str()) {
            *value = json!(null);
        }
    }
    let (system, tenant) = start(with(vec![hidden]), json!({})).await;
    lock(&tenant).members = [(guid(1), guid(10))].into();
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
}

#[tokio::test]
async fn a_group_that_was_made_anew_is_found() {
    let (system, tenant) = start(with(vec![group(1, "vpn")]), json!({})).await;
    system.apply(Some(&at(10)), &grant("vpn")).await.unwrap();
    lock(&tenant).groups = vec![group(2, "vpn")];
    lock(&tenant).members.clear();
    system.apply(Some(&at(10)), &grant("vpn")).await.unwrap();
    assert_eq!(lock(&tenant).members, [(guid(2), guid(10))].into());
    lock(&tenant).groups.clear();
    let fault = system
        .apply(Some(&at(10)), &grant("vpn"))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
}

#[tokio::test]
async fn who_is_not_shown_everywhere_yet_is_given_it_later() {
    let (system, tenant) = start(with(vec![group(1, "vpn")]), json!({})).await;
    let fault = system
        .apply(Some(&at(11)), &grant("vpn"))
        .await
        .unwrap_err();
    assert_eq!(
        (fault.name(), fault.is_retryable()),
        ("NotYet", true),
        "{fault}"
    );
    assert!(fault.to_string().contains("account"), "{fault}");
    // The group is found by its name and not by its id.
    lock(&tenant).wrong = vec![("POST", "/groups".to_owned(), || not_found(&guid(1)))];
    let fault = system
        .apply(Some(&at(10)), &grant("vpn"))
        .await
        .unwrap_err();
    assert_eq!(
        (fault.name(), fault.is_retryable()),
        ("NotYet", true),
        "{fault}"
    );
    assert!(fault.to_string().contains("group `vpn`"), "{fault}");
    // A user who is there while nothing is shown of what it is a member of.
    lock(&tenant).wrong = vec![(
        "GET",
        "/users/zoe%40acme.example/memberOf".to_owned(),
        || not_found(ZOE),
    )];
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert_eq!(
        (fault.name(), fault.is_retryable()),
        ("NotYet", true),
        "{fault}"
    );
}

#[tokio::test]
async fn what_the_kind_does_not_have_is_refused() {
    let (system, _) = start(with(Vec::new()), json!({})).await;
    for (name, says) in [
        ("licence:E5", "`licences` is not true"),
        ("role:Reports Reader", "`roles` is not true"),
        ("channel:x", "the kinds group, licence and role"),
    ] {
        for change in [grant(name), revoke(name)] {
            let fault = system.apply(Some(&at(10)), &change).await.unwrap_err();
            assert!(fault.to_string().contains(says), "{fault}");
        }
    }
}
