//! Promise 6: nothing fails silently: each failure ends in a retry, in an owner's task, or in an alert.

use std::{collections::BTreeSet, sync::Mutex};

use async_trait::async_trait;
use jiff::SignedDuration;
use latchkey_embedded::Handlers;
use latchkey_engine::{Invoker, TaskError};
use latchkey_lifecycle::{CaseState, TaskState};
use latchkey_systems::Fault;
use latchkey_tests::{Answers, Rehearsal, acme, form_of};
use serde_json::Value;

const NEEDS_YOU: &str = "Needs you: Account and groups";

fn faults() -> [Fault; 6] {
    let (system, problem) = (String::from("Company directory"), String::from("so it is"));
    [
        Fault::Busy {
            system: system.clone(),
            retry_after: Some(SignedDuration::from_secs(3)),
        },
        Fault::Unreachable {
            system: system.clone(),
            problem: problem.clone(),
        },
        Fault::NotYet {
            system: system.clone(),
            problem: problem.clone(),
        },
        Fault::Rejected {
            system: system.clone(),
            problem: problem.clone(),
        },
        Fault::Unauthorized {
            system: system.clone(),
            problem: problem.clone(),
        },
        Fault::Conflict { system, problem },
    ]
}

#[tokio::test]
async fn what_passes_is_tried_again_and_nobody_is_bothered() {
    for fault in faults().into_iter().filter(Fault::is_retryable) {
        let mut it = Rehearsal::of(&acme()).await;
        it.systems
            .get("directory")
            .fail_with(vec![fault.clone(); 3]);
        let hire = it.take_in("hire.json").await;
        it.play(&mut Answers::willing(), None).await;
        assert_eq!(it.case(&hire).await.state, CaseState::Closed, "{fault}");
        let task = it.task(&hire, "accounts.directory").await;
        assert_eq!(
            (task.state, task.on_time(), task.trouble),
            (TaskState::Verified, Some(true), None)
        );
        assert!(
            it.letters_about("Needs you").is_empty() && it.letters_about("operator").is_empty()
        );
        let recorded = it.recorded(&hire, Some("accounts.directory")).await;
        let meanwhile: &[&str] = match fault {
            // A system that asks for time gets it.
            Fault::Busy { .. } => &["paused"; 3],
            _ => &["trouble"],
        };
        let expected = [&["begun"], meanwhile, &["carried out", "verified"]].concat();
        assert_eq!(recorded, expected, "{fault}");
    }
}

#[tokio::test]
async fn what_stays_goes_to_the_owner_with_the_reason_in_plain_words_and_is_verified_after() {
    for fault in faults() {
        let mut it = Rehearsal::of(&acme()).await;
        // One try and ten more; as often as it is given time, and once more (its circuit opens with the fifth); or one
        // alone.
        let (times, meanwhile) = match fault {
            Fault::NotYet { .. } => (11, vec!["trouble"]),
            Fault::Busy { .. } => (10, [vec!["paused"; 9], vec!["trouble"]].concat()),
            Fault::Unreachable { .. } => {
                let paused = vec!["paused"; 9];
                (14, [vec!["trouble"], paused, vec!["trouble"]].concat())
            }
            _ => (1, vec!["trouble"]),
        };
        it.systems
            .get("directory")
            .fail_with(vec![fault.clone(); times]);
        let hire = it.take_in("hire.json").await;
        it.play(&mut Answers::willing(), None).await;
        let asked = it.letters_about(NEEDS_YOU);
        assert_eq!(asked.len(), 1, "{fault}");
        assert_eq!(asked[0].letter.to, "it@acme.example");
        assert!(
            asked[0]
                .letter
                .text
                .contains(&format!("What went wrong: {fault}")),
            "{}",
            asked[0].letter.text
        );
        let task = it.task(&hire, "accounts.directory").await;
        assert_eq!(
            (task.state, task.trouble),
            (TaskState::Verified, None),
            "{fault}"
        );
        let recorded = it.recorded(&hire, Some("accounts.directory")).await;
        assert_eq!(
            recorded,
            [
                vec!["begun"],
                meanwhile,
                vec!["asked", "done", "begun", "carried out", "verified"]
            ]
            .concat(),
            "{fault}"
        );
        assert_eq!(it.case(&hire).await.state, CaseState::Closed);
        assert!(it.systems.accounts_of("1042")["directory"].is_some());
    }
}

#[tokio::test]
async fn a_system_that_says_yes_and_does_nothing_is_found_out_each_time() {
    let mut it = Rehearsal::of(&acme()).await;
    it.systems.deafen("directory", true);
    let hire = it.take_in("hire.json").await;
    let mut people = Answers::by(|sent, _, task| {
        (!sent.letter.subject.starts_with("Reminder")).then(|| form_of(task, "done"))
    });
    while it.letters_about(NEEDS_YOU).len() < 3 {
        it.play(&mut people, Some(it.later(1))).await;
    }
    let text = &it.letters_about(NEEDS_YOU)[0].letter.text;
    assert!(
        text.contains("does not show it yet: still to do there"),
        "{text}"
    );
    // Its owner says that it is mended; only what is read back counts.
    assert!(!it.task(&hire, "accounts.directory").await.state.is_ended());
    it.systems.deafen("directory", false);
    it.play(&mut people, None).await;
    assert_eq!(
        it.task(&hire, "accounts.directory").await.state,
        TaskState::Verified
    );
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

/// A function that crashes whenever it is called for a task.
struct Crashing<'a> {
    functions: &'a Handlers,
    function: &'static str,
    task: Option<&'static str>,
}

