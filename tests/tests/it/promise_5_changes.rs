//! Promise 5, whatever HR changes: leave and return, a corrected record, another manager, another contract.

use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, CaseState, TaskState};
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::json;

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

/// Sends a change of the record and returns the case that it belongs to.
async fn changed(
    it: &Rehearsal,
    id: &str,
    kind: &str,
    day: &str,
    person: serde_json::Value,
) -> CaseId {
    let payload = json!({
        "type": kind, "timestamp": it.now(),
        "data": { "employee_id": "1017", "effective_date": day, "person": person },
    });
    let (status, answer) = it.send(id, &payload).await;
    assert!(status == 202 || status == 200, "{answer}");
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

/// In how many systems somebody can sign in.
fn active(it: &Rehearsal, employee: &str) -> usize {
    let accounts = it.systems.accounts_of(employee);
    accounts.values().flatten().filter(|a| a.active).count()
}

#[tokio::test]
async fn a_leave_suspends_what_people_have_and_the_return_restores_it() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let before = it.systems.accounts_of("1017");
    let leave = it.take_in("leave.json").await;
    it.play(&mut Answers::willing(), Some(at("2026-12-13T20:00:00Z")))
        .await;
    assert_eq!(active(&it, "1017"), 2);
    it.play(&mut Answers::willing(), Some(at("2026-12-14T08:00:00Z")))
        .await;
    assert_eq!(active(&it, "1017"), 0);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&leave).await.state, CaseState::Closed);
    let away = it.systems.accounts_of("1017");
    let kept = |accounts: &std::collections::BTreeMap<_, Option<latchkey_lifecycle::Account>>| {
        let all = accounts.values().flatten();
        all.map(|a| a.entitlements.clone()).collect::<Vec<_>>()
    };
    assert_eq!(kept(&away), kept(&before));
    let back = it.take_in("return.json").await;
    it.play(&mut Answers::willing(), Some(at("2027-03-14T20:00:00Z")))
        .await;
    assert_eq!(active(&it, "1017"), 0);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&back).await.state, CaseState::Closed);
    assert_eq!(it.systems.accounts_of("1017"), before);
}

#[tokio::test]
async fn a_return_that_is_known_beforehand_leaves_the_leave_alone_and_a_leave_that_is_off_takes_nothing()
 {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let leave = it.take_in("leave.json").await;
    let back = it
        .happens("person.leave_ended", "1017", Some("2027-03-15"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-20T08:00:00Z")))
        .await;
    assert_eq!(active(&it, "1017"), 0);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1017"), 2);
    for case in [&leave, &back] {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
    }

    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let leave = it.take_in("leave.json").await;
    it.happens("person.leave_ended", "1017", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&leave).await.state, CaseState::Superseded);
    assert_eq!(it.systems.applied().len(), 0);
}

#[tokio::test]
async fn a_leave_that_comes_after_the_word_of_its_end_lasts_until_then() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let mut leave = sample("leave.json");
    leave["timestamp"] = json!(it.now());
    it.clock.jump_to(it.later(1));
    it.happens("person.leave_ended", "1017", Some("2027-03-15"))
        .await;
    let (status, answer) = it.send("late", &leave).await;
    assert!(status < 300, "{answer}");
    it.play(&mut Answers::willing(), Some(at("2026-12-20T08:00:00Z")))
        .await;
    assert_eq!(active(&it, "1017"), 0);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1017"), 2);
}

#[tokio::test]
async fn a_return_without_a_day_from_a_leave_that_nobody_told_of_is_of_today() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let back = it.happens("person.leave_ended", "1017", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&back).await.state, CaseState::Closed);
    assert_eq!(active(&it, "1017"), 2);
    assert_eq!(it.systems.applied().len(), 0);
}

