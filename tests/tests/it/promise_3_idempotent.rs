//! Promise 3: every write is idempotent, and fenced. Every step of four events at once is run twice, and failed once
//! before and once after it did its work: all come to the same end as the plain run. `every_step.rs` does it for every
//! kind of event, for each step alone, late, and at each call that a step makes.

use std::{collections::BTreeSet, sync::Mutex};

use async_trait::async_trait;
use latchkey_embedded::Handlers;
use latchkey_engine::{Invoker, TaskError};
use latchkey_lifecycle::{CaseState, Work};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::{Value, json};

/// What happens between the engine and the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing.
    Plain,
    /// Each call arrives twice; the first answer is lost.
    Twice,
    /// Each step's first call fails before it did anything.
    FailedBefore,
    /// Each step's first call does its work, then its answer is lost.
    FailedAfter,
}

pub(crate) struct Between<'a> {
    pub(crate) functions: &'a Handlers,
    pub(crate) way: Way,
    pub(crate) met: Mutex<BTreeSet<String>>,
}

impl Between<'_> {
    /// Whether it is the step's first call; a retry carries another token and is the same step.
    fn first(&self, function: &str, payload: &Value) -> bool {
        let mut step = payload.clone();
        for of_the_try in ["token", "entered", "retry"] {
            step.as_object_mut().unwrap().remove(of_the_try);
        }
        self.met
            .lock()
            .unwrap()
            .insert(format!("{function} {step}"))
    }
}

#[async_trait]
impl Invoker for Between<'_> {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let first = self.first(function, &payload);
        let lost = || TaskError::new("Lambda.ServiceException", "lost");
        match self.way {
            Way::Twice => {
                let _ = self.functions.invoke(function, payload.clone()).await;
            }
            Way::FailedBefore if first => return Err(lost()),
            Way::FailedAfter if first => {
                let _ = self.functions.invoke(function, payload).await;
                return Err(lost());
            }
            _ => {}
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

/// Four events carried out in a way: what stands in ledger and systems at the end, and who got which letter.
async fn end_of(way: Way) -> (Vec<String>, usize) {
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
    let functions = it.stack.handlers.clone();
    let between = Between {
        functions: &functions,
        way,
        met: Mutex::default(),
    };
    it.play_with(&between, &mut Answers::willing(), None).await;
    let mut end = Vec::new();
    for case in &cases {
        assert_eq!(
            it.case(case).await.state,
            CaseState::Closed,
            "{way:?} {case}"
        );
        end.extend(it.outcome(case).await);
        for trail in it.stack.ledger.audit_trail(case).await.unwrap() {
            let mut words: Vec<_> = trail.records.iter().map(|r| r.body.what.as_str()).collect();
            // A second look that finds all as desired is recorded, too.
            words.dedup();
            end.push(format!(
                "{case} {:?} {:?} {words:?}",
                trail.task, trail.fault
            ));
        }
    }
    for employee in ["1042", "1017", "1021", "1030"] {
        end.push(format!("{:?}", it.systems.accounts_of(employee)));
    }
    let mut letters: Vec<String> = it
        .letters
        .iter()
        .map(|s| format!("{} ← {}", s.letter.to, s.letter.subject))
        .collect();
    letters.sort();
    end.extend(letters);
    let mut applied: Vec<String> = it
        .systems
        .applied()
        .iter()
        .map(|a| format!("{} {}", a.system, a.change))
        .collect();
    applied.sort();
    end.extend(applied);
    let met = between.met.lock().unwrap().len();
    (end, met)
}

/// Shows only what differs.
#[track_caller]
fn same(plain: &[String], other: &[String]) {
    let less = |a: &[String], b: &[String]| -> Vec<String> {
        let mut left = b.to_vec();
        let missing = a
            .iter()
            .filter(|line| match left.iter().position(|l| l == *line) {
                Some(found) => {
                    left.remove(found);
                    false
                }
                None => true,
            });
        missing.cloned().collect()
    };
    let (lost, new) = (less(plain, other), less(other, plain));
    assert!(
        lost.is_empty() && new.is_empty(),
        "lost: {lost:#?}\nnew: {new:#?}"
    );
}

#[tokio::test]
async fn every_step_run_twice_comes_to_the_same_end() {
    let (plain, steps) = end_of(Way::Plain).await;
    assert!(steps > 80, "{steps}");
    same(&plain, &end_of(Way::Twice).await.0);
}

#[tokio::test]
async fn every_step_failed_once_before_or_after_its_work_comes_to_the_same_end() {
    let (plain, _) = end_of(Way::Plain).await;
    same(&plain, &end_of(Way::FailedBefore).await.0);
    same(&plain, &end_of(Way::FailedAfter).await.0);
}

#[tokio::test]
async fn a_step_of_an_old_revision_changes_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let tasks = it.tasks(&hire).await;
    assert!(tasks.is_empty());
    // In the middle of the accounts' window, half of the tasks are done.
    let opens =
        |tasks: &[latchkey_lifecycle::Task]| tasks.iter().map(|t| t.window.opens).max().unwrap();
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let last = opens(&it.tasks(&hire).await);
    it.play(&mut Answers::willing(), Some(last)).await;
    it.stack.resume_open_cases().await.unwrap();
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    assert_eq!(it.case(&hire).await.revision.0, 2);

    let before = (
        it.everything(&hire).await,
        it.systems.applied(),
        it.letters.len(),
    );
    let old = |extra: Value| {
        let mut payload = json!({ "caseId": hire, "revision": 1 });
        payload
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        payload
    };
    let mut calls = vec![("plan", old(json!({}))), ("close", old(json!({})))];
    for task in it.tasks(&hire).await {
        let id = &task.id;
        if let Work::System { .. } = task.work {
            calls.push(("system-scim", old(json!({ "taskId": id }))));
        }
        calls.push(("verify", old(json!({ "taskId": id }))));
        calls.push((
            "ask",
            old(json!({ "taskId": id, "action": "hold", "stage": "late", "token": "t" })),
        ));
        for step in ["do", "confirm", "mend"] {
            let prepare =
                json!({ "taskId": id, "action": "prepare", "step": step, "problem": "Busy" });
            calls.push(("ask", old(prepare)));
            for stage in ["asked", "reminded", "missed", "escalated"] {
                let ask = json!({ "taskId": id, "action": "ask", "step": step, "stage": stage, "token": "t" });
                calls.push(("ask", old(ask)));
            }
        }
    }
    for (function, payload) in calls {
        let answer = it.stack.handlers.invoke(function, payload.clone()).await;
        assert_eq!(answer.unwrap_err().error, "Fenced", "{function} {payload}");
    }
    it.play(&mut Answers::none(), Some(it.now())).await;
    assert_eq!(
        before,
        (
            it.everything(&hire).await,
            it.systems.applied(),
            it.letters.len()
        )
    );
}
