//! Promise 4: what HR sends and nobody can read, and what stands against a later word, is never ignored without a
//! reason: HR is asked, or told.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use latchkey_decisions::{Deps, Reply, receive};
use latchkey_hris::{Outgoing, RecordError, RecordRequest, Records, SourceSecret, source};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{Case, CaseId, CaseState, EventKind};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::{Value, json};

pub(crate) fn case_of(answer: &Value) -> CaseId {
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

pub(crate) async fn cases(it: &Rehearsal, employee: &str) -> Vec<Case> {
    let mut all = Vec::new();
    for shelf in [Shelf::Open, Shelf::Closed] {
        all.extend(it.stack.ledger.cases(shelf, 50).await.unwrap());
    }
    all.retain(|case: &Case| case.employee_id.as_str() == employee);
    all.sort_by_key(|case| case.opened_at);
    all
}

fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut form = vec![
        ("answer".to_owned(), "done".to_owned()),
        ("by".to_owned(), "Pia in HR".to_owned()),
    ];
    form.extend(
        fields
            .iter()
            .map(|(name, value)| (format!("field.{name}"), (*value).to_owned())),
    );
    form
}

/// HR's letter about the person's record, and what its page answers to a form.
pub(crate) async fn hr_answers(
    it: &mut Rehearsal,
    employee: &str,
    fields: &[(&str, &str)],
) -> (String, u16) {
    let whom = format!("employee {employee}");
    let sent = it.letters_about("Complete the record");
    let sent = sent.iter().rfind(|sent| sent.letter.text.contains(&whom));
    let sent = *sent.unwrap();
    let text = sent.letter.text.clone();
    let question = it.question_of(sent).unwrap();
    let (status, _) = it.page(&question, Some(&form(fields))).await;
    (text, status)
}

fn hire(it: &Rehearsal, changes: &Value) -> Value {
    let mut hire = sample("hire.json");
    hire["timestamp"] = json!(it.now());
    for (name, value) in changes.as_object().unwrap() {
        hire["data"]["person"][name] = value.clone();
    }
    hire
}

#[tokio::test]
async fn hr_is_asked_for_what_cannot_be_read_with_its_place_and_the_form() {
    let mut it = Rehearsal::of(&acme()).await;
    let odd = hire(&it, &json!({ "country": "Atlantis", "time_zone": "EST" }));
    let (status, answer) = it.send("msg_1", &odd).await;
    assert_eq!(
        (status, &answer["missing"]),
        (202, &json!(["country", "time zone"]))
    );
    let case = case_of(&answer);
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let (text, status) = hr_answers(
        &mut it,
        "1042",
        &[("country", "Mordor"), ("timeZone", "Europe/London")],
    )
    .await;
    assert_eq!(status, 422);
    for said in [
        "The country that the HR system sent (`data.person.country`) cannot be used",
        "a country's English name, or its ISO 3166 code",
        "an IANA name of a place, like Europe/Berlin",
    ] {
        assert!(
            text.split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains(said),
            "{text}"
        );
    }
    assert!(!text.contains("Atlantis"), "{text}");
    let fields = [
        ("country", "United Kingdom"),
        ("timeZone", "GMT Standard Time"),
    ];
    assert_eq!(hr_answers(&mut it, "1042", &fields).await.1, 200);
    it.play(&mut Answers::willing(), None).await;
    let done = it.case(&case).await;
    let person = done.person.unwrap();
    assert_eq!(done.state, CaseState::Closed);
    assert_eq!(
        (person.country.as_str(), person.time_zone.as_deref()),
        ("GB", Some("Europe/London"))
    );
    assert!(done.unread.is_empty());
}

