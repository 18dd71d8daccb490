//! What is so is what pages say: who is left out by whom, what stands still, what was declined, and who it is about.

use latchkey_lifecycle::{AuditBody, CaseId, What};
use latchkey_runtime::Failure;
use latchkey_tests::{Answers, Rehearsal};
use serde_json::{Value, json};

use crate::browser::{Browser, company, company_with};

const HR: &str = "ines.albrecht@acme.example";
const ADA: &str = "ada.king@acme.example";
const BEN: &str = "ben.hartmann@acme.example";

#[tokio::test]
async fn what_the_brake_held_and_somebody_left_out_says_who_did_and_hr_is_told() {
    let it = company_with(&[("exits: 20, urgent_exits: 5", "exits: 1, urgent_exits: 1")]).await;
    let mut it = it;
    it.happens("person.exiting", "1017", Some("2026-12-18"))
        .await;
    let case = it
        .happens("person.exiting", "1030", Some("2026-12-18"))
        .await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let mut chidi = Browser::of(&it, "chidi.eze@acme.example").await;
    let (choice, why) = (format!("d.{case}"), format!("why.{case}"));
    let form = [
        (choice.as_str(), "out"),
        (&why, "works on until June"),
        ("do", "look"),
    ];
    let look = chidi.post("/held", &form).await;
    let list = look.value("list");
    let form = [("list", list.as_str()), ("count", "0"), ("do", "decide")];
    let done = chidi.post("/held/confirm", &form).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let mut hr = Browser::of(&it, HR).await;
    let said = "Left out by Chidi Eze: works on until June";
    for path in [
        format!("/cases/{case}"),
        "/cases?shelf=closed".to_owned(),
        "/people/1030".to_owned(),
    ] {
        let page = hr.get(&path).await;
        page.says(said);
        page.does_not_say("withdrawn");
        page.does_not_say("HR withdrew");
    }
    // What HR is told waits for no task.
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letters = it.letters_about("Left out, and not carried out: exit of Rafael Costa");
    let [letter] = letters.as_slice() else {
        panic!("{letters:?}");
    };
    let text = &letter.letter.text;
    for words in [
        "Rafael Costa (employee 1030), exit for Fri 18 Dec 2026: left out by Chidi Eze: works on until June",
        "What to do:",
        "report it by hand",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

/// A hire whose laptop has been asked for.
async fn laptop() -> (Rehearsal, CaseId, String) {
    let mut it = company().await;
    let case = it.take_in("hire.json").await;
    while it.letters_about("Prepare the laptop").is_empty() {
        let later = it.later(12);
        it.play(&mut Answers::none(), Some(later)).await;
    }
    let path = format!("/cases/{case}/tasks/laptop");
    (it, case, path)
}

#[tokio::test]
async fn what_was_declined_is_not_offered_to_be_taken() {
    let (mut it, _, path) = laptop().await;
    let mut ben = Browser::of(&it, BEN).await;
    let page = ben.get(&path).await;
    let question = page.value("question");
    let declined = [
        ("answer", "declined"),
        ("question", &question),
        ("reason", "no stock"),
    ];
    assert_eq!(ben.post(&path, &declined).await.status, 303);
    while it.letters_about("ESCALATED: Prepare the laptop").is_empty() {
        let later = it.later(12);
        it.play(&mut Answers::none(), Some(later)).await;
    }
    let mut ada = Browser::of(&it, ADA).await;
    let today = ada.get("/").await;
    today.says("declined by Ben Hartmann; cio@acme.example decides");
    let take = format!("{path}/take");
    assert!(!today.text.contains(&take), "{}", today.text);
    let late = ada.post(&take, &[("back", "today"), ("seen", "")]).await;
    assert_eq!(late.status, 409);
    late.says("Ben Hartmann declined it, and");
    late.does_not_say("Somebody answered meanwhile");
}

#[tokio::test]
async fn a_case_that_stands_still_says_so_on_every_page_of_it() {
    let (it, case, path) = laptop().await;
    let now = it.now();
    let fails = |case: &mut latchkey_lifecycle::Case| {
        case.failed_at = Some(now);
        Ok::<_, Failure>(Some(vec![AuditBody {
            at: now,
            by: "sweep".to_owned(),
            what: What::StandsStill,
            text: "Its execution failed.".to_owned(),
            detail: Value::Null,
        }]))
    };
    it.stack.ledger.change_case(&case, fails).await.unwrap();
    it.pass(24 * 21);
    let mut ada = Browser::of(&it, ADA).await;
    let page = ada.get(&format!("/cases/{case}")).await;
    page.says("The case stands still");
    page.says(&format!("at the execution {case}-r"));
    page.does_not_say("It waits for other tasks: nobody has been asked yet");
    let page = ada.get(&path).await;
    page.says("The case stands still");
    page.says("can have it tried again");
    page.does_not_say("From ");
    let tasks = it.tasks(&case).await;
    let planned = tasks
        .iter()
        .find(|task| task.state == latchkey_lifecycle::TaskState::Planned);
    let planned = planned.unwrap();
    let page = ada
        .get(&format!("/cases/{case}/tasks/{}", planned.id))
        .await;
    page.says("Nobody is asked as long as the case stands still");
}

async fn tell(it: &Rehearsal, delivery: &str, kind: &str, data: Value) {
    let payload = json!({ "type": kind, "timestamp": it.now(), "data": data });
    let (status, answer) = it.send(delivery, &payload).await;
    assert!((200..300).contains(&status), "{answer}");
}

#[tokio::test]
async fn who_is_not_here_yet_or_never_comes_keeps_their_name() {
    let mut it = company().await;
    let person = json!({ "given_name": "Samir", "family_name": "Ferrari", "department": "Sales" });
    let data = json!({ "employee_id": "1330", "person": person });
    tell(&it, "msg_1", "person.hired", data).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let mut hr = Browser::of(&it, HR).await;
    let page = hr.get("/people/1330").await;
    page.says("hired; the first day is not known yet");
    page.does_not_say("nobody told of a hire");
    hr.get("/cases").await.says("Samir Ferrari");
    hr.get("/").await.says("Samir Ferrari");
    let data = json!({ "employee_id": "1330" });
    it.pass(1);
    tell(&it, "msg_2", "person.hire_rescinded", data).await;
    let mut hr = Browser::of(&it, HR).await;
    let page = hr.get("/people/1330").await;
    page.says("Samir Ferrari employee 1330 · was to start, and does not");
    page.does_not_say("1330 1330");
    hr.get("/people?q=ferrari").await.says("Samir Ferrari");
}
