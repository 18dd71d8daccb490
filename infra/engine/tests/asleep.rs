//! Executions that have not begun yet, and executions that ended long ago.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Reply, START, clock::JumpClock, machine, task, waiting, world};
use jiff::SignedDuration;
use latchkey_engine::{
    CallbackError, Engine, Invoker, Machine, Options, Status, TaskError, execution_of,
};
use serde_json::{Value, json};

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
    let definition =
        machine(json!({ "Go": { "Type": "Wait", "TimestampPath": "$.until", "End": true } }));
    let clock = JumpClock::at(START.parse().unwrap());
    let machine = Machine::parse(&definition.to_string()).unwrap();
    let engine = Engine::new(machine, clock.shared(), Options::default());
    let engine = engine.forgetting(SignedDuration::from_hours(1));
    struct Nothing;
    #[async_trait::async_trait]
    impl Invoker for Nothing {
        async fn invoke(&self, _: &str, _: Value) -> Result<Value, TaskError> {
            Ok(json!({}))
        }

        async fn publish(&self, _: &str, _: Option<&str>, _: &str) -> Result<String, TaskError> {
            Ok(String::new())
        }
    }
    let run = |minutes: i64| {
        let until = clock.now() + SignedDuration::from_mins(minutes);
        clock.run(&engine, &Nothing, Some(until));
    };
    // Each takes a minute.
    let start = |name: &str| {
        let until = clock.now() + SignedDuration::from_mins(1);
        engine.start(name, &json!({ "until": until }))
    };
    for n in 0..100 {
        start(&format!("old-{n}")).unwrap();
    }
    run(2);
    assert_eq!(engine.status("old-7"), Some(Status::Succeeded));
    assert!(start("old-7").is_err());
    run(50);
    assert_eq!(engine.status("old-99"), Some(Status::Succeeded));
    start("young").unwrap();
    run(20);
    // A driver looks at least every half minute.
    run(1);
    for n in 0..100 {
        assert_eq!(engine.status(&format!("old-{n}")), None);
    }
    assert_eq!(engine.status("young"), Some(Status::Succeeded));
    // The name is free, and the place of a forgotten one is another's.
    start("old-7").unwrap();
    run(2);
    assert_eq!(engine.status("old-7"), Some(Status::Succeeded));
}
