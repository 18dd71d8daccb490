//! The house rules of `infra/workflow.asl.json`, beyond what any interpreter checks: every failure ends in a
//! retry, with a person, or in an alert (promise 6).

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use latchkey_runtime::Failure;
use serde_json::Value;

const DEFINITION: &str = include_str!("../../infra/workflow.asl.json");

/// What is nobody's to mend: the Lambda service was not well for a moment, or a function's process ended. Sources: AWS
/// Step Functions developer guide, "Handle transient Lambda service exceptions" (the first four; `Lambda.Unknown`,
/// `Sandbox.Timedout`; `Lambda.TooManyRequestsException`); AWS Lambda API reference, Invoke (409 and 502: a function
/// that is just being changed, or was idle for long); AWS Lambda developer guide, "Troubleshoot execution issues" (the
/// process of a function that panics or runs out of memory: `Runtime.ExitError`; as `Runtime.OutOfMemory` also by the
/// log's REPORT line).
const RETRIED: [&str; 11] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Sandbox.Timedout",
];

/// Names that Step Functions and the Lambda service give, as opposed to ours.
fn is_foreign(name: &str) -> bool {
    ["States.", "Lambda.", "Runtime.", "Sandbox."]
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

const PUBLISH: &str = "arn:aws:states:::sns:publish";

/// What operators are told by a state, if it is an alert.
fn alert(state: &Value) -> Option<&Value> {
    let parameters = &state["Parameters"];
    match state["Resource"] == PUBLISH {
        true => parameters.get("Message"),
        false => parameters["Payload"].get("alert"),
    }
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
fn every_task_retries_a_crash_and_what_the_lambda_service_answers_for_a_moment() {
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let retried: BTreeSet<String> = names(state.get("Retry"))
                .into_iter()
                .flat_map(|(names, _)| names)
                .collect();
            let covers = |error: &str| retried.contains(error) || retried.contains("States.ALL");
            for error in RETRIED {
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
        let alerts = alert(state).is_some();
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
        "$$.Execution.Id",
        "$$.Task.Token",
        "$$.State.EnteredTime",
        "$$.State.RetryCount",
    ];
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let payload = &state["Parameters"]["Payload"];
            let parts = [Some(payload), payload.get("alert"), alert(state)];
            let paths = parts
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .flatten();
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

/// Source: AWS Step Functions developer guide, "Quotas related to state machine definitions" and "Using Map state in
/// Inline mode"; Amazon States Language specification, "States" (names).
#[test]
fn the_definition_is_within_what_step_functions_takes() {
    assert!(DEFINITION.len() < 1024 * 1024, "1 MB");
    for machine in all() {
        for (name, state) in &machine.states {
            assert!(name.chars().count() <= 80, "{name}");
            if state["Type"] == "Map" {
                assert_eq!(state["ItemProcessor"]["ProcessorConfig"]["Mode"], "INLINE");
                let at_once = state["MaxConcurrency"].as_u64();
                assert!(at_once.is_some_and(|n| (1..=40).contains(&n)), "{name}");
            }
        }
    }
}

/// Whoever is woken opens the execution and knows what failed. A path that leads nowhere would end the execution
/// instead, so each way to an alert is one of a failure.
#[test]
fn every_alert_names_the_execution_and_the_error() {
    let mut alerts = 0;
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let place = format!("{}{name}", machine.place);
            let Some(message) = alert(state) else {
                continue;
            };
            alerts += 1;
            assert_eq!(message["execution.$"], "$$.Execution.Id", "{place}");
            assert_eq!(message["error.$"], "$.failure.Error", "{place}");
            assert_ne!(&machine.start, name, "{place} begins without a failure");
            for (from, state) in &machine.states {
                assert_ne!(text(state, "Next").as_ref(), Some(name), "{place}: {from}");
                let caught = state["Catch"].as_array().into_iter().flatten();
                for each in caught.filter(|each| text(each, "Next").as_ref() == Some(name)) {
                    // Of an alert that is not taken it is said what it was about, not why it was not taken.
                    let into = alert(state).map_or("$.failure", |_| "$.alertFailure");
                    assert_eq!(each["ResultPath"], into, "{place}: {from}");
                }
            }
        }
    }
    assert_eq!(alerts, 4, "two, each by the queue and past it");
}

/// An alert goes through the queue of letters, which paces it, and past it only when the queue does not take it.
#[test]
fn an_alert_that_the_queue_does_not_take_is_published() {
    for machine in all() {
        for (name, state) in tasks(&machine) {
            let queued = state["Parameters"]["Payload"].get("alert");
            let Some(queued) = queued else { continue };
            let caught = names(state.get("Catch"));
            let next = caught
                .last()
                .and_then(|(_, next)| next.clone())
                .expect("Catch");
            let direct = &machine.states[&next];
            assert_eq!(direct["Resource"], PUBLISH, "{name}");
            assert_eq!(
                alert(direct),
                Some(queued),
                "{name} and {next} say the same"
            );
            assert_eq!(text(direct, "Next"), text(state, "Next"), "{name}");
        }
    }
}
