//! Promise 5: what a decision took the place of, or came too late for, is not lost.

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{CaseId, CaseState, TaskState};
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};
use serde_json::{Value, json};

use crate::promise_5_transfers::transferred;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn in_finance(it: &Rehearsal) -> bool {
    let accounts = it.systems.accounts_of("1017");
    let directory = accounts["directory"].as_ref().unwrap();
    directory.active && directory.entitlements.iter().any(|e| e.name() == "finance")
}

#[tokio::test]
async fn what_an_exit_took_the_place_of_goes_on_when_it_is_withdrawn() {
    // The exit is withdrawn before it is carried out, and after that.
    for withdrawn in ["2026-12-02T08:00:00Z", "2026-12-08T08:00:00Z"] {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let transfer = transferred(&it, "1017", "2026-12-14").await;
        let exit = it
            .happens("person.exiting", "1017", Some("2026-12-04"))
            .await;
        it.play(&mut Answers::willing(), Some(at(withdrawn))).await;
        let ended = it.case(&transfer).await;
        assert_eq!(
            (ended.state, ended.superseded_by),
            (CaseState::Superseded, Some(exit))
        );
        it.happens("person.exit_withdrawn", "1017", None).await;
        it.play(&mut Answers::willing(), Some(at("2026-12-10T08:00:00Z")))
            .await;
        assert!(!in_finance(&it), "{withdrawn}: before its window");
        it.play(&mut Answers::willing(), None).await;
        assert!(in_finance(&it), "{withdrawn}");
        assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
        assert!(
            it.recorded(&transfer, None)
                .await
                .contains(&"goes on".to_owned())
        );
    }
}