#[tokio::test]
async fn a_transfer_during_a_leave_changes_what_people_have_and_not_that_they_are_away() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.take_in("leave.json").await;
    it.play(&mut Answers::willing(), Some(at("2026-12-15T08:00:00Z")))
        .await;
    let person = json!({ "department": "Finance", "title": "Accountant" });
    changed(&it, "t", "person.transferred", "2027-01-11", person).await;
    it.play(&mut Answers::willing(), None).await;
    let accounts = it.systems.accounts_of("1017");
    let directory = accounts["directory"].as_ref().unwrap();
    assert!(!directory.active);
    assert!(directory.entitlements.iter().any(|e| e.name() == "finance"));
    it.happens("person.leave_ended", "1017", Some("2027-03-15"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    let accounts = it.systems.accounts_of("1017");
    let directory = accounts["directory"].as_ref().unwrap();
    assert!(directory.active);
    assert!(directory.entitlements.iter().any(|e| e.name() == "finance"));
}

#[tokio::test]
async fn a_contractor_who_becomes_an_employee_keeps_the_account_and_changes_what_it_has() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let names = |it: &Rehearsal, system: &str| -> Vec<String> {
        let accounts = it.systems.accounts_of("1017");
        let account = accounts[system].as_ref().unwrap();
        account
            .entitlements
            .iter()
            .map(|e| e.name().to_owned())
            .collect()
    };
    let contract = json!({ "employment_type": "contractor" });
    changed(&it, "a", "person.transferred", "2026-12-01", contract).await;
    it.play(&mut Answers::willing(), None).await;
    assert!(names(&it, "chat").contains(&"externals".to_owned()));
    assert!(!names(&it, "directory").contains(&"vpn".to_owned()));
    let contract = json!({ "employment_type": "employee" });
    changed(&it, "b", "person.transferred", "2027-02-01", contract).await;
    it.play(&mut Answers::willing(), None).await;
    assert!(!names(&it, "chat").contains(&"externals".to_owned()));
    assert!(names(&it, "directory").contains(&"vpn".to_owned()));
}

#[tokio::test]
async fn open_tasks_follow_another_manager_and_nothing_else_is_done() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it
        .happens("person.exiting", "1017", Some("2027-02-26"))
        .await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let person = json!({ "manager": "1003", "manager_email": "new.manager@acme.example" });
    let transfer = changed(&it, "m", "person.transferred", "2026-12-01", person).await;
    it.play(&mut Answers::willing(), Some(at("2026-12-20T08:00:00Z")))
        .await;
    let case = it.case(&exit).await;
    assert_eq!(
        case.person.unwrap().manager_email.as_deref(),
        Some("new.manager@acme.example")
    );
    assert_eq!(case.revision.0, 2);
    let mailbox = it.task(&exit, "tools.mailbox").await;
    assert!(format!("{:?}", mailbox.work).contains("new.manager@acme.example"));
    // The transfer itself has nothing to do.
    assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    assert_eq!(it.stack.ledger.tasks(&transfer).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_record_that_is_corrected_before_the_first_day_changes_the_hire() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), Some(at("2026-12-04T08:30:00Z")))
        .await;
    assert_eq!(
        it.task(&hire, "accounts.directory").await.state,
        TaskState::Verified
    );
    let payload = json!({
        "type": "person.transferred", "timestamp": it.now(),
        "data": { "employee_id": "1042", "person": { "department": "Finance", "title": "Accountant" } },
    });
    let (status, answer) = it.send("c", &payload).await;
    assert_eq!(
        (status, answer["case"].as_str()),
        (202, Some(hire.as_str()))
    );
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    let accounts = it.systems.accounts_of("1042");
    let groups = &accounts["directory"].as_ref().unwrap().entitlements;
    assert!(groups.iter().any(|e| e.name() == "finance"));
    assert!(!groups.iter().any(|e| e.name() == "sales"), "{groups:?}");
    // What an owner had given by hand for the other work is not on the checklist any more; what is asked for
    // otherwise was asked for again.
    assert_eq!(it.task(&hire, "tools.crm").await.state, TaskState::Verified);
    assert_eq!(it.task(&hire, "tools.erp").await.state, TaskState::Verified);
}

#[tokio::test]
async fn a_correction_of_a_leavers_record_gives_nothing_back() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it
        .happens("person.exiting", "1017", Some("2026-11-30"))
        .await;
    it.play(&mut Answers::willing(), Some(at("2026-12-14T08:00:00Z")))
        .await;
    assert_eq!(active(&it, "1017"), 0);
    let person = json!({ "department": "Finance", "title": "Accountant" });
    let change = json!({
        "type": "person.transferred", "timestamp": it.now(),
        "data": { "employee_id": "1017", "effective_date": "2026-12-14", "person": person },
    });
    // It is kept for the case that the exit is withdrawn.
    let (status, answer) = it.send("late", &change).await;
    assert_eq!(
        (status, answer["case"].as_str()),
        (200, Some(exit.as_str()))
    );
    let note = answer["note"].as_str().unwrap();
    assert!(note.contains("a day on which they do not work"), "{note}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1017"), 0);
}

