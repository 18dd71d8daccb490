//! A folder with a ledger in it, as `latchkey up` leaves it behind.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::Timestamp;
use latchkey_bulk::Nowhere;
use latchkey_embedded::{JumpClock, Keys, file, open_ledger, private_folder, publish};
use latchkey_hris::{Authentic, Translation, source};
use latchkey_ledger::{Ledger, embedded};
use latchkey_lifecycle::CaseId;
use latchkey_runbook::Source;
use latchkey_runtime::Runbooks;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A company in Berlin whose hires have a licence and what needs it.
pub(crate) const CLINIC: &str = r#"
company: Clinic
time_zone: Europe/Berlin
email: "{given}.{family}@clinic.example"
hr: hr
operations: it
teams:
  hr: {name: Human Resources, email: hr@clinic.example}
  it: {name: IT, email: it@clinic.example, escalation: cio@clinic.example}
  licensing: {name: Licensing, email: licensing@clinic.example, escalation: director@clinic.example}
systems:
  records:
    name: Health record
    kind: person
    owner: it
    entitlements:
      licensed: {approval: licensing}
      chart: {needs: [licensed]}
roles:
  nurse: {match: {department: Ward}, gets: {records: [licensed, chart]}}
hire:
  accounts: {grant: all, opens: 5 working days before start at 09:00, due: 1 working day before start at 17:00}
  training: {title: Train them, owner: hr, instructions: Train., opens: 5 working days before start at 09:00, due: start at 12:00}
  cupboard: {title: Open the cupboard, owner: it, instructions: Open it., needs: {training: verified}, opens: start at 09:00, due: start at 17:00}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

/// When all of it happens.
pub(crate) const NOW: &str = "2026-11-23T08:00:00Z";

fn clinic() -> Source {
    Source::from_files(BTreeMap::from([(
        "runbook.yaml".to_owned(),
        CLINIC.to_owned(),
    )]))
}

/// A ledger with the clinic's runbook.
pub(crate) async fn ledger(dir: &Path) -> Ledger {
    let ledger = open_ledger(dir).await.unwrap();
    publish(&ledger, &clinic(), NOW.parse().unwrap())
        .await
        .unwrap();
    ledger
}

/// The same, in a file that nobody has open any more.
pub(crate) async fn closed(dir: &Path) {
    private_folder(dir).unwrap();
    let ledger = embedded::open_file_here(&dir.join(file::LEDGER)).await;
    publish(&ledger.unwrap(), &clinic(), NOW.parse().unwrap())
        .await
        .unwrap();
}

/// The hire of a nurse in New York.
pub(crate) fn hire(department: &str) -> Value {
    json!({ "type": "person.hired", "timestamp": NOW, "data": {
        "employee_id": "31", "effective_date": "2026-12-07", "person": {
            "given_name": "Ida", "family_name": "Holm", "department": department, "title": "Nurse",
            "employment_type": "employee", "country": "US", "time_zone": "America/New_York",
        },
    }})
}

/// The folder, and the case of the hire, planned.
pub(crate) async fn with_a_hire() -> (TempDir, CaseId) {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path()).await;
    let now: Timestamp = NOW.parse().unwrap();
    let clock = Arc::new(JumpClock::at(now));
    let runbooks = Arc::new(Runbooks::default());
    let deps = latchkey_decisions::Deps {
        ledger: ledger.clone(),
        clock: clock.clone(),
        runbooks: runbooks.clone(),
        workflow: Arc::new(Nowhere),
        secrets: Arc::new(Keys::in_memory()),
        records: Arc::new(latchkey_decisions::NoSources),
        mappings: Arc::default(),
    };
    let authentic = Authentic {
        delivery_id: "1".to_owned(),
        timestamp: now,
    };
    let body = hire("Ward").to_string();
    let told = source("generic")
        .unwrap()
        .translate(&authentic, body.as_bytes());
    let Translation::Events(events) = told.unwrap() else {
        panic!("it tells of an event")
    };
    let event = events.into_iter().next().unwrap();
    let taken = latchkey_decisions::take_in(&deps, event).await.unwrap();
    let case = ledger.case(&taken.case.unwrap()).await.unwrap().item;
    let deps = plan::Deps {
        ledger: &ledger,
        clock: clock.as_ref(),
        runbooks: &runbooks,
        system_functions: "latchkey-system-",
    };
    let request = plan::Request {
        case_id: case.id.clone(),
        revision: case.revision,
    };
    plan::handle(&deps, &request).await.unwrap();
    (directory, case.id)
}
