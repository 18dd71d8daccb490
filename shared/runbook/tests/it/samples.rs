//! The sample runbooks are in order, and the schema beside them is current.

use std::path::Path;

use latchkey_runbook::{Problem, Runbook, Severity, Source, json_schema};

fn read(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../runbooks")
        .join(name);
    Source::read_dir(&path).unwrap()
}

#[test]
fn acme_is_in_order() {
    let checked = Runbook::check(&read("acme"));
    let lines: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(checked.runbook.is_some());
    let looked_at = |p: &&Problem| p.severity > Severity::Note;
    assert_eq!(checked.problems.iter().filter(looked_at).count(), 0);
}

#[test]
fn minimal_is_in_order() {
    let checked = Runbook::check(&read("minimal"));
    assert_eq!(checked.problems, []);
}

#[test]
fn the_described_apis_are_in_order() {
    let checked = Runbook::check(&read("samples/http"));
    assert_eq!(checked.problems, []);
}

#[test]
fn the_schema_of_descriptions_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/http-api.schema.json");
    let committed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        committed,
        latchkey_http_api::json_schema(),
        "run: cargo run -p latchkey-http-api --example http_api_schema"
    );
}

#[test]
fn the_schema_beside_the_samples_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/runbook.schema.json");
    let committed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        committed,
        json_schema(),
        "run: cargo run -p latchkey-runbook --example runbook_schema"
    );
}
