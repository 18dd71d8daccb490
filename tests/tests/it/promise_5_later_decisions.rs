//! Promise 5: the later decision wins.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{Account, CaseId, CaseState, EmployeeId, TaskState};
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The person's accounts in which they can sign in.
fn active(it: &Rehearsal, employee: &str) -> Vec<Account> {
    let accounts = it.systems.accounts_of(employee).into_values().flatten();
    accounts.filter(|account| account.active).collect()
}

async fn states(it: &Rehearsal, cases: &[&CaseId]) -> Vec<CaseState> {
    let mut all = Vec::new();
    for case in cases {
        all.push(it.case(case).await.state);
    }
    all
}

async fn all_ended(it: &Rehearsal, case: &CaseId) -> bool {
    it.tasks(case)
        .await
        .iter()
        .all(|task| task.state.is_ended())
}

#[tokio::test]
async fn a_moved_start_date_moves_the_windows_and_keeps_what_was_done() {
    for kind in ["person.date_moved", "person.hired"] {
        let mut it = Rehearsal::of(&acme()).await;
        let hire = it.take_in("hire.json").await;
        it.play(&mut Answers::willing(), Some(at("2026-11-27T12:00:00Z")))
            .await;
        let laptop = it.task(&hire, "laptop").await;
        assert_eq!(laptop.state, TaskState::Verified);
        let before = it.task(&hire, "accounts.directory").await.window;

        let moved = it.happens(kind, "1042", Some("2026-12-21")).await;
        assert_eq!(moved, hire, "{kind}");
        it.play(&mut Answers::willing(), Some(it.now())).await;
        let after = it.task(&hire, "accounts.directory").await.window;
        assert_eq!(
            after.opens.duration_since(before.opens),
            SignedDuration::from_hours(14 * 24)
        );
        assert_eq!(it.task(&hire, "laptop").await.ended_at, laptop.ended_at);

        it.play(&mut Answers::willing(), None).await;
        let case = it.case(&hire).await;
        assert_eq!(
            (case.state, case.revision.0),
            (CaseState::Closed, 2),
            "{kind}"
        );
        let changes = it.systems.applied();
        assert!(
            changes.iter().all(|change| change.at >= after.opens),
            "{changes:?}"
        );
        assert!(it.recorded(&hire, None).await.contains(&"moved".to_owned()));
        assert_eq!(
            it.letters_about("Prepare the laptop").len(),
            1,
            "asked once"
        );
    }
}

#[tokio::test]
async fn a_start_date_moved_into_the_past_is_carried_out_at_once_and_shows_as_late() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    it.happens("person.date_moved", "1042", Some("2026-11-20"))
        .await;
    let now = it.now();
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let task = it.task(&hire, "accounts.directory").await;
    assert_eq!(
        (task.state, task.on_time()),
        (TaskState::Verified, Some(false))
    );
    assert!(it.systems.applied().iter().all(|change| change.at >= now));
}

#[tokio::test]
async fn a_moved_last_day_moves_the_exit() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it.take_in("exit.json").await;
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    assert_eq!(
        it.happens("person.exiting", "1021", Some("2026-12-11"))
            .await,
        exit
    );
    it.play(&mut Answers::willing(), None).await;
    let changes = it.systems.applied();
    let day = at("2026-12-11T16:30:00Z");
    assert!(!changes.is_empty() && changes.iter().all(|change| change.at >= day));
    assert!(changes.iter().any(|change| change.at == day), "{changes:?}");
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
}

#[tokio::test]
async fn a_moved_date_that_could_be_of_two_cases_is_asked_for() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.happens("person.exiting", "1042", Some("2027-06-30"))
        .await;
    it.clock.jump_to(it.later(1));
    let moved = it
        .happens("person.date_moved", "1042", Some("2026-12-21"))
        .await;
    assert_ne!(moved, hire);
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    assert_eq!(it.letters_about("Say what the moved date means").len(), 1);
    assert_eq!(it.case(&hire).await.revision.0, 1);
}

