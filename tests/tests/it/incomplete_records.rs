//! An event whose record is incomplete is kept, and HR is asked for what is missing.

use latchkey_lifecycle::{CaseId, CaseState, EmployeeId, Event, EventKind, PersonDraft, TaskState};
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::json;

async fn taken_in() -> (Rehearsal, CaseId) {
    let mut it = Rehearsal::of(&acme()).await;
    let (status, answer) = it.send("msg_1", &sample("incomplete-hire.json")).await;
    assert_eq!((status, &answer["missing"]), (202, &json!(["start date"])));
    let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    (it, case)
}

#[tokio::test]
async fn hr_is_asked_for_what_is_missing_and_its_answer_completes_the_case() {
    let (mut it, case) = taken_in().await;
    assert_eq!(it.case(&case).await.state, CaseState::Incomplete);
    let asked = it.letters_about("Complete the record – ");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].letter.to, "people@acme.example");
    assert!(
        asked[0].letter.text.contains("start date"),
        "{}",
        asked[0].letter.text
    );
    let question = it.question_of(asked[0]).unwrap();

    // What does not fit is said, and the form stays.
    let form = |date: &str| {
        vec![
            ("answer".to_owned(), "done".to_owned()),
            ("by".to_owned(), "Pia in HR".to_owned()),
            ("field.startDate".to_owned(), date.to_owned()),
        ]
    };
    for (said, told) in [
        ("soon", "soon"),
        (
            "2062-01-11",
            "The day 2062-01-11 is more than two years ahead",
        ),
    ] {
        let (status, page) = it.page(&question, Some(&form(said))).await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains(told), "{page}");
    }
    assert_eq!(it.case(&case).await.state, CaseState::Incomplete);

    let (status, page) = it.page(&question, Some(&form("2027-01-11"))).await;
    assert_eq!(status, 200, "{page}");
    it.play(&mut Answers::willing(), None).await;
    let done = it.case(&case).await;
    assert_eq!((done.state, done.revision.0), (CaseState::Closed, 2));
    assert_eq!(done.effective, Some("2027-01-11".parse().unwrap()));
    assert!(it.systems.accounts_of("1055")["directory"].is_some());
}

/// HR's answer to the question, with more fields than were asked for or not.
fn answer_of(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = [
        ("answer", "done"),
        ("by", "Pia in HR"),
        ("field.startDate", "2027-01-11"),
    ];
    let all = own.iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn whoever_has_the_link_answers_what_was_asked_and_makes_nobody_known_of_the_person() {
    let (it, case) = taken_in().await;
    it.seed().await;
    let question = it
        .question_of(it.letters_about("Complete the record – ")[0])
        .unwrap();
    for (field, value) in [
        ("field.employeeId", "1003"),
        ("field.previousId", "1003"),
        ("field.department", "Executive"),
        ("field.title", "Chief Executive"),
    ] {
        let (status, page) = it
            .page(&question, Some(&answer_of(&[(field, value)])))
            .await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains("was not asked for"), "{page}");
    }
    assert_eq!(it.case(&case).await.state, CaseState::Incomplete);
    assert_eq!(it.case(&case).await.person, None);
}

