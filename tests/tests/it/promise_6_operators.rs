//! Promise 6, for those who operate Latchkey: what stands still is shown, and goes on when somebody says so by name.

use latchkey_engine::Status;
use latchkey_lifecycle::{CaseId, CaseState, SystemId, TaskId, TaskState, Traffic, execution_name};
use latchkey_runtime::{
    OperatorError, Questions, goes_along, in_trouble_with, redrive, standing_still, waive,
};
use latchkey_systems::Fault;
use latchkey_tests::{Answers, BEGIN, Rehearsal, acme, form_of, sample};
use serde_json::json;

use crate::{
    promise_6_failures::crashed,
    promise_8_brake::{active, company, everybody_but_security, flood},
    sweep::sweeps,
};

fn refused() -> Fault {
    Fault::Unauthorized {
        system: "Chat".into(),
        problem: "HTTP 401".into(),
    }
}

fn chat() -> SystemId {
    SystemId::new("chat").unwrap()
}

/// Owners do what they are asked for, but not what Latchkey was to do in the chat.
fn all_but_chats() -> Answers {
    Answers::by(|sent, _, task| {
        (!sent.letter.subject.contains("Chat")).then(|| form_of(task, "done"))
    })
}

#[tokio::test]
async fn refused_credentials_are_told_once_and_what_failed_is_carried_out_after_all() {
    let mut it = Rehearsal::of(&acme()).await;
    it.systems.get("chat").fail_with(vec![refused(); 2]);
    let mut cases = Vec::new();
    for (n, id) in ["1042", "1043"].into_iter().enumerate() {
        let mut payload = sample("hire.json");
        payload["timestamp"] = json!(it.now());
        payload["data"]["employee_id"] = json!(id);
        if let Some(person) = payload["data"]["person"].as_object_mut() {
            person.remove("work_email");
        }
        let (_, answer) = it.send(&format!("hire-{n}"), &payload).await;
        cases.push(CaseId::new(answer["case"].as_str().unwrap()).unwrap());
    }
    it.play(&mut all_but_chats(), Some(it.later(24 * 11))).await;
    // Both owners' tasks are there; the operators hear once.
    let told = it.letters_about("cannot sign in");
    assert_eq!(told.len(), 1, "{told:?}");
    insta::assert_snapshot!(told[0].letter.text);
    let ledger = it.stack.ledger.clone();
    let mut troubled = in_trouble_with(&ledger, &chat()).await.unwrap();
    troubled.sort();
    cases.sort();
    assert_eq!(troubled, cases);
    // A valid secret is stored.
    for case in &cases {
        redrive(&ledger, case, "Olga Operator", Questions::Stand, it.now())
            .await
            .unwrap();
    }
    let report = sweeps(&mut it).await;
    assert_eq!(report.restarted.len(), 2);
    it.play(&mut all_but_chats(), None).await;
    for case in &cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
        let recorded = it.recorded(case, Some("accounts.chat")).await;
        assert!(!recorded.contains(&"done".to_owned()), "{recorded:?}");
    }
    // It is told again when it happens again.
    let traffic = ledger.traffic(&chat()).await.unwrap().item;
    assert_eq!(traffic, Default::default());
}

