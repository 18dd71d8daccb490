//! The process ends and begins again: every open case goes on where it was, and nobody is asked twice.

use jiff::Timestamp;
use latchkey_embedded::parked_until;
use latchkey_ledger::{Shelf, TaskRow};
use latchkey_lifecycle::{
    Admission, Caller, Case, CaseId, CaseState, SystemId, TaskState, Traffic,
};
use latchkey_runtime::{Failure, Question};
use latchkey_systems::Fault;
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
        let caller = Caller {
            name: caller,
            first: false,
            turn: None,
            turns: 0,
            waited: false,
        };
        let enter = |t: &mut Traffic| t.enter(now, &caller, 1) == Admission::Go;
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

/// Two questions that stand at once, with the case and the tasks they are about.
async fn two_questions(it: &mut Rehearsal) -> (CaseId, Vec<Question>) {
    let case = it.take_in("hire.json").await;
    let mut asked = Vec::new();
    for _ in 0..60 {
        it.play(&mut Answers::none(), Some(it.later(12))).await;
        asked = it.tasks(&case).await;
        asked.retain(|task| task.state == TaskState::Asked);
        if asked.len() >= 2 {
            break;
        }
    }
    let letters = it.letters.iter();
    let mut questions: Vec<_> = letters.filter_map(|sent| it.question_of(sent)).collect();
    questions.sort_by(|one, other| one.task.cmp(&other.task));
    questions.dedup_by(|one, other| one.task == other.task);
    questions.retain(|question| asked.iter().any(|task| task.id == question.task));
    assert!(questions.len() >= 2, "{questions:?}");
    (case, questions)
}

/// All are answered, and nothing moves in between.
async fn answer_all(it: &Rehearsal, questions: &[Question]) {
    for question in questions {
        let form = form_of(
            &it.task(&question.case, question.task.as_str()).await,
            "done",
        );
        assert_eq!(it.page(question, Some(&form)).await.0, 200);
    }
}

/// Every answer was heard: nothing is as it was left.
async fn all_heard(it: &mut Rehearsal, case: &CaseId, questions: &[Question]) {
    it.play(&mut Answers::none(), Some(it.now())).await;
    for question in questions {
        let task = it.task(case, question.task.as_str()).await;
        let heard = matches!(task.state, TaskState::Verified | TaskState::Confirming);
        assert!(heard, "{}: {:?}", task.id, task.state);
    }
    assert_eq!(it.case(case).await.revision.0, 2);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(case).await.state, CaseState::Closed);
}

#[tokio::test]
async fn answers_that_come_one_after_the_other_to_a_case_that_sleeps_are_all_heard() {
    let mut it = Rehearsal::lasting(&acme()).await;
    let (case, questions) = two_questions(&mut it).await;
    let mut it = it.restart().await;
    answer_all(&it, &questions).await;
    all_heard(&mut it, &case, &questions).await;
}

#[tokio::test]
async fn answers_that_come_before_a_start_has_looked_at_their_case_are_heard() {
    let mut it = Rehearsal::lasting(&acme()).await;
    let (case, questions) = two_questions(&mut it).await;
    let mut it = it.begin_again().await;
    answer_all(&it, &questions).await;
    it.stack.resume().await.unwrap();
    all_heard(&mut it, &case, &questions).await;
}

/// Tokens as an earlier version gave them out (0.1.0: no execution in them), or the state machine of another place.
#[tokio::test]
async fn answers_are_heard_whose_tokens_mean_nothing_here() {
    for slept in [true, false] {
        let mut it = Rehearsal::lasting(&acme()).await;
        let (case, questions) = two_questions(&mut it).await;
        for (nth, question) in questions.iter().enumerate() {
            let foreign = |row: &mut TaskRow| {
                row.asking.as_mut().unwrap().token = Some(format!("{nth:040x}"));
                Ok::<_, Failure>(Some(Vec::new()))
            };
            let revision = it.case(&case).await.revision;
            let ledger = &it.stack.ledger;
            let changed = ledger.change_task(&case, &question.task, revision, foreign);
            changed.await.unwrap();
        }
        // On AWS executions go on while a backup is restored: they run, and wait with other tokens.
        if slept {
            it = it.restart().await;
        }
        answer_all(&it, &questions).await;
        all_heard(&mut it, &case, &questions).await;
    }
}

