//! What HR systems were seen to send, as whole stories: a contract with a gap before the next one, an exit that is
//! withdrawn in the same breath as a rehire, a clock that is a year ahead, and a previous id that is somebody else's.

use jiff::Timestamp;
use latchkey_lifecycle::{CaseState, EventKind};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ines(employee: &str, kind: &str, more: &Value) -> Value {
    let mut person = json!({
        "given_name": "Ines", "family_name": "Moravec", "department": "Sales", "title": "Account Executive",
        "level": "L3", "employment_type": "employee", "country": "DE",
    });
    for (name, value) in more.as_object().unwrap() {
        person[name] = value.clone();
    }
    json!({ "type": kind, "data": { "employee_id": employee, "person": person } })
}

/// Sends an event that HR decided then.
async fn decided(it: &Rehearsal, mut payload: Value, then: Timestamp, day: Option<&str>) -> Value {
    payload["timestamp"] = json!(then);
    if let Some(day) = day {
        payload["data"]["effective_date"] = json!(day);
    }
    let delivery = format!(
        "{}-{}-{then}",
        payload["type"], payload["data"]["employee_id"]
    );
    let (status, answer) = it.send(&delivery.replace('"', ""), &payload).await;
    assert!(matches!(status, 200 | 202), "{answer}");
    answer
}

fn about(employee: &str, kind: &str) -> Value {
    json!({ "type": kind, "data": { "employee_id": employee } })
}

fn active(it: &Rehearsal, employee: &str) -> usize {
    let accounts = it.systems.accounts_of(employee);
    accounts.values().flatten().filter(|a| a.active).count()
}

#[tokio::test]
async fn between_two_contracts_with_a_gap_nobody_has_access() {
    let mut it = Rehearsal::of(&acme()).await;
    let contractor = json!({ "employment_type": "contractor" });
    let hire = ines("C204", "person.hired", &contractor);
    decided(&it, hire, it.now(), Some("2026-12-01")).await;
    it.play(&mut Answers::willing(), Some(at("2026-12-02T12:00:00Z")))
        .await;
    assert_eq!(active(&it, "C204"), 2);
    let exit = decided(
        &it,
        about("C204", "person.exiting"),
        it.now(),
        Some("2026-12-18"),
    )
    .await;
    it.clock.jump_to(it.later(1));
    let previous = json!({ "previous_employee_id": "C204" });
    let hire = ines("E204", "person.hired", &previous);
    let hired = decided(&it, hire, it.now(), Some("2027-02-01")).await;
    it.play(&mut Answers::willing(), Some(at("2027-01-04T12:00:00Z")))
        .await;
    let id =
        |answer: &Value| latchkey_lifecycle::CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    assert_eq!(active(&it, "C204") + active(&it, "E204"), 0, "in the gap");
    assert!(it.case(&id(&exit)).await.state != CaseState::Superseded);
    assert_eq!(it.case(&id(&hired)).await.kind, EventKind::Hire);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!((active(&it, "C204"), active(&it, "E204")), (0, 2));
    assert_eq!(it.case(&id(&exit)).await.state, CaseState::Closed);
}

#[tokio::test]
async fn what_is_left_to_do_under_an_earlier_id_is_done_on_the_account_that_there_is() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = ines(
        "C207",
        "person.hired",
        &json!({ "employment_type": "contractor" }),
    );
    decided(&it, hire, it.now(), Some("2026-12-01")).await;
    it.play(&mut Answers::willing(), Some(at("2026-12-02T12:00:00Z")))
        .await;
    let engineer = json!({ "department": "Engineering", "title": "Engineer" });
    let moved = ines("C207", "person.transferred", &engineer);
    let moved = decided(&it, moved, it.now(), Some("2026-12-14")).await;
    // The old access goes after the handover; before that, the contractor becomes an employee under another id.
    let mut employee = engineer.clone();
    employee["previous_employee_id"] = json!("C207");
    let hire = ines("E207", "person.hired", &employee);
    decided(&it, hire, it.later(1), Some("2026-12-16")).await;
    it.play(&mut Answers::willing(), None).await;
    let id = latchkey_lifecycle::CaseId::new(moved["case"].as_str().unwrap()).unwrap();
    assert_eq!(it.case(&id).await.state, CaseState::Closed);
    assert_eq!((active(&it, "C207"), active(&it, "E207")), (0, 2));
    let accounts = it.systems.accounts_of("C207");
    assert!(accounts.values().all(Option::is_none), "{accounts:?}");
    let mut twin = ines("E208", "person.hired", &engineer);
    twin["data"]["person"]["given_name"] = json!("Iva");
    decided(&it, twin, it.now(), None).await;
    it.play(&mut Answers::willing(), None).await;
    let has = |employee: &str| {
        let accounts = it.systems.accounts_of(employee);
        let has = |account: Option<latchkey_lifecycle::Account>| account.unwrap().entitlements;
        accounts.into_values().map(has).collect::<Vec<_>>()
    };
    assert_eq!(has("E207"), has("E208"));
}

