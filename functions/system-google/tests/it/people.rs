//! Whose account is whose, and what of it is kept.

use axum::http::Method;
use latchkey_lifecycle::{Account, Change, EmployeeId, Goal, Managed};
use latchkey_systems::{Fault, carry_out};
use serde_json::{Value, json};

use crate::workspace::{Org, at, changes, error, start, user, who, zoe};

const ZOE: &str = "zoe@acme.example";

#[tokio::test]
async fn who_was_made_a_moment_ago_is_found_by_address() {
    let mut org = zoe();
    org.index.clear();
    let (system, org) = start(org, json!({})).await;
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(seen.handle, "101");
    assert_eq!(
        seen.account.entitlements,
        ["group:sales@acme.example".into()].into()
    );
    // The address, who else has the employee id, the groups.
    let org = org.lock().unwrap();
    assert_eq!((org.calls.len(), org.requests.len()), (3, 1));
}

#[tokio::test]
async fn what_a_search_shows_is_read_afresh() {
    // Found under another address; suspended since the search last looked.
    let mut org = zoe();
    org.users[0]["primaryEmail"] = json!("zm@acme.example");
    org.users[0]["suspended"] = json!(true);
    let (system, org) = start(org, json!({})).await;
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(
        (seen.account.name.as_str(), seen.account.active),
        ("zm@acme.example", false)
    );
    assert_eq!(seen.account.entitlements.len(), 1);
    // Whom the search names, and what they have.
    assert_eq!(org.lock().unwrap().requests, ["POST batch", "POST batch"]);
    // Somebody else's since.
    let mut org = zoe();
    org.users[0] = user("101", "zm@acme.example", Some("2"));
    let (system, _) = start(org, json!({})).await;
    assert_eq!(system.read(&who("1", ZOE)).await.unwrap(), None);
}

#[tokio::test]
async fn two_with_one_employee_id_are_for_a_person_to_look_at_also_where_one_has_the_address() {
    let mut org = zoe();
    org.users.push(user("102", "other@acme.example", Some("1")));
    org.index = org.users.clone();
    let (system, _) = start(org, json!({})).await;
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(&fault, Fault::Several { .. }), "{fault}");
    assert!(fault.to_string().contains("2 accounts"), "{fault}");
}

