//! The driver on the real clock. Nothing is timed here: tokio's own clock stands still unless all wait.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use common::{START, machine, map, task, waiting};
use jiff::{SignedDuration, Timestamp};
use latchkey_engine::{Engine, Invoker, Machine, Options, Status, TaskError, Wall};
use serde_json::{Value, json};
use tokio::sync::Barrier;

/// Every call waits until so many are there: calls one after the other would wait for ever.
struct Together(Barrier);

#[async_trait]
impl Invoker for Together {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        if function == "broken" {
            panic!("a bug");
        }
        if payload.get("token").is_none() {
            self.0.wait().await;
        }
        Ok(json!({}))
    }

    async fn publish(&self, _: &str, _: Option<&str>, _: &str) -> Result<String, TaskError> {
        Ok(String::new())
    }
}

async fn until(engine: &Engine, name: &str, done: impl Fn(&Engine) -> bool) {
    while !done(engine) {
        tokio::task::yield_now().await;
    }
    assert!(engine.describe(name).is_some());
}

#[tokio::test]
async fn two_hundred_calls_are_out_at_once() {
    let mut group = map("$", json!({ "Call": task("f", json!({})) }));
    group["ItemProcessor"]["StartAt"] = json!("Call");
    let groups = map("$", json!({ "In": group }));
    let definition = Machine::parse(&machine(json!({ "Go": groups })).to_string()).unwrap();
    let engine = Arc::new(Engine::new(
        definition,
        Arc::new(Timestamp::now),
        Options::default(),
    ));
    let driver =
        tokio::spawn(Wall::new(engine.clone(), Arc::new(Together(Barrier::new(200)))).run());
    engine.start("one", &json!(vec![vec![0; 40]; 5])).unwrap();
    until(&engine, "one", |engine| {
        engine.status("one") != Some(Status::Running)
    })
    .await;
    assert_eq!(engine.status("one"), Some(Status::Succeeded));
    driver.abort();
}

#[tokio::test]
async fn timers_callbacks_and_panics_wake_it() {
    let states = json!({
        "Go": { "Type": "Wait", "TimestampPath": "$.until", "Next": "Ask" },
        "Ask": waiting("ask", json!({ "Next": "Break" })),
        "Break": task("broken", json!({})),
    });
    let definition = Machine::parse(&machine(states).to_string()).unwrap();
    let engine = Arc::new(Engine::new(
        definition,
        Arc::new(Timestamp::now),
        Options {
            seed: 3,
            ..Options::default()
        },
    ));
    let driver = tokio::spawn(Wall::new(engine.clone(), Arc::new(Together(Barrier::new(1)))).run());
    let soon = Timestamp::now() + SignedDuration::from_millis(50);
    engine.start("one", &json!({ "until": soon })).unwrap();
    let scheduled = |engine: &Engine| {
        engine
            .history("one")
            .into_iter()
            .find(|event| event.kind == "TaskSubmitted")
            .and_then(|_| {
                engine
                    .history("one")
                    .into_iter()
                    .find(|event| event.kind == "TaskScheduled")
            })
    };
    until(&engine, "one", |engine| scheduled(engine).is_some()).await;
    let token = scheduled(&engine).unwrap().details["parameters"]["Payload"]["token"].clone();
    engine
        .send_task_success(token.as_str().unwrap(), json!({}))
        .unwrap();
    until(&engine, "one", |engine| {
        engine.status("one") != Some(Status::Running)
    })
    .await;
    assert_eq!(
        engine.describe("one").unwrap().error.unwrap().error,
        "Lambda.Unknown"
    );
    driver.abort();
}

/// A clock that somebody sets.
#[derive(Clone)]
struct Set(Arc<Mutex<Timestamp>>);

impl Set {
    fn new() -> Set {
        Set(Arc::new(Mutex::new(START.parse().unwrap())))
    }

    fn move_by(&self, hours: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_hours(hours);
    }
}

