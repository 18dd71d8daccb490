//! An event whose record is incomplete is kept, and HR is asked for what is missing.

use latchkey_lifecycle::{CaseId, CaseState, TaskState};
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
    let asked = it.letters_about("Complete the record of employee 1055");
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
    let (status, page) = it.page(&question, Some(&form("soon"))).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("soon"), "{page}");
    assert_eq!(it.case(&case).await.state, CaseState::Incomplete);

    let (status, page) = it.page(&question, Some(&form("2027-01-11"))).await;
    assert_eq!(status, 200, "{page}");
    it.play(&mut Answers::willing(), None).await;
    let done = it.case(&case).await;
    assert_eq!((done.state, done.revision.0), (CaseState::Closed, 2));
    assert_eq!(done.effective, Some("2027-01-11".parse().unwrap()));
    assert!(it.systems.accounts_of("1055")["directory"].is_some());
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
        .question_of(it.letters_about("Complete the record of employee 1055")[0])
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