#[tokio::test]
async fn a_change_for_a_day_after_the_last_one_is_kept_and_carried_out_when_the_exit_is_withdrawn()
{
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it
        .happens("person.exiting", "1017", Some("2026-12-04"))
        .await;
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let change = json!({
        "type": "person.transferred", "timestamp": it.now(),
        "data": {
            "employee_id": "1017", "effective_date": "2026-12-14",
            "person": { "department": "Finance", "title": "Accountant" },
        },
    });
    for delivery in ["first", "copy"] {
        let (status, answer) = it.send(delivery, &change).await;
        assert_eq!(
            (status, answer["case"].as_str()),
            (200, Some(exit.as_str()))
        );
    }
    it.play(&mut Answers::willing(), Some(it.later(24))).await;
    it.happens("person.exit_withdrawn", "1017", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert!(in_finance(&it));
}

#[tokio::test]
async fn a_hire_that_an_exit_had_ended_prepares_everything_again_when_the_exit_is_withdrawn() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    // The accounts are there, and go before the first day.
    it.play(&mut Answers::willing(), Some(at("2026-12-05T08:00:00Z")))
        .await;
    it.happens("person.exiting", "1042", Some("2026-12-05"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-06T08:00:00Z")))
        .await;
    assert_eq!(it.case(&hire).await.state, CaseState::Superseded);
    let there = |it: &Rehearsal| {
        let accounts = it.systems.accounts_of("1042");
        accounts.values().flatten().filter(|a| a.active).count()
    };
    assert_eq!(there(&it), 0);
    let stays = it.happens("person.exit_withdrawn", "1042", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(there(&it), 2);
    // What people did for the exit is undone by them; what systems did, the hire sees to.
    let undone: Vec<String> = it
        .tasks(&stays)
        .await
        .iter()
        .map(|t| t.id.to_string())
        .collect();
    assert!(
        !undone.is_empty() && undone.iter().all(|id| id.starts_with("undo.")),
        "{undone:?}"
    );
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

#[tokio::test]
async fn a_transfer_that_comes_after_a_later_event_is_no_copy_of_another_one_of_its_day() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let changed = |hours: i64, person: Value| {
        json!({
            "type": "person.transferred", "timestamp": it.later(hours),
            "data": { "employee_id": "1017", "effective_date": "2026-12-14", "person": person },
        })
    };
    let manager = changed(-3, json!({ "manager_email": "new.boss@acme.example" }));
    let finance = changed(
        -2,
        json!({ "department": "Finance", "title": "Accountant" }),
    );
    assert_eq!(it.send("manager", &manager).await.0, 202);
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    it.happens("person.leave_started", "1017", Some("2027-02-01"))
        .await;
    assert_eq!(it.send("finance", &finance).await.0, 202);
    it.play(&mut Answers::willing(), Some(at("2027-01-20T08:00:00Z")))
        .await;
    assert!(in_finance(&it));
}

#[tokio::test]
async fn a_return_gives_what_the_person_is_by_then() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.happens("person.leave_started", "1017", Some("2026-11-30"))
        .await;
    it.happens("person.leave_ended", "1017", Some("2027-01-11"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-01T08:00:00Z")))
        .await;
    transferred(&it, "1017", "2026-12-14").await;
    it.play(&mut Answers::willing(), None).await;
    assert!(in_finance(&it));
    let mut moved = Rehearsal::of(&acme()).await;
    moved.seed().await;
    transferred(&moved, "1017", "2026-12-14").await;
    moved.play(&mut Answers::willing(), None).await;
    // Nothing of the work before comes back with them.
    let (is, should) = (&it.systems, &moved.systems);
    assert_eq!(is.accounts_of("1017"), should.accounts_of("1017"));
}

#[tokio::test]
async fn whoever_was_asked_for_one_day_is_told_the_other() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(at("2026-11-27T12:00:00Z")))
        .await;
    let asked = |it: &Rehearsal| -> Vec<String> {
        let letters = it.letters_about("Prepare the laptop").into_iter();
        letters.map(|sent| sent.letter.subject.clone()).collect()
    };
    let before = asked(&it);
    it.happens("person.date_moved", "1042", Some("2026-12-21"))
        .await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    // At once that it is put off, and when the time has come once more.
    let told = asked(&it);
    assert_eq!(told.len(), before.len() + 1, "{told:?}");
    assert!(told.last().unwrap().starts_with("Put off: "), "{told:?}");
    let opens = it.task(&hire, "laptop").await.window.opens;
    let until = opens + SignedDuration::from_hours(1);
    it.play(&mut Answers::none(), Some(until)).await;
    let after = asked(&it);
    assert_eq!(after.len(), told.len() + 1, "{after:?}");
    let due = it.task(&hire, "laptop").await.window.due;
    let day = due.strftime("%-d %b %Y").to_string();
    assert!(after.last().unwrap().contains(&day), "{after:?}");
    // The link of the first letter is still good.
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.task(&hire, "laptop").await.state, TaskState::Verified);
}

#[tokio::test]
async fn a_record_that_nobody_completes_is_left_out_by_name_and_a_complete_one_begins_anew() {
    let mut it = Rehearsal::of(&acme()).await;
    let payload = sample("incomplete-hire.json");
    let (_, answer) = it.send("first", &payload).await;
    let first = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    let mut people = Answers::by(|_, question, task| {
        let form = if question.may_waive {
            "waived"
        } else {
            "declined"
        };
        (task.id.as_str() == "complete-the-record").then(|| form_of(task, form))
    });
    it.play(&mut people, None).await;
    assert_eq!(it.case(&first).await.state, CaseState::Closed);
    // The same again changes nothing.
    let (_, answer) = it.send("again", &payload).await;
    assert_eq!(answer["case"].as_str(), Some(first.as_str()));
    let mut complete = sample("hire.json");
    complete["timestamp"] = json!(it.later(1));
    complete["data"]["employee_id"] = payload["data"]["employee_id"].clone();
    let (status, answer) = it.send("whole", &complete).await;
    assert_eq!(status, 202, "{answer}");
    let second = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    assert_eq!(
        second, first,
        "what was left out is wanted as something else now"
    );
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&second).await.state, CaseState::Closed);
}
