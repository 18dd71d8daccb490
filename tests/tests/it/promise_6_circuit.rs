//! Promise 6, for many at once: a system that does not answer is left in peace, and holds up nobody else.

use jiff::SignedDuration;
use latchkey_lifecycle::{CaseId, CaseState, TaskState};
use latchkey_systems::Fault;
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::json;

const PEOPLE: usize = 12;

async fn hires(it: &Rehearsal) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for n in 0..PEOPLE {
        let mut payload = sample("hire.json");
        payload["timestamp"] = json!(it.now());
        payload["data"]["employee_id"] = json!(format!("{}", 3000 + n));
        payload["data"]["person"]["family_name"] = json!(format!("Person{n}"));
        if let Some(person) = payload["data"]["person"].as_object_mut() {
            person.remove("work_email");
        }
        let (status, answer) = it.send(&format!("hire-{n}"), &payload).await;
        assert_eq!(status, 202, "{answer}");
        cases.push(CaseId::new(answer["case"].as_str().unwrap()).unwrap());
    }
    cases
}

#[tokio::test]
async fn a_system_that_asks_for_time_is_given_it_by_all_cases_together() {
    let mut it = Rehearsal::of(&acme()).await;
    let cases = hires(&it).await;
    let busy = Fault::Busy {
        system: "Chat".into(),
        retry_after: Some(SignedDuration::from_secs(120)),
    };
    it.systems.get("chat").fail_with(vec![busy; 4]);
    it.play(&mut Answers::willing(), None).await;
    for case in &cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
        let chat = it.task(case, "accounts.chat").await;
        assert_eq!(
            (chat.state, chat.on_time()),
            (TaskState::Verified, Some(true))
        );
    }
    assert!(it.letters_about("Needs you").is_empty());
    let circuit = it.stack.ledger.circuit(&"chat".parse_id()).await.unwrap();
    assert_eq!(circuit.item, Default::default());
}

#[tokio::test]
async fn a_system_that_is_down_is_called_by_one_at_a_time_and_the_others_are_not_late() {
    let mut it = Rehearsal::of(&acme()).await;
    let cases = hires(&it).await;
    let down = Fault::Unreachable {
        system: "Chat".into(),
        problem: "it does not answer".into(),
    };
    it.systems.get("chat").fail_with(vec![down; 400]);
    it.play(&mut Answers::willing(), Some(it.later(24 * 30)))
        .await;
    for case in &cases {
        let directory = it.task(case, "accounts.directory").await;
        assert_eq!(
            (directory.state, directory.on_time()),
            (TaskState::Verified, Some(true))
        );
        // Who was asked to mend it and says so has it tried again; never silent.
        let chat = it.task(case, "accounts.chat").await;
        assert!(
            chat.state == TaskState::Verified || chat.trouble.is_some(),
            "{chat:?}"
        );
    }
    assert!(!it.letters_about("Needs you").is_empty());
    // Without the circuit every case would have called ten times and more before it asked for help.
    let calls = it.systems.get("chat").calls();
    assert!(calls < PEOPLE * 8, "{calls}");
}

trait ParseId {
    fn parse_id(&self) -> latchkey_lifecycle::SystemId;
}

impl ParseId for str {
    fn parse_id(&self) -> latchkey_lifecycle::SystemId {
        latchkey_lifecycle::SystemId::new(self).unwrap()
    }
}
