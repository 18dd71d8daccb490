//! Time-outs, heartbeats, delays, callbacks and stops, by the virtual clock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Reply, machine, task, waiting, world};
use latchkey_engine::{CallbackError, Nobody, StartError, Status, Virtual};
use serde_json::json;

#[test]
fn delays_grow_to_their_most_and_are_counted_by_retrier() {
    let definition = machine(json!({ "Go": task("f", json!({ "Retry": [
        { "ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 4, "MaxDelaySeconds": 20 },
        { "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1 },
    ] })) }));
    let busy = Reply::Error("Busy");
    let replies = [
        busy.clone(),
        busy.clone(),
        busy.clone(),
        Reply::Error("Other"),
        busy.clone(),
        Reply::Error("Other"),
    ];
    let world = world(&definition, &[("f", &replies)]);
    world.engine.start("one", &json!({})).unwrap();
    world.run(None);
    assert_eq!(world.seconds("f"), [0.0, 2.0, 8.0, 26.0, 27.0, 47.0]);
    let described = world.engine.describe("one").unwrap();
    assert_eq!(described.status, Status::Failed);
    assert_eq!(described.error.unwrap().error, "Other");
}

#[test]
fn full_jitter_stays_below_the_delay_and_is_the_same_every_time() {
    let definition = machine(json!({ "Go": task("f", json!({ "Retry": [
        { "ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 1, "MaxAttempts": 50, "JitterStrategy": "FULL" },
    ] })) }));
    let run = || {
        let world = world(&definition, &[("f", &[Reply::Error("Busy")])]);
        world.engine.start("one", &json!({})).unwrap();
        world.run(None);
        world.seconds("f")
    };
    let seconds = run();
    let delays: Vec<f64> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        delays.iter().all(|delay| (0.0..=10.0).contains(delay)),
        "{delays:?}"
    );
    let spread = delays.iter().filter(|delay| **delay < 5.0).count();
    assert!((10..=40).contains(&spread), "{delays:?}");
    assert_eq!(seconds, run());
}

#[test]
fn a_call_without_an_answer_times_out_and_a_late_token_is_refused() {
    let definition = machine(json!({
        "Go": waiting("f", json!({ "TimeoutSecondsPath": "$.seconds", "Next": "Quiet",
            "Catch": [{ "ErrorEquals": ["States.Timeout"], "ResultPath": null, "Next": "Quiet" }] })),
        "Quiet": task("g", json!({ "TimeoutSeconds": 5 })),
    }));
    let world = world(
        &definition,
        &[("f", &[Reply::Ok(json!({}))]), ("g", &[Reply::Silent])],
    );
    world
        .engine
        .start("one", &json!({ "seconds": 100 }))
        .unwrap();
    world.run(Some(99));
    let token = world.token("f");
    // It is too late, whether or not a driver has noticed.
    world.clock.advance_to(world.at(101));
    let late = world.engine.send_task_success(&token, json!({}));
    assert_eq!(late, Err(CallbackError::TaskTimedOut));
    world.run(None);
    assert_eq!(world.seconds("g"), [101.0]);
    let described = world.engine.describe("one").unwrap();
    assert_eq!(
        (described.ended, described.error.unwrap().error),
        (Some(world.at(106)), "States.Timeout".into())
    );
}

#[test]
fn a_token_is_good_once() {
    let definition = machine(json!({ "Go": waiting("f", json!({})) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    world.engine.start("one", &json!({})).unwrap();
    world.run(None);
    assert_eq!(world.engine.status("one"), Some(Status::Running));
    let token = world.token("f");
    let mut forged = token.clone().into_bytes();
    forged[39] = if forged[39] == b'0' { b'1' } else { b'0' };
    for wrong in [
        "",
        "no token",
        &String::from_utf8(forged).unwrap(),
        // A sign is no digit.
        &token.replacen('0', "+", 1),
        &"é".repeat(20),
    ] {
        let answer = world.engine.send_task_success(wrong, json!({}));
        assert_eq!(answer, Err(CallbackError::InvalidToken), "{wrong}");
    }
    world
        .engine
        .send_task_success(&token, json!({ "answer": 1 }))
        .unwrap();
    assert_eq!(
        world.engine.send_task_failure(&token, "E", ""),
        Err(CallbackError::TaskTimedOut)
    );
    assert_eq!(
        world.engine.send_task_heartbeat(&token),
        Err(CallbackError::TaskTimedOut)
    );
    world.run(None);
    assert_eq!(
        world.engine.describe("one").unwrap().output,
        Some(json!({ "answer": 1 }))
    );
}

#[test]
fn heartbeats_keep_a_task_alive() {
    let definition = machine(json!({
        "Go": waiting("f", json!({ "HeartbeatSeconds": 10, "TimeoutSeconds": 1000,
            "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }] , "Next": "Caught" })),
        "Caught": { "Type": "Succeed" },
    }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    world.engine.start("one", &json!({})).unwrap();
    world.run(Some(9));
    world.engine.send_task_heartbeat(&world.token("f")).unwrap();
    world.run(Some(18));
    assert_eq!(world.engine.status("one"), Some(Status::Running));
    world.run(None);
    let described = world.engine.describe("one").unwrap();
    assert_eq!(described.ended, Some(world.at(19)));
    assert_eq!(
        described.output.unwrap()["Error"],
        "States.HeartbeatTimeout"
    );
    assert!(
        world.engine.next_timer().is_none(),
        "the task's other timer is gone"
    );
}

#[test]
fn a_stop_takes_branches_timers_tokens_and_answers_with_it() {
    let definition = machine(json!({ "Go": {
        "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "Ask", "States": {
            "Ask": waiting("f", json!({ "TimeoutSeconds": 100, "Next": "Wait" })),
            "Wait": { "Type": "Wait", "Seconds": 1000, "End": true },
        } }
    } }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    world.engine.start("one", &json!([1, 2, 3])).unwrap();
    world.run(Some(1));
    let token = world.token("f");
    assert_eq!(world.engine.branches(), 4);
    world
        .engine
        .stop("one", "Superseded", "revision 2")
        .unwrap();
    assert_eq!(
        (world.engine.branches(), world.engine.next_timer()),
        (0, None)
    );
    assert_eq!(
        world.engine.send_task_success(&token, json!({})),
        Err(CallbackError::TaskTimedOut)
    );
    world.engine.stop("one", "Again", "").unwrap();
    assert!(world.engine.stop("two", "", "").is_err());
    let described = world.engine.describe("one").unwrap();
    assert_eq!(
        (described.status, described.error.unwrap().error),
        (Status::Aborted, "Superseded".into())
    );
}

#[test]
fn names_are_kept() {
    let definition = machine(json!({ "Go": { "Type": "Wait", "Seconds": 5, "End": true } }));
    let world = world(&definition, &[]);
    world.engine.start("one", &json!({ "a": 1 })).unwrap();
    world.engine.start("one", &json!({ "a": 1 })).unwrap();
    let exists = Err(StartError::ExecutionAlreadyExists("one".into()));
    assert_eq!(world.engine.start("one", &json!({ "a": 2 })), exists);
    world.run(None);
    assert_eq!(world.engine.start("one", &json!({ "a": 1 })), exists);
    assert_eq!(
        world
            .engine
            .history("one")
            .iter()
            .filter(|event| event.kind == "ExecutionStarted")
            .count(),
        1
    );
    for wrong in ["", "a b", "a/b", "a:b", &"x".repeat(81)] {
        assert_eq!(
            world.engine.start(wrong, &json!({})),
            Err(StartError::InvalidName(wrong.into()))
        );
    }
    world.engine.start(&"x".repeat(80), &json!({})).unwrap();
}

#[test]
fn an_execution_times_out() {
    let mut definition = machine(json!({ "Go": { "Type": "Wait", "Seconds": 500, "End": true } }));
    definition["TimeoutSeconds"] = json!(60);
    let world = world(&definition, &[]);
    world.engine.start("one", &json!({})).unwrap();
    world.run(None);
    let described = world.engine.describe("one").unwrap();
    assert_eq!(
        (described.status, described.ended),
        (Status::TimedOut, Some(world.at(60)))
    );
    assert_eq!(world.events("one").last().unwrap(), "ExecutionTimedOut ");
}

#[test]
fn who_answers_at_the_very_deadline_is_in_time() {
    struct Owner<'a>(&'a common::World, bool);
    #[async_trait::async_trait]
    impl latchkey_engine::Actor for Owner<'_> {
        fn next(&mut self) -> Option<jiff::Timestamp> {
            (!self.1).then(|| self.0.at(100))
        }
        async fn act(&mut self, now: jiff::Timestamp) {
            assert_eq!(now, self.0.at(100));
            self.0
                .engine
                .send_task_success(&self.0.token("f"), json!("done"))
                .unwrap();
            self.1 = true;
        }
    }
    let definition = machine(json!({ "Go": waiting("f", json!({ "TimeoutSeconds": 100 })) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    world.engine.start("one", &json!({})).unwrap();
    let mut owner = Owner(&world, false);
    let driver = Virtual::new(world.engine.clone(), world.clock.clone());
    futures::executor::block_on(driver.run(&*world.script, &mut owner, None));
    assert_eq!(
        world.engine.describe("one").unwrap().output,
        Some(json!("done"))
    );
    futures::executor::block_on(driver.run(&*world.script, &mut Nobody, None));
}
