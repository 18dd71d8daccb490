//! Promises 6 and 7, when one of twenty systems never answers: the urgent exit cuts and verifies the other nineteen at
//! once, and the owner of the one is asked, within its window.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

use async_trait::async_trait;
use latchkey_embedded::{Handlers, JumpClock, Silent, Stack};
use latchkey_engine::{Invoker, TaskError};
use latchkey_lifecycle::{CaseState, Change, PersonDraft, SystemId, Task, TaskState};
use latchkey_rehearsal::{Answers, Rehearsal, SimulatedSystems, form_of};
use latchkey_runbook::Runbook;
use latchkey_runtime::Systems;
use latchkey_systems::{Fault, Found, Page, PageToken, Sight, Sought, System, Whole};
use latchkey_tests::{
    BEGIN,
    many::{many_systems, name},
    sample,
};
use serde_json::{Value, json};

const SYSTEMS: usize = 20;
/// The one that hangs: neither the first nor the last.
const HUNG: usize = 7;

/// Systems of which one hangs.
struct OneHangs {
    systems: SimulatedSystems,
    hangs: Arc<AtomicBool>,
}

#[async_trait]
impl Systems for OneHangs {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        if self.hangs.load(Ordering::Relaxed) && *system == name(HUNG) {
            return Ok(Arc::new(Never));
        }
        self.systems.open(runbook, system).await
    }
}

/// A system that takes every call and answers none.
#[derive(Debug)]
struct Never;

#[async_trait]
impl System for Never {
    fn name(&self) -> &str {
        "never"
    }

    async fn look_up(&self, _: &Sought) -> Result<Sight, Fault> {
        pending().await
    }

    async fn look_at(&self, _: &str, _: &Sought) -> Result<Sight, Fault> {
        pending().await
    }

    async fn complete(&self, _: Found) -> Result<Whole<Found>, Fault> {
        pending().await
    }

    async fn list(&self, _: Option<&PageToken>) -> Result<Page, Fault> {
        pending().await
    }

    async fn apply(&self, _: Option<&Found>, _: &Change) -> Result<Option<Found>, Fault> {
        pending().await
    }
}

/// A step that hangs is cut off by Lambda at its time limit.
struct CutOff<'a> {
    functions: &'a Handlers,
    task: &'a str,
    hangs: &'a AtomicBool,
}

#[async_trait]
impl Invoker for CutOff<'_> {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let calls_it = function.starts_with("system-") && payload["taskId"] == self.task;
        if calls_it && self.hangs.load(Ordering::Relaxed) {
            return Err(TaskError::new("Sandbox.Timedout", "after 120 seconds"));
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

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs all calls side by side at the present instant, until those that are left are calls that hang.
async fn run_side_by_side(it: &Rehearsal) {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut run = pin!(it.stack.settle());
    loop {
        let ended = run.as_mut().poll(&mut Context::from_waker(&waker));
        // tokio wakes some only when it is its turn.
        tokio::task::yield_now().await;
        if ended.is_ready() || !woken.0.swap(false, Ordering::Relaxed) {
            return;
        }
    }
}

#[tokio::test]
async fn one_hanging_system_delays_no_other_and_its_owner_is_asked() {
    let source = many_systems(SYSTEMS);
    let runbook = Runbook::check(&source).runbook.unwrap();
    let clock = JumpClock::at(BEGIN.parse().unwrap());
    let systems = SimulatedSystems::of(&runbook, clock.clone());
    let hangs = Arc::new(AtomicBool::new(true));
    let one_hangs = OneHangs {
        systems: systems.clone(),
        hangs: Arc::clone(&hangs),
    };
    let stack = Stack::silent(Silent {
        clock: Arc::new(clock.clone()),
        public_url: "https://latchkey.many.example".to_owned(),
        from: "Latchkey <latchkey@many.example>".to_owned(),
        seed: 7,
        systems: Arc::new(one_hangs),
    });
    let mut it = Rehearsal::on(stack.await.unwrap(), clock, systems);
    it.stack.publish(&source).await.unwrap();
    let people: Vec<PersonDraft> = serde_json::from_value(sample("people.json")).unwrap();
    let person = people.into_iter().next().unwrap();
    let employee = person.employee_id.clone().unwrap();
    it.know(vec![person]).await.unwrap();
    let can_sign_in = |it: &Rehearsal| -> Vec<SystemId> {
        let all = it.systems.accounts_of(&employee).into_iter();
        let active = all.filter(|(_, account)| account.as_ref().is_some_and(|a| a.active));
        active.map(|(system, _)| system).collect()
    };
    assert_eq!(can_sign_in(&it).len(), SYSTEMS);

    let exit = json!({"type": "person.exit.urgent", "data": {"employee_id": employee}});
    let case = it.confirm(exit).await.unwrap();
    let confirmed = it.now();
    run_side_by_side(&it).await;
    // Time has stood still: nobody waited for the one that hangs.
    assert_eq!(can_sign_in(&it), [name(HUNG)]);
    let ended = |task: &Task| task.ended_at.is_some();
    let (verified, open): (Vec<Task>, Vec<Task>) =
        it.tasks(&case).await.unwrap().into_iter().partition(ended);
    assert_eq!((verified.len(), open.len()), (SYSTEMS - 1, 1));
    for task in &verified {
        let at_once = (TaskState::Verified, Some(confirmed));
        assert_eq!((task.state, task.ended_at), at_once, "{}", task.id);
    }

    // Its calls run into the time limit of a step, again and again; then its owner is asked, mends it and says so.
    let functions = Arc::clone(&it.stack.handlers);
    let cut_off = CutOff {
        functions: functions.as_ref(),
        task: open[0].id.as_str(),
        hangs: &hangs,
    };
    let mended = Arc::clone(&hangs);
    let mut owner = Answers::by(move |_, _, task| {
        mended.store(false, Ordering::Relaxed);
        Some(form_of(task, "done"))
    });
    it.play_with(&cut_off, &mut owner, None).await.unwrap();
    let asked = it.letters_about("Needs you");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].letter.to, "it@many.example");
    assert!(asked[0].at < open[0].window.due, "{asked:?}");
    assert!(asked[0].letter.subject.contains("s7"), "{asked:?}");
    assert_eq!(it.case(&case).await.unwrap().state, CaseState::Closed);
    assert_eq!(can_sign_in(&it), []);
}
