//! What the workflow does not use, or what is wrong, is refused on load, with its place: a test for each kind of thing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{machine, map, task, waiting};
use latchkey_engine::Machine;
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

/// A machine of one state.
#[track_caller]
fn go(state: Value, expected: &[&str]) {
    refused(json!({ "Go": state }), expected);
}

/// A state with more fields than it has, or others.
fn with(mut state: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        state[name] = value.clone();
    }
    state
}

fn retrier() -> Value {
    json!({
        "ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2, "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    })
}

#[test]
fn the_problems_of_all_states_at_once() {
    refused(
        json!({
            "Go": task("f", json!({
                "Next": "Nowhere",
                "Retry": [
                    with(retrier(), json!({ "ErrorEquals": ["States.ALL", "Busy"] })),
                    with(retrier(), json!({ "ErrorEquals": [], "BackoffRate": 0.5 })),
                ],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Gone" }, { "ErrorEquals": ["E"], "Next": "Far" }],
            })),
            "Far": { "Type": "Activity", "End": true },
            "Near": { "Type": "Succeed", "Foo": 1 },
        }),
        &[
            "States.Go.Next: there is no state `Nowhere` beside it",
            "States.Go.Retry[0].ErrorEquals: States.ALL must stand alone",
            "States.Go.Retry[1].ErrorEquals: must be a list",
            "States.Go.Retry[1].BackoffRate: must be a number from 1 up",
            "States.Go.Catch[0].ErrorEquals: States.ALL must stand alone",
            "States.Go.Catch[0].Next: there is no state `Gone` beside it",
            "States.Far.Type: unknown variant `Activity`, expected one of `Task`, `Wait`",
            "States.Near.Foo: unknown field `Foo`, expected `Type` or `Comment`",
        ],
    );
}

#[test]
fn types_of_states() {
    go(
        json!({ "Type": "Parallel", "End": true, "Branches": [] }),
        &["States.Go.Type: unknown variant `Parallel`"],
    );
    go(json!({ "End": true }), &["States.Go: missing field `Type`"]);
    go(json!("Task"), &["States.Go: invalid type: string"]);
    go(json!({ "Type": null }), &["States.Go.Type: "]);
}

#[test]
fn where_a_state_leads() {
    let both = "States.Go: must have either Next or `End: true`";
    go(json!({ "Type": "Pass" }), &[both]);
    go(
        json!({ "Type": "Pass", "End": true, "Next": "Go" }),
        &[both],
    );
    go(
        json!({ "Type": "Pass", "End": 1 }),
        &["States.Go.End: invalid type: integer `1`"],
    );
    go(
        json!({ "Type": "Succeed", "End": true }),
        &["States.Go.End: unknown field `End`"],
    );
    go(
        task("f", json!({ "Catch": [{ "ErrorEquals": ["E"] }] })),
        &["States.Go.Catch[0]: missing field `Next`"],
    );
}

#[test]
fn fields_that_no_state_has() {
    let pass = json!({ "Type": "Pass", "End": true });
    for field in [
        "InputPath",
        "OutputPath",
        "Parameters",
        "QueryLanguage",
        "Assign",
        "Output",
    ] {
        let unknown = format!("States.Go.{field}: unknown field `{field}`, expected one of `Type`");
        go(with(pass.clone(), json!({ field: "$.a" })), &[&unknown]);
        if field != "Parameters" {
            go(task("f", json!({ field: "$.a" })), &[&unknown]);
        }
    }
    go(
        with(pass.clone(), json!({ "Result": { "n": 1 } })),
        &["States.Go.Result: invalid type: map, expected a string"],
    );
    go(
        with(pass, json!({ "Result": null })),
        &["States.Go.Result: invalid type: null"],
    );
}

#[test]
fn waits() {
    for field in ["Seconds", "SecondsPath", "Timestamp"] {
        let unknown = format!("States.Go.{field}: unknown field `{field}`, expected one of");
        go(
            json!({ "Type": "Wait", field: "$.a", "End": true }),
            &[&unknown],
        );
    }
    go(
        json!({ "Type": "Wait", "End": true }),
        &["States.Go: missing field `TimestampPath`"],
    );
}