#[tokio::test]
async fn what_is_under_way_goes_on_as_it_was_known_and_the_question_is_a_case_of_its_own() {
    let mut it = Rehearsal::of(&acme()).await;
    let first = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let moved = hire(
        &it,
        &json!({ "country": "Atlantis", "title": "Sales Lead" }),
    );
    let (status, answer) = it.send("msg_2", &moved).await;
    assert_eq!(status, 202, "{answer}");
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("The country that it tells could not be read"),
        "{note}"
    );
    let hire = it.case(&first).await;
    let person = hire.person.clone().unwrap();
    assert_eq!(
        (person.title.as_str(), person.country.as_str()),
        ("Sales Lead", "DE")
    );
    assert!(hire.missing.is_empty() && !hire.state.is_ended());
    // The same again, by another delivery, asks nothing more.
    it.send("msg_3", &moved).await;
    let all = cases(&it, "1042").await;
    let kinds: Vec<EventKind> = all.iter().map(|case| case.kind).collect();
    // The question is of the kind that changes nothing by itself.
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&EventKind::DateMoved), "{kinds:?}");
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(
        hr_answers(&mut it, "1042", &[("country", "France")])
            .await
            .1,
        200
    );
    it.play(&mut Answers::willing(), None).await;
    let all = cases(&it, "1042").await;
    assert!(all.iter().all(|case| case.state.is_ended()), "{all:?}");
    let hire = it.case(&first).await;
    assert_eq!(hire.state, CaseState::Closed);
    assert_eq!(hire.person.unwrap().country, "FR");
}

#[tokio::test]
async fn a_day_far_ahead_is_asked_about_once_and_taken_when_it_is_meant() {
    let mut it = Rehearsal::of(&acme()).await;
    let mut far = hire(&it, &json!({}));
    far["data"]["effective_date"] = json!("2036-12-14");
    let (status, answer) = it.send("msg_1", &far).await;
    assert_eq!(
        (status, &answer["missing"]),
        (202, &json!(["start date"])),
        "{answer}"
    );
    let case = case_of(&answer);
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let (text, status) = hr_answers(&mut it, "1042", &[("startDate", "2036-12-14")]).await;
    assert_eq!(status, 200);
    assert!(text.contains("at most two years"), "{text}");
    assert_eq!(it.case(&case).await.effective, "2036-12-14".parse().ok());
    let (status, again) = it.send("msg_2", &far).await;
    assert_eq!((status, case_of(&again)), (200, case));
}

#[tokio::test]
async fn an_exit_that_comes_after_it_was_withdrawn_takes_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = json!({
        "type": "person.exiting", "timestamp": it.now(), "data": { "employee_id": "1021", "effective_date": "2026-12-18" },
    });
    it.clock.jump_to(it.later(1));
    let asked = it.happens("person.exit_withdrawn", "1021", None).await;
    let (status, answer) = it.send("late", &exit).await;
    assert_eq!(status, 202, "{answer}");
    let note = answer["note"].as_str().unwrap();
    assert!(note.contains("The exit was withdrawn"), "{note}");
    // What HR was asked, which exit that could be, is answered by it.
    assert_eq!(it.case(&asked).await.state, CaseState::Superseded);
    let case = case_of(&answer);
    let (status, again) = it.send("late-again", &exit).await;
    assert_eq!((status, case_of(&again)), (200, case.clone()));
    let before = it.systems.applied().len();
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&case).await.kind, EventKind::ExitWithdrawn);
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    assert_eq!(it.systems.applied().len(), before, "nothing is done by it");
}

#[tokio::test]
async fn an_older_word_is_told_what_it_stands_against() {
    let it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = |day: &str, at: jiff::Timestamp| json!({ "type": "person.exiting", "timestamp": at, "data": { "employee_id": "1021", "effective_date": day } });
    let older = exit("2026-12-18", it.now());
    it.clock.jump_to(it.later(1));
    let newer = it
        .happens("person.exiting", "1021", Some("2027-01-29"))
        .await;
    let (status, answer) = it.send("older", &older).await;
    assert_eq!((status, case_of(&answer)), (200, newer));
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("the exit of 2027-01-29 counts, which was decided later"),
        "{note}"
    );
}

#[tokio::test]
async fn one_name_is_enough_when_hr_says_so() {
    let mut it = Rehearsal::of(&acme()).await;
    let mut one = hire(&it, &json!({ "given_name": "Suharto" }));
    one["data"]["person"]
        .as_object_mut()
        .unwrap()
        .remove("family_name");
    let (_, answer) = it.send("msg_1", &one).await;
    assert_eq!(
        answer["missing"],
        json!(["family name"]),
        "HR is asked: it was not told"
    );
    let case = case_of(&answer);
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(
        hr_answers(&mut it, "1042", &[("familyName", "")]).await.1,
        200
    );
    it.play(&mut Answers::willing(), None).await;
    let done = it.case(&case).await;
    assert_eq!(
        (done.state, done.person.unwrap().full_name().as_str()),
        (CaseState::Closed, "Suharto")
    );
    let told = hire(&it, &json!({ "given_name": "Sukarno", "family_name": "" }));
    let mut told = told;
    told["data"]["employee_id"] = json!("1043");
    let (status, answer) = it.send("msg_2", &told).await;
    assert_eq!((status, answer.get("missing")), (202, None), "{answer}");
    let person = it.case(&case_of(&answer)).await.person.unwrap();
    assert_eq!(person.full_name(), "Sukarno");
}