#[tokio::test]
async fn a_rescinded_hire_ends_before_anything_was_given() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let asked = it.letters.len();
    let back = it.happens("person.hire_rescinded", "1042", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(
        states(&it, &[&hire, &back]).await,
        [CaseState::Superseded, CaseState::Closed]
    );
    assert!(all_ended(&it, &hire).await);
    assert_eq!(it.case(&hire).await.superseded_by, Some(back.clone()));
    assert!(
        it.systems
            .accounts_of("1042")
            .into_values()
            .flatten()
            .next()
            .is_none()
    );
    assert!(it.systems.applied().is_empty());
    // Whoever was asked is told to undo it, and nobody is asked for anything of the hire any more.
    let later: Vec<&str> = it.letters[asked..]
        .iter()
        .map(|s| s.letter.subject.as_str())
        .collect();
    assert!(
        later
            .iter()
            .any(|s| s.starts_with("Undo: Prepare the laptop")),
        "{later:?}"
    );
    assert!(
        later
            .iter()
            .all(|s| s.starts_with("Undo") || s.starts_with("Closed")),
        "{later:?}"
    );
}

#[tokio::test]
async fn a_hire_rescinded_after_access_was_given_takes_it_back() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let day = at("2026-12-04T12:00:00Z");
    it.play(&mut Answers::willing(), Some(day)).await;
    assert_eq!(active(&it, "1042").len(), 2);
    let back = it.happens("person.hire_rescinded", "1042", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1042"), []);
    let expected = [CaseState::Superseded, CaseState::Closed];
    assert_eq!(states(&it, &[&hire, &back]).await, expected);
    let undone = it.task(&back, "undo.laptop").await;
    assert_eq!(undone.state, TaskState::Verified);
    let last = it.systems.applied().last().unwrap().at;
    assert!(last < day + SignedDuration::from_hours(1));
}

#[tokio::test]
async fn a_hire_rescinded_when_they_have_worked_here_for_weeks_is_for_hr_to_look_at() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    it.clock.jump_to(at("2026-12-22T12:00:00Z"));
    it.happens("person.hire_rescinded", "1042", None).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let asked = it.letters_about("Say what the rescinded hire means");
    assert_eq!(asked.len(), 1);
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(active(&it, "1042").len(), 2);
}

#[tokio::test]
async fn a_rescission_of_a_hire_that_nobody_told_of_takes_what_is_there() {
    let mut it = Rehearsal::of(&acme()).await;
    let there = Account {
        employee_id: Some(EmployeeId::new("1042").unwrap()),
        name: "zoe".to_owned(),
        active: true,
        attributes: BTreeMap::new(),
        entitlements: BTreeSet::new(),
    };
    it.systems.get("directory").put("zoe", there);
    let mut hire = sample("hire.json");
    hire["timestamp"] = json!(it.now());
    it.clock.jump_to(it.later(1));
    let back = it.happens("person.hire_rescinded", "1042", None).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let said: Vec<&str> = it.letters.iter().map(|l| l.letter.text.as_str()).collect();
    assert_eq!(it.case(&back).await.state, CaseState::Closed, "{said:?}");
    assert_eq!(active(&it, "1042"), []);
    it.send("late", &hire).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(active(&it, "1042"), []);
}

#[tokio::test]
async fn a_rescission_about_somebody_who_has_worked_here_for_years_is_for_hr_to_look_at() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let back = it.happens("person.hire_rescinded", "1021", None).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(
        it.task(&back, "carry-out-by-hand").await.state,
        TaskState::Asked
    );
    assert!(it.systems.applied().is_empty());
}

#[tokio::test]
async fn a_hire_that_comes_after_its_own_rescission_gives_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    let mut hire = sample("hire.json");
    hire["timestamp"] = json!(it.now());
    it.clock.jump_to(it.later(1));
    let back = it.happens("person.hire_rescinded", "1042", None).await;
    let (status, answer) = it.send("late", &hire).await;
    assert_eq!(
        (status, answer["case"].as_str()),
        (202, Some(back.as_str())),
        "{answer}"
    );
    assert!(
        answer["note"].as_str().unwrap().contains("rescinded"),
        "{answer}"
    );
    it.play(&mut Answers::none(), Some(at("2027-01-15T12:00:00Z")))
        .await;
    assert!(it.systems.applied().is_empty());
    assert_eq!(it.case(&back).await.state, CaseState::Closed);
    // Confirmed anew it is a hire again.
    it.clock.jump_to(it.later(1));
    let anew = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&anew).await.state, CaseState::Closed);
    assert_eq!(active(&it, "1042").len(), 2);
}

