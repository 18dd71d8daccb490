//! Promise 4: an exit is not lost by what is known already. It acts, it moves the one that is open, or HR is asked.

use latchkey_ledger::Shelf;
use latchkey_lifecycle::{Case, CaseId, CaseState, EventKind};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::{Value, json};

use crate::promise_4_not_read::{bamboohr, bamboohr_record, case_of, cases, hr_answers};

fn exit(it: &Rehearsal, kind: &str, employee: &str, day: Option<&str>) -> Value {
    json!({ "type": kind, "timestamp": it.now(), "data": { "employee_id": employee, "effective_date": day } })
}

/// HR confirms that somebody leaves. Gives the status and what is answered.
async fn leaves(it: &Rehearsal, delivery: &str, employee: &str, day: &str) -> (u16, Value) {
    it.send(delivery, &exit(it, "person.exiting", employee, Some(day)))
        .await
}

/// An exit of 1021 is open, and another last day was told that is so far ahead that HR is asked about it. Gives both
/// cases.
async fn a_far_day_beside_an_open_exit(it: &mut Rehearsal) -> (CaseId, CaseId) {
    it.seed().await;
    let first = it
        .happens("person.exiting", "1021", Some("2027-01-29"))
        .await;
    it.clock.jump_to(it.later(1));
    let (status, answer) = leaves(it, "far", "1021", "2036-12-14").await;
    assert_eq!(
        (status, &answer["missing"]),
        (202, &json!(["last day"])),
        "{answer}"
    );
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    (first, case_of(&answer))
}

async fn kinds(it: &Rehearsal, employee: &str) -> Vec<EventKind> {
    cases(it, employee)
        .await
        .iter()
        .map(|case| case.kind)
        .collect()
}

async fn open(it: &Rehearsal, employee: &str) -> Vec<Case> {
    let mut all = it.stack.ledger.cases(Shelf::Open, 50).await.unwrap();
    all.retain(|case| case.employee_id.as_str() == employee);
    all
}

fn active(it: &Rehearsal, employee: &str) -> usize {
    let accounts = it.systems.accounts_of(employee);
    accounts
        .values()
        .flatten()
        .filter(|account| account.active)
        .count()
}

#[tokio::test]
async fn who_is_cut_off_again_on_the_day_on_which_that_was_taken_back_is_cut_off() {
    for (kind, day) in [
        ("person.exit.urgent", None),
        ("person.exiting", Some("2026-11-23")),
    ] {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let first = it.happens(kind, "1021", day).await;
        it.play(&mut Answers::willing(), Some(it.later(12))).await;
        assert_eq!(active(&it, "1021"), 0, "{kind}");
        let closed = it.case(&first).await.state == CaseState::Closed;
        assert!(closed || day.is_some(), "{kind}");
        it.happens("person.exit_withdrawn", "1021", None).await;
        it.play(&mut Answers::willing(), Some(it.later(2))).await;
        assert_ne!(active(&it, "1021"), 0, "{kind}");
        let (status, answer) = it.send("again", &exit(&it, kind, "1021", day)).await;
        assert_eq!(status, 202, "{kind}: {answer}");
        it.play(&mut Answers::willing(), Some(it.later(12))).await;
        assert_eq!(active(&it, "1021"), 0, "{kind}: {answer}");
        // The same once more is the same.
        let (status, again) = it.send("once-more", &exit(&it, kind, "1021", day)).await;
        assert_eq!((status, case_of(&again)), (200, case_of(&answer)), "{kind}");
    }
}

#[tokio::test]
async fn an_exit_that_is_told_again_after_the_person_was_hired_again_is_known_and_another_one_is_hrs_to_look_at()
 {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let first = it
        .happens("person.exiting", "1021", Some("2026-11-24"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&first).await.state, CaseState::Closed);
    it.happens("person.rehired", "1021", Some("2027-06-01"))
        .await;
    it.clock.jump_to(it.later(1));
    // The last day that was carried out is known.
    let (status, answer) = leaves(&it, "again", "1021", "2026-11-24").await;
    assert_eq!((status, case_of(&answer)), (200, first), "{answer}");
    let note = answer["note"].as_str().unwrap();
    assert!(note.contains("known already"), "{note}");
    // Another one before the rehire gives nothing back, and is not ignored quietly.
    it.clock.jump_to(it.later(48));
    let (status, answer) = leaves(&it, "another", "1021", "2027-01-29").await;
    assert_eq!(status, 202, "{answer}");
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("had left before that day") && note.contains("HR has been given a task"),
        "{note}"
    );
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(it.letters_about("Say what the exit means").len(), 1);
}

