//! Instants are in a time zone that is named, and never in this machine's.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use crate::{kept, said};

/// The machine's own zone in these tests.
const MACHINE: [&str; 2] = ["JST", "Tokyo"];

fn is_never_the_machines(text: &str) {
    for name in MACHINE {
        assert!(!text.contains(name), "{text}");
    }
}

/// A folder with a ledger, and the file of a hire whose department no role matches.
async fn with_an_event() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    drop(kept::ledger(directory.path()).await);
    let event = directory.path().join("hire.json");
    fs::write(&event, kept::hire("Wrad").to_string()).unwrap();
    (directory, event)
}

#[tokio::test]
async fn a_case_is_shown_in_the_time_zone_that_its_windows_are_counted_in() {
    let (directory, case) = kept::with_a_hire().await;
    let dir = directory.path().to_str().unwrap();
    let shown = said(&["case", case.as_str(), "--dir", dir]).output;
    is_never_the_machines(&shown);
    assert!(shown.contains("America/New_York"), "{shown}");
    // Nine o'clock is what the runbook says.
    assert!(shown.contains("Mon 30 Nov 2026, 09:00 EST"), "{shown}");
    assert!(shown.contains("Mon 23 Nov 2026, 03:00 EST  "), "{shown}");
    for part in ["training", "cupboard", "approve.records.licensing"] {
        assert!(shown.contains(part), "{shown}");
    }
    let all = said(&["cases", "--dir", dir]).output;
    is_never_the_machines(&all);
    assert!(all.contains("Mon 23 Nov 2026, 09:00 CET"), "{all}");
    assert!(all.contains("Europe/Berlin"), "{all}");
}

#[tokio::test]
async fn what_would_become_of_a_person_is_shown_in_the_time_zone_of_their_windows() {
    let (directory, event) = with_an_event().await;
    let (dir, event) = (directory.path().to_str().unwrap(), event.to_str().unwrap());
    for command in [
        &[
            "preview",
            event,
            "--runbook",
            "runbooks/minimal",
            "--at",
            kept::NOW,
        ][..],
        &["foresee", event, "--dir", dir],
    ] {
        let shown = said(command);
        is_never_the_machines(&shown.output);
        assert!(
            shown.output.contains("America/New_York"),
            "{}{}",
            shown.output,
            shown.errors
        );
        assert!(shown.output.contains(":00 EST"), "{}", shown.output);
    }
}

#[tokio::test]
async fn a_value_that_no_role_matches_is_told_by_whatever_looks_ahead() {
    let (directory, event) = with_an_event().await;
    let (dir, event) = (directory.path().to_str().unwrap(), event.to_str().unwrap());
    let told = "no role matches the department `Wrad`; did you mean `Ward`?";
    for command in ["foresee", "source test"] {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.extend([event, "--dir", dir]);
        if command == "source test" {
            arguments.extend(["--source", "generic"]);
        }
        let shown = said(&arguments);
        assert!(
            shown.output.contains(told),
            "{command}: {}{}",
            shown.output,
            shown.errors
        );
    }
}
