//! The real workflow runs here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use latchkey_engine::{Kind, Machine};

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

fn workflow() -> Machine {
    Machine::parse_with(WORKFLOW, NAMES).unwrap_or_else(|problems| panic!("{problems:#?}"))
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
