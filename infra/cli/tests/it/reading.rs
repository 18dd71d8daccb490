//! What one reads of the command line: what Latchkey is, and as much of the output as one wants.

use std::{io::Read, process::Stdio};

use crate::{kept, latchkey, said};

#[test]
fn the_help_begins_with_what_latchkey_is() {
    for short_or_long in ["-h", "--help"] {
        let output = latchkey(&[short_or_long]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("Hands people their access on time and takes it back, provably"),
            "{text}"
        );
    }
}

#[test]
fn whoever_stops_reading_stops_the_output_and_nothing_else() {
    let commands: [&[&str]; 5] = [
        &["preview", "events/generic/hire.json"],
        &["preview", "events/generic/hire.json", "--json"],
        &["schema"],
        &["check", "runbooks/acme", "runbooks/acme"],
        &["rehearse", "runbooks/acme", "events/generic/hire.json"],
    ];
    for arguments in commands {
        let mut command = latchkey(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Nobody reads from the beginning.
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        let status = child.wait().unwrap();
        assert!(status.success(), "{arguments:?}: {status} {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[tokio::test]
async fn who_names_a_person_in_the_place_of_a_case_is_told_their_cases() {
    let (directory, case) = kept::with_a_hire().await;
    let dir = directory.path().to_str().unwrap();
    let told = said(&["case", "31", "--dir", dir]);
    assert_eq!(told.status, Some(3));
    let words = format!(
        "31 is an employee id and no case id; this person's cases are:\n  latchkey case {case}   (hire, open)"
    );
    assert!(told.errors.contains(&words), "{}", told.errors);
    let nobody = said(&["case", "32", "--dir", dir]);
    assert!(
        nobody.errors.contains("there is no case 32"),
        "{}",
        nobody.errors
    );
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    for (arguments, words) in [
        (&["send", "nosuch.json"][..], "there is no file nosuch.json"),
        (&["send", "README.md"], "name the source with --source"),
        (
            &["import", "events/generic/hire.json"],
            "`import` takes a CSV file",
        ),
        (
            &["rehearse", "runbooks/acme", "exit", "--on", "18.12.2026"],
            "write a day as year, month and day, e.g. 2026-12-18",
        ),
        (
            &["preview", "events/generic/hire.json", "--at", "18.12.2026"],
            "write an instant with its distance from UTC",
        ),
    ] {
        let told = said(arguments);
        assert_ne!(told.status, Some(0));
        assert!(told.errors.contains(words), "{}", told.errors);
    }
}
