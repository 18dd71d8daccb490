//! What a change will do can be seen before it happens, and then it does that.

use latchkey_lifecycle::{CaseState, Event, Fate, Task, fates};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::{Value, json};

fn event(it: &Rehearsal, payload: &Value) -> Event {
    let mut payload = payload.clone();
    payload["timestamp"] = json!(it.now());
    let authentic = latchkey_hris::Authentic {
        delivery_id: "foreseen".into(),
        timestamp: it.now(),
    };
    let body = payload.to_string();
    let source = latchkey_hris::source("generic").unwrap();
    match source.translate(&authentic, body.as_bytes()).unwrap() {
        latchkey_hris::Translation::Events(mut events) => events.remove(0),
        other => panic!("{other:?}"),
    }
}

/// Sends the change after it was foreseen; what was foreseen has to be what then is.
async fn comes_true(
    it: &mut Rehearsal,
    payload: Value,
) -> (latchkey_decisions::Foreseen, Vec<(Task, Fate)>) {
    let event = event(it, &payload);
    let looks = it.stack.intake.looks();
    let foreseen = latchkey_decisions::foresee(looks, &event).await.unwrap();
    assert_eq!(
        latchkey_decisions::foresee(looks, &event).await.unwrap(),
        foreseen
    );
    let before = it.tasks(&foreseen.case.as_ref().unwrap().id).await;
    let mut payload = payload;
    payload["timestamp"] = json!(it.now());
    let (status, answer) = it.send("for real", &payload).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(answer["case"], json!(foreseen.case.as_ref().unwrap().id));
    let is = it.case(&foreseen.case.as_ref().unwrap().id).await;
    assert_eq!(
        (is.state, is.revision, is.effective, &is.supersedes),
        (
            foreseen.case.as_ref().unwrap().state,
            foreseen.case.as_ref().unwrap().revision,
            foreseen.case.as_ref().unwrap().effective,
            &foreseen.case.as_ref().unwrap().supersedes
        )
    );
    for (other, _) in &foreseen.others {
        let is = it.case(&other.id).await;
        assert_eq!(
            (is.state, is.revision),
            (other.state, other.revision),
            "{}",
            other.id
        );
    }
    it.stack.settle().await.unwrap();
    let after = it.tasks(&foreseen.case.as_ref().unwrap().id).await;
    (foreseen, fates(&before, &after, None))
}

fn having(fates: &[(Task, Fate)], wanted: fn(&Fate) -> bool) -> Vec<&str> {
    let found = fates.iter().filter(|(_, fate)| wanted(fate));
    found.map(|(task, _)| task.id.as_str()).collect()
}

#[tokio::test]
async fn a_moved_date_moves_what_is_not_done() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), Some(it.later(24 * 6)))
        .await;
    let done: Vec<String> = it
        .tasks(&hire)
        .await
        .into_iter()
        .filter(|t| t.state.is_ended())
        .map(|t| t.id.to_string())
        .collect();
    assert!(!done.is_empty());
    let moved = json!({
        "type": "person.date_moved",
        "data": { "employee_id": "1042", "effective_date": "2026-12-14" },
    });
    let (foreseen, fates) = comes_true(&mut it, moved).await;
    assert!(!foreseen.begins && foreseen.case.as_ref().unwrap().id == hire);
    assert_eq!(having(&fates, |f| *f == Fate::Appears), [""; 0]);
    assert_eq!(having(&fates, |f| *f == Fate::Vanishes), [""; 0]);
    assert!(having(&fates, |f| matches!(f, Fate::Moves { .. })).len() > 5);
}

#[tokio::test]
async fn another_department_changes_the_checklist_of_a_hire() {
    let mut it = Rehearsal::of(&acme()).await;
    it.take_in("hire.json").await;
    it.stack.settle().await.unwrap();
    let corrected = json!({
        "type": "person.transferred",
        "data": { "employee_id": "1042", "person": { "department": "Finance", "title": "Accountant" } },
    });
    let (_, fates) = comes_true(&mut it, corrected).await;
    let appear = having(&fates, |f| *f == Fate::Appears);
    let vanish: Vec<&str> = fates
        .iter()
        .filter(|(task, _)| task.state == latchkey_lifecycle::TaskState::Waived)
        .map(|(task, _)| task.id.as_str())
        .collect();
    assert!(appear.contains(&"tools.erp"), "{appear:?}");
    assert!(!appear.contains(&"tools.crm") && !vanish.contains(&"laptop"));
}

#[tokio::test]
async fn an_urgent_exit_ends_what_is_open() {
    let mut it = Rehearsal::of(&acme()).await;
    it.take_in("hire.json").await;
    it.stack.settle().await.unwrap();
    let cut = json!({ "type": "person.exit.urgent", "data": { "employee_id": "1042" } });
    let (foreseen, _) = comes_true(&mut it, cut).await;
    assert!(foreseen.begins && foreseen.load.is_some());
    assert_eq!(foreseen.others.len(), 1);
    assert_eq!(foreseen.others[0].0.state, CaseState::Superseded);
}

/// Somebody else who is called Zoë Müller.
fn namesake() -> Value {
    let mut hire = latchkey_tests::sample("hire.json");
    hire["data"]["employee_id"] = json!("1099");
    hire["data"]["person"]
        .as_object_mut()
        .unwrap()
        .remove("work_email");
    hire
}

#[tokio::test]
async fn names_are_foreseen_as_the_ledger_would_give_them() {
    let mut it = Rehearsal::of(&acme()).await;
    let first = it.take_in("hire.json").await;
    it.stack.settle().await.unwrap();
    let taken = it.case(&first).await.names.unwrap();
    let (foreseen, _) = comes_true(&mut it, namesake()).await;
    let names = foreseen.case.as_ref().unwrap().names.clone().unwrap();
    assert!(names.all().is_disjoint(&taken.all()), "{names:?} {taken:?}");
    // Looking gave nothing away, and what was foreseen is what was given.
    assert_eq!(
        it.case(&foreseen.case.as_ref().unwrap().id)
            .await
            .names
            .unwrap(),
        names
    );
}

#[tokio::test]
async fn what_is_known_already_is_no_news() {
    let it = Rehearsal::of(&acme()).await;
    it.take_in("hire.json").await;
    let again = event(&it, &latchkey_tests::sample("hire.json"));
    let foreseen = latchkey_decisions::foresee(it.stack.intake.looks(), &again)
        .await
        .unwrap();
    assert!(!foreseen.news);
}