#[test]
fn choices() {
    let choice = |rule: Value, expected: &str| {
        let rule = with(json!({ "Next": "Go" }), rule);
        let state = json!({ "Type": "Choice", "Default": "Go", "Choices": [rule] });
        go(state, &[&format!("States.Go.Choices[0]{expected}")]);
    };
    for test in [
        "StringMatches",
        "StringEqualsPath",
        "NumericEquals",
        "TimestampEquals",
        "IsNull",
        "IsPresent",
    ] {
        let unknown = format!(".{test}: unknown field `{test}`, expected one of `Variable`");
        choice(json!({ "Variable": "$.a", test: true }), &unknown);
    }
    for combination in ["Or", "Not"] {
        let unknown = format!(".{combination}: unknown field `{combination}`");
        choice(json!({ combination: [] }), &unknown);
    }
    choice(
        json!({ "Variable": "$.a" }),
        ": must have either StringEquals or BooleanEquals",
    );
    choice(
        json!({ "Variable": "$.a", "StringEquals": "a", "BooleanEquals": true }),
        ": must have either",
    );
    choice(json!({ "StringEquals": "a" }), ": must have a Variable");
    choice(
        json!({ "Variable": "$.a", "BooleanEquals": "yes" }),
        ".BooleanEquals: invalid type",
    );
    choice(json!({ "And": [] }), ": And must have at least one test");
    let test = json!({ "Variable": "$.a", "StringEquals": "a" });
    choice(
        with(test.clone(), json!({ "And": [test] })),
        ": And must have at least one test",
    );
    choice(
        json!({ "And": [test, { "And": [] }] }),
        ".And[1].And: unknown field `And`",
    );
    choice(
        json!({ "And": [test, { "StringEquals": "a" }] }),
        ".And[1]: must have a Variable",
    );
    go(
        json!({ "Type": "Choice", "Choices": [] }),
        &["States.Go: missing field `Default`"],
    );
    go(
        json!({ "Type": "Choice", "Choices": [], "Default": "Go" }),
        &["States.Go.Choices: must have at least one rule"],
    );
}

#[test]
fn maps() {
    let good = || map("$", json!({ "In": { "Type": "Succeed" } }));
    for field in [
        "ItemSelector",
        "ItemReader",
        "ResultSelector",
        "Retry",
        "Catch",
        "Parameters",
        "Iterator",
    ] {
        let unknown = format!("States.Go.{field}: unknown field `{field}`");
        go(with(good(), json!({ field: [] })), &[&unknown]);
    }
    for number in [0, 41] {
        go(
            with(good(), json!({ "MaxConcurrency": number })),
            &["States.Go.MaxConcurrency: must be a number from 1 to 40"],
        );
    }
    go(
        with(good(), json!({ "ResultPath": "$.a" })),
        &["States.Go.ResultPath: must be null"],
    );
    let mut other = good();
    other.as_object_mut().unwrap().remove("ResultPath");
    go(other, &["States.Go: missing field `ResultPath`"]);
    let mut other = good();
    other["ItemProcessor"]["ProcessorConfig"]["Mode"] = json!("DISTRIBUTED");
    go(
        other,
        &["States.Go.ItemProcessor.ProcessorConfig.Mode: unknown variant `DISTRIBUTED`"],
    );
    let mut other = good();
    other["ItemProcessor"]["States"] = json!({});
    go(other, &["States.Go.ItemProcessor.States: invalid length 0"]);
    let mut other = good();
    other["ItemProcessor"]["States"]["In"] = json!({ "Type": "Pass", "Next": "Go" });
    go(
        other,
        &["States.Go.ItemProcessor.States.In.Next: there is no state `Go` beside it"],
    );
}

#[test]
fn ends() {
    for field in ["ErrorPath", "CausePath"] {
        let unknown = format!("States.Go.{field}: unknown field `{field}`");
        let fail = json!({ "Type": "Fail", "Error": "a", "Cause": "b" });
        go(with(fail, json!({ field: "$.a" })), &[&unknown]);
    }
    go(
        json!({ "Type": "Fail", "Error": "a" }),
        &["States.Go: missing field `Cause`"],
    );
}

#[test]
fn what_a_task_calls() {
    go(
        task(
            "f",
            json!({ "Resource": "arn:aws:states:::dynamodb:getItem" }),
        ),
        &[
            "States.Go.Resource: unknown variant `arn:aws:states:::dynamodb:getItem`, expected one of",
        ],
    );
    for field in [
        "TimeoutSeconds",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
        "Credentials",
    ] {
        let unknown = format!("States.Go.{field}: unknown field `{field}`, expected one of");
        go(task("f", json!({ field: 10 })), &[&unknown]);
    }
    for field in ["TimeoutSecondsPath", "ResultSelector"] {
        let null = format!("States.Go.{field}: invalid type: null");
        go(task("f", json!({ field: null })), &[&null]);
    }
    let fields = "States.Go.Parameters: must have FunctionName, Payload, and nothing else";
    go(
        task("f", json!({ "Parameters": { "FunctionName": "f" } })),
        &[fields],
    );
    let more = json!({ "FunctionName": "f", "Payload.$": "$", "Qualifier": "1" });
    go(task("f", json!({ "Parameters": more })), &[fields]);
    go(task("f", json!({ "Parameters": "f" })), &[fields]);
    go(
        task("t", json!({ "Resource": "arn:aws:states:::sns:publish" })),
        &["States.Go.Parameters: must have Message, Subject, TopicArn, and nothing else"],
    );
}

