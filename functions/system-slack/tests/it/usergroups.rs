//! User groups, whose list is only written whole.

use std::{collections::BTreeSet, sync::Arc};

use latchkey_lifecycle::Change;
use latchkey_systems::{Fault, System};
use serde_json::json;

use crate::{
    form::{Said, refusal},
    workspace::{Shared, Workspace, at, group, start, user, zoe},
};

fn team() -> Workspace {
    Workspace {
        groups: vec![group("S1", "sellers", &["U8"])],
        ..zoe()
    }
}

async fn set(system: &Arc<dyn System>, id: &str, what: &str, has: bool) -> Result<(), Fault> {
    let entitlement = what.into();
    let change = match has {
        true => Change::Grant { entitlement },
        false => Change::Revoke { entitlement },
    };
    system.apply(Some(&at(id)), &change).await.map(|_| ())
}

fn users(team: &Shared) -> BTreeSet<String> {
    serde_json::from_value(team.lock().unwrap().groups[0]["users"].clone()).unwrap()
}

fn all<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

#[tokio::test]
async fn the_others_stay_and_what_is_so_is_not_written() {
    let (system, team) = start(team(), json!({"usergroups": true})).await;
    for _ in 0..2 {
        set(&system, "U1", "usergroup:sellers", true).await.unwrap();
        assert_eq!(users(&team), all(["U1", "U8"]));
    }
    for _ in 0..2 {
        set(&system, "U1", "usergroup:sellers", false)
            .await
            .unwrap();
        assert_eq!(users(&team), all(["U8"]));
    }
    let calls = team.lock().unwrap().calls.clone();
    let writes = calls
        .iter()
        .filter(|call| *call == "usergroups.users.update");
    assert_eq!(writes.count(), 2);
}

#[tokio::test]
async fn people_who_come_at_the_same_moment_are_all_in() {
    let mut team = team();
    team.users
        .extend((2..8).map(|n| user(&format!("U{n}"), &format!("z{n}@acme.example"))));
    let (system, team) = start(team, json!({"usergroups": true})).await;
    let tasks = (1..8).map(|n| {
        let system = Arc::clone(&system);
        tokio::spawn(async move { set(&system, &format!("U{n}"), "usergroup:sellers", true).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(users(&team).len(), 8);
}

#[tokio::test]
async fn what_somebody_else_undoes_is_done_again() {
    let mut team = team();
    team.meanwhile = [vec!["U8".to_owned(), "U9".to_owned()]].into();
    let (system, team) = start(team, json!({"usergroups": true})).await;
    set(&system, "U1", "usergroup:sellers", true).await.unwrap();
    assert_eq!(users(&team), all(["U1", "U8", "U9"]));
    // Without end: that is for later.
    team.lock().unwrap().meanwhile = vec![vec!["U8".to_owned(), "U1".to_owned()]; 9].into();
    let fault = set(&system, "U1", "usergroup:sellers", false)
        .await
        .unwrap_err();
    assert_eq!((fault.name(), fault.is_retryable()), ("NotYet", true));
}

#[tokio::test]
async fn the_last_member_is_the_owners_to_replace() {
    let mut team = team();
    team.groups[0] = group("S1", "sellers", &["U1"]);
    let (system, team) = start(team, json!({"usergroups": true})).await;
    let fault = set(&system, "U1", "usergroup:sellers", false)
        .await
        .unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("last member of the user group `sellers`"),
        "{fault}"
    );
    assert_eq!(users(&team), all(["U1"]));
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_not_written() {
    let (system, team) = start(team(), json!({"usergroups": true})).await;
    team.lock().unwrap().wrong = vec![("usergroups.users.list", || crate::form::ok(json!({})))];
    let fault = set(&system, "U1", "usergroup:sellers", true)
        .await
        .unwrap_err();
    assert_eq!(fault.name(), "Rejected");
    assert_eq!(users(&team), all(["U8"]));
}

#[tokio::test]
async fn a_group_that_is_not_there_or_was_made_anew() {
    let (system, team) = start(team(), json!({"usergroups": true})).await;
    let fault = set(&system, "U1", "usergroup:nobody", true)
        .await
        .unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("no user group with the handle `nobody`"),
        "{fault}"
    );
    set(&system, "U1", "usergroup:nobody", false).await.unwrap();
    set(&system, "U1", "usergroup:sellers", true).await.unwrap();
    team.lock().unwrap().groups = vec![group("S2", "sellers", &["U8", "U1"])];
    set(&system, "U1", "usergroup:sellers", false)
        .await
        .unwrap();
    assert_eq!(users(&team), all(["U8"]));
    team.lock().unwrap().groups = vec![];
    let fault = set(&system, "U1", "usergroup:sellers", true)
        .await
        .unwrap_err();
    assert_eq!(fault.name(), "Rejected", "{fault}");
}

#[tokio::test]
async fn a_plan_without_user_groups_is_told() {
    let wrong: Vec<(&'static str, Said)> =
        vec![("usergroups.list", || refusal("plan_upgrade_required"))];
    let (system, _) = start(Workspace { wrong, ..team() }, json!({"usergroups": true})).await;
    let fault = set(&system, "U1", "usergroup:sellers", true)
        .await
        .unwrap_err();
    assert!(
        fault.to_string().contains("take `usergroups` out"),
        "{fault}"
    );
}
