//! A ledger that an earlier release wrote, which kept no events: its cases go on, and what HR confirms from now on
//! decides as if it had kept them all. `tests/ledgers/before-stories.jsonl` was exported by release 0.1.0 as it was on
//! 28 November 2026.

use std::sync::Arc;

use latchkey_bulk::Nowhere;
use latchkey_decisions::Taken;
use latchkey_embedded::{JumpClock, Keys, open_ledger};
use latchkey_hris::{Authentic, Translation, source};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Case, CaseState, EmployeeId, EventKind};
use latchkey_runtime::Runbooks;
use serde_json::{Value, json};

use crate::said;

struct Company {
    ledger: Ledger,
    deps: latchkey_decisions::Deps,
}

impl Company {
    async fn moved_in(folder: &std::path::Path) -> Company {
        let old = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/ledgers/before-stories.jsonl"
        );
        let imported = said(&["import-ledger", old, "--dir", folder.to_str().unwrap()]);
        assert_eq!(imported.status, Some(0), "{}", imported.errors);
        let ledger = open_ledger(folder).await.unwrap();
        let now = "2026-11-30T08:00:00Z".parse().unwrap();
        let deps = latchkey_decisions::Deps {
            ledger: ledger.clone(),
            clock: Arc::new(JumpClock::at(now)),
            runbooks: Arc::new(Runbooks::default()),
            workflow: Arc::new(Nowhere),
            secrets: Arc::new(Keys::in_memory()),
            records: Arc::new(latchkey_decisions::NoSources),
            mappings: Arc::default(),
        };
        Company { ledger, deps }
    }

    async fn hears(&self, kind: &str, employee: &str, day: Option<&str>, person: Value) -> Taken {
        let at = self.deps.clock.now();
        let mut data = json!({ "employee_id": employee, "person": person });
        if let Some(day) = day {
            data["effective_date"] = json!(day);
        }
        let body = json!({ "type": kind, "timestamp": at, "data": data }).to_string();
        let authentic = Authentic {
            delivery_id: format!("{kind}-{employee}"),
            timestamp: at,
        };
        let told = source("generic")
            .unwrap()
            .translate(&authentic, body.as_bytes());
        let Translation::Events(events) = told.unwrap() else {
            panic!("it tells of an event")
        };
        let event = events.into_iter().next().unwrap();
        latchkey_decisions::take_in(&self.deps, event)
            .await
            .unwrap()
    }

    async fn cases(&self, employee: &str) -> Vec<Case> {
        let employee = EmployeeId::new(employee).unwrap();
        let rows = self.ledger.each_case_of(&employee).await.unwrap();
        rows.into_iter().map(|row| row.item).collect()
    }

    async fn states(&self, employee: &str) -> Vec<(EventKind, CaseState)> {
        let cases = self.cases(employee).await;
        let mut states: Vec<_> = cases.iter().map(|case| (case.kind, case.state)).collect();
        states.sort_by_key(|(kind, state)| (*kind, state.to_string()));
        states
    }
}

#[tokio::test]
async fn a_moved_first_day_moves_the_hire_that_was_there_and_leaves_its_exit_alone() {
    let folder = tempfile::tempdir().unwrap();
    let it = Company::moved_in(folder.path()).await;
    let before = it.cases("2001").await;
    let taken = it
        .hears("person.hired", "2001", Some("2026-12-21"), json!({}))
        .await;
    assert!(taken.news, "{taken:?}");
    let after = it.cases("2001").await;
    assert_eq!(after.len(), before.len());
    let hire = after
        .iter()
        .find(|case| case.kind == EventKind::Hire)
        .unwrap();
    assert_eq!(taken.case, Some(hire.id.clone()));
    assert_eq!(hire.effective, "2026-12-21".parse().ok());
    assert!(after.iter().all(|case| case.grounds.is_some()));
    let was = |kind| {
        before
            .iter()
            .find(|case| case.kind == kind)
            .unwrap()
            .revision
    };
    let is = |kind| {
        after
            .iter()
            .find(|case| case.kind == kind)
            .unwrap()
            .revision
    };
    assert_eq!(
        is(EventKind::Exit),
        was(EventKind::Exit),
        "nothing runs anew because of the release"
    );
    // From now on it is kept, and the same again is the same.
    let again = it
        .hears("person.hired", "2001", Some("2026-12-21"), json!({}))
        .await;
    assert!(again.again && !again.news, "{again:?}");
    let verified = said(&["audit", "verify", "--dir", folder.path().to_str().unwrap()]);
    assert_eq!(
        verified.status,
        Some(0),
        "{}{}",
        verified.output,
        verified.errors
    );
}

#[tokio::test]
async fn an_urgent_exit_under_the_id_of_before_cuts_who_goes_by_another_id_since() {
    let folder = tempfile::tempdir().unwrap();
    let it = Company::moved_in(folder.path()).await;
    let taken = it
        .hears("person.exit.urgent", "C204", None, json!({}))
        .await;
    assert!(taken.news, "{taken:?}");
    let cut = it.ledger.case(&taken.case.unwrap()).await.unwrap().item;
    // The new id begins in January: until then they work under the old one.
    assert_eq!(
        (cut.kind, cut.employee_id.as_str()),
        (EventKind::UrgentExit, "C204")
    );
    let open = |cases: &[Case]| cases.iter().filter(|case| !case.state.is_ended()).count();
    assert_eq!(
        open(&it.cases("E204").await),
        0,
        "{:?}",
        it.states("E204").await
    );
    assert_eq!(
        open(&it.cases("C204").await),
        1,
        "{:?}",
        it.states("C204").await
    );
}

#[tokio::test]
async fn what_was_decided_before_the_release_stands_when_something_else_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let it = Company::moved_in(folder.path()).await;
    let before = it.states("2002").await;
    let manager = json!({ "manager_email": "boss@example.com" });
    it.hears("person.transferred", "2002", Some("2027-02-01"), manager)
        .await;
    let after = it.states("2002").await;
    let ended = |states: &[(EventKind, CaseState)]| -> Vec<(EventKind, CaseState)> {
        states
            .iter()
            .filter(|(_, state)| state.is_ended())
            .copied()
            .collect()
    };
    assert_eq!(ended(&after), ended(&before));
    // HR completes a record that it was asked for before.
    let whole = json!({ "given_name": "Mei", "family_name": "Lin" });
    let taken = it
        .hears("person.hired", "1055", Some("2026-12-14"), whole)
        .await;
    assert_eq!(taken.missing, [""; 0], "{taken:?}");
    assert_eq!(
        it.states("1055").await,
        [(EventKind::Hire, CaseState::Received)]
    );
}