#[tokio::test]
async fn a_rescinded_hire_that_is_confirmed_again_for_the_same_day_is_carried_out() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    it.happens("person.hire_rescinded", "1042", None).await;
    it.play(&mut Answers::willing(), Some(it.later(24))).await;
    let again = it.take_in("hire.json").await;
    assert_ne!(again, hire);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(
        states(&it, &[&hire, &again]).await,
        [CaseState::Superseded, CaseState::Closed]
    );
    assert_eq!(active(&it, "1042").len(), 2);
}

#[tokio::test]
async fn an_exit_withdrawn_in_time_interrupts_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let before = it.systems.accounts_of("1021");
    let exit = it.take_in("exit.json").await;
    it.play(&mut Answers::willing(), Some(it.later(48))).await;
    let stays = it.happens("person.exit_withdrawn", "1021", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(
        states(&it, &[&exit, &stays]).await,
        [CaseState::Superseded, CaseState::Closed]
    );
    assert_eq!(it.systems.accounts_of("1021"), before);
    assert!(it.systems.applied().is_empty());
    assert_eq!(
        it.task(&stays, "undo.announce").await.state,
        TaskState::Verified
    );
}

#[tokio::test]
async fn an_exit_withdrawn_too_late_gives_back_what_was_taken() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let before = it.systems.accounts_of("1021");
    let exit = it.take_in("exit.json").await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1021"), []);
    let stays = it.happens("person.exit_withdrawn", "1021", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(
        states(&it, &[&exit, &stays]).await,
        [CaseState::Closed, CaseState::Closed]
    );
    assert_eq!(it.systems.accounts_of("1021"), before);
}

#[tokio::test]
async fn an_urgent_exit_takes_the_place_of_everything_that_is_open() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let exit = it
        .happens("person.exiting", "1042", Some("2027-06-30"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-04T12:00:00Z")))
        .await;
    assert_eq!(active(&it, "1042").len(), 2);
    let cut = it.happens("person.exit.urgent", "1042", None).await;
    it.play(&mut Answers::willing(), None).await;
    let expected = [
        CaseState::Superseded,
        CaseState::Superseded,
        CaseState::Closed,
    ];
    assert_eq!(states(&it, &[&hire, &exit, &cut]).await, expected);
    assert!(all_ended(&it, &hire).await && all_ended(&it, &exit).await);
    assert_eq!(active(&it, "1042"), []);
}

#[tokio::test]
async fn an_exit_before_the_first_day_takes_the_place_of_the_hire_and_a_later_one_does_not() {
    for (last_day, hired) in [
        ("2026-12-01", CaseState::Superseded),
        ("2027-06-30", CaseState::Closed),
    ] {
        let mut it = Rehearsal::of(&acme()).await;
        let hire = it.take_in("hire.json").await;
        it.play(&mut Answers::willing(), Some(it.later(1))).await;
        let exit = it.happens("person.exiting", "1042", Some(last_day)).await;
        it.play(&mut Answers::willing(), None).await;
        assert_eq!(
            states(&it, &[&hire, &exit]).await,
            [hired, CaseState::Closed],
            "{last_day}"
        );
        assert_eq!(active(&it, "1042"), [], "{last_day}");
    }
}

#[tokio::test]
async fn a_link_of_a_superseded_task_is_dead() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let sent = it.letters_about("Prepare the laptop")[0].clone();
    it.happens("person.hire_rescinded", "1042", None).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let before = it.task(&hire, "laptop").await;
    let form = form_of(&before, "done");
    let (status, _) = it.page(&it.question_of(&sent).unwrap(), Some(&form)).await;
    assert_eq!(status, 410);
    let after = it.task(&hire, "laptop").await;
    assert_eq!((after.state, after.answer), (TaskState::Waived, None));
}

#[tokio::test]
async fn a_withdrawal_that_comes_after_the_exit_was_confirmed_again_is_hrs_to_look_at() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.clock.jump_to(it.later(1));
    let withdrawn = json!({
        "type": "person.exit_withdrawn", "timestamp": it.now(), "data": { "employee_id": "1021" },
    });
    it.clock.jump_to(it.later(1));
    let exit = it.take_in("exit.json").await;
    let (status, answer) = it.send("late", &withdrawn).await;
    assert_eq!(status, 202, "{answer}");
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("No exit is known that it could withdraw"),
        "{note}"
    );
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    assert_eq!(active(&it, "1021"), []);
}

fn transfer(it: &Rehearsal, department: &str, title: &str, day: &str) -> serde_json::Value {
    json!({
        "type": "person.transferred", "timestamp": it.now(),
        "data": {
            "employee_id": "1017", "effective_date": day,
            "person": { "department": department, "title": title },
        },
    })
}

