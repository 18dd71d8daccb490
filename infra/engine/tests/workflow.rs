//! The real workflow runs here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use latchkey_engine::Machine;

const WORKFLOW: &str = include_str!("../../workflow.asl.json");

const NAMES: &[(&str, &str)] = &[
    ("PlanFunction", "plan"),
    ("AskFunction", "ask"),
    ("VerifyFunction", "verify"),
    ("CloseFunction", "close"),
    ("MailFunction", "mail"),
    (
        "AlertsTopic",
        "arn:aws:sns:eu-central-1:000000000000:alerts",
    ),
];

#[test]
fn it_is_understood() {
    let machine =
        Machine::parse_with(WORKFLOW, NAMES).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let ways: Vec<String> = machine
        .transitions()
        .iter()
        .map(ToString::to_string)
        .collect();
    for way in [
        "Ask the owner —catch States.Timeout→ Remind the owner",
        "Case closed —next→ the end",
        "Close the case —retries exhausted Busy, Unreachable→ the end",
        "Does it need other tasks first? —otherwise→ Who does it?",
        "Does it need other tasks first? —rule 1→ Wait for the tasks it needs",
        "Plan the checklist —next→ Work through the checklist",
        "Plan the checklist —retry Busy, Unreachable→ Plan the checklist",
        "The case needs an operator —fails→ the end",
    ] {
        assert!(
            ways.iter().any(|known| known == way),
            "{way} is not in\n{}",
            ways.join("\n")
        );
    }
}

#[test]
fn a_value_that_is_missing_is_named_with_its_place() {
    let problems = Machine::parse_with(WORKFLOW, &NAMES[1..]).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(
        problems[0].to_string(),
        "States.Plan the checklist.Parameters.FunctionName: no value was given for `${PlanFunction}`"
    );
}