#[test]
fn what_is_looked_up() {
    let payload = |payload: Value, expected: &str| {
        let state = task(
            "f",
            json!({ "Parameters": { "FunctionName": "f", "Payload": payload } }),
        );
        go(state, &[&format!("States.Go.Parameters{expected}")]);
    };
    let intrinsic =
        ".Payload.x.$: `States.UUID()` is not a path this engine reads: intrinsic functions";
    payload(json!({ "x.$": "States.UUID()" }), intrinsic);
    payload(
        json!({ "x.$": 1 }),
        ".Payload.x.$: invalid type: integer `1`",
    );
    for path in ["$.a[*]", "$.a[0]", "$..a", "$.", "a", "", "$ ", "$a"] {
        payload(
            json!({ "x.$": path }),
            &format!(".Payload.x.$: `{path}` is not a path"),
        );
    }
    for path in [
        "$$",
        "$$.Map.Item.Index",
        "$$.Execution.Input",
        "$$.State.Name",
        "$$.Task",
    ] {
        let unknown =
            format!(".Payload.x.$: unknown variant `{path}`, expected one of `$$.Execution.Id`");
        payload(json!({ "x.$": path }), &unknown);
    }
    payload(
        json!({ "x.$": "$.a", "x": "a" }),
        ".Payload: `x` is there twice",
    );
    payload(
        json!({ "x": [1] }),
        ".Payload.x: invalid type: sequence, expected a text or an object",
    );
    payload(
        json!({ "x": 1 }),
        ".Payload.x: invalid type: integer `1`, expected a text or an object",
    );
    payload(
        json!({ "t.$": "$$.Task.Token" }),
        ": must have `$$.Task.Token` in it if",
    );
    let mut asks = waiting("f", json!({}));
    asks["Parameters"]["Payload"] = json!({});
    go(
        asks,
        &["States.Go.Parameters: must have `$$.Task.Token` in it if"],
    );
    go(
        task("f", json!({ "ResultPath": "$$.a" })),
        &["States.Go.ResultPath: `$$.a` is not a path"],
    );
}

#[test]
fn what_is_tried_again() {
    let retry = |more: Value, expected: &str| {
        let state = task("f", json!({ "Retry": [with(retrier(), more)] }));
        go(state, &[&format!("States.Go.Retry[0]{expected}")]);
    };
    retry(
        json!({ "Foo": 1 }),
        ".Foo: unknown field `Foo`, expected one of `ErrorEquals`",
    );
    retry(
        json!({ "JitterStrategy": "NONE" }),
        ".JitterStrategy: unknown variant `NONE`, expected `FULL`",
    );
    retry(
        json!({ "MaxAttempts": -1 }),
        ".MaxAttempts: invalid value: integer `-1`",
    );
    retry(
        json!({ "MaxAttempts": 100_000_000 }),
        ".MaxAttempts: must be at most 99999999",
    );
    retry(
        json!({ "IntervalSeconds": 0 }),
        ": IntervalSeconds must be at least 1",
    );
    retry(
        json!({ "IntervalSeconds": 61 }),
        ": IntervalSeconds must be at least 1, and MaxDelaySeconds from it",
    );
    retry(
        json!({ "MaxDelaySeconds": 31_622_400 }),
        ": IntervalSeconds must be at least 1",
    );
    for error in [
        "States.TaskFailed",
        "States.HeartbeatTimeout",
        "States.Runtime",
        "States.DataLimitExceeded",
    ] {
        retry(
            json!({ "ErrorEquals": [error] }),
            &format!(".ErrorEquals: `{error}` is not an error that this engine supports here"),
        );
    }
    for field in retrier().as_object().unwrap().keys() {
        let mut short = retrier();
        short.as_object_mut().unwrap().remove(field);
        let missing = format!("States.Go.Retry[0]: missing field `{field}`");
        go(task("f", json!({ "Retry": [short] })), &[&missing]);
    }
    go(
        task(
            "f",
            json!({ "Catch": [{ "ErrorEquals": ["E"], "Comment": "", "Next": "Go" }] }),
        ),
        &["States.Go.Catch[0].Comment: unknown field `Comment`"],
    );
}

