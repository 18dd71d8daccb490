//! A finding that somebody asked on a page to be set right, where the pages reach no system: the next sweep does it, in
//! their name; what a system could not do is tried again.

use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{Account, Finding, FindingKind, FindingState};
use latchkey_questions::findings::{NotAsked, accept, ask_for_repair};
use latchkey_tests::{Rehearsal, acme};

use crate::sweep::sweeps;

const ADA: &str = "Ada King (ada.king@acme.example)";

/// A company in which an account of nobody was found.
async fn with_an_orphan() -> (Rehearsal, Finding) {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.systems.get("chat").put("m1", of_nobody());
    sweeps(&mut it).await;
    let place = Where::Everywhere;
    let page = it.stack.ledger.findings(Shelf::Open, place, None).await;
    let [finding] = page.unwrap().findings.try_into().unwrap();
    (it, finding)
}

fn of_nobody() -> Account {
    Account {
        employee_id: None,
        name: "backup-bot".into(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    }
}

async fn now(it: &Rehearsal, finding: &Finding) -> Finding {
    let row = it.stack.ledger.find_finding(&finding.id).await;
    row.unwrap().unwrap().item
}

async fn asks(it: &Rehearsal, finding: &Finding) -> Result<Finding, NotAsked> {
    ask_for_repair(&it.stack.ledger, &finding.id, ADA, it.now()).await
}

#[tokio::test]
async fn what_was_asked_for_is_done_by_the_next_sweep_in_the_name_of_who_asked() {
    let (mut it, finding) = with_an_orphan().await;
    asks(&it, &finding).await.unwrap();
    assert_eq!(now(&it, &finding).await.state, FindingState::Open);
    sweeps(&mut it).await;
    let after = now(&it, &finding).await;
    assert_eq!((after.state, after.repair), (FindingState::Closed, None));
    let trail = it.stack.ledger.finding_trail(&finding.id).await.unwrap();
    assert_eq!(trail.fault, None);
    let words = trail.records.iter().map(|r| r.body.what.to_string());
    let words: Vec<String> = words.collect();
    assert_eq!(words, ["opened", "told", "repair asked", "repaired"]);
    assert_eq!(trail.records[3].body.by, ADA);
}

#[tokio::test]
async fn what_a_system_did_not_do_is_noted_once_and_tried_again() {
    let (mut it, finding) = with_an_orphan().await;
    it.systems.deafen("chat", true);
    asks(&it, &finding).await.unwrap();
    for _ in 0..2 {
        sweeps(&mut it).await;
        let asked = now(&it, &finding).await.repair.unwrap();
        assert!(!asked.given_up && asked.problem.is_some(), "{asked:?}");
    }
    let trail = it.stack.ledger.finding_trail(&finding.id).await.unwrap();
    let noted = trail.records.iter().map(|r| r.body.what.to_string());
    assert_eq!(noted.filter(|word| word == "not repaired").count(), 1);
    it.systems.deafen("chat", false);
    sweeps(&mut it).await;
    assert_eq!(now(&it, &finding).await.state, FindingState::Closed);
}

#[tokio::test]
async fn what_a_machine_cannot_set_right_and_what_was_accepted_is_not_asked_for() {
    let (mut it, finding) = with_an_orphan().await;
    let (ledger, at) = (&it.stack.ledger, it.now());
    accept(ledger, &finding.id, (ADA, "machines use it"), at)
        .await
        .unwrap();
    let refused = asks(&it, &finding).await.unwrap_err().to_string();
    assert!(refused.contains("is accepted as it is"), "{refused}");
    let second = Account {
        employee_id: latchkey_lifecycle::EmployeeId::new("1017").ok(),
        ..of_nobody()
    };
    it.systems.get("chat").put("m2", second);
    sweeps(&mut it).await;
    let page = it
        .stack
        .ledger
        .findings(Shelf::Open, Where::Everywhere, None);
    let all = page.await.unwrap().findings;
    let twice = |f: &&Finding| f.seen.kind == FindingKind::SecondAccount;
    let second = all.iter().find(twice).unwrap();
    let refused = asks(&it, second).await.unwrap_err().to_string();
    assert!(refused.contains("is for a person to decide"), "{refused}");
    assert!(refused.contains("Keep one of the accounts"), "{refused}");
}
