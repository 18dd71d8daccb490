//! `latchkey preview` and `source test`: what is shown of a person before anything happens.

use std::fs;

use serde_json::json;

use crate::said;

#[test]
fn a_preview_says_by_which_runbook_it_is_and_reads_a_person_as_hr_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let person = folder.path().join("ida.json");
    let text = json!({
        "employeeId": "7", "givenName": "Ida", "familyName": "Roe", "department": "Sales", "title": "Lead",
        "employmentType": "Full-Time", "country": "Germany", "startDate": "2026-12-07",
    });
    fs::write(&person, text.to_string()).unwrap();
    let person = person.to_str().unwrap();
    let shown = said(&["preview", person]);
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    let first = shown.output.lines().next().unwrap();
    assert!(
        first.starts_with("By the runbook of ") && first.contains(" in runbooks/acme (version "),
        "{first}"
    );
    let data = said(&["preview", person, "--json"]).output;
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    let read = &data["case"]["person"];
    assert_eq!(
        (&read["country"], &read["employmentType"]),
        (&json!("DE"), &json!("employee"))
    );

    let absent = said(&["preview", person, "--runbook", "nowhere"]);
    assert_eq!(absent.status, Some(3));
    assert!(absent.errors.contains("--runbook"), "{}", absent.errors);
}

#[test]
fn who_is_not_told_whole_is_said_with_what_to_give_instead() {
    let asked = [
        "preview",
        "events/generic/exit.json",
        "--runbook",
        "runbooks/minimal",
    ];
    let refused = said(&asked);
    assert_ne!(refused.status, Some(0), "{}", refused.output);
    for seen in [
        "the HR record lacks",
        "events/generic/hire.json",
        "--kind exit",
    ] {
        assert!(refused.errors.contains(seen), "{seen}: {}", refused.errors);
    }
    // And that is a way on.
    let whole = [
        "preview",
        "events/generic/hire.json",
        "--kind",
        "exit",
        "--effective",
        "2026-12-18",
    ];
    let shown = said(&whole);
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
}

#[test]
fn a_last_day_that_lies_long_back_is_pointed_at_before_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let exit = folder.path().join("exit.json");
    let event = json!({ "type": "person.exiting", "timestamp": "2026-11-23T08:00:00Z", "data": {
        "employee_id": "7", "effective_date": "2020-12-31", "person": {},
    }});
    fs::write(&exit, event.to_string()).unwrap();
    let shown = said(&[
        "source",
        "test",
        exit.to_str().unwrap(),
        "--source",
        "generic",
    ]);
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    let told = "To look at: the last day, 2020-12-31, is ";
    assert!(shown.output.contains(told), "{}", shown.output);
}

#[test]
fn names_that_are_nearly_right_are_answered_with_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("it");
    let dir = dir.to_str().unwrap();
    let published = said(&["publish", "runbooks/acme", "--dir", dir]);
    assert_eq!(published.status, Some(0), "{}", published.errors);
    let redriven = said(&[
        "redrive", "--system", "recrods", "--by", "Olga", "--dir", dir,
    ]);
    assert_eq!(redriven.status, Some(3), "{}", redriven.output);
    assert!(
        redriven.errors.contains("there is no system `recrods`"),
        "{}",
        redriven.errors
    );
    let tested = said(&[
        "source",
        "test",
        "events/generic/hire.json",
        "--source",
        "cvs",
    ]);
    assert_eq!(tested.status, Some(3));
    assert!(
        tested.errors.contains("did you mean `csv`?"),
        "{}",
        tested.errors
    );
    let retired = said(&["retire", "--closed-before", "31.05.2026", "--dir", dir]);
    assert!(
        retired
            .errors
            .contains("write a day as year, month and day"),
        "{}",
        retired.errors
    );
}

#[test]
fn a_dry_run_of_a_file_that_would_be_kept_out_ends_as_the_run_would() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, file) = (folder.path().join("it"), folder.path().join("mass.csv"));
    let dir = dir.to_str().unwrap();
    assert_eq!(
        said(&["publish", "runbooks/acme", "--dir", dir]).status,
        Some(0)
    );
    fs::write(&file, "event,effectiveDate,employeeId\nexit,2020-12-31,7\n").unwrap();
    let run = ["mass", file.to_str().unwrap(), "--dry-run", "--dir", dir];
    let shown = said(&run);
    assert_eq!(shown.status, Some(1), "{}", shown.errors);
    assert!(
        shown
            .output
            .contains("1 unknown employee would keep the file out"),
        "{}",
        shown.output
    );
    assert!(
        shown.output.contains("the last day, 2020-12-31, is "),
        "{}",
        shown.output
    );
    let allowed = said(&[&run[..], &["--allow-unknown"]].concat());
    assert_eq!(allowed.status, Some(0), "{}", allowed.errors);
}