#[test]
fn the_document() {
    let good = || machine(json!({ "Go": { "Type": "Succeed" } }));
    assert_eq!(problems(&good()), Vec::<String>::new());
    for field in ["Version", "TimeoutSeconds", "ProcessorConfig"] {
        let found = problems(&with(good(), json!({ field: "1.0" })));
        let unknown = format!("{field}: unknown field `{field}`, expected one of");
        assert!(
            found.len() == 1 && found[0].starts_with(&unknown),
            "{found:?}"
        );
    }
    let jsonata = problems(&with(good(), json!({ "QueryLanguage": "JSONata" })));
    assert_eq!(
        jsonata,
        ["QueryLanguage: unknown variant `JSONata`, expected `JSONPath`"]
    );
    let gone = problems(&with(good(), json!({ "StartAt": "Gone" })));
    assert_eq!(gone, ["StartAt: there is no state `Gone` beside it"]);
    let none = problems(&with(good(), json!({ "States": {} })));
    assert_eq!(
        none,
        ["States: invalid length 0, expected an object with at least one state"]
    );
    assert_eq!(
        problems(&json!({ "States": { "Go": { "Type": "Succeed" } } })),
        ["the definition: missing field `StartAt`"]
    );
    assert!(problems(&json!("x"))[0].starts_with("the definition: invalid type: string"));
    let more = Machine::parse(&format!("{} 1", good())).unwrap_err();
    assert_eq!(more[0].to_string(), "the definition: trailing characters");
    assert!(
        Machine::parse("{").unwrap_err()[0]
            .to_string()
            .contains("EOF")
    );
}

#[test]
fn the_graph() {
    refused(
        json!({ "Go": { "Type": "Succeed" }, "Lost": { "Type": "Succeed" } }),
        &["States.Lost: nothing leads to it"],
    );
    let mut nested = map("$", json!({ "Go": { "Type": "Succeed" } }));
    nested["ItemProcessor"]["StartAt"] = json!("Go");
    refused(
        json!({ "Go": nested }),
        &["States.Go.ItemProcessor.States.Go: another state has the same name: States.Go"],
    );
    let long = "x".repeat(81);
    refused(
        json!({ "Go": { "Type": "Pass", "Next": long }, &long: { "Type": "Succeed" } }),
        &[&format!(
            "States.{long}: a state's name has at most 80 characters"
        )],
    );
}

#[test]
fn what_is_there_twice() {
    let first = |text: &str| Machine::parse(text).unwrap_err()[0].to_string();
    assert_eq!(
        first(
            r#"{ "StartAt": "Go", "States": { "Go": { "Type": "Succeed" }, "Go": { "Type": "Succeed" } } }"#
        ),
        "States: `Go` is there twice"
    );
    assert_eq!(
        first(
            r#"{ "StartAt": "Go", "States": { "Go": { "Type": "Pass", "End": true, "End": true } } }"#
        ),
        "States.Go: duplicate field `End`"
    );
    assert_eq!(
        first(r#"{ "StartAt": "Go", "StartAt": "Go", "States": { "Go": { "Type": "Succeed" } } }"#),
        "the definition: duplicate field `StartAt`"
    );
    let parameters = r#"{ "FunctionName": "f", "Payload": { "a": "1", "a": "2" } }"#;
    let state = task("f", json!({ "Parameters": "here" })).to_string();
    let state = state.replace(r#""here""#, parameters);
    assert_eq!(
        first(&format!(
            r#"{{ "StartAt": "Go", "States": {{ "Go": {state} }} }}"#
        )),
        "States.Go.Parameters.Payload: `a` is there twice"
    );
}

#[test]
fn substitutions() {
    let definition = machine(json!({ "Go": task("${Plan}", json!({})) })).to_string();
    assert!(Machine::parse_with(&definition, &[("Plan", "plan")]).is_ok());
    assert!(Machine::parse_with(&definition, &[("Plan", r#"a "quoted" \ one"#)]).is_ok());
    assert!(Machine::parse_with(&definition, &[("Plan", "\"")]).is_ok());
    for problems in [
        Machine::parse(&definition).unwrap_err(),
        Machine::parse_with(&definition, &[("Pla", "plan")]).unwrap_err(),
    ] {
        assert_eq!(
            problems[0].to_string(),
            "States.Go.Parameters.FunctionName: no value was given for `${Plan}`"
        );
    }
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
