//! Promise 12, thing by thing: of an approval, what was said no to is not given, nor what needs it, and the rest is.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Answer, CaseId, CaseState, Entitlement, Task, TaskState};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Form, Rehearsal, form_of};
use serde_json::json;

use crate::promise_3_idempotent::{Between, Way};

pub(crate) const BANK: &str = r#"
company: Bank
time_zone: Europe/London
email: "{given}.{family}@bank.example"
hr: hr
operations: it
teams:
  hr: {name: Human Resources, email: hr@bank.example}
  it: {name: IT, email: it@bank.example, escalation: cio@bank.example}
  money: {name: Money, email: money@bank.example, escalation: cfo@bank.example}
  audit: {name: Audit, email: audit@bank.example, escalation: cfo@bank.example}
systems:
  pay:
    name: Payments
    kind: scim
    address: https://pay.bank.example
    secret: bank/pay
    owner: it
    entitlements:
      enter: {}
      sign: {approval: money}
      vault: {approval: money}
      archive: {needs: [vault]}
  safe:
    name: Safe
    kind: person
    owner: it
    entitlements:
      key: {needs: [pay/vault]}
roles:
  everyone: {gets: {pay: [enter]}}
  keeper: {match: {title: "*Keeper*"}, gets: {pay: [sign, vault, archive], safe: [key]}}
conflicts:
  - {name: Nobody enters and signs, between: [pay/enter, pay/sign], owner: audit}
hire:
  accounts: {grant: all, opens: 5 working days before start at 09:00, due: 1 working day before start at 17:00}
  tour: {title: Show around, owner: it, instructions: Show., needs: [accounts], opens: start at 09:00, due: start at 17:00}
transfer:
  new: {grant: all, opens: transfer at 09:00, due: 1 day after transfer}
  old: {revoke: all, opens: 5 days after transfer, due: 6 days after transfer}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

fn bank() -> Source {
    Source::from_files([("runbook.yaml".to_owned(), BANK.to_owned())].into())
}

async fn hired(it: &Rehearsal) -> CaseId {
    let payload = json!({ "type": "person.hired", "data": {
        "employee_id": "31", "effective_date": "2026-12-07", "person": {
            "given_name": "Ida", "family_name": "Holm", "department": "Back office", "title": "Keeper",
            "employment_type": "employee", "country": "GB",
        },
    }});
    it.confirm(payload).await.unwrap()
}

/// A form in which some of what is asked for is refused.
fn form_without(task: &Task, refused: &[(&str, &str)]) -> Form {
    let mut form = form_of(task, "done");
    for (entitlement, why) in refused {
        let choice = format!("grant.{}", Entitlement::from(*entitlement));
        for (name, value) in &mut form {
            if *name == choice {
                "no".clone_into(value);
            }
        }
        form.push((format!("why.{entitlement}"), (*why).to_owned()));
    }
    form
}

/// Everybody says yes to all they are asked, but Money, which refuses some.
fn but(refused: &'static [(&'static str, &'static str)]) -> Answers {
    Answers::by(move |sent, _, task| {
        let first = !sent.letter.subject.starts_with("Reminder")
            && !sent.letter.subject.starts_with("MISSED");
        first.then(|| match task.owner.as_str() {
            "money" => form_without(task, refused),
            _ => form_of(task, "done"),
        })
    })
}

