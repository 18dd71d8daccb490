//! A thoroughly broken runbook: everything is said at once, each with its place and what to do.

use latchkey_runbook::{Runbook, Source};

const YAML: &str = include_str!("broken/runbook.yaml");
const CSV: &str = include_str!("broken/matrix.csv");

fn source(yaml: &str) -> Source {
    Source::from_files(
        [
            ("runbook.yaml".to_owned(), yaml.to_owned()),
            ("matrix.csv".to_owned(), CSV.to_owned()),
        ]
        .into(),
    )
}

#[test]
fn every_mistake_is_reported_at_once() {
    let checked = Runbook::check(&source(YAML));
    assert!(checked.runbook.is_none());
    let lines: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_runbook_that_is_no_yaml_is_refused_with_its_place() {
    let checked = Runbook::check(&source("company: [unclosed\nteams: }"));
    assert!(checked.runbook.is_none());
    assert!(checked.problems[0].line > 0, "{}", checked.problems[0]);
}

#[test]
fn a_directory_without_a_runbook_is_refused() {
    let checked = Runbook::check(&Source::default());
    let said = checked.problems[0].to_string();
    assert!(
        said.starts_with("runbook.yaml: error: there is no runbook.yaml"),
        "{said}"
    );
}
