//! How few calls it takes, and how many requests in each.

use latchkey_lifecycle::{Change, Goal};
use latchkey_systems::carry_out;
use serde_json::json;

use crate::tenant::{Tenant, at, group, guid, lock, sku, start, user, who};

const ZOE: &str = "zoe@acme.example";

fn zoe(groups: usize) -> Tenant {
    let groups: Vec<_> = (0..groups)
        .map(|n| group(100 + n, &format!("group {n}")))
        .collect();
    let members = groups
        .iter()
        .map(|g| (g["id"].as_str().unwrap().to_owned(), guid(10)));
    Tenant {
        users: vec![user(10, ZOE, Some("1"))],
        members: members.collect(),
        groups,
        ..Tenant::default()
    }
}

#[tokio::test]
async fn an_account_with_many_groups_is_read_in_one_call() {
    let (system, tenant) = start(zoe(120), json!({})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements.len(), 120);
    assert_eq!(lock(&tenant).calls, 1);
    assert_eq!(lock(&tenant).asked.len(), 3);
}

#[tokio::test]
async fn licences_cost_no_call_more_even_the_first_time() {
    let mut directory = zoe(1);
    directory.skus = vec![sku(5, "E5", 1, 2)];
    directory.users[0]["licenseAssignmentStates"] =
        json!([{"skuId": guid(5), "assignedByGroup": null, "state": "Active"}]);
    let (system, tenant) = start(directory, json!({"licences": true})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    let has: Vec<String> = found
        .account
        .entitlements
        .iter()
        .map(|e| e.to_string())
        .collect();
    assert_eq!(has, ["group:group 0", "licence:E5"]);
    assert_eq!(lock(&tenant).calls, 1);
}

#[tokio::test]
async fn who_has_another_name_there_takes_two() {
    let mut directory = zoe(3);
    directory.users[0]["userPrincipalName"] = json!("z.m@acme.example");
    let (system, tenant) = start(directory, json!({})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements.len(), 3);
    assert_eq!(lock(&tenant).calls, 2);
}

#[tokio::test]
async fn an_exit_takes_three_calls_with_one_group_and_one_for_each_further() {
    for groups in [1, 2, 5] {
        let (system, tenant) = start(zoe(groups), json!({})).await;
        let goal = Goal::NoAccess;
        let outcome = carry_out(system.as_ref(), &who("1", ZOE), &goal, &Default::default()).await;
        assert_eq!(outcome.unwrap().changes.len(), 1 + groups);
        assert_eq!(lock(&tenant).calls, 2 + groups);
    }
}

#[tokio::test]
async fn a_list_asks_twenty_groups_in_one_call() {
    let mut directory = zoe(45);
    for n in 0..7 {
        let name = format!("u{n}@acme.example");
        directory
            .users
            .push(user(20 + n, &name, Some(&format!("2{n}"))));
        directory.members.insert((guid(100), guid(20 + n)));
    }
    let (system, tenant) = start(directory, json!({"page": 3})).await;
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let page = system.list(next.as_ref()).await.unwrap();
        assert!(page.accounts.len() <= 3);
        seen.extend(page.accounts);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let has: Vec<usize> = seen.iter().map(|f| f.account.entitlements.len()).collect();
    assert_eq!(has, [45, 1, 1, 1, 1, 1, 1, 1]);
    // Three pages of users, one of groups, and 45 groups by twenties.
    assert_eq!(lock(&tenant).calls, 3 + 1 + 3);
}

#[tokio::test]
async fn a_large_group_is_read_page_by_page() {
    let mut directory = zoe(1);
    for n in 0..2_500 {
        directory.members.insert((guid(100), guid(5_000 + n)));
    }
    directory
        .users
        .push(user(7_499, "last@acme.example", Some("9")));
    let (system, tenant) = start(directory, json!({})).await;
    let page = system.list(None).await.unwrap();
    assert!(
        page.accounts
            .iter()
            .all(|found| found.account.entitlements.len() == 1)
    );
    // Users, groups, and three pages of members.
    assert_eq!(lock(&tenant).calls, 5);
}

#[tokio::test]
async fn guests_are_listed_only_when_asked_for() {
    for (guests, want) in [(false, 1), (true, 2)] {
        let mut directory = zoe(0);
        let mut guest = user(11, "x_y.com#EXT#@acme.example", None);
        guest["userType"] = json!("Guest");
        directory.users.push(guest);
        let (system, _) = start(directory, json!({"guests": guests})).await;
        assert_eq!(system.list(None).await.unwrap().accounts.len(), want);
    }
}

#[tokio::test]
async fn a_membership_is_taken_and_never_the_account_with_it() {
    let (system, tenant) = start(zoe(1), json!({})).await;
    let change = Change::Revoke {
        entitlement: "group 0".into(),
    };
    system.apply(Some(&at(10)), &change).await.unwrap();
    let deletes: Vec<String> = lock(&tenant)
        .log()
        .into_iter()
        .filter(|c| c.starts_with("DELETE"))
        .collect();
    assert_eq!(
        deletes,
        [format!(
            "DELETE /groups/{}/members/{}/$ref",
            guid(100),
            guid(10)
        )]
    );
    assert!(lock(&tenant).user(ZOE).is_some());
}