fn has(it: &Rehearsal) -> BTreeSet<String> {
    let accounts = it.systems.accounts_of("31");
    let all = accounts.values().flatten();
    let all = all.flat_map(|account| &account.entitlements);
    all.map(|e| e.name().to_owned()).collect()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

const MONEY: &str = "approve.pay.money";

#[tokio::test]
async fn what_is_refused_is_not_given_nor_what_needs_it_and_the_rest_is() {
    let mut it = Rehearsal::of(&bank()).await;
    let hire = hired(&it).await;
    it.play(&mut but(&[("vault", "not in the first month")]), None)
        .await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(has(&it), names(&["enter", "sign"]));
    let approval = it.task(&hire, MONEY).await;
    assert_eq!(approval.state, TaskState::Verified);
    let Some(Answer::Done(evidence)) = &approval.answer else {
        panic!("{approval:?}")
    };
    let vault = Entitlement::from("vault");
    assert_eq!(evidence.refused[&vault], "not in the first month");
    // Each stands on the checklist by itself, by name and with the reason.
    for id in [
        "without.pay.vault",
        "without.pay.archive",
        "without.safe.key",
    ] {
        let task = it.task(&hire, id).await;
        let Some(Answer::Waived { by, reason }) = &task.answer else {
            panic!("{task:?}")
        };
        assert_eq!(
            (task.state, by.as_str()),
            (TaskState::Waived, "Somebody in money")
        );
        assert_eq!(reason, "“vault” was not approved: not in the first month");
    }
    let tour = it.task(&hire, "tour").await;
    assert_eq!(
        tour.state,
        TaskState::Verified,
        "what only comes after it goes on"
    );
    let trail = it.everything(&hire).await;
    let said = "sign approved by whoever had the link sent to money@bank.example, calling themselves Somebody in money. Not approved: \
                vault: not in the first month";
    assert!(trail.contains(said), "{trail}");
    // Nobody is asked twice.
    for about in [
        "Approve sign, vault in Payments",
        "Approve sign in Payments",
    ] {
        assert_eq!(it.letters_about(about).len(), 1, "{about}");
    }
}

#[tokio::test]
async fn nothing_of_it_is_given_before_the_rest_was_planned() {
    let mut it = Rehearsal::of(&bank()).await;
    let hire = hired(&it).await;
    let mut none = Answers::none();
    let later = it.later(1);
    it.play(&mut none, Some(later)).await;
    let letter = it.letters_about("Approve sign, vault")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&hire, MONEY).await;
    // A no without a reason, and a thing of which nothing is said, are refused at their place; nothing is recorded.
    let before = it.everything(&hire).await;
    let (status, page) = it
        .page(&question, Some(&form_without(&task, &[("vault", "")])))
        .await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("Say why “vault” is not given"), "{page}");
    assert!(page.contains(r##"href="#thing-2""##), "{page}");
    let mut form = form_of(&task, "done");
    form.retain(|(name, _)| *name != format!("grant.{}", Entitlement::from("sign")));
    let (status, page) = it.page(&question, Some(&form)).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("Say yes or no to “sign”."), "{page}");
    assert_eq!(it.everything(&hire).await, before);
    // What the roles say, what it breaks, what needs it.
    let (_, page) = it.page(&question, None).await;
    for shown in [
        "By the role keeper",
        "Nobody enters and signs",
        "Audit decides about it, too",
        "archive in Payments",
        "key in Safe",
        "Payments: give access (archive",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let refused = [("sign", "no"), ("vault", "not yet")];
    let (status, _) = it
        .page(&question, Some(&form_without(&task, &refused)))
        .await;
    assert_eq!(status, 200);
    assert_eq!(it.task(&hire, MONEY).await.state, TaskState::Waived);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(has(&it), names(&["enter"]));
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

#[tokio::test]
async fn an_approval_in_part_comes_to_the_same_end_however_its_steps_run() {
    let mut plain = None;
    for way in [Way::Plain, Way::Twice, Way::FailedBefore, Way::FailedAfter] {
        let mut it = Rehearsal::of(&bank()).await;
        let hire = hired(&it).await;
        let functions = it.stack.handlers.clone();
        let between = Between {
            functions: &functions,
            way,
            met: Default::default(),
        };
        let mut answers = but(&[("sign", "two people do that")]);
        it.play_with(&between, &mut answers, None).await;
        assert_eq!(it.case(&hire).await.state, CaseState::Closed, "{way:?}");
        assert_eq!(has(&it), names(&["archive", "enter", "vault"]), "{way:?}");
        let end = it.outcome(&hire).await;
        assert_eq!(plain.get_or_insert(end.clone()), &end, "{way:?}");
    }
}

#[tokio::test]
async fn a_day_that_moves_changes_nothing_of_what_was_refused() {
    let mut it = Rehearsal::of(&bank()).await;
    let hire = hired(&it).await;
    let mut answers = but(&[("vault", "not in the first month")]);
    let later = it.later(2);
    it.play(&mut answers, Some(later)).await;
    assert_eq!(it.task(&hire, MONEY).await.state, TaskState::Verified);
    it.happens("person.date_moved", "31", Some("2026-12-14"))
        .await;
    it.play(&mut answers, None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(has(&it), names(&["enter", "sign"]));
    assert_eq!(it.letters_about("Approve sign, vault in Payments").len(), 1);
}
