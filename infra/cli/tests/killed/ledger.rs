//! The ledger's file, while nobody else has it open.

use std::{collections::BTreeSet, path::Path};

use latchkey_embedded::file;
use latchkey_ledger::{Ledger, Shelf, embedded};
use latchkey_lifecycle::{CaseState, TaskState, What};

async fn open(dir: &Path) -> Option<Ledger> {
    let path = dir.join(file::LEDGER);
    if !path.exists() {
        return None;
    }
    Some(embedded::open(Some(&path)).await.unwrap())
}

/// How many cases are open. None when the process was killed before it made a ledger.
pub(crate) async fn open_cases(dir: &Path) -> usize {
    match open(dir).await {
        Some(ledger) => ledger.cases(Shelf::Open, usize::MAX).await.unwrap().len(),
        None => 0,
    }
}

/// Each case that HR was told of is there, and no other; it has ended, so have its tasks, and nobody changed what is
/// recorded of them (promises 2, 4 and 9).
pub(crate) async fn every_case_is_closed_and_its_trail_whole(dir: &Path, told: &BTreeSet<String>) {
    let ledger = open(dir).await.unwrap();
    assert_eq!(ledger.cases(Shelf::Open, 1).await.unwrap(), []);
    let closed = ledger.cases(Shelf::Closed, usize::MAX).await.unwrap();
    let there: BTreeSet<String> = closed.iter().map(|case| case.id.to_string()).collect();
    assert_eq!((&there, closed.len()), (told, told.len()));
    for case in closed {
        let trails = ledger.audit_trail(&case.id).await.unwrap();
        for trail in &trails {
            assert_eq!(trail.fault, None, "{} {:?}", case.id, trail.task);
        }
        for row in ledger.tasks(&case.id).await.unwrap() {
            let task = row.item.task;
            // Nobody left anything out; only what a later decision made needless was not done. A webhook that comes
            // late for an earlier day may make needless what a transfer was to give: then its plan says so, and nobody
            // else.
            let by_plan = trails
                .iter()
                .filter(|trail| trail.task.as_ref() == Some(&task.id))
                .flat_map(|trail| &trail.records)
                .any(|record| record.body.what == What::Waived && record.body.by == "plan");
            let needless = case.state == CaseState::Superseded || by_plan;
            let done = task.state == TaskState::Verified;
            let ended = done || needless && task.state.is_ended();
            assert!(ended, "{} {}: {}", case.id, task.id, task.state);
        }
    }
}