#[tokio::test]
async fn who_leaves_under_a_later_id_leaves_nothing_open_under_an_earlier_one() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = ines(
        "C209",
        "person.hired",
        &json!({ "employment_type": "contractor" }),
    );
    decided(&it, hire, it.now(), Some("2026-12-01")).await;
    it.play(&mut Answers::willing(), Some(at("2026-12-02T12:00:00Z")))
        .await;
    let engineer = json!({ "department": "Engineering", "title": "Engineer" });
    let moved = ines("C209", "person.transferred", &engineer);
    let moved = decided(&it, moved, it.now(), Some("2026-12-14")).await;
    let mut employee = engineer.clone();
    employee["previous_employee_id"] = json!("C209");
    let hire = ines("E209", "person.hired", &employee);
    decided(&it, hire, it.later(1), Some("2026-12-16")).await;
    // Nobody answers about the handover, so the transfer of the old id is open when they leave.
    it.play(&mut Answers::none(), Some(at("2026-12-17T12:00:00Z")))
        .await;
    let exit = about("E209", "person.exiting");
    decided(&it, exit, it.now(), Some("2026-12-18")).await;
    it.play(&mut Answers::willing(), None).await;
    let id = latchkey_lifecycle::CaseId::new(moved["case"].as_str().unwrap()).unwrap();
    let case = it.case(&id).await;
    assert!(case.state.is_ended(), "{:?}", case.state);
    assert_eq!((active(&it, "C209"), active(&it, "E209")), (0, 0));
}

#[tokio::test]
async fn a_leave_that_is_called_off_gives_back_what_is_theirs_that_day_and_nothing_before_a_first_day()
 {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = ines("9602", "person.hired", &json!({}));
    decided(&it, hire, it.now(), Some("2026-12-14")).await;
    let leave = about("9602", "person.leave_started");
    decided(&it, leave, it.later(1), Some("2027-02-01")).await;
    it.clock.jump_to(it.later(2));
    decided(&it, about("9602", "person.leave_ended"), it.now(), None).await;
    it.play(&mut Answers::willing(), Some(at("2026-12-02T12:00:00Z")))
        .await;
    assert_eq!(active(&it, "9602"), 0, "weeks before the first day");
    it.play(&mut Answers::willing(), Some(at("2026-12-15T12:00:00Z")))
        .await;
    assert_eq!(active(&it, "9602"), 2, "a day after it");
    let had = it.systems.accounts_of("9602");
    // Before the day on which the leave would have begun, a transfer for a day before that is confirmed.
    let mut transfer = ines("9602", "person.transferred", &json!({}));
    transfer["data"]["person"]["department"] = json!("Engineering");
    transfer["data"]["person"]["title"] = json!("Engineer");
    decided(&it, transfer, it.now(), Some("2027-01-11")).await;
    it.play(&mut Answers::willing(), Some(at("2026-12-16T12:00:00Z")))
        .await;
    assert_eq!(it.systems.accounts_of("9602"), had, "given weeks early");
}

#[tokio::test]
async fn an_exit_that_is_withdrawn_in_one_breath_with_a_rehire_is_finished_and_the_hire_begins() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = ines("9601", "person.hired", &json!({}));
    decided(&it, hire.clone(), it.now(), Some("2026-11-24")).await;
    it.play(&mut Answers::willing(), Some(at("2026-11-25T12:00:00Z")))
        .await;
    let exit = decided(
        &it,
        about("9601", "person.exiting"),
        it.now(),
        Some("2026-11-27"),
    )
    .await;
    it.clock.jump_to(at("2026-11-28T09:00:00Z"));
    decided(&it, hire, it.now(), Some("2026-12-21")).await;
    let withdrawn = decided(&it, about("9601", "person.exit_withdrawn"), it.now(), None).await;
    assert!(
        withdrawn["note"]
            .as_str()
            .unwrap()
            .contains("the exit stands"),
        "{withdrawn}"
    );
    it.play(&mut Answers::willing(), Some(at("2026-12-10T12:00:00Z")))
        .await;
    assert_eq!(active(&it, "9601"), 0);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "9601"), 2);
    let exit = latchkey_lifecycle::CaseId::new(exit["case"].as_str().unwrap()).unwrap();
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    let cases = it
        .stack
        .ledger
        .cases(latchkey_ledger::Shelf::Open, 10)
        .await
        .unwrap();
    assert!(cases.is_empty(), "nothing waits for ever: {cases:?}");
}