/// An engine whose execution `one` waits for eight hours.
fn waits_eight_hours(clock: &Set) -> Arc<Engine> {
    let states = json!({ "Go": { "Type": "Wait", "TimestampPath": "$.until", "End": true } });
    let definition = Machine::parse(&machine(states).to_string()).unwrap();
    let clock = clock.clone();
    let now = Arc::new(move || *clock.0.lock().unwrap());
    let engine = Arc::new(Engine::new(definition, now, Options::default()));
    let until = START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(8);
    engine.start("one", &json!({ "until": until })).unwrap();
    engine
}

/// Tokio's clock, which tests move, stands for the machine's own that stops while the machine sleeps.
async fn passes(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn what_fell_due_while_the_machine_slept_is_done_within_seconds_of_waking() {
    let clock = Set::new();
    let engine = waits_eight_hours(&clock);
    let nobody = Arc::new(Together(Barrier::new(1)));
    let driver = tokio::spawn(Wall::new(engine.clone(), nobody).run());
    passes(70).await;
    assert_eq!(engine.status("one"), Some(Status::Running));
    clock.move_by(9);
    passes(6).await;
    assert_eq!(engine.status("one"), Some(Status::Succeeded));
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_fires_nothing_early_and_stops_nothing() {
    let clock = Set::new();
    let engine = waits_eight_hours(&clock);
    let nobody = Arc::new(Together(Barrier::new(1)));
    let driver = tokio::spawn(Wall::new(engine.clone(), nobody).run());
    passes(60).await;
    clock.move_by(-24);
    // By the machine's own time it would be due long since.
    passes(20 * 3600).await;
    assert_eq!(engine.status("one"), Some(Status::Running));
    clock.move_by(24 + 8);
    passes(6).await;
    assert_eq!(engine.status("one"), Some(Status::Succeeded));
    driver.abort();
}

/// Answers when it is told to.
struct Slow(tokio::sync::Semaphore);

#[async_trait]
impl Invoker for Slow {
    async fn invoke(&self, _: &str, _: Value) -> Result<Value, TaskError> {
        self.0.acquire().await.unwrap().forget();
        Ok(json!({}))
    }

    async fn publish(&self, _: &str, _: Option<&str>, _: &str) -> Result<String, TaskError> {
        Ok(String::new())
    }
}

/// An engine whose execution `one` makes two calls, one after the other.
fn calls_twice() -> Arc<Engine> {
    let ids = json!({ "caseId": "hire-1", "taskId": "laptop", "name": "Ada King" });
    let states =
        json!({ "Go": task("ask", json!({ "Next": "Then" })), "Then": task("ask", json!({})) });
    let mut states = machine(states);
    for state in ["Go", "Then"] {
        states["States"][state]["Parameters"] = json!({ "FunctionName": "ask", "Payload": ids });
    }
    let definition = Machine::parse(&states.to_string()).unwrap();
    let engine = Engine::new(definition, Arc::new(Timestamp::now), Options::default());
    engine.start("one", &json!({})).unwrap();
    Arc::new(engine)
}

#[tokio::test(start_paused = true)]
async fn whoever_stops_finishes_what_is_at_work_and_begins_nothing() {
    let engine = calls_twice();
    let slow = Arc::new(Slow(tokio::sync::Semaphore::new(0)));
    let (stop, stops) = tokio::sync::oneshot::channel::<()>();
    let wall = Wall::new(engine.clone(), slow.clone());
    let driver =
        tokio::spawn(wall.run_until(async move { stops.await.unwrap() }, Duration::from_secs(8)));
    passes(1).await;
    stop.send(()).unwrap();
    passes(1).await;
    assert!(!driver.is_finished(), "a call is out");
    slow.0.add_permits(2);
    assert_eq!(driver.await.unwrap(), Vec::<String>::new());
    assert_eq!(
        slow.0.available_permits(),
        1,
        "the second call was not made"
    );
    assert_eq!(engine.status("one"), Some(Status::Running));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_come_to_its_end_in_time_is_named_by_its_ids() {
    let engine = calls_twice();
    let slow = Arc::new(Slow(tokio::sync::Semaphore::new(0)));
    let wall = Wall::new(engine, slow);
    let cut_off = wall.run_until(passes(1), Duration::from_secs(8)).await;
    assert_eq!(cut_off, ["ask of hire-1 laptop"]);
}