#[tokio::test]
async fn an_alias_is_the_same_address() {
    let alias = |id: Option<&str>| {
        let mut org = zoe();
        org.users[0] = user("101", "zoe.m@acme.example", id);
        org.users[0]["aliases"] = json!([ZOE]);
        org.index.clear();
        org
    };
    let (system, _) = start(alias(Some("7")), json!({})).await;
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(
        matches!(fault, Fault::Taken { ref name, .. } if name == ZOE),
        "{fault:?}"
    );
    let (system, _) = start(alias(None), json!({})).await;
    let seen = system
        .read(&who("1", "Zoe@acme.example"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.account.name, "zoe.m@acme.example");
    assert_eq!(seen.account.entitlements.len(), 1);
}

#[tokio::test]
async fn an_account_without_an_employee_id_and_with_other_mail_is_not_adopted() {
    let mut org = zoe();
    org.users[0] = user("101", "z@acme.example", None);
    org.index.clear();
    let (system, _) = start(org, json!({})).await;
    // Mail to zoe@acme.example does not reach z@acme.example.
    let fault = system.read(&who("1", "z@acme.example")).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
}

#[tokio::test]
async fn an_account_that_is_hidden_is_looked_at_later() {
    let mut org = Org::default();
    let hidden = || {
        error(
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        )
    };
    org.wrong = vec![(Method::GET, "users/zoe", hidden)];
    let (system, org) = start(org, json!({})).await;
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
    // Without the right to list either, it is for want of rights.
    org.lock()
        .unwrap()
        .wrong
        .push((Method::GET, "users", hidden));
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
}

#[tokio::test]
async fn a_name_that_is_no_address_is_nobodys() {
    let (system, org) = start(zoe(), json!({})).await;
    assert_eq!(system.read(&who("9", "101")).await.unwrap(), None);
    assert_eq!(org.lock().unwrap().calls.len(), 1);
}

#[tokio::test]
async fn what_others_wrote_beside_ours_stays() {
    let mut org = zoe();
    let others =
        json!([{"value": "z-7", "type": "login_id"}, {"value": "1", "type": "organization"}]);
    org.users[0]["externalIds"] = others;
    org.users[0]["organizations"] = json!([
        {"name": "Club", "type": "school"},
        {"name": "Acme", "primary": true, "title": "Trainee", "costCenter": "4"},
    ]);
    let (system, org) = start(org, json!({})).await;
    let id = EmployeeId::new("2").unwrap();
    for change in [
        Change::Adopt {
            employee_id: Some(id),
        },
        Change::SetAttribute {
            name: "title".into(),
            value: Some("Lead".into()),
        },
        Change::SetAttribute {
            name: "department".into(),
            value: Some("Sales".into()),
        },
        Change::SetAttribute {
            name: "familyName".into(),
            value: Some("Weiß".into()),
        },
    ] {
        system.apply(Some(&at("101", ZOE)), &change).await.unwrap();
    }
    let zoe = org.lock().unwrap().users[0].clone();
    assert_eq!(
        zoe["externalIds"],
        json!([{"value": "z-7", "type": "login_id"}, {"value": "2", "type": "organization"}])
    );
    assert_eq!(
        zoe["organizations"][0],
        json!({"name": "Club", "type": "school"})
    );
    assert_eq!(
        zoe["organizations"][1],
        json!({"name": "Acme", "primary": true, "title": "Lead", "costCenter": "4", "department": "Sales"})
    );
    assert_eq!(
        zoe["name"],
        json!({"givenName": "Zoe", "familyName": "Weiß"})
    );
    for name in ["title", "department"] {
        let clear = Change::SetAttribute {
            name: name.into(),
            value: None,
        };
        system.apply(Some(&at("101", ZOE)), &clear).await.unwrap();
    }
    let seen = system.read(&who("2", ZOE)).await.unwrap().unwrap();
    let names: Vec<&str> = seen.account.attributes.keys().map(String::as_str).collect();
    assert_eq!(names, ["familyName", "givenName"]);
}

#[tokio::test]
async fn the_employee_id_may_stand_under_another_type() {
    for (holder, entry) in [
        ("network", json!({"value": "1", "type": "network"})),
        (
            "Personnel no.",
            json!({"value": "1", "type": "custom", "customType": "Personnel no."}),
        ),
    ] {
        let mut org = zoe();
        org.users[0] = user("101", ZOE, Some("999"));
        org.index.clear();
        let (system, org) = start(org, json!({"employee_id": holder})).await;
        // Another type's id is none.
        let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert_eq!(seen.account.employee_id, None);
        let adopt = Change::Adopt {
            employee_id: Some(EmployeeId::new("1").unwrap()),
        };
        system.apply(Some(&seen), &adopt).await.unwrap();
        assert_eq!(org.lock().unwrap().users[0]["externalIds"][1], entry);
        let seen = system.read(&who("1", "")).await.unwrap();
        assert_eq!(seen, None, "the search is behind");
        let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert_eq!(seen.account.employee_id, EmployeeId::new("1").ok());
    }
}

#[tokio::test]
async fn nobody_knows_a_new_accounts_password_and_no_two_are_alike() {
    let (system, org) = start(Org::default(), json!({})).await;
    let mut account = Account {
        active: false,
        ..at("", "New@acme.example").account
    };
    account.attributes = [("givenName", "Ann"), ("familyName", "B")]
        .map(|(k, v)| (k.into(), v.into()))
        .into();
    let made = system
        .apply(None, &Change::Create { account })
        .await
        .unwrap()
        .unwrap();
    let made = org.lock().unwrap().user(&made.handle).cloned().unwrap();
    assert_eq!(
        (&made["suspended"], &made["primaryEmail"]),
        (&json!(true), &json!("new@acme.example"))
    );
    assert!(made.get("password").is_none());
    assert_eq!(changes(&org), ["POST users"]);
}

#[tokio::test]
async fn a_long_list_takes_a_call_for_each_page_and_group() {
    let users: Vec<Value> = (0..1_200)
        .map(|n| user(&format!("{n}"), &format!("p{n}@acme.example"), None))
        .collect();
    let mut org = zoe();
    org.members = (0..450).map(|n| ("g1".to_owned(), n.to_string())).collect();
    org.users = users;
    let (system, org) = start(org, json!({})).await;
    let (mut next, mut seen, mut members) = (None, 0, 0);
    loop {
        let page = system.list(next.as_ref()).await.unwrap();
        seen += page.accounts.len();
        members += page
            .accounts
            .iter()
            .filter(|a| a.account.entitlements.len() == 1)
            .count();
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!((seen, members), (1_200, 450));
    // Three pages of users, the groups, three and one pages of members.
    assert_eq!(org.lock().unwrap().calls.len(), 8);
}

#[tokio::test]
async fn a_person_with_another_name_keeps_mail_at_the_old_address() {
    let (system, org) = start(zoe(), json!({})).await;
    let mut account = at("101", "zoe.weiss@acme.example").account;
    account.attributes = [("givenName", "Zoe"), ("familyName", "Weiß")]
        .map(|(k, v)| (k.into(), v.into()))
        .into();
    let goal = Goal::Have {
        account,
        managed: Managed::Only(Default::default()),
        renames: true,
    };
    let sought = who("1", "zoe.weiss@acme.example");
    let done = carry_out(system.as_ref(), &sought, &goal, &Default::default())
        .await
        .unwrap();
    assert_eq!(done.changes.len(), 2, "{:?}", done.changes);
    let zoe = org.lock().unwrap().users[0].clone();
    assert_eq!(
        (&zoe["primaryEmail"], &zoe["aliases"]),
        (&json!("zoe.weiss@acme.example"), &json!([ZOE]))
    );
}