#[tokio::test]
async fn a_clock_that_is_a_year_ahead_does_not_deafen_latchkey_for_a_year() {
    let mut it = Rehearsal::of(&acme()).await;
    let ahead = at("2027-11-23T10:00:00Z");
    let hire = ines("9701", "person.hired", &json!({}));
    decided(&it, hire, ahead, Some("2026-12-14")).await;
    it.clock.jump_to(it.later(1));
    let rescinded = decided(&it, about("9701", "person.hire_rescinded"), it.now(), None).await;
    assert_eq!(rescinded["note"], Value::Null, "{rescinded}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, "9701"), 0);
    // HR and operations are told once that day.
    let told = it.letters_about("The clock of generic is ahead");
    let to: std::collections::BTreeSet<&str> =
        told.iter().map(|sent| sent.letter.to.as_str()).collect();
    assert_eq!(told.len(), to.len());
    assert!(!told.is_empty());
}

#[tokio::test]
async fn a_previous_id_that_is_somebody_elses_is_asked_and_each_stands_alone_until_then() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    // 1021 is Jonas; his number was written into the record of Ines.
    let previous = json!({ "previous_employee_id": "1021" });
    let hire = ines("9801", "person.hired", &previous);
    let hired = decided(&it, hire, it.now(), Some("2026-12-07")).await;
    let note = hired["note"].as_str().unwrap();
    assert!(
        note.contains("1021") && note.contains("HR has been given a task"),
        "{note}"
    );
    it.clock.jump_to(it.later(1));
    let exit = decided(
        &it,
        about("1021", "person.exiting"),
        it.now(),
        Some("2026-12-18"),
    )
    .await;
    // It is carried out, and who may be the same person is named until HR answers.
    let note = exit["note"].as_str().unwrap();
    assert!(note.starts_with("Nothing is taken from employee"), "{note}");
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letter = it.letters_about("are one person")[0];
    let question = it.question_of(letter).unwrap();
    let form = |answer: &str| {
        let fields = [
            ("answer", "done"),
            ("by", "Pia in HR"),
            ("field.oneHuman", answer),
        ];
        fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    };
    let (status, page) = it.page(&question, Some(&form("no"))).await;
    assert_eq!(status, 200, "{page}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!((active(&it, "1021"), active(&it, "9801")), (0, 2));
}

/// DynamoDB takes 100 writes in one transaction.
#[tokio::test]
async fn somebody_with_a_long_story_leaves_like_anybody() {
    let it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let first: jiff::civil::Date = "2027-01-04".parse().unwrap();
    for n in 0..45 {
        let day = first.saturating_add(jiff::Span::new().days(n)).to_string();
        let title = json!({ "title": format!("Specialist {n}") });
        let change = json!({ "type": "person.transferred", "data": { "employee_id": "1017", "person": title } });
        it.clock.jump_to(it.later(1));
        decided(&it, change, it.now(), Some(&day)).await;
    }
    it.clock.jump_to(it.later(1));
    let exit = decided(
        &it,
        about("1017", "person.exiting"),
        it.now(),
        Some("2027-06-30"),
    )
    .await;
    assert_eq!(exit["note"], Value::Null, "{exit}");
    let who = latchkey_lifecycle::EmployeeId::new("1017").unwrap();
    let cases = it.stack.ledger.each_case_of(&who).await.unwrap();
    assert_eq!(cases.len(), 46);
    let until =
        |case: &latchkey_lifecycle::Case| case.grounds.as_ref().map(|grounds| grounds.until);
    let end = latchkey_lifecycle::Until::Day("2027-07-01".parse().unwrap());
    let gives = cases
        .iter()
        .filter(|row| row.item.kind == EventKind::Transfer);
    assert!(gives.clone().count() == 45 && gives.clone().all(|row| until(&row.item) == Some(end)));
}
