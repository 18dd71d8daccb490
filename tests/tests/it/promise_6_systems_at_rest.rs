//! Promise 6, for many at once: a system that does not answer is left in peace, is called by as many as it takes, and
//! holds up nobody else.

use jiff::SignedDuration;
use latchkey_lifecycle::{AT_ONCE, Caller, CaseId, CaseState, SystemId, TaskState};
use latchkey_runbook::Source;
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

/// Whether the system is left in peace now.
async fn rests(it: &Rehearsal) -> bool {
    let chat = SystemId::new("chat").unwrap();
    let traffic = it.stack.ledger.traffic(&chat).await.unwrap().item;
    traffic.rests(it.now()).is_some()
}

fn down() -> Fault {
    Fault::Unreachable {
        system: "Chat".into(),
        problem: "it does not answer".into(),
    }
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
    let mut paused = 0;
    for case in &cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
        let chat = it.task(case, "accounts.chat").await;
        assert_eq!(
            (chat.state, chat.on_time()),
            (TaskState::Verified, Some(true))
        );
        let recorded = it.recorded(case, Some("accounts.chat")).await;
        paused += recorded.iter().filter(|what| *what == "paused").count();
    }
    assert!(paused >= 4, "{paused}");
    assert!(it.letters_about("Needs you").is_empty());
    assert!(!rests(&it).await);
}

#[tokio::test]
async fn a_system_that_is_down_is_called_by_one_at_a_time_and_the_others_are_not_late() {
    let mut it = Rehearsal::of(&acme()).await;
    let cases = hires(&it).await;
    it.systems.get("chat").fail_with(vec![down(); 4000]);
    it.play(&mut Answers::none(), Some(it.later(24 * 30))).await;
    for case in &cases {
        let directory = it.task(case, "accounts.directory").await;
        assert_eq!(
            (directory.state, directory.on_time()),
            (TaskState::Verified, Some(true))
        );
        // Its owner hears what the system said, whoever had called it.
        let chat = it.task(case, "accounts.chat").await;
        assert_eq!(chat.trouble, Some(down().to_string()));
    }
    let mut asked = it.letters_about("Needs you: Account and groups: Chat");
    asked.retain(|sent| sent.letter.subject.starts_with("Needs you"));
    assert_eq!(asked.len(), PEOPLE);
    assert!(asked[0].letter.text.contains("it does not answer"));
    // Without the circuit every case would have called eleven times before it asked for help.
    let calls = it.systems.get("chat").calls();
    assert!(calls < PEOPLE * 8, "{calls}");
}

#[tokio::test]
async fn who_is_on_the_way_when_a_system_comes_back_goes_on_by_itself() {
    let mut it = Rehearsal::of(&acme()).await;
    let cases = hires(&it).await;
    it.systems.get("chat").fail_with(vec![down(); 10]);
    it.play(&mut Answers::willing(), None).await;
    for case in &cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
    }
    assert!(it.letters_about("Needs you").is_empty());
    assert!(!rests(&it).await);
}

#[tokio::test]
async fn an_urgent_exit_calls_also_a_system_that_is_left_in_peace() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let chat = SystemId::new("chat").unwrap();
    let now = it.now();
    let asked = Some(SignedDuration::from_hours(1));
    let no = latchkey_lifecycle::Answered::No {
        asked,
        problem: None,
    };
    let told = it
        .stack
        .ledger
        .change_traffic(&chat, |t| t.leave(now, "somebody", AT_ONCE, &no));
    assert!(told.await.unwrap().is_some());
    let exit = json!({"type": "person.exit.urgent", "timestamp": it.now(), "data": {"employee_id": "1030"}});
    let (status, answer) = it.send("msg_1", &exit).await;
    assert_eq!(status, 202, "{answer}");
    let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
    it.play(&mut Answers::none(), Some(now)).await;
    let tasks = it.tasks(&case).await;
    let chat = tasks
        .iter()
        .find(|t| t.id.as_str().ends_with(".chat"))
        .unwrap();
    assert_eq!(chat.state, TaskState::Verified);
    assert!(!rests(&it).await);
}

/// Acme, whose chat takes so many calls at once.
fn acme_with(at_once: &str) -> Source {
    let text = acme()
        .files()
        .iter()
        .map(|(name, text)| {
            let line = "    address: ";
            let at = text
                .find("  chat:")
                .and_then(|chat| text[chat..].find(line).map(|address| chat + address));
            let text = match at {
                Some(at) => format!("{}    at_once: {at_once}\n{}", &text[..at], &text[at..]),
                None => text.clone(),
            };
            (name.clone(), text)
        })
        .collect();
    Source::from_files(text)
}

#[tokio::test]
async fn a_system_is_called_by_as_many_as_may_at_once() {
    let mut it = Rehearsal::of(&acme_with("1")).await;
    let cases = hires(&it).await;
    let chat = SystemId::new("chat").unwrap();
    // Somebody calls it, and is cut off.
    let now = it.now();
    let ledger = &it.stack.ledger;
    let cut_off = Caller {
        name: "cut off",
        first: false,
        turn: None,
        turns: 0,
        waited: false,
    };
    let entering = ledger.change_traffic(&chat, |t| t.enter(now, &cut_off, 1));
    entering.await.unwrap();
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
}