#[tokio::test]
async fn an_exit_after_a_person_went_over_to_another_id_is_hrs_to_look_at() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let hired = json!({
        "type": "person.hired", "timestamp": it.now(),
        "data": {
            "employee_id": "1130", "effective_date": "2027-01-01",
            "person": {
                "previous_employee_id": "1030", "given_name": "Rafael", "family_name": "Costa",
                "department": "Sales", "title": "Account Executive", "level": "L3", "country": "GB",
                "employment_type": "employee",
            },
        },
    });
    assert_eq!(it.send("hired", &hired).await.0, 202);
    it.clock.jump_to(it.later(1));
    // The end of the old contract is what there is to expect.
    let (status, answer) = leaves(&it, "old", "1030", "2026-12-31").await;
    assert_eq!(status, 200, "{answer}");
    assert!(
        answer["note"]
            .as_str()
            .unwrap()
            .contains("They go on without a gap"),
        "{answer}"
    );
    // A last day after it is not.
    let (status, answer) = leaves(&it, "later", "1030", "2027-03-31").await;
    assert_eq!(status, 202, "{answer}");
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("1130") && note.contains("HR has been given a task"),
        "{note}"
    );
    let (status, again) = leaves(&it, "later-again", "1030", "2027-03-31").await;
    assert_eq!((status, case_of(&again)), (200, case_of(&answer)));
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letters = it.letters_about("Say what the exit means");
    assert_eq!(letters.len(), 1);
    assert!(
        letters[0].letter.text.contains("1030"),
        "{}",
        letters[0].letter.text
    );
    assert_ne!(active(&it, "1130") + active(&it, "1030"), 0);
}

#[tokio::test]
async fn hrs_yes_to_a_far_last_day_moves_the_exit_that_is_open() {
    let mut it = Rehearsal::of(&acme()).await;
    let (first, question) = a_far_day_beside_an_open_exit(&mut it).await;
    assert_eq!(
        hr_answers(&mut it, "1021", &[("lastDay", "2036-12-14")])
            .await
            .1,
        200
    );
    let moved = it.case(&first).await;
    assert_eq!(moved.effective, "2036-12-14".parse().ok());
    assert_eq!(it.case(&question).await.state, CaseState::Superseded);
    let all = open(&it, "1021").await;
    assert_eq!(all.len(), 1, "{all:?}");
    it.play(
        &mut Answers::none(),
        Some("2027-02-15T12:00:00Z".parse().unwrap()),
    )
    .await;
    assert_ne!(active(&it, "1021"), 0, "people work until their last day");
}

#[tokio::test]
async fn a_nearer_last_day_answers_the_question_about_a_far_one() {
    let mut it = Rehearsal::of(&acme()).await;
    let (first, question) = a_far_day_beside_an_open_exit(&mut it).await;
    let (status, answer) = leaves(&it, "near", "1021", "2026-12-18").await;
    assert_eq!((status, case_of(&answer)), (202, first.clone()), "{answer}");
    assert_eq!(it.case(&first).await.effective, "2026-12-18".parse().ok());
    assert_eq!(it.case(&question).await.state, CaseState::Superseded);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!((open(&it, "1021").await.len(), active(&it, "1021")), (0, 0));
}

#[tokio::test]
async fn hrs_yes_to_a_far_first_day_moves_the_hire_that_is_open() {
    let mut it = Rehearsal::of(&acme()).await;
    let first = it.take_in("hire.json").await;
    it.clock.jump_to(it.later(1));
    let mut far = latchkey_tests::sample("hire.json");
    far["timestamp"] = json!(it.now());
    far["data"]["effective_date"] = json!("2036-12-15");
    let (status, answer) = it.send("far", &far).await;
    assert_eq!(status, 202, "{answer}");
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(
        hr_answers(&mut it, "1042", &[("startDate", "2036-12-15")])
            .await
            .1,
        200
    );
    assert_eq!(it.case(&first).await.effective, "2036-12-15".parse().ok());
    let all = open(&it, "1042").await;
    assert_eq!(all.len(), 1, "{all:?}");
}

#[tokio::test]
async fn a_contracts_end_that_is_known_when_it_is_entered_is_an_exit() {
    let it = Rehearsal::of(&acme()).await;
    let mut record = bamboohr_record("2026-12-07");
    record["terminationDate"] = json!("2027-05-31");
    let reply = bamboohr(&it, "employee.created", &[], &record).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let kinds = kinds(&it, "7001").await;
    assert_eq!(kinds, [EventKind::Hire, EventKind::Exit]);
}

#[tokio::test]
async fn a_last_day_in_the_record_is_an_exit_whatever_else_is_said_to_have_changed() {
    let it = Rehearsal::of(&acme()).await;
    let mut record = bamboohr_record("2026-11-02");
    bamboohr(&it, "employee.created", &[], &record).await;
    record["terminationDate"] = json!("2026-12-18");
    record["jobTitle"] = json!("Sales Lead");
    let reply = bamboohr(&it, "employee.updated", &["jobTitle"], &record).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let kinds = kinds(&it, "7001").await;
    assert!(kinds.contains(&EventKind::Exit), "{kinds:?}");
    it.clock.jump_to(it.later(1));
    let reply = bamboohr(&it, "employee.updated", &["mobilePhone"], &record).await;
    assert_eq!(reply.status, 200, "the same again: {}", reply.body);
}
