//! The real workflow runs here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Reply, world_of};
use latchkey_engine::{Keep, Kind, Machine, Status};
use serde_json::json;

const WORKFLOW: &str = include_str!("../../workflow.asl.json");

const NAMES: &[(&str, &str)] = &[
    ("PlanFunction", "plan"),
    ("AskFunction", "ask"),
    ("VerifyFunction", "verify"),
    ("CloseFunction", "close"),
    (
        "AlertsTopic",
        "arn:aws:sns:eu-central-1:000000000000:alerts",
    ),
];

fn workflow() -> Machine {
    Machine::parse_with(WORKFLOW, NAMES).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn plan(tasks: usize, opens: &str) -> Reply {
    let task = |number| {
        json!({
            "caseId": "case-1", "revision": 1, "taskId": format!("task-{number}"), "by": "system",
            "function": "system", "opens": opens, "needsOthers": false,
            "limits": { "step": 60, "needs": 100, "patience": 1000 }, "failure": { "Error": "" }
        })
    };
    let groups: Vec<_> = (0..tasks).collect();
    let groups: Vec<_> = groups
        .chunks(40)
        .map(|group| json!({ "tasks": group.iter().map(|n| task(*n)).collect::<Vec<_>>() }))
        .collect();
    Reply::Ok(json!({ "groups": groups }))
}

#[test]
fn it_is_understood() {
    let machine = workflow();
    assert!(
        machine
            .states()
            .any(|state| matches!(state.kind, Kind::Map(_)))
    );
    for state in machine.states() {
        if let Kind::Task(_) = state.kind {
            assert!(
                !state.retry.is_empty() && !state.catch.is_empty(),
                "{}",
                state.place
            );
        }
    }
}

#[test]
fn two_hundred_tasks_sixty_days_ahead() {
    let world = world_of(
        workflow(),
        &[
            ("plan", &[plan(200, "2026-05-01T09:00:00Z")]),
            ("system", &[Reply::Error("Busy"), Reply::Ok(json!({}))]),
            ("verify", &[Reply::Ok(json!({ "verdict": "verified" }))]),
            ("close", &[Reply::Ok(json!({}))]),
        ],
        Keep::Full,
    );
    let input = json!({ "caseId": "case-1", "revision": 1, "limits": { "step": 60 } });
    world.engine.start("case-1.1", &input).unwrap();
    world.run(None);
    let described = world.engine.describe("case-1.1").unwrap();
    assert_eq!(described.status, Status::Succeeded, "{described:?}");
    assert_eq!(world.seconds("verify").len(), 200);
    let opens = world.at(60 * 24 * 3600);
    assert!(
        world
            .script
            .calls
            .lock()
            .unwrap()
            .iter()
            .all(|(at, name, _)| name == "plan" || *at >= opens)
    );
}
