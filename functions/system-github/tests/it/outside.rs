//! Outside collaborators, and repositories that are given to people one by one.

use latchkey_lifecycle::{Change, Goal};
use latchkey_systems::Fault;
use serde_json::json;

use crate::{
    organisation::{Org, acme},
    people::{bring, everybody, have, look, start, who},
};

fn with_repositories() -> Org {
    let mut acme = acme();
    for name in ["website", "docs"] {
        acme.repositories.insert(name.to_owned(), [].into());
    }
    acme
}

#[tokio::test]
async fn a_member_is_given_a_repository_and_loses_it() {
    let mut acme = with_repositories();
    acme.members.insert("zoe".to_owned(), "member".to_owned());
    let (system, org) = start(acme, json!({"repositories": ["website", "docs"]})).await;
    let goal = have(
        "zoe",
        &["repository:website:write", "repository:docs:triage"],
    );
    bring(&system, "zoe", &goal).await.unwrap();
    let seen = look(&system, "zoe", &goal).await;
    assert!(seen.same, "{:?}", seen.differences);
    assert_eq!(org.lock().unwrap().repositories["website"]["zoe"], "write");
    let listed = everybody(&system).await.pop().unwrap();
    assert_eq!(Some(listed.account), seen.actual);
    let other = have("zoe", &["repository:website:read"]);
    bring(&system, "zoe", &other).await.unwrap();
    assert!(look(&system, "zoe", &other).await.same);
    bring(&system, "zoe", &Goal::NoAccess).await.unwrap();
    assert!(org.lock().unwrap().repositories["website"].is_empty());
    assert_eq!(system.read(&who("zoe")).await.unwrap(), None);
}

#[tokio::test]
async fn people_may_be_outside_collaborators_only() {
    let settings = json!({"repositories": ["website"], "accounts": "outside"});
    let (system, org) = start(with_repositories(), settings).await;
    let goal = have("zoe", &["repository:website:write"]);
    bring(&system, "zoe", &goal).await.unwrap();
    // Not before they have accepted.
    assert!(!look(&system, "zoe", &goal).await.same);
    let (_, name, login, level) = org.lock().unwrap().offered.remove(0);
    let take = |login: &str| {
        let mut org = org.lock().unwrap();
        let people = org.repositories.get_mut(&name).unwrap();
        people.insert(login.to_owned(), level.clone());
    };
    take(&login);
    assert!(look(&system, "zoe", &goal).await.same);
    let listed = everybody(&system).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    // Who is a member by now is another system's: only the repository is taken.
    org.lock()
        .unwrap()
        .members
        .insert("zoe".to_owned(), "member".to_owned());
    assert!(look(&system, "zoe", &goal).await.same);
    bring(&system, "zoe", &Goal::NoAccess).await.unwrap();
    assert!(look(&system, "zoe", &Goal::NoAccess).await.same);
    let org = org.lock().unwrap();
    assert!(org.members.contains_key("zoe") && org.repositories["website"].is_empty());
}

#[tokio::test]
async fn an_exit_takes_an_outside_collaborator_out_of_every_repository() {
    for settings in [
        json!({"outside_collaborators": true}),
        json!({"repositories": ["website"], "accounts": "outside"}),
    ] {
        let mut acme = with_repositories();
        for people in acme.repositories.values_mut() {
            people.insert("zoe".to_owned(), "write".to_owned());
        }
        let (system, org) = start(acme, settings).await;
        let listed = everybody(&system).await.pop().unwrap();
        assert_eq!(
            (listed.handle.as_str(), listed.version.as_deref()),
            ("zoe", Some("outside"))
        );
        let outcome = bring(&system, "zoe", &Goal::NoAccess).await.unwrap();
        assert_eq!(outcome.changes, [Change::Suspend]);
        let all = org.lock().unwrap().repositories.clone();
        assert!(all.values().all(|people| people.is_empty()), "{all:?}");
        assert!(look(&system, "zoe", &Goal::NoAccess).await.same);
    }
}

#[tokio::test]
async fn an_exit_cancels_the_invitation_to_a_repository() {
    let settings = json!({"repositories": ["website"], "accounts": "outside"});
    let (system, org) = start(with_repositories(), settings).await;
    let goal = have("zoe", &["repository:website:write"]);
    bring(&system, "zoe", &goal).await.unwrap();
    assert_eq!(org.lock().unwrap().offered.len(), 1);
    bring(&system, "zoe", &Goal::NoAccess).await.unwrap();
    assert_eq!(org.lock().unwrap().offered, []);
    assert!(look(&system, "zoe", &Goal::NoAccess).await.same);
}

#[tokio::test]
async fn what_cannot_be_given_is_named() {
    let mut acme = with_repositories();
    acme.members.insert("zoe".to_owned(), "member".to_owned());
    let (system, _) = start(acme, json!({"repositories": ["website", "gone"]})).await;
    for (entitlement, words) in [
        ("repository:website", "at which level"),
        ("repository:docs:read", "`repositories`"),
        ("team:nobodys", "`nobodys`"),
        ("team:All Staff", "hyphens"),
        ("role:billing", "role:admin"),
        ("group:staff", "team, maintainer"),
    ] {
        let found = crate::errors::at("zoe");
        let entitlement = entitlement.into();
        let fault = system
            .apply(Some(&found), &Change::Grant { entitlement })
            .await;
        let fault = fault.unwrap_err();
        assert!(matches!(&fault, Fault::Rejected { .. }), "{fault}");
        assert!(fault.to_string().contains(words), "{fault}");
    }
    let fault = system.read(&who("zoe")).await.unwrap_err();
    assert!(fault.to_string().contains("acme/gone"), "{fault}");
}
