//! The same definitions give the same traces here and on an independent interpreter, moto's.
//!
//! Where moto departs from what AWS documents, AWS is followed, and the scenario says so.

#![allow(
    clippy::unwrap_used,
    clippy::cloned_ref_to_slice_refs,
    reason = "a test fails by panicking"
)]

mod common;
#[allow(unreachable_pub, reason = "shared between test files")]
#[path = "moto/scenarios.rs"]
mod scenarios;
#[path = "moto/weeks.rs"]
mod weeks;

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use common::{Reply, world_of};
use latchkey_engine::{Keep, Machine};
use scenarios::Scenario;
use serde_json::{Value, json};

/// What is compared: how it ended, and every event in order. Branches run side by side, so that the order of
/// their events is free: they are sorted.
#[derive(Debug, PartialEq)]
struct Trace {
    status: Value,
    error: Value,
    output: Value,
    events: Vec<String>,
}

impl Trace {
    fn new(scenario: &Scenario, mut ended: Value, events: Vec<(String, String, String)>) -> Trace {
        let mut events: Vec<String> = events
            .into_iter()
            .filter(|(kind, ..)| !scenario.ignored.contains(&kind.as_str()))
            .map(|(kind, state, error)| {
                let named = kind.ends_with("StateEntered") || kind.ends_with("StateExited");
                let state = if named { state } else { String::new() };
                format!("{kind} {state} {error}").trim().to_owned()
            })
            .collect();
        if scenario.free {
            events.sort();
        }
        let mut take = |name: &str| ended[name].take();
        Trace {
            status: take("status"),
            error: take("error"),
            output: take("output"),
            events,
        }
    }
}

fn ours(scenario: &Scenario) -> Trace {
    let machine = Machine::parse(&scenario.definition.to_string())
        .unwrap_or_else(|problems| panic!("{}: {problems:#?}", scenario.name));
    let names: Vec<String> = scenario
        .replies
        .iter()
        .map(|(name, _)| scenario.function(name))
        .collect();
    let replies: Vec<(&str, &[Reply])> = names
        .iter()
        .map(String::as_str)
        .zip(scenario.replies.iter().map(|(_, replies)| &**replies))
        .collect();
    let world = world_of(machine, &replies, Keep::Full);
    world.engine.start(scenario.name, &scenario.input).unwrap();
    if scenario.stop {
        world.run(Some(1));
        world
            .engine
            .stop(scenario.name, "Stopped", "scripted")
            .unwrap();
    }
    world.run(None);
    let described = world.engine.describe(scenario.name).unwrap();
    let error = described
        .error
        .map(|error| error.error)
        .filter(|error| !error.is_empty());
    let ended = json!({ "status": described.status, "error": error, "output": described.output });
    let events = world
        .engine
        .history(scenario.name)
        .into_iter()
        .map(|event| {
            let error = event.details["error"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            (event.kind, event.state.unwrap_or_default(), error)
        });
    Trace::new(scenario, ended, events.collect())
}

/// A few on moto at a time: its seconds are real.
fn theirs(scenarios: &[Scenario]) -> Vec<Value> {
    on_moto(scenarios.iter().map(Scenario::for_moto).collect())
}

fn python() -> PathBuf {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let venv = runtime.block_on(latchkey_peers::moto()).unwrap();
    venv.program("python")
}

fn on_moto(list: Vec<Value>) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/moto/run.py");
    let mut child = Command::new(python())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(Value::from(list).to_string().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn trace_of(scenario: &Scenario, outcomes: &[Value]) -> Result<Trace, String> {
    let outcome = outcomes
        .iter()
        .find(|outcome| outcome["name"] == scenario.name)
        .unwrap();
    if let Some(refused) = outcome["refused"].as_str() {
        return Err(refused.to_owned());
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut ended = outcome.clone();
    if scenario.stop {
        // moto forgets the error that an execution was stopped with; AWS describes it
        // (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html).
        ended["error"] = "Stopped".into();
    } else if !ended["error"].is_null() {
        ended["error"] = text(&outcome["error"]).into();
    }
    let events = outcome["events"].as_array().unwrap().iter();
    let events = events.map(|event| {
        (
            text(&event["type"]),
            text(&event["name"]),
            text(&event["error"]),
        )
    });
    Ok(Trace::new(scenario, ended, events.collect()))
}

#[test]
fn traces_agree_with_moto() {
    let scenarios = scenarios::all();
    assert!(scenarios.len() >= 25, "{}", scenarios.len());
    let outcomes = theirs(&scenarios);
    let mut differ = Vec::new();
    for scenario in &scenarios {
        let ours = ours(scenario);
        match trace_of(scenario, &outcomes) {
            Ok(theirs) if theirs == ours => {}
            other => differ.push(format!(
                "{}\n  ours   {ours:?}\n  theirs {other:?}",
                scenario.name
            )),
        }
    }
    assert!(
        differ.is_empty(),
        "{} differ:\n{}",
        differ.len(),
        differ.join("\n\n")
    );
}
