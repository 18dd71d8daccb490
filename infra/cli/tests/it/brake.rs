//! `latchkey brake`: what is held is listed, shown once more as it would be decided, and decided by the number of those
//! who go on.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use latchkey_bulk::Nowhere;
use latchkey_embedded::{JumpClock, Keys, open_ledger, publish};
use latchkey_hris::{Authentic, Translation, source};
use latchkey_runbook::Source;
use latchkey_runtime::Runbooks;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    kept::{CLINIC, NOW},
    said,
};

/// The clinic, in which one exit a day passes, and four came.
async fn held(more: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_ledger(directory.path()).await.unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    let brake = format!(
        "brake: {{within: 24 hours, exits: 1, urgent_exits: 1, transfers: 9, confirm: hr{more}}}\n"
    );
    let files = BTreeMap::from([("runbook.yaml".to_owned(), format!("{CLINIC}{brake}"))]);
    publish(&ledger, &Source::from_files(files), now)
        .await
        .unwrap();
    let deps = latchkey_decisions::Deps {
        ledger,
        clock: Arc::new(JumpClock::at(now)),
        runbooks: Arc::new(Runbooks::default()),
        workflow: Arc::new(Nowhere),
        secrets: Arc::new(Keys::in_memory()),
        records: Arc::new(latchkey_decisions::NoSources),
        mappings: Arc::default(),
    };
    for employee in ["41", "42", "43", "44"] {
        let authentic = Authentic {
            delivery_id: employee.to_owned(),
            timestamp: now,
        };
        let body = json!({ "type": "person.exiting", "timestamp": NOW, "data": {
            "employee_id": employee, "effective_date": "2026-11-23",
        }});
        let told = source("generic")
            .unwrap()
            .translate(&authentic, body.to_string().as_bytes());
        let Translation::Events(events) = told.unwrap() else {
            panic!("it tells of an event")
        };
        for event in events {
            latchkey_decisions::take_in(&deps, event).await.unwrap();
        }
    }
    directory
}

#[tokio::test]
async fn what_is_held_is_decided_person_by_person_once_the_number_is_said() {
    let directory = held("").await;
    let dir = directory.path().to_str().unwrap();
    let brake = |more: &[&str]| said(&[&["brake", "--dir", dir], more].concat());
    let listed = brake(&[]);
    assert_eq!(listed.status, Some(0), "{}", listed.errors);
    assert!(
        listed.output.contains("3 held, 3 shown"),
        "{}",
        listed.output
    );
    let decides = [
        "--by",
        "olga@clinic.example",
        "--go-on",
        "42",
        "--leave-out",
        "43",
        "--reason",
        "a slip",
    ];
    let shown = brake(&decides);
    assert_eq!(shown.status, Some(1));
    let would = "1 would go on, 1 be left out, 1 stay held.";
    assert!(shown.output.contains(would), "{}", shown.output);
    assert!(shown.errors.contains("--count 1"), "{}", shown.errors);
    let wrong = brake(&[&decides[..], &["--count", "20"]].concat());
    assert_eq!(wrong.status, Some(1));
    assert!(wrong.errors.contains("another number"), "{}", wrong.errors);
    let held = || {
        let data: Value = serde_json::from_str(&brake(&["--json"]).output).unwrap();
        data["held"].as_u64().unwrap()
    };
    assert_eq!(held(), 3);

    let own = brake(&["--by", "44", "--go-on", "44", "--count", "1"]);
    assert!(
        own.errors.contains("somebody else decides"),
        "{}",
        own.errors
    );
    let nobody = brake(&["--by", "Olga", "--go-on", "99", "--count", "1"]);
    assert_eq!(nobody.status, Some(3), "{}", nobody.errors);

    let done = brake(&[&decides[..], &["--count", "1"]].concat());
    assert_eq!(done.status, Some(0), "{}", done.errors);
    assert!(
        done.output.contains("Decided: 1 go on, 1 left out."),
        "{}",
        done.output
    );
    assert!(
        done.output.contains("`latchkey up` is started"),
        "{}",
        done.output
    );
    assert_eq!(held(), 1);
    let rest = ["--by", "Olga", "--all", "go-on", "--later", "44"];
    let nothing = brake(&rest);
    assert!(
        nothing.errors.contains("nothing is said"),
        "{}",
        nothing.errors
    );
    let rest = ["--by", "Olga", "--all", "go-on", "--count", "1"];
    assert_eq!(brake(&rest).status, Some(0));
    assert_eq!(held(), 0);
    assert!(brake(&[]).output.contains("holds nothing"));
}

#[tokio::test]
async fn what_takes_two_people_is_decided_on_the_pages() {
    let directory = held(", two_people_above: 1").await;
    let dir = directory.path().to_str().unwrap();
    let brake = |more: &[&str]| said(&[&["brake", "--dir", dir, "--by", "Olga"], more].concat());
    let all = brake(&["--all", "go-on", "--count", "3"]);
    assert_eq!(all.status, Some(1));
    assert!(all.errors.contains("two people decide"), "{}", all.errors);
    let one = brake(&["--go-on", "42", "--count", "1"]);
    assert_eq!(one.status, Some(0), "{}", one.errors);
    // Not by taking it apart, either.
    let next = brake(&["--go-on", "43", "--count", "1"]);
    assert!(next.errors.contains("two people decide"), "{}", next.errors);
}