fn acme_with(line: &str) -> Source {
    let mut files: BTreeMap<String, String> = acme().files().clone();
    let text = files.get_mut("runbook.yaml").unwrap();
    *text = text.replacen("\nworking_hours:", &format!("\n{line}\nworking_hours:"), 1);
    assert!(text.contains(line));
    Source::from_files(files)
}

#[tokio::test]
async fn the_runbooks_employment_types_are_heard_and_what_no_role_matches_is_told() {
    let it = Rehearsal::of(&acme_with("employment_types: {employee: [Angestellte]}")).await;
    let known = hire(&it, &json!({ "employment_type": "ANGESTELLTE" }));
    let (_, answer) = it.send("msg_1", &known).await;
    assert_eq!(answer.get("note"), None, "{answer}");
    let case = case_of(&answer);
    assert_eq!(
        it.case(&case).await.person.unwrap().employment_type,
        "employee"
    );
    let (status, _) = it.send("msg_2", &known).await;
    assert_eq!(status, 200, "the same in other words");

    let mut odd = hire(
        &it,
        &json!({ "department": "Slaes", "employment_type": "Non-Employee" }),
    );
    odd["data"]["employee_id"] = json!("1043");
    let (_, answer) = it.send("msg_3", &odd).await;
    let note = answer["note"].as_str().unwrap();
    assert!(
        note.contains("matches the department, nor the employment type"),
        "{note}"
    );
    assert!(!note.contains("Slaes"), "answers are logged: {note}");
    let recorded = it.everything(&case_of(&answer)).await;
    assert!(
        recorded.contains("no role matches the department `Slaes`; did you mean `Sales`?"),
        "{recorded}"
    );
}

#[tokio::test]
async fn hrs_first_letter_about_somebody_says_what_no_role_matches() {
    let mut it = Rehearsal::of(&acme()).await;
    let case = it
        .confirm(hire(&it, &json!({ "department": "Slaes" })))
        .await
        .unwrap();
    it.play(&mut Answers::none(), Some(it.later(24 * 10))).await;
    let told = "Look at: no role matches the department `Slaes`; did you mean `Sales`?";
    let letters = it.letters_about("Send the welcome letter");
    let first = letters.first().unwrap();
    assert_eq!(first.letter.to, "people@acme.example");
    assert!(first.letter.text.contains(told), "{}", first.letter.text);
    let question = it.question_of(first).unwrap();
    let (_, page) = it.page(&question, None).await;
    assert!(page.contains("no role matches the department"), "{page}");
    // Nobody else can correct it.
    let others = it.letters.iter().map(|sent| &sent.letter);
    let mut others = others.filter(|letter| letter.to == "it@acme.example");
    assert!(others.all(|letter| !letter.text.contains("Slaes`")));
    assert_eq!(it.case(&case).await.state, CaseState::Open);
}

/// The record that BambooHR would answer.
struct Record(Value);

#[async_trait]
impl Records for Record {
    async fn fetch(&self, _: RecordRequest) -> Result<Value, RecordError> {
        Ok(self.0.clone())
    }
}

pub(crate) async fn bamboohr(
    it: &Rehearsal,
    change: &str,
    fields: &[&str],
    record: &Value,
) -> Reply {
    let body = json!({
        "type": change, "timestamp": it.now(),
        "data": { "companyId": "acme", "employeeId": record["id"], "changedFields": fields },
    });
    vendor(it, "bamboohr", &body, record).await
}

