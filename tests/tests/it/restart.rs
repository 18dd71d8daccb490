//! The process ends and begins again: every open case goes on where it was, and nobody is asked twice.

use latchkey_lifecycle::{Admission, Case, CaseState, SystemId, TaskState, Traffic};
use latchkey_runtime::Failure;
use latchkey_tests::{Answers, Rehearsal, acme, form_of};

use crate::promise_6_failures::crashed;

#[tokio::test]
async fn cases_go_on_after_a_restart_at_any_point_and_nobody_is_asked_twice() {
    let mut it = Rehearsal::lasting(&acme()).await;
    it.seed().await;
    let cases = [it.take_in("hire.json").await, it.take_in("exit.json").await];
    // A day is lived, then the process dies; what was answered stays answered.
    let mut days = 0;
    while it.stack.engine.running() > 0 {
        it.play(&mut Answers::willing(), Some(it.later(24))).await;
        it = it.restart().await;
        days += 1;
        assert!(days < 60, "it does not come to an end");
    }
    for case in &cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
        for task in it.tasks(case).await {
            assert_eq!(
                (task.state, task.on_time()),
                (TaskState::Verified, Some(true)),
                "{}",
                task.id
            );
            let recorded = it.recorded(case, Some(task.id.as_str())).await;
            let asked = recorded.iter().filter(|word| *word == "asked").count();
            // A second team is asked, too.
            let confirmed = recorded.iter().filter(|word| *word == "confirmed").count();
            assert!(asked <= 1 + confirmed, "{}: {recorded:?}", task.id);
        }
    }
    let mut subjects: Vec<_> = it
        .letters
        .iter()
        .map(|sent| (sent.letter.to.clone(), sent.letter.subject.clone()))
        .collect();
    let all = subjects.len();
    subjects.sort();
    subjects.dedup();
    assert_eq!(
        subjects.len(),
        all,
        "a letter went out twice: {subjects:#?}"
    );
    assert!(days > 10, "{days}");
}

#[tokio::test]
async fn whoever_called_a_system_when_the_process_died_takes_no_place_after_a_restart() {
    let it = Rehearsal::lasting(&acme()).await;
    let chat = SystemId::new("chat").unwrap();
    let now = it.now();
    for (caller, admitted) in [("one", true), ("another", false)] {
        let enter = |t: &mut Traffic| t.enter(now, caller, Some(1)) == Admission::Go;
        let entered = it.stack.ledger.change_traffic(&chat, enter).await;
        assert_eq!(entered.unwrap(), admitted);
    }
    let it = it.restart().await;
    let traffic = it.stack.ledger.traffic(&chat).await.unwrap().item;
    assert_eq!(traffic, Traffic::default());
}

#[tokio::test]
async fn who_died_while_closing_a_case_still_tells_that_it_is_closed() {
    let (mut it, hire) = crashed("close", None).await;
    // The first thing that close writes; then it dies.
    let close = |case: &mut Case| {
        case.state = CaseState::Closed;
        Ok::<_, Failure>(Some(Vec::new()))
    };
    let closed = it.stack.ledger.change_case(&hire, close).await;
    closed.unwrap();
    assert!(it.letters_about("Closed:").is_empty());
    assert_eq!(it.stack.resume_open_cases().await.unwrap(), 1);
    it.play(&mut Answers::none(), None).await;
    assert!(it.case(&hire).await.summary_sent);
    let told = it.letters_about("Closed:").len();
    assert!(told > 0);
    // And once only.
    assert_eq!(it.stack.resume_open_cases().await.unwrap(), 0);
}

#[tokio::test]
async fn a_question_from_before_a_restart_can_be_answered_after_it() {
    let mut it = Rehearsal::lasting(&acme()).await;
    let hire = it.take_in("hire.json").await;
    while it.letters_about("Prepare the desk").is_empty() {
        it.play(&mut Answers::none(), Some(it.later(12))).await;
    }
    let question = it
        .question_of(it.letters_about("Prepare the desk")[0])
        .unwrap();
    let mut it = it.restart().await;
    let form = form_of(&it.task(&hire, "desk").await, "done");
    assert_eq!(it.page(&question, Some(&form)).await.0, 200);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(it.letters_about("Prepare the desk").len(), 1);
}