#[tokio::test]
async fn an_event_of_nobody_does_not_become_one_of_somebody_who_is_known() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    // As a vendor sends it whose records do not always have an id.
    let person = &sample("hire.json")["data"]["person"];
    let hire = Event {
        kind: EventKind::Hire,
        source: "bamboohr".into(),
        delivery_id: "d1".into(),
        occurred_at: it.now(),
        effective: Some("2027-01-11".parse().unwrap()),
        person: PersonDraft {
            given_name: Some("Kim".into()),
            family_name: Some("Berg".into()),
            personal_email: Some("kim@private.example".into()),
            department: person["department"].as_str().map(str::to_owned),
            title: person["title"].as_str().map(str::to_owned),
            employment_type: Some("employee".into()),
            country: Some("DE".into()),
            manager: EmployeeId::new("1003").ok(),
            ..PersonDraft::default()
        },
        reason: None,
        confirmed_by: None,
    };
    let taken = latchkey_decisions::take_in(&it.stack.intake, hire)
        .await
        .unwrap();
    assert_eq!(taken.missing, ["employee id"]);
    let case = taken.case.unwrap();
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let question = it
        .question_of(it.letters_about("Complete the record")[0])
        .unwrap();
    let form = |id: &str| {
        let own = [
            ("answer", "done"),
            ("by", "Pia in HR"),
            ("field.employeeId", id),
        ];
        own.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    };
    let (status, page) = it.page(&question, Some(&form("1003"))).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("Employee 1003 is known already"), "{page}");
    assert_eq!(it.case(&case).await.person, None);
    let (status, page) = it.page(&question, Some(&form("1099"))).await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(it.case(&case).await.employee_id.as_str(), "1099");
}

#[tokio::test]
async fn of_fifty_answers_at_once_one_is_taken() {
    let (it, case) = taken_in().await;
    let question = it
        .question_of(it.letters_about("Complete the record – ")[0])
        .unwrap();
    let forms: Vec<_> = (1..=50)
        .map(|n| {
            let mut form = answer_of(&[]);
            form[1].1 = format!("Pia {n}");
            form[2].1 = format!("2027-01-{:02}", 11 + n % 5);
            form
        })
        .collect();
    let answers = forms.iter().map(|form| it.page(&question, Some(form)));
    let answers = futures::future::join_all(answers).await;
    let taken: Vec<usize> = (0..50).filter(|n| answers[*n].0 == 200).collect();
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    let [one] = taken.as_slice() else {
        panic!("{statuses:?}")
    };
    assert!(
        statuses.iter().all(|s| matches!(s, 200 | 410)),
        "{statuses:?}"
    );
    // What it said is what counts, and its name is on record.
    let case = it.case(&case).await;
    assert_eq!(case.effective.unwrap().to_string(), forms[*one][2].1);
    let trails = it.stack.ledger.audit_trail(&case.id).await.unwrap();
    let names: Vec<&str> = trails
        .iter()
        .flat_map(|trail| &trail.records)
        .filter(|record| record.body.by.starts_with("Pia"))
        .map(|record| record.body.by.split(',').next().unwrap_or_default())
        .collect();
    assert!(
        !names.is_empty() && names.iter().all(|name| *name == forms[*one][1].1),
        "{names:?}"
    );
}

#[tokio::test]
async fn the_next_webhook_completes_it_too_and_hr_need_not_answer() {
    let (mut it, case) = taken_in().await;
    let mut complete = sample("incomplete-hire.json");
    complete["data"]["effective_date"] = json!("2027-01-11");
    complete["timestamp"] = json!(it.now());
    let (status, answer) = it.send("msg_2", &complete).await;
    assert_eq!(
        (status, answer["case"].as_str()),
        (202, Some(case.as_str()))
    );
    // HR's old link says that it is over.
    let question = it
        .question_of(it.letters_about("Complete the record – ")[0])
        .unwrap();
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let (status, _) = it.page(&question, None).await;
    assert_eq!(status, 410);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    let not_verified: Vec<_> = it
        .tasks(&case)
        .await
        .into_iter()
        .filter(|task| task.state != TaskState::Verified)
        .map(|task| (task.id.to_string(), task.state))
        .collect();
    assert_eq!(
        not_verified,
        [("complete-the-record".to_owned(), TaskState::Waived)]
    );
}

#[tokio::test]
async fn an_exit_never_waits_for_a_complete_record() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = json!({"type": "person.exit.urgent", "timestamp": it.now(), "data": {"employee_id": "1003"}});
    let (status, answer) = it.send("msg_1", &exit).await;
    assert_eq!((status, answer.get("missing")), (202, None));
    let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    for (system, account) in it.systems.accounts_of("1003") {
        assert!(account.is_none_or(|a| !a.active), "{system}");
    }
}
