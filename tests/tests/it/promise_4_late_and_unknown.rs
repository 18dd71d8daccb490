//! Promise 4, what comes long after, and what is about people of whom nobody has heard.

use latchkey_lifecycle::{CaseId, CaseState, EmployeeId};
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::{Value, json};

async fn cases_of(it: &Rehearsal, employee: &str) -> usize {
    let employee = EmployeeId::new(employee).unwrap();
    it.stack.ledger.cases_of(&employee).await.unwrap().len()
}

#[tokio::test]
async fn what_is_replayed_after_weeks_begins_nothing_and_gives_nothing_back() {
    let mut it = Rehearsal::of(&acme()).await;
    let told = |mut payload: Value, it: &Rehearsal| {
        payload["timestamp"] = json!(it.now());
        payload
    };
    let hire = told(sample("hire.json"), &it);
    let (_, answer) = it.send("hire", &hire).await;
    let first = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    it.play(&mut Answers::willing(), None).await;
    let exit = json!({
        "type": "person.exiting", "data": { "employee_id": "1042", "effective_date": "2027-01-29" },
    });
    let exit = told(exit, &it);
    let (_, answer) = it.send("exit", &exit).await;
    let second = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    it.play(&mut Answers::willing(), None).await;
    it.clock.jump_to(it.later(24 * 21));
    let before = (it.everything(&first).await, it.everything(&second).await);
    let (applied, letters) = (it.systems.applied().len(), it.letters.len());
    // The same deliveries, and the same events under other ids, in the wrong order.
    for (id, payload, case) in [
        ("exit", &exit, &second),
        ("hire", &hire, &first),
        ("hire-again", &hire, &first),
        ("exit-again", &exit, &second),
    ] {
        let (status, answer) = it.send(id, payload).await;
        assert_eq!(
            (status, answer["case"].as_str()),
            (200, Some(case.as_str())),
            "{id}: {answer}"
        );
    }
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.stack.engine.running(), 0);
    assert_eq!(
        (it.systems.applied().len(), it.letters.len()),
        (applied, letters)
    );
    assert_eq!(
        (it.everything(&first).await, it.everything(&second).await),
        before
    );
    assert_eq!(cases_of(&it, "1042").await, 2);
}

#[tokio::test]
async fn events_of_unknown_people_are_kept_asked_about_and_give_nothing() {
    for kind in [
        "person.transferred",
        "person.leave_started",
        "person.leave_ended",
        "person.rehired",
        "person.date_moved",
        "person.exit_withdrawn",
    ] {
        let mut it = Rehearsal::of(&acme()).await;
        let case = it.happens(kind, "4711", Some("2026-12-07")).await;
        it.play(&mut Answers::none(), Some(it.later(1))).await;
        assert!(!it.case(&case).await.state.is_ended(), "{kind}");
        assert_eq!(it.systems.applied(), [], "{kind}");
        let asked: Vec<&str> = it
            .letters
            .iter()
            .filter(|sent| sent.letter.to == "people@acme.example")
            .map(|sent| sent.letter.subject.as_str())
            .collect();
        assert!(
            asked.len() == 1 && asked[0].contains("employee 4711"),
            "{kind}: {asked:?}"
        );
    }
}

#[tokio::test]
async fn a_hire_that_comes_after_a_transfer_of_somebody_unknown_is_carried_out() {
    let mut it = Rehearsal::of(&acme()).await;
    let early = json!({
        "type": "person.transferred",
        "data": { "employee_id": "1042", "effective_date": "2027-02-01", "person": { "department": "Finance" } },
    });
    let transfer = it.confirm(early).await.unwrap();
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    let state = it.case(&transfer).await.state;
    assert_eq!(state, CaseState::Closed);
}

#[tokio::test]
async fn letters_about_a_leaver_without_a_name_say_the_employee_id() {
    let mut it = Rehearsal::of(&acme()).await;
    let exit = it.happens("person.exit.urgent", "4711", None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    assert!(it.letters.len() > 5);
    for sent in &it.letters {
        let (subject, text) = (&sent.letter.subject, &sent.letter.text);
        assert!(subject.contains("employee 4711"), "{subject}");
        for hole in [" of  ", "  has ", " from  ", "for  .", " of ."] {
            assert!(!text.replace("\n", "|").contains(hole), "{text}");
        }
    }
}
