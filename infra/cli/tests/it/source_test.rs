//! `latchkey source test --source csv`: a drop that is tried before it is dropped, also before there is a ledger.

use std::fs;

use serde_json::Value;

use crate::{kept, said};

const HEAD: &str =
    "employeeId,givenName,familyName,department,title,employmentType,country,startDate";

fn file(directory: &tempfile::TempDir, text: &str) -> String {
    let path = directory.path().join("people.csv");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A start date that is still to come, whenever this is run.
fn soon() -> String {
    let today = jiff::Zoned::now().date();
    today.saturating_add(jiff::Span::new().days(30)).to_string()
}

#[test]
fn without_a_ledger_a_file_is_compared_with_an_empty_one_and_that_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let day = soon();
    let people = file(
        &directory,
        &format!(
            "{HEAD}\n1,Ida1,Roe,Sales,Account Executive,employee,DE,{day}\n2,Ida2,Roe,Saels,Lead,employee,DE,{day}\n"
        ),
    );
    let test = [
        "source", "test", &people, "--source", "csv", "--dir", nowhere,
    ];
    let with = said(&[&test[..], &["--runbook", "runbooks/acme"]].concat());
    assert_eq!(with.status, Some(0), "{}", with.errors);
    for part in [
        format!("hire {day}"),
        "no role matches the department `Saels`; did you mean `Sales`?".to_owned(),
        "2 rows with 2 people in them. Of 2 something would be taken in, of 0 nothing.".to_owned(),
        format!("There is no ledger in {nowhere}: the file was compared with an empty one"),
        "Nothing was changed.".to_owned(),
    ] {
        assert!(with.output.contains(&part), "{part}: {}", with.output);
    }
    assert!(
        !std::path::Path::new(nowhere).exists(),
        "nothing is left behind"
    );
    // Neither a ledger nor a runbook: it says what to do.
    let without = said(&test);
    assert_eq!(without.status, Some(3), "{}", without.output);
    assert!(without.errors.contains("--runbook"), "{}", without.errors);
}

#[tokio::test]
async fn with_a_ledger_its_people_and_its_runbook_count() {
    let directory = tempfile::tempdir().unwrap();
    drop(kept::ledger(directory.path()).await);
    let dir = directory.path().to_str().unwrap();
    let people = file(
        &directory,
        &format!("{HEAD}\n1,Ida,Roe,Sales,Nurse,employee,DE,{}\n", soon()),
    );
    let shown = said(&["source", "test", &people, "--source", "csv", "--dir", dir]);
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    assert!(
        shown
            .output
            .contains("no role matches the department `Sales`"),
        "{}",
        shown.output
    );
    assert!(
        !shown.output.contains("There is no ledger"),
        "{}",
        shown.output
    );
}

#[test]
fn three_thousand_people_are_counted_and_what_differs_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let day = soon();
    let row = |n: usize, start: &str| {
        format!("{n:05},Ida{n},Roe,Sales,Account Executive,employee,DE,{start}\r\n")
    };
    let mut text = format!("{HEAD}\r\n");
    text.extend((1..=2_990).map(|n| row(n, &day)));
    // Ten are here for long, three say again what another row says, and two rows say nothing.
    text.extend((2_991..=3_000).map(|n| row(n, "2019-01-07")));
    text.extend((1..=3).map(|n| row(n, &day)));
    text.push_str(",,,,,,,\r\n\r\n");
    let people = file(&directory, &text);
    let test = [
        "source", "test", &people, "--source", "csv", "--dir", nowhere,
    ];
    let test = [&test[..], &["--runbook", "runbooks/acme"]].concat();
    let shown = said(&test);
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    let counted = "3003 rows with 3000 people in them; 3 say of somebody what another row says already. \
                   Of 2990 something would be taken in, of 10 nothing.";
    assert!(
        shown.output.contains(counted),
        "{}",
        &shown.output[shown.output.len() - 400..]
    );
    let data = said(&[&test[..], &["--json"]].concat()).output;
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["rows"], 3_003);
    assert_eq!(data["lines"].as_array().unwrap().len(), 3_000);
    assert_eq!(data["ledger"], false);
}
