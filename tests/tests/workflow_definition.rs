//! The house rules of `infra/workflow.asl.json`, beyond what any interpreter checks: every failure ends in a
//! retry, with a person, or in an alert (promise 6).

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use latchkey_runtime::Failure;
use serde_json::Value;

const DEFINITION: &str = include_str!("../../infra/workflow.asl.json");

/// What the Lambda service may answer for a moment, whatever the function.
/// Source: AWS Step Functions developer guide, "Handle transient Lambda service exceptions".
const SERVICE_ERRORS: [&str; 4] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];

/// Names that Step Functions and the Lambda service give, as opposed to ours.
fn is_foreign(name: &str) -> bool {
    ["States.", "Lambda.", "Sandbox."]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// A state machine, top or nested: where it stands, where it begins, its states.
struct Machine {
    place: String,
    start: String,
    states: BTreeMap<String, Value>,
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn machines(definition: &Value, place: &str, into: &mut Vec<Machine>) {
    let states: BTreeMap<String, Value> =
        serde_json::from_value(definition["States"].clone()).expect("states");
    for (name, state) in &states {
        for (key, nested) in [("ItemProcessor", state.get("ItemProcessor"))] {
            if let Some(nested) = nested {
                machines(nested, &format!("{place}{name}.{key}."), into);
            }
        }
    }
    let start = text(definition, "StartAt").expect("StartAt");
    into.push(Machine {
        place: place.to_owned(),
        start,
        states,
    });
}

fn all() -> Vec<Machine> {
    let definition: Value = serde_json::from_str(DEFINITION).expect("JSON");
    let mut into = Vec::new();
    machines(&definition, "", &mut into);
    into
}

fn tasks(machine: &Machine) -> impl Iterator<Item = (&String, &Value)> {
    machine
        .states
        .iter()
        .filter(|(_, state)| state["Type"] == "Task")
}

fn names(list: Option<&Value>) -> Vec<(Vec<String>, Option<String>)> {
    let entries = list.and_then(Value::as_array).cloned().unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let names = entry["ErrorEquals"].as_array().cloned().unwrap_or_default();
            let names = names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            (names, text(entry, "Next"))
        })
        .collect()
}

fn targets(state: &Value) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = [text(state, "Next"), text(state, "Default")]
        .into_iter()
        .flatten()
        .collect();
    for list in ["Choices", "Catch"] {
        let entries = state
            .get(list)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.extend(entries.iter().filter_map(|entry| text(entry, "Next")));
    }
    all
}

#[test]
fn every_target_exists_and_every_state_is_reached() {
    for machine in all() {
        let mut reached = BTreeSet::from([machine.start.clone()]);
        let mut queue = vec![machine.start.clone()];
        while let Some(name) = queue.pop() {
            let state = machine.states.get(&name);
            let state = state.unwrap_or_else(|| panic!("{}{name} does not exist", machine.place));
            queue.extend(
                targets(state)
                    .into_iter()
                    .filter(|t| reached.insert(t.clone())),
            );
        }
        let known: BTreeSet<String> = machine.states.keys().cloned().collect();
        assert_eq!(
            reached, known,
            "unreachable states below {:?}",
            machine.place
        );
    }
}

#[test]
fn every_task_retries_what_the_lambda_service_answers_for_a_moment() {
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let retried: BTreeSet<String> = names(state.get("Retry"))
                .into_iter()
                .flat_map(|(names, _)| names)
                .collect();
            let covers = |error: &str| retried.contains(error) || retried.contains("States.ALL");
            for error in SERVICE_ERRORS {
                assert!(
                    covers(error),
                    "{}{name} does not retry {error}",
                    machine.place
                );
            }
            for retry in state["Retry"].as_array().expect("Retry") {
                for key in [
                    "IntervalSeconds",
                    "MaxAttempts",
                    "BackoffRate",
                    "MaxDelaySeconds",
                ] {
                    assert!(
                        retry[key].is_number(),
                        "{}{name}: a Retry lacks {key}",
                        machine.place
                    );
                }
                assert_eq!(retry["JitterStrategy"], "FULL", "{}{name}", machine.place);
            }
            let limited = state.get("TimeoutSecondsPath").is_some();
            assert!(limited, "{}{name} has no TimeoutSecondsPath", machine.place);
        }
    }
}

/// Follows a state to all that can come after it in its machine.
fn leads_to(machine: &Machine, from: &str, good: &dyn Fn(&str, &Value) -> bool) -> bool {
    let mut seen = BTreeSet::from([from.to_owned()]);
    let mut queue = vec![from.to_owned()];
    while let Some(name) = queue.pop() {
        let state = &machine.states[&name];
        if good(&name, state) {
            return true;
        }
        queue.extend(
            targets(state)
                .into_iter()
                .filter(|t| seen.insert(t.clone())),
        );
    }
    false
}

#[test]
fn every_task_catches_all_the_rest_and_hands_it_to_a_person() {
    let person = |name: &str, state: &Value| {
        let asks = state["Parameters"]["Payload"]["action"] == "ask";
        let alerts = state["Resource"] == "arn:aws:states:::sns:publish";
        // The alert itself failed: the execution's own end raises the alarm on failed executions or, for
        // one task, the case that cannot close does.
        let end = matches!(
            name,
            "Left for the operators" | "The case needs an operator"
        );
        asks || alerts || end
    };
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let caught = names(state.get("Catch"));
            let (errors, next) = caught.last().expect("Catch").clone();
            assert_eq!(
                errors,
                ["States.ALL"],
                "{}{name}: the last Catch",
                machine.place
            );
            let next = next.expect("Next");
            assert!(
                leads_to(&machine, &next, &person),
                "{}{name}: what goes wrong reaches nobody by {next}",
                machine.place
            );
        }
    }
}

#[test]
fn every_error_of_ours_is_named_and_every_name_is_an_error_of_ours() {
    let named: BTreeSet<String> = all()
        .iter()
        .flat_map(|machine| machine.states.values())
        .flat_map(|state| {
            names(state.get("Retry"))
                .into_iter()
                .chain(names(state.get("Catch")))
        })
        .flat_map(|(names, _)| names)
        .filter(|name| !is_foreign(name))
        .collect();
    let ours: BTreeSet<String> = Failure::NAMES.iter().map(|n| (*n).to_owned()).collect();
    assert_eq!(named, ours);
}

#[test]
fn the_definition_carries_no_more_than_ids_and_instants() {
    // What a payload may take from the execution's data (promise 10).
    let allowed = [
        "$.caseId",
        "$.revision",
        "$.taskId",
        "$.step",
        "$.failure.Error",
        "$$.Task.Token",
        "$$.State.EnteredTime",
        "$$.State.RetryCount",
    ];
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let payload = &state["Parameters"]["Payload"];
            let paths = payload.as_object().into_iter().flatten();
            for (key, path) in paths.filter(|(key, _)| key.ends_with(".$")) {
                let path = path.as_str().unwrap_or_default();
                assert!(
                    allowed.contains(&path),
                    "{}{name}: {key} takes {path}",
                    machine.place
                );
            }
        }
    }
}