/// Until when all open cases lie still, by the ledger.
async fn lie_still(it: &Rehearsal) -> Option<Timestamp> {
    let ledger = &it.stack.ledger;
    let mut first = None::<Timestamp>;
    for case in ledger.cases(Shelf::Open, usize::MAX).await.unwrap() {
        let rows = ledger.tasks(&case.id).await.unwrap();
        let rows: Vec<_> = rows.into_iter().map(|row| row.item).collect();
        let until = parked_until(&case, &rows, it.now());
        first = Some(first.map_or(until, |first| first.min(until)));
    }
    first
}

/// Lives through a case from timer to timer. At each of them the ledger alone has to know that nothing is to be done
/// before the next one, or think that something is: too early is no harm, too late is a deadline that passes.
async fn never_lies_still_for_too_long(event: &str, mut answers: Answers) -> (usize, usize) {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.take_in(event).await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let (mut exact, mut early) = (0, 0);
    for _ in 0..400 {
        let Some(next) = it.stack.engine.next_timer() else {
            break;
        };
        if let Some(until) = lie_still(&it).await {
            assert!(
                until <= next,
                "{event}: {} lies still until {until}, and {next} is due",
                it.now()
            );
            match next.duration_since(until).as_secs() {
                0..=2 => exact += 1,
                _ => early += 1,
            }
        }
        it.play(&mut answers, Some(next)).await;
    }
    (exact, early)
}

#[tokio::test]
async fn a_case_lies_still_after_a_restart_for_no_longer_than_its_execution_would() {
    let (mut exact, mut early) = (0, 0);
    for event in [
        "hire.json",
        "exit.json",
        "transfer.json",
        "leave.json",
        "urgent-exit.json",
    ] {
        for answers in [Answers::none(), Answers::willing()] {
            let (once, too) = never_lies_still_for_too_long(event, answers).await;
            (exact, early) = (exact + once, early + too);
        }
    }
    println!("{exact} exact, {early} early");
    // Else it would be true of a process that plans all anew.
    assert!(exact > 5 * early, "{exact} exact, {early} early");
}

#[tokio::test]
async fn nothing_is_written_for_a_case_that_waits_and_its_day_comes_all_the_same() {
    let mut it = Rehearsal::lasting(&acme()).await;
    it.seed().await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let (before, letters) = (it.everything(&hire).await, it.letters.len());
    for _ in 0..3 {
        it = it.restart().await;
        it.play(&mut Answers::none(), Some(it.later(1))).await;
    }
    assert_eq!(it.everything(&hire).await, before);
    assert_eq!(it.letters.len(), letters);
    assert_eq!(
        (it.stack.engine.running(), it.stack.engine.branches()),
        (1, 0)
    );
    // Nobody restarts any more; what is due comes.
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    for task in it.tasks(&hire).await {
        assert_eq!(task.state, TaskState::Verified, "{}", task.id);
        let recorded = it.recorded(&hire, Some(task.id.as_str())).await;
        let asked = recorded.iter().filter(|word| *word == "asked").count();
        let confirmed = recorded.iter().filter(|word| *word == "confirmed").count();
        assert!(asked <= 1 + confirmed, "{}: {recorded:?}", task.id);
    }
}

#[tokio::test]
async fn what_was_at_work_when_the_process_died_is_planned_anew_at_once() {
    let mut it = Rehearsal::lasting(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let down = Fault::Unreachable {
        system: "Chat".into(),
        problem: "it does not answer".into(),
    };
    it.systems.get("chat").fail_with(vec![down; 4000]);
    let chat = "accounts.chat";
    it.play(&mut Answers::none(), Some(it.now())).await;
    let opens = it.task(&hire, chat).await.window.opens;
    it.play(&mut Answers::none(), Some(opens)).await;
    assert_eq!(it.task(&hire, chat).await.state, TaskState::Running);
    let before = it.case(&hire).await.revision;
    let mut it = it.restart().await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    assert_eq!(it.case(&hire).await.revision, before.next());
}