#[tokio::test]
async fn two_transfers_at_once_leave_what_the_later_one_gives_and_interrupt_nothing() {
    // The second begins in the overlap of the first, while its old access is still to be taken back.
    for second in ["2026-12-02", "2026-12-08", "2026-12-20"] {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let finance = transfer(&it, "Finance", "Accountant", "2026-12-01");
        assert_eq!(it.send("first", &finance).await.0, 202);
        it.play(&mut Answers::willing(), Some(it.later(1))).await;
        let engineering = transfer(&it, "Engineering", "Platform Engineer", second);
        assert_eq!(it.send("second", &engineering).await.0, 202);
        it.play(&mut Answers::willing(), None).await;

        let accounts = it.systems.accounts_of("1017");
        let directory = accounts["directory"].as_ref().unwrap();
        let groups: Vec<&str> = directory.entitlements.iter().map(|e| e.name()).collect();
        assert!(
            groups.contains(&"engineering") && !groups.contains(&"finance"),
            "{second}: {groups:?}"
        );
        assert!(groups.contains(&"everyone"), "{second}: {groups:?}");
        let applied = it.systems.applied();
        let cut = applied
            .iter()
            .find(|c| c.change.contains("everyone") || c.change.contains("suspend"));
        assert_eq!(cut.map(|c| &c.change), None, "{second}");
        assert_eq!(
            it.stack
                .ledger
                .cases(latchkey_ledger::Shelf::Open, 9)
                .await
                .unwrap(),
            []
        );
    }
}

#[tokio::test]
async fn what_comes_late_for_a_hire_is_not_given_after_the_last_day() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    it.systems.deafen("chat", true);
    let exit = it
        .happens("person.exiting", "1042", Some("2026-12-11"))
        .await;
    it.play(&mut Answers::none(), Some(at("2026-12-14T09:00:00Z")))
        .await;
    it.systems.deafen("chat", false);
    it.play(&mut Answers::willing(), Some(at("2026-12-21T09:00:00Z")))
        .await;
    assert!(!it.case(&hire).await.state.is_ended() || it.case(&exit).await.state.is_ended());
    assert_eq!(active(&it, "1042"), []);
}

#[tokio::test]
async fn a_transfer_for_an_earlier_day_gives_nothing_of_one_that_was_confirmed_before_for_a_later_day()
 {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let groups = |it: &Rehearsal| -> Vec<String> {
        let accounts = it.systems.accounts_of("1017");
        let directory = accounts["directory"].as_ref().unwrap();
        let names = directory.entitlements.iter().map(|e| e.name().to_owned());
        names.collect()
    };
    let before = groups(&it);
    let finance = transfer(&it, "Finance", "Accountant", "2026-12-14");
    assert_eq!(it.send("first", &finance).await.0, 202);
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let between = transfer(&it, "Marketing", "Copywriter", "2026-12-03");
    assert_eq!(it.send("second", &between).await.0, 202);
    it.play(&mut Answers::willing(), Some(at("2026-12-04T20:00:00Z")))
        .await;
    let then = groups(&it);
    assert!(!then.contains(&"finance".to_owned()), "{then:?}");
    it.play(&mut Answers::willing(), None).await;
    let after = groups(&it);
    assert!(after.contains(&"finance".to_owned()), "{after:?}");
    // Nothing of what the person had before, or in between, stays.
    let mut finance_only = Rehearsal::of(&acme()).await;
    finance_only.seed().await;
    let finance = transfer(&finance_only, "Finance", "Accountant", "2026-12-14");
    assert_eq!(finance_only.send("only", &finance).await.0, 202);
    finance_only.play(&mut Answers::willing(), None).await;
    assert_eq!(after, groups(&finance_only), "had {before:?}");
}

#[tokio::test]
async fn a_leave_that_is_off_does_not_end_another_one_that_begins_earlier() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.happens("person.leave_started", "1017", Some("2026-12-16"))
        .await;
    it.play(&mut Answers::willing(), Some(it.later(24))).await;
    it.happens("person.leave_ended", "1017", None).await;
    it.play(&mut Answers::willing(), Some(it.later(24))).await;
    it.clock.jump_to(it.later(24));
    it.happens("person.leave_started", "1017", Some("2026-12-14"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1017"), []);
}