#[tokio::test]
async fn an_exit_that_is_closed_ends_what_was_open_until_then() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let exit = it
        .happens("person.exiting", "1042", Some("2026-12-18"))
        .await;
    // Nobody does anything for the hire, everybody for the exit.
    let mut answers = Answers::by({
        let exit = exit.clone();
        move |_, question, task| {
            (question.case == exit).then(|| latchkey_tests::form_of(task, "done"))
        }
    });
    it.play(&mut answers, None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    let hire = it.case(&hire).await;
    assert_eq!(
        (hire.state, hire.superseded_by),
        (CaseState::Superseded, Some(exit))
    );
    assert_eq!(active(&it, "1042"), 0);
    let open = it.stack.ledger.cases(latchkey_ledger::Shelf::Open, 9).await;
    assert_eq!(open.unwrap(), []);
}

/// Rafael, a contractor in Sales, becomes an employee under another id.
fn becomes_an_employee(it: &Rehearsal, day: &str) -> serde_json::Value {
    json!({
        "type": "person.hired", "timestamp": it.now(),
        "data": {
            "employee_id": "1130", "effective_date": day,
            "person": {
                "previous_employee_id": "1030", "given_name": "Rafael", "family_name": "Costa",
                "department": "Sales", "title": "Account Executive", "level": "L3", "country": "GB",
                "employment_type": "employee",
            },
        },
    })
}

#[tokio::test]
async fn a_contractor_with_another_id_as_an_employee_keeps_the_accounts() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let was = it.systems.accounts_of("1030");
    let (name, had) = was["directory"]
        .as_ref()
        .map(|a| (a.name.clone(), a.entitlements.clone()))
        .unwrap();
    // The end of the contract is confirmed first, as it often is.
    let contract = it
        .happens("person.exiting", "1030", Some("2026-12-31"))
        .await;
    it.play(&mut Answers::willing(), Some(it.later(24))).await;
    let (status, answer) = it
        .send("hired", &becomes_an_employee(&it, "2027-01-01"))
        .await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(
        it.send("again", &becomes_an_employee(&it, "2027-01-01"))
            .await
            .0,
        200
    );
    let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    it.play(&mut Answers::willing(), Some(at("2027-01-02T08:00:00Z")))
        .await;
    assert_eq!(it.case(&contract).await.state, CaseState::Superseded);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    let is = it.systems.accounts_of("1130");
    let directory = is["directory"].as_ref().unwrap();
    assert_eq!((&directory.name, directory.active), (&name, true));
    assert!(directory.entitlements.is_superset(&had));
    assert!(
        !it.systems
            .applied()
            .iter()
            .any(|c| c.change.contains("suspend") || c.change.contains("create"))
    );
    assert_eq!(active(&it, "1030"), 0);
    // What HR says of the old id afterwards cuts nobody off, but an urgent exit is about the person.
    let (status, answer) = it
        .send(
            "end",
            &json!({
                "type": "person.exiting", "timestamp": it.now(),
                "data": { "employee_id": "1030", "effective_date": "2027-01-31" },
            }),
        )
        .await;
    // It is a month after the end of the old contract: HR is asked.
    assert_eq!(status, 202, "{answer}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1130"), 2);
    it.happens("person.exit.urgent", "1030", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1130"), 0);
}

#[tokio::test]
async fn who_went_over_to_another_id_and_left_is_hired_again_like_anybody() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.send("hired", &becomes_an_employee(&it, "2027-01-01"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    it.happens("person.exiting", "1130", Some("2027-06-30"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1130"), 0);
    // HR's record still says who they were before.
    let (status, answer) = it
        .send("again", &becomes_an_employee(&it, "2027-09-01"))
        .await;
    assert_eq!(status, 202, "{answer}");
    let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    assert!(it.case(&case).await.kind.joins());
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    assert_eq!(active(&it, "1130"), 2);
}

#[tokio::test]
async fn who_left_under_another_id_comes_back_to_the_old_accounts() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let was = it.systems.accounts_of("1030");
    it.happens("person.exiting", "1030", Some("2026-11-30"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1030"), 0);
    let (status, _) = it
        .send("hired", &becomes_an_employee(&it, "2027-03-01"))
        .await;
    assert_eq!(status, 202);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "1130"), 2);
    let is = it.systems.accounts_of("1130");
    assert_eq!(
        is["directory"].as_ref().unwrap().name,
        was["directory"].as_ref().unwrap().name
    );
    assert_eq!(active(&it, "1030"), 0);
}