/// A webhook as the vendor signs it, with the record behind it.
pub(crate) async fn vendor(it: &Rehearsal, name: &str, body: &Value, record: &Value) -> Reply {
    let secret = "a secret that only the vendor and we know";
    it.stack
        .keys
        .set(&format!("hooks/{name}"), json!(secret))
        .unwrap();
    let deps = Deps {
        records: Arc::new(Record(record.clone())),
        ..it.stack.intake.clone()
    };
    let body = body.to_string();
    let outgoing = Outgoing {
        id: "",
        sent_at: it.now(),
        body: body.as_bytes(),
    };
    let headers = source(name)
        .unwrap()
        .sign(&SourceSecret::new(secret), &outgoing)
        .unwrap();
    receive(&deps, name, &headers, body.as_bytes()).await
}

pub(crate) fn bamboohr_record(hired: &str) -> Value {
    json!({
        "id": "7001", "firstName": "Ines", "lastName": "Moravec", "department": "Sales", "jobTitle": "Account Executive",
        "employmentHistoryStatus": "Full-Time", "country": "Germany", "location": "Berlin", "hireDate": hired,
        "terminationDate": "0000-00-00", "status": "Active",
    })
}

#[tokio::test]
async fn created_and_updated_are_one_hire_in_either_order() {
    for (n, hired) in ["2026-11-20", "2026-11-23", "2026-12-21"]
        .into_iter()
        .enumerate()
    {
        for updated_first in [true, false] {
            let it = Rehearsal::of(&acme()).await;
            let record = bamboohr_record(hired);
            let mut changes = [
                ("employee.created", &[][..]),
                ("employee.updated", &["department", "jobTitle"][..]),
            ];
            if updated_first {
                changes.reverse();
            }
            for (change, fields) in changes {
                let reply = bamboohr(&it, change, fields, &record).await;
                assert!(matches!(reply.status, 200 | 202), "{n}: {}", reply.body);
                it.clock.jump_to(it.later(1));
            }
            let kinds: Vec<EventKind> = cases(&it, "7001")
                .await
                .iter()
                .map(|case| case.kind)
                .collect();
            assert_eq!(
                kinds,
                [EventKind::Hire],
                "{hired}, updated first: {updated_first}"
            );
        }
    }
}

#[tokio::test]
async fn bamboohrs_rehire_begins_a_hire_and_leaves_the_exit_to_be_finished() {
    let mut it = Rehearsal::of(&acme()).await;
    let mut record = bamboohr_record("2026-11-23");
    bamboohr(&it, "employee.created", &[], &record).await;
    it.play(&mut Answers::willing(), Some(it.later(24))).await;
    record["terminationDate"] = json!("2026-12-04");
    bamboohr(&it, "employee.updated", &["terminationDate"], &record).await;
    it.play(&mut Answers::none(), Some(it.later(24 * 14))).await;
    record = bamboohr_record("2026-12-21");
    let fields = [
        "status",
        "hireDate",
        "terminationDate",
        "employmentHistoryStatus",
    ];
    let reply = bamboohr(&it, "employee.updated", &fields, &record).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let all = cases(&it, "7001").await;
    let kinds: Vec<EventKind> = all.iter().map(|case| case.kind).collect();
    assert_eq!(kinds, [EventKind::Hire, EventKind::Exit, EventKind::Rehire]);
    assert_ne!(
        all[1].state,
        CaseState::Superseded,
        "whoever left is cut off to the end"
    );
    assert_eq!(all[2].effective, "2026-12-21".parse().ok());
}

#[tokio::test]
async fn an_exit_in_a_record_that_is_told_of_as_new_is_not_lost() {
    let it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let record = json!({
        "id": "1021", "first_name": "Ada", "last_name": "Okafor", "employment_status": "INACTIVE",
        "start_date": "2020-01-01", "termination_date": "2026-11-20",
    });
    let body = json!({ "hook": { "event": "Employee.added" }, "data": { "id": "1021", "modified_at": it.now() } });
    let reply = vendor(&it, "merge", &body, &record).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let kinds: Vec<EventKind> = cases(&it, "1021")
        .await
        .iter()
        .map(|case| case.kind)
        .collect();
    assert_eq!(kinds, [EventKind::Exit]);
    // Of somebody whom nobody knows it is how aggregators begin.
    let mut stranger = record;
    stranger["id"] = json!("4711");
    let body = json!({ "hook": { "event": "Employee.added" }, "data": { "id": "4711", "modified_at": it.now() } });
    let reply = vendor(&it, "merge", &body, &stranger).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}
