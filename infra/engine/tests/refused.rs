//! What is not supported, or wrong, is refused on load: all of it at once, each with its place.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{machine, task};
use latchkey_engine::{Kind, Machine};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Places and messages.
fn problems(definition: &Value) -> Vec<String> {
    match Machine::parse(&definition.to_string()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[track_caller]
fn refused(states: Value, expected: &[&str]) {
    let found = problems(&machine(states));
    for expected in expected {
        assert!(
            found.iter().any(|problem| problem.starts_with(expected)),
            "{expected} is not in\n{}",
            found.join("\n")
        );
    }
    assert_eq!(found.len(), expected.len(), "{}", found.join("\n"));
}

#[test]
fn every_problem_at_once() {
    refused(
        json!({
            "Go": task("f", json!({
                "Next": "Nowhere",
                "Foo": 1,
                "TimeoutSeconds": 0,
                "ResultPath": "$.a[0]",
                "Retry": [
                    { "ErrorEquals": ["States.ALL", "Busy"], "Foo": 1 },
                    { "ErrorEquals": [], "MaxAttempts": -1, "BackoffRate": 0.5, "JitterStrategy": "SOME" },
                ],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Gone" }, { "ErrorEquals": ["E"], "ResultPath": "$ ", "Next": "Gone" }],
            })),
            "Lost": { "Type": "Activity", "End": true },
        }),
        &[
            "States.Go.Next: there is no state `Nowhere`",
            "States.Go.Foo: is not a field",
            "States.Go.TimeoutSeconds: must be a whole number",
            "States.Go.ResultPath: must be",
            "States.Go.Retry[0].ErrorEquals: States.ALL must stand alone",
            "States.Go.Retry[0].Foo: is not a field",
            "States.Go.Retry[1].ErrorEquals: must be a list",
            "States.Go.Retry[1].MaxAttempts: must be",
            "States.Go.Retry[1].BackoffRate: must be",
            "States.Go.Catch[0].ErrorEquals: States.ALL must stand alone",
            "States.Go.Catch[0].Next: there is no state",
            "States.Go.Catch[1].ResultPath: `$ ` is not a path",
            "States.Go.Catch[1].Next: there is no state",
            "States.Lost.Type: there is no type of state `Activity`",
        ],
    );
}

#[test]
fn each_kind_of_state() {
    let go = |state: Value, expected: &[&str]| refused(json!({ "Go": state }), expected);
    go(
        json!({ "Type": "Pass" }),
        &["States.Go: must have either Next or"],
    );
    go(
        json!({ "Type": "Pass", "End": true, "Next": "Go" }),
        &["States.Go: must have either Next or"],
    );
    go(
        json!({ "Type": "Succeed", "End": true }),
        &["States.Go.End: is not a field"],
    );
    go(
        json!({ "Type": "Fail", "Error": "a", "ErrorPath": "$.a" }),
        &["States.Go: has both"],
    );
    go(
        json!({ "Type": "Wait", "Seconds": 1, "SecondsPath": "$.a", "End": true }),
        &["States.Go: must have exactly", "States.Go: has both"],
    );
    go(
        json!({ "Type": "Wait", "Timestamp": "tomorrow", "End": true }),
        &["States.Go.Timestamp: must be an instant"],
    );
    go(
        json!({ "Type": "Choice", "Choices": [] }),
        &["States.Go.Choices: must be a list"],
    );
    go(
        json!({ "Type": "Choice", "Choices": [
            { "Variable": "$.a", "StringMatches": "x*", "Next": "Go" },
            { "And": [{ "Variable": "$.a", "IsNull": true }, { "IsNull": "yes" }], "Next": "Go" },
        ] }),
        &[
            "States.Go.Choices[0]: must have exactly one test",
            "States.Go.Choices[0].StringMatches: is not a field",
            "States.Go.Choices[1].And[1].Variable: is missing",
            "States.Go.Choices[1].And[1].IsNull: must be true or false",
            "States.Go.Choices[1].And[1]: must have exactly one test",
        ],
    );
    go(
        json!({ "Type": "Pass", "InputPath": "$.a[+0]", "End": true }),
        &["States.Go.InputPath: "],
    );
    go(
        json!({ "Type": "Map", "End": true, "MaxConcurrency": 41, "ItemReader": {}, "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED" }, "StartAt": "In", "States": { "In": { "Type": "Pass", "Next": "Go" } }
        } }),
        &[
            "States.Go.MaxConcurrency: must be a whole number from 0 to 40",
            "States.Go.ItemReader: is not a field",
            "States.Go.ItemProcessor.ProcessorConfig.Mode: only INLINE",
            "States.Go.ItemProcessor.States.In.Next: there is no state `Go` beside it",
        ],
    );
    go(
        json!({ "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "A", "States": {} }] }),
        &["States.Go.Branches[0].States: must be an object"],
    );
    let mut call = task("f", json!({}));
    call["Resource"] = json!("arn:aws:states:::dynamodb:getItem");
    go(
        call,
        &["States.Go.Resource: `arn:aws:states:::dynamodb:getItem` is not supported"],
    );
    let parameters = json!({ "FunctionName": "f", "Qualifier": "1", "Payload": { "x.$": "States.UUID()", "y.$": 1, "z.$": "$.a[*]" } });
    go(
        task("f", json!({ "Parameters": parameters })),
        &[
            "States.Go.Parameters.Qualifier: is not a field",
            "States.Go.Parameters.Payload.x.$: `States.UUID()` is not a path this engine reads: intrinsic",
            "States.Go.Parameters.Payload.y.$: must be a path",
            "States.Go.Parameters.Payload.z.$: `$.a[*]` is not a path",
        ],
    );
}

#[test]
fn the_graph() {
    refused(
        json!({ "Go": { "Type": "Succeed" }, "Lost": { "Type": "Succeed" } }),
        &["States.Lost: nothing leads to it"],
    );
    let nested = json!({ "Type": "Map", "End": true, "ItemProcessor": { "StartAt": "Go", "States": { "Go": { "Type": "Succeed" } } } });
    refused(
        json!({ "Go": nested }),
        &["States.Go.ItemProcessor.States.Go: another state has the same name: States.Go"],
    );
    assert_eq!(
        problems(&json!({ "States": { "Go": { "Type": "Succeed" } } })),
        ["StartAt: is missing"]
    );
    assert_eq!(
        problems(&json!({ "StartAt": "Gone", "States": { "Go": { "Type": "Succeed" } } })).len(),
        1
    );
    assert_eq!(problems(&json!([])), ["the definition: must be an object"]);
    let twice = r#"{ "StartAt": "Go", "States": { "Go": { "Type": "Succeed" }, "Go": { "Type": "Succeed" } } }"#;
    assert_eq!(
        Machine::parse(twice).unwrap_err()[0].to_string(),
        "States.Go: is there twice"
    );
    assert!(Machine::parse("{").is_err());
    let jsonata = json!({ "QueryLanguage": "JSONata", "StartAt": "Go", "States": { "Go": { "Type": "Succeed" } } });
    assert!(problems(&jsonata)[0].starts_with("QueryLanguage: `JSONata`"));
}

#[test]
fn substitutions() {
    let definition = machine(json!({ "Go": task("${Plan}", json!({})) })).to_string();
    assert!(Machine::parse(&definition).is_ok());
    assert!(Machine::parse_with(&definition, &[("Plan", "plan")]).is_ok());
    let problems = Machine::parse_with(&definition, &[]).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "States.Go.Parameters.FunctionName: no value was given for `${Plan}`"
    );
}

#[test]
fn facts_for_a_linter() {
    let machine = Machine::parse(include_str!("../../workflow.asl.json")).unwrap();
    let ask = machine.named("Ask the owner").unwrap();
    assert!(
        ask.place.ends_with(".States.Ask the owner"),
        "{}",
        ask.place
    );
    assert!(matches!(ask.kind, Kind::Task(_)));
    assert_eq!(&*machine.state(ask.catch[0].next).name, "Remind the owner");
    assert_eq!(ask.targets().len(), 1 + ask.catch.len());
    assert_eq!(
        &*machine.state(ask.parent.unwrap()).name,
        "Work through a group"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("Type"),
        Just("Task"),
        Just("Map"),
        Just("Go"),
        Just("Next"),
        Just("End"),
        Just("Choices"),
        Just("Retry"),
        Just("StartAt"),
        Just("States"),
        Just("ItemProcessor"),
        Just("Parameters"),
        Just("x.$"),
        Just("$.a"),
        Just("Catch"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    /// Whatever is thrown at it, the answer is a machine or at least one problem.
    #[test]
    fn anything_is_read_or_refused(states in any_json(), text in ".{0,60}") {
        if let Err(problems) = Machine::parse(&machine(states).to_string()) {
            prop_assert!(!problems.is_empty());
        }
        if let Err(problems) = Machine::parse(&text) {
            prop_assert!(!problems.is_empty());
        }
    }
}
