//! A finding that somebody accepted is left alone, until what differs is another thing.

use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{
    Account, Change, EmployeeId, Entitlement, Finding, FindingKind, FindingState,
};
use latchkey_questions::findings::{NotAccepted, accept as accept_finding};
use latchkey_systems::{Found, System};
use latchkey_tests::{Rehearsal, acme};

use crate::sweep::sweeps;

const AMARA: &str = "1017";
const ADA: &str = "Ada King";
const WHY: &str = "the backup signs in with it";

async fn found(it: &Rehearsal) -> Vec<Finding> {
    let place = Where::Everywhere;
    let page = it.stack.ledger.findings(Shelf::Open, place, None).await;
    page.unwrap().findings
}

async fn only(it: &Rehearsal) -> Finding {
    let mut all = found(it).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn accept(it: &Rehearsal, finding: &Finding) -> Result<Finding, NotAccepted> {
    accept_finding(&it.stack.ledger, &finding.id, (ADA, WHY), it.now()).await
}

fn machine(name: &str) -> Account {
    Account {
        employee_id: None,
        name: name.into(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    }
}

/// Opened, kept, accepted and gone.
async fn counts(it: &mut Rehearsal) -> (usize, usize, usize, usize) {
    let report = sweeps(it).await;
    let sum = |of: fn(&::sweep::Swept) -> usize| report.systems.iter().map(of).sum();
    (
        sum(|s| s.opened),
        sum(|s| s.kept),
        sum(|s| s.accepted),
        sum(|s| s.closed),
    )
}

#[tokio::test]
async fn an_account_of_a_machine_is_accepted_by_name_and_told_no_more() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.systems.get("chat").put("m1", machine("backup-bot"));
    assert_eq!(counts(&mut it).await, (1, 0, 0, 0));
    let finding = only(&it).await;
    let accepted = accept(&it, &finding).await.unwrap();
    assert_eq!(accepted.state, FindingState::Accepted);
    // Twice is once.
    assert_eq!(accept(&it, &finding).await.unwrap(), accepted);

    // Past due, nobody hears of it, and it counts as nothing that differs.
    let letters = it.letters.len();
    it.clock.jump_to(it.later(24 * 10));
    assert_eq!(counts(&mut it).await, (0, 0, 1, 0));
    assert_eq!(it.letters.len(), letters);
    let trail = it.stack.ledger.finding_trail(&finding.id).await.unwrap();
    assert_eq!(trail.fault, None);
    let last = &trail.records.last().unwrap().body;
    assert_eq!((last.what.as_str(), last.by.as_str()), ("accepted", ADA));
    assert!(last.text.contains(WHY), "{}", last.text);

    // Another name is another account.
    it.systems.get("chat").put("m1", machine("somebodys"));
    assert_eq!(counts(&mut it).await, (1, 0, 0, 0));
    assert!(it.letters.len() > letters);
    let again = only(&it).await;
    assert_eq!((again.state, &again.accepted), (FindingState::Open, &None));

    // It goes away and comes back: accepted was what is gone.
    accept(&it, &again).await.unwrap();
    let gone = Found {
        handle: "m1".into(),
        version: None,
        account: machine("any"),
    };
    let chat = it.systems.get("chat");
    chat.apply(Some(&gone), &Change::Delete).await.unwrap();
    assert_eq!(counts(&mut it).await, (0, 0, 0, 1));
    it.systems.get("chat").put("m1", machine("somebodys"));
    assert_eq!(counts(&mut it).await, (1, 0, 0, 0));
}

#[tokio::test]
async fn what_is_accepted_of_a_person_is_accepted_as_it_was() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let id = EmployeeId::new(AMARA).unwrap();
    let chat = || it.systems.get("chat");
    let had = chat().account_of(&id).unwrap();
    let with = |extra: &[&str]| {
        let mut account = had.clone();
        let extra = extra.iter().map(|name| Entitlement::from(*name));
        account.entitlements.extend(extra);
        account
    };
    chat().put(AMARA, with(&["engineering"]));
    assert_eq!(counts(&mut it).await, (1, 0, 0, 0));
    let finding = only(&it).await;
    assert_eq!(finding.seen.kind, FindingKind::ExtraEntitlement);
    accept(&it, &finding).await.unwrap();
    assert_eq!(counts(&mut it).await, (0, 0, 1, 0));
    it.systems
        .get("chat")
        .put(AMARA, with(&["engineering", "finance"]));
    assert_eq!(counts(&mut it).await, (1, 0, 0, 0));
    // Who wants it set right after all can have that.
    let finding = only(&it).await;
    accept(&it, &finding).await.unwrap();
    let repaired = sweep::repair(&it.stack.sweep_deps(), &finding.id, ADA).await;
    let repaired = repaired.unwrap().finding;
    assert_eq!(
        (repaired.state, &repaired.accepted),
        (FindingState::Closed, &None)
    );
    assert_eq!(counts(&mut it).await, (0, 0, 0, 0));
}

#[tokio::test]
async fn what_is_urgent_unsigned_or_gone_is_not_accepted() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let no = latchkey_systems::Fault::Rejected {
        system: "Chat".into(),
        problem: "no".into(),
    };
    it.systems.get("chat").fail_with([no]);
    sweeps(&mut it).await;
    let unread = only(&it).await;
    assert_eq!(unread.seen.kind, FindingKind::NotRead);
    let refused = accept(&it, &unread).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be accepted"), "{refused}");
    let ledger = &it.stack.ledger;
    let unsigned = accept_finding(ledger, &unread.id, (" ", WHY), it.now()).await;
    assert!(unsigned.unwrap_err().to_string().contains("--by"));
    let no_reason = accept_finding(ledger, &unread.id, (ADA, ""), it.now()).await;
    assert!(no_reason.unwrap_err().to_string().contains("--reason"));
    sweeps(&mut it).await;
    let gone = accept(&it, &unread).await.unwrap_err().to_string();
    assert!(gone.contains("is closed"), "{gone}");
}
