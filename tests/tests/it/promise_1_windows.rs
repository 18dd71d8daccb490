//! Promise 1: nobody gets access before its window opens. A missed end of a window is never silent.

use std::collections::BTreeMap;

use latchkey_lifecycle::{CaseState, Work};
use latchkey_tests::{Answers, Rehearsal, acme, form_of};

#[tokio::test]
async fn nothing_reaches_a_system_before_the_window_of_its_task_opens() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let mut cases = Vec::new();
    for file in [
        "hire.json",
        "transfer.json",
        "exit.json",
        "urgent-exit.json",
    ] {
        cases.push(it.take_in(file).await);
    }
    it.play(&mut Answers::willing(), None).await;
    for case in &cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed, "{case}");
        for task in it.tasks(case).await {
            assert!(
                task.ended_at.unwrap() >= task.window.opens,
                "{case} {}",
                task.id
            );
        }
    }
    // Each instant at which a system was changed lies within a window of a task on that system.
    let mut windows = Vec::new();
    for case in &cases {
        for task in it.tasks(case).await {
            if let Work::System { system, .. } = &task.work {
                windows.push((system.clone(), task.window));
            }
        }
    }
    let applied = it.systems.applied();
    assert!(applied.len() > 10, "{applied:?}");
    for change in applied {
        let within = windows.iter().any(|(system, window)| {
            *system == change.system && window.opens <= change.at && change.at <= window.due
        });
        assert!(within, "{change:?}");
    }
}

#[tokio::test]
async fn an_account_is_made_when_its_window_opens_and_not_a_second_earlier() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let opens = |tasks: &[latchkey_lifecycle::Task]| {
        let of = |task: &latchkey_lifecycle::Task| match &task.work {
            Work::System { .. } => Some(task.window.opens),
            Work::Person { .. } => None,
        };
        tasks.iter().filter_map(of).min().unwrap()
    };
    let opens = opens(&it.tasks(&hire).await);
    let before = opens
        .checked_sub(jiff::SignedDuration::from_secs(1))
        .unwrap();
    it.play(&mut Answers::willing(), Some(before)).await;
    assert_eq!((it.now(), it.systems.applied().len()), (before, 0));
    it.play(&mut Answers::willing(), Some(opens)).await;
    assert!(!it.systems.applied().is_empty());
}

#[tokio::test]
async fn a_missed_end_is_reminded_of_said_and_escalated_and_recorded() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let mut people = Answers::by(|sent, question, task| match task.id.as_str() {
        "laptop" if !question.may_waive => None,
        _ if sent.letter.subject.starts_with("Reminder") => None,
        _ => Some(form_of(task, "done")),
    });
    it.play(&mut people, None).await;
    let recorded = it.recorded(&hire, Some("laptop")).await;
    assert_eq!(
        recorded,
        [
            "asked",
            "reminded",
            // Owner and backup: each once the letter to them went out.
            "missed",
            "missed",
            "escalated",
            "done",
            "verified"
        ]
    );
    let task = it.task(&hire, "laptop").await;
    let letters = |head: &str| {
        let all = it.letters_about(&format!("{head}Prepare the laptop"));
        all.iter()
            .map(|sent| (sent.letter.to.clone(), sent.at))
            .collect::<Vec<_>>()
    };
    let (due, remind, escalate) = (
        task.window.due,
        task.checkpoints.remind,
        task.checkpoints.escalate,
    );
    assert_eq!(letters("Reminder: "), [("it@acme.example".into(), remind)]);
    let backup = "security@acme.example".to_owned();
    let mut missed = letters("MISSED: ");
    missed.sort();
    assert_eq!(missed, [("it@acme.example".into(), due), (backup, due)]);
    assert_eq!(
        letters("ESCALATED: "),
        [("cio@acme.example".into(), escalate)]
    );
    assert!(remind < due && due < escalate);
    assert_eq!(task.on_time(), Some(false));
}

#[tokio::test]
async fn a_task_that_is_late_because_it_waits_for_others_is_not_silent_either() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let mut people = Answers::by(|_, _, task| match task.id.as_str() {
        "laptop" => None,
        _ => Some(form_of(task, "done")),
    });
    let due = loop {
        it.play(&mut people, Some(it.later(24))).await;
        let task = it.task(&hire, "first-sign-in").await;
        if it.now() > task.window.due {
            break task.window.due;
        }
    };
    assert_eq!(
        it.recorded(&hire, Some("first-sign-in")).await,
        ["missed", "missed"]
    );
    let told = it.letters_about("MISSED: Check the first sign-in");
    let told: BTreeMap<_, _> = told.iter().map(|s| (s.letter.to.as_str(), s.at)).collect();
    let both = [("it@acme.example", due), ("cio@acme.example", due)];
    assert_eq!(told, both.into());
    assert!(it.letters.iter().any(|s| {
        s.letter
            .text
            .contains("waits for “Prepare the laptop” (IT Support)")
    }));
    every_instant_says_how_far(&it);
}

/// Whoever reads a letter need not reckon: what is due, was due or opens says how far that is. A summary only looks
/// back.
fn every_instant_says_how_far(it: &Rehearsal) {
    let letters = it.letters.iter().map(|sent| &sent.letter);
    for letter in letters.filter(|letter| !letter.subject.starts_with("Closed: ")) {
        for (place, zone) in letter.text.match_indices(" CET") {
            let rest = &letter.text[place + zone.len()..];
            let far = rest
                .strip_prefix(" (")
                .and_then(|rest| rest.split_once(')'));
            let far = far.map(|(far, _)| far).unwrap_or_default();
            assert!(
                far == "now" || far.starts_with("in ") || far.ends_with(" ago"),
                "{}",
                letter.text
            );
        }
    }
}

#[tokio::test]
async fn a_step_that_somebody_starts_by_hand_waits_for_the_window_too() {
    use latchkey_engine::Invoker;
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    for task in it.tasks(&hire).await {
        if let Work::System { kind, .. } = &task.work {
            let request = serde_json::json!({ "caseId": hire, "revision": 1, "taskId": task.id });
            let function = format!("system-{kind}");
            let refused = it.stack.handlers.invoke(&function, request).await;
            assert_eq!(refused.unwrap_err().error, "NotYet", "{}", task.id);
        }
    }
    assert!(it.systems.applied().is_empty());
}
