//! Lists whose groups come with their members, by Microsoft Graph's delta function.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use latchkey_systems::System;
use serde_json::{Value, json};

use crate::{
    graph::TOGETHER,
    tenant::{Reply, Tenant, error, group, guid, lock, ok, start, user},
};

/// So many groups, each with so many members, of whom the first is somebody here.
fn directory(groups: usize, members: usize) -> Tenant {
    let mut directory = Tenant {
        users: vec![user(10, "zoe@acme.example", Some("1"))],
        groups: (0..groups)
            .map(|n| group(100 + n, &format!("group {n}")))
            .collect(),
        ..Tenant::default()
    };
    for n in 0..groups {
        for member in 0..members {
            directory.members.insert((guid(100 + n), guid(10 + member)));
        }
    }
    directory
}

async fn zoes(system: &Arc<dyn System>) -> usize {
    let page = system.list(None).await.unwrap();
    page.accounts[0].account.entitlements.len()
}

fn delta() -> Value {
    json!({"delta": true})
}

#[tokio::test]
async fn a_list_takes_a_call_for_each_page_of_groups_and_not_for_each_group() {
    for (groups, members, pages) in [(0, 0, 1), (45, 1, 3), (3, 2 * TOGETHER + 1, 9), (5, 0, 1)] {
        let mut of_one = directory(groups, members);
        of_one.groups.push(group(90, "nobody's"));
        let (system, tenant) = start(of_one, delta()).await;
        let has = if members == 0 { 0 } else { groups };
        assert_eq!(zoes(&system).await, has, "{groups}");
        let log = lock(&tenant).log();
        let rounds = log.iter().filter(|call| call.contains("/groups/delta?"));
        assert_eq!(rounds.count(), pages, "{log:#?}");
        assert!(!log.iter().any(|call| call.contains("/members?")));
        // Users, and the groups.
        assert_eq!(lock(&tenant).calls, 1 + pages);
        // Once more, from the beginning.
        assert_eq!(zoes(&system).await, has);
        assert_eq!(lock(&tenant).calls, 2 * (1 + pages));
    }
}

#[tokio::test]
async fn the_groups_are_those_that_a_list_without_it_shows() {
    let mut directory = directory(7, 30);
    for (number, changed) in [
        (100, json!({"groupTypes": ["DynamicMembership"]})),
        (101, json!({"onPremisesSyncEnabled": true})),
        (102, json!({"mailEnabled": true})),
        (103, json!({"mailEnabled": true, "groupTypes": ["Unified"]})),
        (104, json!({"displayName": "group 5"})),
    ] {
        let mut groups = directory.groups.iter_mut();
        let group = groups.find(|group| group["id"] == guid(number)).unwrap();
        for (name, value) in changed.as_object().unwrap() {
            group[name] = value.clone();
        }
    }
    directory.users.extend((1..30).map(|n| {
        user(
            10 + n,
            &format!("u{n}@acme.example"),
            Some(&format!("2{n}")),
        )
    }));
    let mut seen = Vec::new();
    for settings in [json!({}), delta()] {
        let copy = Tenant {
            users: directory.users.clone(),
            groups: directory.groups.clone(),
            members: directory.members.clone(),
            ..Tenant::default()
        };
        let (system, _) = start(copy, settings).await;
        seen.push(system.list(None).await.unwrap().accounts);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0][0].account.entitlements.len(), 3);
}

#[tokio::test]
async fn what_changes_in_the_middle_of_a_round_is_told_in_it() {
    let mut directory = directory(4, 1);
    let removed = json!({"reason": "deleted"});
    directory.meanwhile = vec![
        json!({"id": guid(100), "displayName": "group 0", "members@delta": [{"id": guid(10), "@removed": removed}]}),
        json!({"id": guid(101), "@removed": removed}),
        json!({"id": guid(200), "displayName": "new", "members@delta": [{"id": guid(10)}]}),
    ];
    let (system, _) = start(directory, delta()).await;
    let page = system.list(None).await.unwrap();
    let has = page.accounts[0].account.entitlements.iter();
    let has: Vec<&str> = has.map(|of| of.name()).collect();
    assert_eq!(has, ["group 2", "group 3", "new"]);
}

fn too_old() -> Reply {
    let text = "Sync state generation is too old.";
    error(410, "resyncRequired", text)
}

/// The first time it is too old, then it is not.
fn too_old_once() -> Reply {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    match ASKED.fetch_add(1, Ordering::SeqCst) {
        0 => too_old(),
        _ => ok(
            json!({"value": [], "@odata.deltaLink": "https://graph.microsoft.com/v1.0/groups/delta?$deltatoken=end"}),
        ),
    }
}

#[tokio::test]
async fn a_round_that_became_too_old_begins_anew_once() {
    let mut of_many = directory(30, 1);
    let second = "/groups/delta?$skiptoken".to_owned();
    of_many.wrong = vec![("GET", second.clone(), too_old_once)];
    let (system, tenant) = start(of_many, delta()).await;
    // The second page of the second round is the empty one above.
    assert_eq!(zoes(&system).await, 20);
    assert_eq!(lock(&tenant).calls, 1 + 2 + 2);
    let mut of_many = directory(30, 1);
    of_many.wrong = vec![("GET", second, too_old)];
    let (system, tenant) = start(of_many, delta()).await;
    let fault = system.list(None).await.unwrap_err();
    assert!(fault.to_string().contains("too old"), "{fault}");
    assert_eq!(lock(&tenant).calls, 1 + 2 + 2);
}

#[tokio::test]
async fn half_a_round_is_none() {
    let mut directory = directory(3, 1);
    let half = || ok(json!({"value": [{"id": guid(100), "displayName": "group 0"}]}));
    directory.wrong = vec![("GET", "/groups/delta".to_owned(), half)];
    let (system, _) = start(directory, delta()).await;
    let fault = system.list(None).await.unwrap_err();
    assert!(fault.to_string().contains("no end"), "{fault}");
}
