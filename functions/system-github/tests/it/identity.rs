//! Whose account is whose.

use latchkey_lifecycle::Goal;
use latchkey_systems::Fault;
use serde_json::json;

use crate::{
    organisation::{Org, acme},
    people::{bring, everybody, have, look, open, start, token, who},
};

fn member(mut org: Org, login: &str) -> Org {
    org.accounts.insert(login.to_owned());
    org.members.insert(login.to_owned(), "member".to_owned());
    org
}

#[tokio::test]
async fn the_runbook_says_which_account_it_is() {
    let settings = json!({"logins": {"zoe.mueller": "Max-M"}});
    let (system, org) = start(member(acme(), "Max-M"), settings).await;
    let goal = have("zoe.mueller", &["team:staff"]);
    bring(&system, "Zoe.Mueller", &goal).await.unwrap();
    assert!(look(&system, "zoe.mueller", &goal).await.same);
    assert!(org.lock().unwrap().teams["staff"].contains_key("Max-M"));
    let listed = everybody(&system).await;
    let names: Vec<_> = listed
        .iter()
        .map(|found| found.account.name.as_str())
        .collect();
    assert_eq!(names, ["zoe.mueller", "boss"]);
    // Nobody else is called so.
    let fault = bring(&system, "max.mustermann", &have("max.mustermann", &[])).await;
    let fault = fault.unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault}");
    assert!(fault.to_string().contains("`logins`"), "{fault}");
    assert_eq!(system.read(&who("..")).await.unwrap(), None);
}

#[tokio::test]
async fn logins_are_compared_in_any_case() {
    let (system, org) = start(acme(), json!({})).await;
    let goal = have("max-m", &["team:staff"]);
    bring(&system, "max-m", &goal).await.unwrap();
    org.lock().unwrap().accept("Max-M", "Max-M");
    let seen = look(&system, "max-m", &goal).await;
    assert!(seen.same, "{:?}", seen.differences);
    assert_eq!(seen.actual.unwrap().name, "Max-M");
}

#[tokio::test]
async fn sign_on_says_which_account_it_is() {
    let mut acme = member(member(acme(), "octo-zoe"), "unlinked");
    acme.identities = Some(vec![
        ("Zoe@acme.example".to_owned(), Some("octo-zoe".to_owned())),
        ("max@acme.example".to_owned(), None),
    ]);
    let (system, org) = start(acme, json!({"identity": "saml"})).await;
    let name = "zoe@acme.example";
    let goal = have(name, &["team:staff"]);
    bring(&system, name, &goal).await.unwrap();
    assert!(look(&system, name, &goal).await.same);
    assert!(org.lock().unwrap().teams["staff"].contains_key("octo-zoe"));
    org.lock().unwrap().calls.clear();
    system.read(&who(name)).await.unwrap().unwrap();
    assert_eq!(org.lock().unwrap().calls.len(), 3);
    let listed = everybody(&system).await;
    let mut names: Vec<_> = listed
        .iter()
        .map(|found| found.account.name.clone())
        .collect();
    names.sort();
    assert_eq!(names, ["Zoe@acme.example", "boss", "unlinked"]);
    org.lock().unwrap().calls.clear();
    bring(&system, name, &Goal::NoAccess).await.unwrap();
    // Which account, the membership, and out of it.
    assert_eq!(org.lock().unwrap().calls.len(), 3);
    assert_eq!(system.read(&who(name)).await.unwrap(), None);
    // Who has left comes back to the account that is linked still.
    let fault = bring(&system, name, &goal).await.unwrap_err();
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
}

#[tokio::test]
async fn two_accounts_of_one_name_are_for_a_person_to_look_at() {
    let mut acme = acme();
    let linked = |login: &str| ("zoe@acme.example".to_owned(), Some(login.to_owned()));
    acme.identities = Some(vec![linked("zoe"), linked("Max-M")]);
    let (system, _) = start(acme, json!({"identity": "saml"})).await;
    let fault = system.read(&who("zoe@acme.example")).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
}

#[tokio::test]
async fn sign_on_that_is_not_there_is_not_nobody() {
    let (system, _) = start(acme(), json!({"identity": "saml"})).await;
    let fault = bring(&system, "zoe@acme.example", &Goal::NoAccess)
        .await
        .unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault}");
    assert!(fault.to_string().contains("`identity`"), "{fault}");
}

#[tokio::test]
async fn a_verified_address_says_which_account_it_is() {
    let mut acme = member(acme(), "octo-zoe");
    acme.page = Some(1);
    let addresses = ["zoe@acme.example", "z.m@acme.example"].map(str::to_owned);
    acme.addresses = vec![("octo-zoe".to_owned(), addresses.into())];
    let settings = json!({"identity": "email", "domain": "acme.example"});
    let (system, org) = start(acme, settings).await;
    let goal = have("zoe", &["team:vpn"]);
    bring(&system, "zoe", &goal).await.unwrap();
    assert!(look(&system, "zoe", &goal).await.same);
    assert!(org.lock().unwrap().teams["vpn"].contains_key("octo-zoe"));
    let listed = everybody(&system).await;
    let names: Vec<_> = listed
        .iter()
        .map(|found| found.account.name.as_str())
        .collect();
    assert_eq!(names, ["boss", "zoe"]);
    // Who is not in is invited by the address, and found by it.
    bring(&system, "max", &have("max", &[])).await.unwrap();
    let sent_to = org.lock().unwrap().invitations[0].email.clone();
    assert_eq!(sent_to.as_deref(), Some("max@acme.example"));
    let found = system.read(&who("max")).await.unwrap().unwrap();
    assert_eq!(found.version.as_deref(), Some("pending"));
    let last = everybody(&system).await.pop().unwrap();
    assert_eq!(
        (last.account.name.as_str(), last.handle),
        ("max", found.handle)
    );
}

#[tokio::test]
async fn who_is_in_under_a_name_that_nobody_knows_is_not_invited() {
    let mut acme = member(acme(), "octo-zoe");
    acme.identities = Some(Vec::new());
    acme.addresses = vec![("octo-zoe".to_owned(), vec!["zoe@acme.example".to_owned()])];
    let (system, _) = start(acme, json!({"identity": "saml"})).await;
    let name = "zoe@acme.example";
    let fault = bring(&system, name, &have(name, &[])).await.unwrap_err();
    assert!(matches!(&fault, Fault::Conflict { .. }), "{fault}");
    let text = fault.to_string();
    assert!(text.contains("`logins`") && !text.contains('@'), "{text}");
}

#[tokio::test]
async fn accounts_that_are_no_peoples_are_left_alone() {
    let (system, org) = start(acme(), json!({"ignore": ["Boss"]})).await;
    assert_eq!(everybody(&system).await, []);
    let fault = bring(&system, "boss", &Goal::NoAccess).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
    assert!(org.lock().unwrap().members.contains_key("boss"));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (settings, word) in [
        (json!({"organization": ""}), "organization"),
        (json!({"identity": "dns"}), "identity"),
        (json!({"accounts": "some"}), "accounts"),
        (json!({"logins": {"a": "octo", "b": "Octo"}}), "twice"),
    ] {
        let fault = open(9, settings, token("t")).err().unwrap();
        assert!(fault.to_string().contains(word), "{fault}");
    }
}
