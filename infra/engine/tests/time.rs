//! Time-outs, delays, callbacks and stops, by the virtual clock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Reply, machine, map, task, waiting, world};
use latchkey_engine::{CallbackError, StartError, Status};
use serde_json::{Value, json};

fn retrier(errors: &str, interval: u32, rate: u32, attempts: u32, most: u32) -> Value {
    json!({
        "ErrorEquals": [errors], "IntervalSeconds": interval, "BackoffRate": rate, "MaxAttempts": attempts,
        "MaxDelaySeconds": most, "JitterStrategy": "FULL",
    })
}

#[test]
fn delays_grow_to_their_most_and_are_counted_by_retrier() {
    let definition = machine(json!({ "Go": task("f", json!({ "Retry": [
        retrier("Busy", 2, 3, 4, 20), retrier("States.ALL", 1, 2, 1, 60),
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
    let mut longest = [0.0_f64; 5];
    for run in 0..100 {
        world.script.calls.lock().unwrap().clear();
        world.script.rewind();
        let name = format!("run-{run}");
        world.engine.start(&name, &json!({})).unwrap();
        world.run(None);
        let seconds = world.seconds("f");
        assert_eq!(seconds.len(), 6);
        for (longest, pair) in longest.iter_mut().zip(seconds.windows(2)) {
            *longest = longest.max(pair[1] - pair[0]);
        }
        let described = world.engine.describe(&name).unwrap();
        assert_eq!(described.status, Status::Failed);
        assert_eq!(described.error.unwrap().error, "Other");
    }
    // Each delay is anything up to this; the longest of a hundred comes close.
    for (longest, most) in longest.into_iter().zip([2.0, 6.0, 18.0, 1.0, 20.0]) {
        assert!(
            (0.9 * most..=most).contains(&longest),
            "{longest} of {most}"
        );
    }
}

#[test]
fn jitter_is_spread_over_the_whole_delay_and_is_the_same_every_time() {
    let definition =
        machine(json!({ "Go": task("f", json!({ "Retry": [retrier("Busy", 10, 1, 50, 10)] })) }));
    let run = || {
        let world = world(&definition, &[("f", &[Reply::Error("Busy")])]);
        world.engine.start("one", &json!({})).unwrap();
        world.run(None);
        world.seconds("f")
    };
    let seconds = run();
    assert_eq!(seconds.len(), 51);
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
        "Quiet": task("g", json!({ "TimeoutSecondsPath": "$.few" })),
    }));
    let world = world(
        &definition,
        &[("f", &[Reply::Ok(json!({}))]), ("g", &[Reply::Silent])],
    );
    world
        .engine
        .start("one", &json!({ "seconds": 100, "few": 5 }))
        .unwrap();
    world.run(Some(99));
    let token = world.token("f");
    // It is too late, whether or not a driver has noticed.
    world.clock.jump_to(world.at(101));
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
        world.engine.send_task_success(&token, json!({})),
        Err(CallbackError::TaskTimedOut)
    );
    world.run(None);
    assert_eq!(
        world.engine.describe("one").unwrap().output,
        Some(json!({ "answer": 1 }))
    );
}

#[test]
fn a_stop_takes_branches_timers_tokens_and_answers_with_it() {
    let definition = machine(json!({ "Go": map("$", json!({
        "In": waiting("f", json!({ "TimeoutSecondsPath": "$.seconds" })),
    })) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    let item = json!({ "seconds": 100 });
    world
        .engine
        .start("one", &json!([item, item, item]))
        .unwrap();
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
    let definition = machine(json!({ "Go": waiting("f", json!({})) }));
    let world = world(&definition, &[("f", &[Reply::CallBack(json!({}))])]);
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
fn who_answers_at_the_very_deadline_is_in_time() {
    let definition =
        machine(json!({ "Go": waiting("f", json!({ "TimeoutSecondsPath": "$.seconds" })) }));
    let world = world(&definition, &[("f", &[Reply::Ok(json!({}))])]);
    world
        .engine
        .start("one", &json!({ "seconds": 100 }))
        .unwrap();
    world.run(Some(99));
    world.clock.jump_to(world.at(100));
    let token = world.token("f");
    world
        .engine
        .send_task_success(&token, json!("done"))
        .unwrap();
    world.run(None);
    assert_eq!(
        world.engine.describe("one").unwrap().output,
        Some(json!("done"))
    );
}