#[tokio::test]
async fn a_task_is_left_out_by_name_and_with_a_reason() {
    let mut it = Rehearsal::of(&acme()).await;
    it.systems.get("chat").fail_with(vec![refused(); 100]);
    let hire = it.take_in("hire.json").await;
    let mut others = all_but_chats();
    it.play(&mut others, Some(it.later(24 * 20))).await;
    let ledger = it.stack.ledger.clone();
    let task = TaskId::new("accounts.chat").unwrap();
    let no = |by: &'static str, why: &'static str| {
        let (ledger, hire, task, now) = (ledger.clone(), hire.clone(), task.clone(), it.now());
        async move { waive(&ledger, (&hire, &task), (by, why), now).await }
    };
    assert!(matches!(no(" ", "x").await, Err(OperatorError::NoName)));
    assert!(matches!(no("Olga", "").await, Err(OperatorError::NoReason)));
    no("Olga", "no chat this year").await.unwrap();
    assert!(matches!(
        no("Olga", "again").await,
        Err(OperatorError::TaskEnded(..))
    ));
    sweeps(&mut it).await;
    it.play(&mut others, None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    let waived = it.task(&hire, "accounts.chat").await;
    assert_eq!(waived.state, TaskState::Waived);
    let page = it.everything(&hire).await;
    assert!(
        page.contains("Olga left it out: no chat this year"),
        "{page}"
    );
    assert!(matches!(
        redrive(&ledger, &hire, "Olga", Questions::Stand, it.now()).await,
        Err(OperatorError::Ended(..))
    ));
}

#[tokio::test]
async fn a_case_that_stands_still_is_shown_and_goes_on_by_name() {
    let (mut it, hire) = crashed("plan", None).await;
    let ledger = it.stack.ledger.clone();
    assert!(standing_still(&ledger).await.unwrap().is_empty());
    // The operators heard already; it is tried again by itself after a day.
    for _ in 0..2 {
        assert_eq!(sweeps(&mut it).await.restarted, []);
    }
    assert_eq!(
        standing_still(&ledger).await.unwrap(),
        std::slice::from_ref(&hire)
    );
    redrive(&ledger, &hire, "Olga", Questions::Stand, it.now())
        .await
        .unwrap();
    assert!(standing_still(&ledger).await.unwrap().is_empty());
    assert_eq!(sweeps(&mut it).await.restarted, std::slice::from_ref(&hire));
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    let recorded = it.recorded(&hire, None).await;
    let still = recorded.iter().filter(|w| *w == "stands still").count();
    assert_eq!(still, 1, "{recorded:?}");
}

#[tokio::test]
async fn what_an_operator_has_planned_anew_goes_on_at_once_and_who_was_asked_is_asked_again() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let asked = "Prepare the desk";
    while it.letters_about(asked).is_empty() {
        it.play(&mut Answers::none(), Some(it.later(12))).await;
    }
    let (ledger, acting) = (it.stack.ledger.clone(), it.stack.acting());
    let mut letters = 1;
    for questions in [Questions::Stand, Questions::AskedAgain, Questions::Stand] {
        let (by, now) = ("Olga", it.now());
        let redriven = redrive(&ledger, &hire, by, questions, now).await;
        let revision = redriven.unwrap();
        assert_eq!(
            acting.take_up(std::slice::from_ref(&hire)).await.unwrap(),
            1
        );
        // Nobody sweeps here.
        it.play(&mut Answers::none(), Some(it.now())).await;
        letters += usize::from(questions == Questions::AskedAgain);
        assert_eq!(it.letters_about(asked).len(), letters, "{questions:?}");
        let running = |revision| it.stack.engine.status(&execution_name(&hire, revision));
        assert_eq!(running(revision), Some(Status::Running));
        let before = revision.previous().unwrap();
        assert_eq!(
            running(before),
            Some(Status::Aborted),
            "nothing waits that is fenced"
        );
    }
    // The last letter's link is good, and so is the first one's: it is the same question.
    let first = it.question_of(it.letters_about(asked)[0]).unwrap();
    let form = form_of(&it.task(&hire, "desk").await, "done");
    assert_eq!(it.page(&first, Some(&form)).await.0, 200);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(
        acting.take_up(std::slice::from_ref(&hire)).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn a_clock_that_was_set_back_has_every_open_case_worked_out_again() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let revision = it.case(&hire).await.revision;
    let somebody = latchkey_lifecycle::Caller {
        name: "somebody",
        first: false,
        turn: None,
        turns: 0,
        waited: false,
    };
    let turn = |t: &mut Traffic| t.enter(BEGIN.parse().unwrap(), &somebody, 1);
    it.stack.ledger.change_traffic(&chat(), turn).await.unwrap();
    let acting = it.stack.acting();
    assert_eq!(acting.clock_was_set_back().await.unwrap(), 1);
    let case = it.case(&hire).await;
    assert_eq!(case.revision, revision.next());
    let name = execution_name(&hire, case.revision);
    assert_eq!(it.stack.engine.status(&name), Some(Status::Running));
    let traffic = it.stack.ledger.traffic(&chat()).await.unwrap().item;
    assert_eq!(traffic, Traffic::default());
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(acting.clock_was_set_back().await.unwrap(), 0);
}

#[tokio::test]
async fn the_question_about_what_is_held_is_not_left_out_like_a_task() {
    let mut it = company(5).await;
    let asks = flood(&it, 5).await[3].clone();
    it.play(&mut everybody_but_security(), Some(it.later(3)))
        .await;
    let ledger = it.stack.ledger.clone();
    let task = TaskId::confirm_what_is_held();
    let signed = ("Olga", "it is a mistake");
    let refused = waive(&ledger, (&asks, &task), signed, it.now()).await;
    let words = refused.unwrap_err().to_string();
    assert!(words.contains("the link in its letter"), "{words}");
    assert!(matches!(
        goes_along(&ledger, &asks, &task).await,
        Err(OperatorError::Decides(..))
    ));
    // It is asked still, and decided where the words say.
    let letter = it.letters_about("Confirm the exits that are held")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let form = form_of(&it.task(&asks, task.as_str()).await, "done");
    let (status, page) = it.page(&question, Some(&form)).await;
    assert_eq!(status, 200, "{page}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, 5), [0; 0]);
}
