//! Executions that have not begun yet, and executions that ended long ago.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::{Reply, START, machine, task, waiting, world};
use jiff::SignedDuration;
use latchkey_engine::{
    CallbackError, Engine, Machine, Nobody, Options, Status, Virtual, VirtualClock, execution_of,
};
use serde_json::json;

#[test]
fn one_that_sleeps_begins_at_its_instant_and_not_before() {
    let definition = machine(json!({ "Go": task("f", json!({})) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    let engine = &world.engine;
    engine.start_asleep("one", &json!({ "n": 1 })).unwrap();
    world.run(Some(100));
    // It counts as running, and costs no branch.
    assert_eq!(engine.status("one"), Some(Status::Running));
    assert_eq!((engine.running(), engine.branches()), (1, 0));
    assert!(world.seconds("f").is_empty());
    engine.begin_at("one", world.at(300));
    // A later word counts.
    engine.begin_at("one", world.at(200));
    world.run(None);
    assert_eq!(world.seconds("f"), [200.0]);
    assert_eq!(engine.status("one"), Some(Status::Succeeded));
    assert!(engine.has_slept("one"));
    engine.begin_at("one", world.at(400));
    world.run(None);
    assert_eq!(world.seconds("f"), [200.0]);
}

#[test]
fn one_that_sleeps_is_woken_once_or_started_or_stopped() {
    let definition = machine(json!({ "Go": task("f", json!({})) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    let engine = &world.engine;
    for name in ["woken", "started", "stopped"] {
        engine.start_asleep(name, &json!({})).unwrap();
        engine.begin_at(name, world.at(1000));
        // Again is no error.
        engine.start_asleep(name, &json!({})).unwrap();
    }
    assert!(engine.wake("woken"));
    assert!(!engine.wake("woken"));
    assert!(!engine.wake("nobody"));
    engine.start("started", &json!({})).unwrap();
    engine.start("plain", &json!({})).unwrap();
    engine.stop("stopped", "E", "").unwrap();
    world.run(None);
    assert_eq!(world.seconds("f"), [0.0, 0.0, 0.0]);
    assert_eq!(engine.status("stopped"), Some(Status::Aborted));
    assert!(engine.has_slept("started") && !engine.has_slept("plain"));
    assert!(engine.start_asleep("woken", &json!({})).is_err());
}

#[test]
fn a_token_names_its_execution_and_no_other() {
    let definition = machine(json!({ "Go": waiting("f", json!({})) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    world.engine.start("hire-1.3", &json!({})).unwrap();
    world.run(Some(1));
    let token = world.token("f");
    assert_eq!(execution_of(&token), Some("hire-1.3"));
    assert_eq!(execution_of("no token"), None);
    let other = token.replace("hire-1.3", "hire-2.1");
    let answer = world.engine.send_task_success(&other, json!({}));
    assert_eq!(answer, Err(CallbackError::InvalidToken));
    world.engine.send_task_success(&token, json!({})).unwrap();
}

#[test]
fn what_ended_long_ago_is_forgotten_and_takes_no_room() {
    let definition = machine(json!({ "Go": { "Type": "Wait", "Seconds": 60, "End": true } }));
    let clock = Arc::new(VirtualClock::new(START.parse().unwrap()));
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let engine = Engine::new(machine, clock.clone(), Options::default());
    let engine = Arc::new(engine.forgetting(SignedDuration::from_hours(1)));
    let driver = Virtual::new(Arc::clone(&engine), Arc::clone(&clock));
    struct Nothing;
    #[async_trait::async_trait]
    impl latchkey_engine::Invoker for Nothing {
        async fn invoke(
            &self,
            _: &str,
            _: serde_json::Value,
        ) -> Result<serde_json::Value, latchkey_engine::TaskError> {
            Ok(json!({}))
        }

        async fn publish(
            &self,
            _: &str,
            _: Option<&str>,
            _: &str,
        ) -> Result<String, latchkey_engine::TaskError> {
            Ok(String::new())
        }
    }
    let run = |minutes: i64| {
        let until = latchkey_engine::Clock::now(&*clock) + SignedDuration::from_mins(minutes);
        futures::executor::block_on(driver.run(&Nothing, &mut Nobody, Some(until)));
    };
    for n in 0..100 {
        engine.start(&format!("old-{n}"), &json!({})).unwrap();
    }
    run(2);
    assert_eq!(engine.status("old-7"), Some(Status::Succeeded));
    assert!(engine.start("old-7", &json!({})).is_err());
    run(50);
    assert_eq!(engine.known(), 100);
    engine.start("young", &json!({})).unwrap();
    run(20);
    // A driver looks at least every half minute.
    run(1);
    assert_eq!(engine.known(), 1);
    assert_eq!(engine.status("old-7"), None);
    assert_eq!(engine.status("young"), Some(Status::Succeeded));
    // The name is free, and the place of a forgotten one is another's.
    engine.start("old-7", &json!({})).unwrap();
    run(2);
    assert_eq!(engine.status("old-7"), Some(Status::Succeeded));
}
