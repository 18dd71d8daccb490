//! The driver carries out so many calls at once; the others stand in line. By tokio's clock, which jumps when all wait.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use common::{machine, task, waiting};
use jiff::{SignedDuration, Timestamp};
use latchkey_engine::{Engine, Invoker, Machine, Options, Status, TaskError, Wall};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// How many calls are carried out at once, and how many of those that go first beside them.
const AT_WORK: usize = 256;

/// Every call lasts ten seconds; that of `hangs` never ends.
#[derive(Default)]
struct Busy {
    out: AtomicUsize,
    most: AtomicUsize,
    /// Whose calls have come to their end, in that order.
    ended: Mutex<Vec<String>>,
    begun: AtomicUsize,
}

#[async_trait]
impl Invoker for Busy {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let out = self.out.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(out, Ordering::Relaxed);
        if function == "hangs" {
            std::future::pending::<()>().await;
        }
        sleep(Duration::from_secs(10)).await;
        self.out.fetch_sub(1, Ordering::Relaxed);
        let who = payload["who"].as_str().unwrap_or_default();
        let who = who.rsplit(':').next().unwrap_or_default();
        self.ended.lock().unwrap().push(who.to_owned());
        Ok(json!({}))
    }

    async fn publish(&self, _: &str, _: Option<&str>, _: &str) -> Result<String, TaskError> {
        Ok(String::new())
    }
}

/// An engine for executions that make one call each, of the function that their input names.
fn engine(call: Value) -> Arc<Engine> {
    let mut states = machine(json!({ "Go": call }));
    states["States"]["Go"]["Parameters"] = json!({
        "FunctionName.$": "$.function", "Payload": { "who.$": "$$.Execution.Id", "token.$": "$$.Task.Token" },
    });
    if states["States"]["Go"]["Resource"] == "arn:aws:states:::lambda:invoke" {
        let payload = &mut states["States"]["Go"]["Parameters"]["Payload"];
        payload.as_object_mut().unwrap().remove("token.$");
    }
    let definition = Machine::parse(&states.to_string()).unwrap();
    // The clock of tokio.
    let begin: Timestamp = common::START.parse().unwrap();
    let begun = Instant::now();
    let now = move || begin + SignedDuration::try_from(begun.elapsed()).unwrap();
    Arc::new(Engine::new(definition, Arc::new(now), Options::default()))
}

/// A call that may take as many seconds as its input says, and is made anew when it took longer, as the workflow does.
fn within_its_time() -> Value {
    task(
        "",
        json!({ "TimeoutSecondsPath": "$.seconds", "Retry": [{
            "ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 8, "BackoffRate": 2,
            "MaxDelaySeconds": 60, "JitterStrategy": "FULL",
        }] }),
    )
}

fn start(engine: &Engine, kind: &str, function: &str, count: usize, seconds: u32) {
    for n in 0..count {
        let input = json!({ "function": function, "seconds": seconds });
        engine.start(&format!("{kind}-{n}"), &input).unwrap();
    }
}

fn wall(engine: &Arc<Engine>, busy: &Arc<Busy>) -> Wall {
    let wall = Wall::new(Arc::clone(engine), Arc::clone(busy) as _);
    wall.putting_first(|name| name.starts_with("exit-"))
}

async fn ended(engine: &Engine) {
    while engine.running() > 0 {
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_calls_stand_in_line_and_none_loses_its_time_there() {
    let (engine, busy) = (engine(within_its_time()), Arc::new(Busy::default()));
    start(&engine, "hire", "works", 3000, 15);
    let driver = tokio::spawn(wall(&engine, &busy).run());
    ended(&engine).await;
    assert_eq!(busy.most.load(Ordering::Relaxed), AT_WORK);
    // Each was made once: the line is ten times as long as a call may take.
    assert_eq!(busy.begun.load(Ordering::Relaxed), 3000);
    assert_eq!(engine.status("hire-2999"), Some(Status::Succeeded));
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn what_goes_first_stands_behind_none_of_the_others() {
    let (engine, busy) = (engine(within_its_time()), Arc::new(Busy::default()));
    start(&engine, "hire", "works", 1000, 15);
    let driver = tokio::spawn(wall(&engine, &busy).run());
    sleep(Duration::from_secs(5)).await;
    start(&engine, "exit", "works", 300, 15);
    ended(&engine).await;
    let most = busy.most.load(Ordering::Relaxed);
    assert_eq!(most, 2 * AT_WORK, "they have places of their own");
    let ended = busy.ended.lock().unwrap();
    let before = |kind: &str, exits: usize| {
        let last = ended.iter().filter(|who| who.starts_with("exit-"));
        let last = last.take(exits).last().unwrap();
        let before = ended.iter().take_while(|who| *who != last);
        before.filter(|who| who.starts_with(kind)).count()
    };
    // Only the hires that were at work when the exits came end before them.
    assert_eq!(before("hire-", AT_WORK), AT_WORK);
    assert_eq!(ended.len(), 1300);
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_ends_gives_its_place_back() {
    let (engine, busy) = (engine(within_its_time()), Arc::new(Busy::default()));
    start(&engine, "hire", "hangs", 2 * AT_WORK, 15);
    start(&engine, "transfer", "works", 1, 15);
    let driver = tokio::spawn(wall(&engine, &busy).run());
    ended(&engine).await;
    assert_eq!(engine.status("transfer-0"), Some(Status::Succeeded));
    assert_eq!(engine.status("hire-0"), Some(Status::Failed));
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_question_counts_from_when_it_is_asked() {
    let asks = waiting("", json!({ "TimeoutSecondsPath": "$.seconds" }));
    let (engine, busy) = (engine(asks), Arc::new(Busy::default()));
    start(&engine, "hire", "works", 4 * AT_WORK, 25);
    let driver = tokio::spawn(wall(&engine, &busy).run());
    let begun = Instant::now();
    ended(&engine).await;
    assert!(begun.elapsed() <= Duration::from_secs(26));
    // Those whose time was over in line were not asked.
    assert_eq!(busy.begun.load(Ordering::Relaxed), 3 * AT_WORK);
    driver.abort();
}
