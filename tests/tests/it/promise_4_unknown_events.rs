//! Promise 4: an event of which nobody has said what it means may be somebody's exit. It is kept, and HR is asked once
//! for each name.

use latchkey_lifecycle::{CaseState, EventKind};
use latchkey_tests::{Answers, Rehearsal};
use serde_json::{Value, json};

use crate::{
    promise_4_not_read::{case_of, cases, vendor},
    promise_9_tampering::faults,
    sources::{described, papaya, set_up, text},
};

/// What Papaya sends when somebody goes, under a name that the mapping does not list.
fn resigned(delivery: &str, employee: u32) -> Value {
    json!({
        "delivery": delivery, "what": "worker/resigned", "confirmed": "2026-11-23T06:59:00Z",
        "worker": { "number": employee, "dates": { "effective": "2026-12-18" } },
    })
}

/// What is asked is written in sentences, without holes in them.
fn runs_on(text: &str) {
    let sentences = text.lines().filter(|line| line.len() > 100);
    let holes: Vec<&str> = sentences.filter(|line| line.contains("   ")).collect();
    assert_eq!(holes, [""; 0]);
}

#[tokio::test]
async fn hr_is_asked_once_what_a_mappings_unlisted_event_means_and_it_is_welcome_again() {
    let mapping = text("map/source-papaya.yaml");
    let mut it = set_up("papaya").await;
    it.seed().await;
    it.stack.publish(&described(&mapping)).await.unwrap();

    let first = papaya(&it, &mapping, &resigned("d-1", 1021)).await;
    assert_eq!(first.status, 202, "{}", first.body);
    let note = first.body["note"].as_str().unwrap();
    assert!(
        note.contains("worker/resigned") && note.contains("HR has been given a task"),
        "{note}"
    );
    let case = case_of(&first.body);
    let second = papaya(&it, &mapping, &resigned("d-2", 1030)).await;
    assert_eq!((second.status, case_of(&second.body)), (200, case.clone()));
    let note = second.body["note"].as_str().unwrap();
    assert!(
        note.contains("Nothing is done") && note.contains("asked before"),
        "{note}"
    );

    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let asked = it.letters_about("worker/resigned");
    assert_eq!(asked.len(), 1);
    let letter = &asked[0].letter;
    assert_eq!(letter.to, "people@acme.example");
    assert!(
        letter.subject.contains("the HR system papaya"),
        "{}",
        letter.subject
    );
    runs_on(&letter.text);
    let said = letter.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "It is about 1021, as papaya calls them",
        "source-papaya.yaml, under `events`: as what it means, or as `nothing`",
        "question about an unknown event",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(it.systems.applied(), []);
    assert!(cases(&it, "1021").await.is_empty(), "nobody's case");

    // Once it is said what it means, the same delivery is taken in.
    let listed = mapping.replace(
        "worker/left: exit",
        "worker/left: exit\n  worker/resigned: exit",
    );
    it.stack.publish(&described(&listed)).await.unwrap();
    let again = papaya(&it, &listed, &resigned("d-1", 1021)).await;
    assert_eq!(again.status, 202, "{}", again.body);
    assert_eq!(cases(&it, "1021").await[0].kind, EventKind::Exit);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    assert_eq!(faults(&it).await, [""; 0]);
    let after = papaya(&it, &mapping, &resigned("d-3", 1042)).await;
    assert_eq!(
        after.status, 202,
        "the mapping that counts is the published one"
    );
}

#[tokio::test]
async fn one_that_nobody_knows_holds_up_none_of_its_delivery() {
    let mapping = "signed: {by: token}\nid: delivery\neach: rows\nevent: e\nevents: {x: exit}\nemployee: id\nday: d\n";
    let it = set_up("papaya").await;
    it.seed().await;
    it.stack.publish(&described(mapping)).await.unwrap();
    let row = |event: &str, id: u32| json!({ "e": event, "id": id, "d": "2026-12-18" });
    let body = json!({ "delivery": "d-1", "rows": [row("gone", 1030), row("x", 1021)] });
    let reply = papaya(&it, mapping, &body).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    assert!(
        reply.body["note"].as_str().unwrap().contains("`gone`"),
        "{}",
        reply.body
    );
    assert_eq!(cases(&it, "1021").await.len(), 1);
    // With the whole delivery again, what was not known before is taken in and nothing twice.
    let listed = mapping.replace("{x: exit}", "{x: exit, gone: exit}");
    it.stack.publish(&described(&listed)).await.unwrap();
    let reply = papaya(&it, &listed, &body).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    assert_eq!(
        (
            cases(&it, "1021").await.len(),
            cases(&it, "1030").await.len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn a_vendors_event_that_latchkey_does_not_know_is_hrs_to_look_at_once() {
    let mut it = Rehearsal::of(&latchkey_tests::acme()).await;
    let event = |uuid: &str, contractor: &str| json!({ "uuid": uuid, "event_type": "contractor.deactivated", "entity_uuid": contractor, "timestamp": 1795427300 });
    let reply = vendor(&it, "gusto", &event("u-1", "c-7"), &Value::Null).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let reply = vendor(&it, "gusto", &event("u-2", "c-8"), &Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let listed = json!({ "uuid": "u-3", "event_type": "payroll.paid", "entity_uuid": "p-1", "timestamp": 1795427300 });
    let reply = vendor(&it, "gusto", &listed, &Value::Null).await;
    assert_eq!((reply.status, reply.body["case"].is_null()), (200, true));
    it.play(&mut Answers::willing(), None).await;
    let asked = it.letters_about("Say what the event `contractor.deactivated` of gusto means");
    runs_on(&asked[0].letter.text);
    assert_eq!(asked.len(), 1, "{:?}", it.letters);
    assert!(
        asked[0].letter.text.contains("c-7"),
        "{}",
        asked[0].letter.text
    );
    let closed = it.letters_about("Closed: question about an unknown event of the HR system gusto");
    assert_eq!(closed.len(), 1);
}
