//! Accounts of who has left are deleted after the runbook's retention window, and of nobody who stays or comes back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{Account, CaseState, SystemId};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Acme, which deletes accounts in its directory thirty days after the last day.
fn tidy() -> Source {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    let line = "  delete:\n    delete: [directory]\n    opens: 30 days after last day at 09:00\n    due: 31 days after last day\n";
    let with = runbook.replacen("\nexit:\n", &format!("\nexit:\n{line}"), 1);
    assert_ne!(*runbook, with);
    *runbook = with;
    Source::from_files(files)
}

fn accounts(it: &Rehearsal) -> BTreeMap<SystemId, Option<Account>> {
    it.systems.accounts_of("1021")
}

#[tokio::test]
async fn an_account_is_cut_off_on_the_last_day_and_deleted_a_month_later() {
    let mut it = Rehearsal::of(&tidy()).await;
    it.seed().await;
    let exit = it
        .happens("person.exiting", "1021", Some("2026-12-04"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2027-01-02T12:00:00Z")))
        .await;
    let kept = accounts(&it);
    assert!(!kept["directory"].as_ref().unwrap().active);
    assert_eq!(it.case(&exit).await.state, CaseState::Open);
    it.play(&mut Answers::willing(), None).await;
    let left = accounts(&it);
    assert_eq!(left["directory"], None);
    assert_eq!(left["chat"], kept["chat"], "nothing was said of it");
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    let deleted: Vec<Timestamp> = it
        .systems
        .applied()
        .iter()
        .filter(|applied| applied.change == "delete account")
        .map(|applied| applied.at)
        .collect();
    assert_eq!(deleted.len(), 1);
    assert!(deleted[0] >= at("2027-01-03T08:00:00Z"), "{deleted:?}");
}

#[tokio::test]
async fn who_is_known_to_come_back_keeps_the_account_and_cannot_sign_in_until_then() {
    let mut it = Rehearsal::of(&tidy()).await;
    it.seed().await;
    let exit = it
        .happens("person.exiting", "1021", Some("2026-12-04"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-21T12:00:00Z")))
        .await;
    let back = it
        .happens("person.rehired", "1021", Some("2027-02-01"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2027-01-11T12:00:00Z")))
        .await;
    assert!(!accounts(&it)["directory"].as_ref().unwrap().active);
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    it.play(&mut Answers::willing(), None).await;
    assert!(accounts(&it)["directory"].as_ref().unwrap().active);
    assert_eq!(it.case(&back).await.state, CaseState::Closed);
    let deleted = |change: &str| change == "delete account";
    assert!(!it.systems.applied().iter().any(|a| deleted(&a.change)));
}

#[tokio::test]
async fn whose_exit_is_withdrawn_keeps_the_account() {
    let mut it = Rehearsal::of(&tidy()).await;
    it.seed().await;
    it.happens("person.exiting", "1021", Some("2026-12-04"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-21T12:00:00Z")))
        .await;
    it.happens("person.exit_withdrawn", "1021", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert!(accounts(&it)["directory"].as_ref().unwrap().active);
    assert_eq!(it.stack.engine.running(), 0);
}
