//! AWS's limits, met here first.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Reply, machine, map, task, world, world_of};
use latchkey_engine::{Keep, MAX_DATA_BYTES, MAX_EVENTS, Machine, StartError, Status};
use serde_json::json;

#[test]
fn too_much_output_is_not_caught_by_all() {
    let catching = machine(json!({
        "Go": task("f", json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Caught" }] })),
        "Caught": { "Type": "Succeed" },
    }));
    let run = |bytes: usize| {
        let world = world(&catching, &[("f", &[Reply::Ok(json!("x".repeat(bytes)))])]);
        world.engine.start("one", &json!({})).unwrap();
        world.run(None);
        world.engine.describe("one").unwrap()
    };
    let described = run(MAX_DATA_BYTES);
    assert_eq!(described.status, Status::Failed);
    assert_eq!(described.error.unwrap().error, "States.DataLimitExceeded");
    assert_eq!(run(MAX_DATA_BYTES - 100).status, Status::Succeeded);
}

#[test]
fn too_much_input_is_refused() {
    let world = world(&machine(json!({ "Go": { "Type": "Succeed" } })), &[]);
    let input = json!("x".repeat(MAX_DATA_BYTES));
    assert_eq!(
        world.engine.start("one", &input),
        Err(StartError::InputTooLarge("one".into()))
    );
}

#[test]
fn the_outputs_of_a_map_are_limited_together_even_when_dropped() {
    let definition = machine(json!({ "Go": map("$", json!({ "In": task("f", json!({})) })) }));
    let world = world(
        &definition,
        &[("f", &[Reply::Ok(json!("x".repeat(100_000)))])],
    );
    world.engine.start("one", &json!([1, 2, 3])).unwrap();
    world.run(None);
    assert_eq!(
        world.engine.describe("one").unwrap().error.unwrap().error,
        "States.DataLimitExceeded"
    );
}

#[test]
fn an_endless_loop_ends_at_the_last_event() {
    let definition = machine(json!({
        "Go": { "Type": "Pass", "Next": "Again" },
        "Again": { "Type": "Choice", "Choices": [{ "Variable": "$.go", "BooleanEquals": true, "Next": "Go" }], "Default": "Done" },
        "Done": { "Type": "Succeed" },
    }));
    for keep in [Keep::Full, Keep::Compact, Keep::Off] {
        let world = world_of(Machine::parse(&definition.to_string()).unwrap(), &[], keep);
        world.engine.start("one", &json!({ "go": true })).unwrap();
        world.run(None);
        let described = world.engine.describe("one").unwrap();
        assert_eq!(
            (described.status, described.events),
            (Status::Failed, MAX_EVENTS)
        );
        let kept = if keep == Keep::Off {
            0
        } else {
            MAX_EVENTS as usize
        };
        assert_eq!(world.engine.history("one").len(), kept);
    }
}

#[test]
fn forty_iterations_run_at_once() {
    for runs in [40, 3] {
        let wait = json!({ "Type": "Wait", "TimestampPath": "$", "End": true });
        let mut definition = machine(json!({ "Go": map("$", json!({ "In": wait })) }));
        definition["States"]["Go"]["MaxConcurrency"] = json!(runs);
        let world = world(&definition, &[]);
        // Those that run at once wait for the same instant, ten seconds after those before them.
        let items = (0..100).map(|n| world.at(10 * (n / runs + 1)));
        let items: Vec<jiff::Timestamp> = items.collect();
        world.engine.start("one", &json!(items)).unwrap();
        world.run(Some(0));
        assert_eq!(world.engine.branches() as i64, runs + 1);
        world.run(Some(15));
        assert_eq!(world.engine.branches() as i64, runs + 1);
        world.run(None);
        assert_eq!(
            world.engine.describe("one").unwrap().output,
            Some(json!(items))
        );
        assert_eq!(world.clock_seconds(), 10 * (99 / runs + 1));
    }
}
