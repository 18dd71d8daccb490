//! The driver on the real clock. Nothing is timed here: tokio's own clock stands still unless all wait.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "wall")]

mod common;

use std::sync::Arc;

use async_trait::async_trait;
use common::{machine, task, waiting};
use latchkey_engine::{
    Engine, FastClock, Invoker, Machine, Options, Status, TaskError, Wall, WallClock,
};
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
    let groups = json!({ "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "Group", "States": {
        "Group": { "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "Call", "States": { "Call": task("f", json!({})) } } }
    } } });
    let definition = Machine::parse(&machine(json!({ "Go": groups })).to_string()).unwrap();
    let engine = Arc::new(Engine::new(
        definition,
        Arc::new(WallClock),
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
        "Go": { "Type": "Wait", "Seconds": 3600, "Next": "Ask" },
        "Ask": waiting("ask", json!({ "Next": "Break" })),
        "Break": task("broken", json!({})),
    });
    let definition = Machine::parse(&machine(states).to_string()).unwrap();
    let clock = FastClock::new("2026-03-02T09:00:00Z".parse().unwrap(), 36_000.0);
    let engine = Arc::new(Engine::new(
        definition,
        Arc::new(clock),
        Options {
            seed: 3,
            ..Options::default()
        },
    ));
    let driver = tokio::spawn(Wall::new(engine.clone(), Arc::new(Together(Barrier::new(1)))).run());
    engine.start("one", &json!({})).unwrap();
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