#[async_trait]
impl Invoker for Crashing<'_> {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        if function == self.function && self.task.is_none_or(|task| payload["taskId"] == task) {
            return Err(TaskError::new("Runtime.ExitError", "exit status 101"));
        }
        self.functions.invoke(function, payload).await
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        self.functions.publish(topic, subject, message).await
    }
}

/// A case one of whose functions always crashes, played to its end.
pub(crate) async fn crashed(
    function: &'static str,
    task: Option<&'static str>,
) -> (Rehearsal, latchkey_lifecycle::CaseId) {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let functions = it.stack.handlers.clone();
    let crashing = Crashing {
        functions: &functions,
        function,
        task,
    };
    it.play_with(&crashing, &mut Answers::willing(), None).await;
    (it, hire)
}

#[tokio::test]
async fn when_nobody_can_be_asked_the_operators_are_alerted_and_the_other_tasks_go_on() {
    let (mut it, hire) = crashed("ask", Some("desk")).await;
    let alerts = it.letters_about("needs an operator");
    assert!(alerts.iter().all(|s| s.letter.to == "it@acme.example"));
    assert!(
        alerts[0].letter.text.contains("Task:       desk\n"),
        "{}",
        alerts[0].letter.text
    );
    // Where to look, and what failed.
    for says in [
        format!(":{}\n", it.case(&hire).await.execution_name()),
        "Error:      Runtime.ExitError\n".to_owned(),
    ] {
        let text = &alerts[0].letter.text;
        assert!(text.contains(&says), "{says}: {text}");
    }
    // One letter for one task; that the case does not close follows from it.
    assert_eq!(alerts.len(), 1);
    let tasks = it.tasks(&hire).await;
    let open: Vec<&str> = tasks
        .iter()
        .filter(|t| !t.state.is_ended())
        .map(|t| t.id.as_str())
        .collect();
    assert_eq!(open, ["desk"]);
    assert_eq!(it.case(&hire).await.state, CaseState::Open);
    // The cause is mended and the case restarted: it goes on where it stopped.
    it.stack.resume_open_cases().await.unwrap();
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

/// Every function crashes at its first call for each task: under another name each time.
struct CrashingOnce<'a> {
    functions: &'a Handlers,
    crashed: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl Invoker for CrashingOnce<'_> {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        const NAMES: [&str; 4] = [
            "Runtime.ExitError",
            "Runtime.OutOfMemory",
            "Sandbox.Timedout",
            "Lambda.ClientExecutionTimeoutException",
        ];
        let call = format!("{function} {} {}", payload["taskId"], payload["stage"]);
        let first = {
            let mut crashed = self.crashed.lock().unwrap();
            let name = NAMES[crashed.len() % NAMES.len()];
            crashed.insert(call).then_some(name)
        };
        match first {
            Some(name) => Err(TaskError::new(name, "")),
            None => self.functions.invoke(function, payload).await,
        }
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        self.functions.publish(topic, subject, message).await
    }
}

#[tokio::test]
async fn a_single_crash_asks_nobody() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let functions = it.stack.handlers.clone();
    let crashing = CrashingOnce {
        functions: &functions,
        crashed: Mutex::default(),
    };
    it.play_with(&crashing, &mut Answers::willing(), None).await;
    assert!(crashing.crashed.into_inner().unwrap().len() > 10);
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    for about in ["needs an operator", "Needs you:"] {
        let letters = it.letters_about(about);
        assert!(letters.is_empty(), "{}", letters[0].letter.text);
    }
}

#[tokio::test]
async fn a_case_that_cannot_be_planned_or_closed_is_an_alert() {
    for function in ["plan", "close"] {
        let (it, hire) = crashed(function, None).await;
        let alerts = it.letters_about("needs an operator");
        assert_eq!(alerts.len(), 1, "{function}");
        assert!(alerts[0].letter.text.contains(hire.as_str()), "{function}");
        assert_ne!(it.case(&hire).await.state, CaseState::Closed, "{function}");
    }
}

#[tokio::test]
async fn a_crash_of_a_systems_function_or_of_verify_goes_to_the_owner() {
    for (function, task) in [
        ("system-scim", "accounts.chat"),
        ("verify", "accounts.chat"),
    ] {
        let mut it = Rehearsal::of(&acme()).await;
        let hire = it.take_in("hire.json").await;
        let functions = it.stack.handlers.clone();
        let crashing = Crashing {
            functions: &functions,
            function,
            task: Some(task),
        };
        let mut people = Answers::by(|sent, _, task| {
            (!sent.letter.subject.starts_with("Needs you")).then(|| form_of(task, "done"))
        });
        while it.letters_about(NEEDS_YOU).is_empty() {
            it.play_with(&crashing, &mut people, Some(it.later(6)))
                .await;
        }
        let text = &it.letters_about(NEEDS_YOU)[0].letter.text;
        assert!(
            text.contains("A step failed with the error Runtime.ExitError"),
            "{function}: {text}"
        );
        assert!(!it.task(&hire, task).await.state.is_ended());
    }
}
