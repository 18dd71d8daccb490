//! Acme, and cases of it.

use std::{path::Path, sync::LazyLock};

use latchkey_lifecycle::{Case, CaseId, EventKind, Person, RunbookVersion, Task};
use latchkey_runbook::{PlanInput, Runbook, Source, plan};

pub(crate) fn source() -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/acme");
    Source::read_dir(&path).unwrap()
}

/// Checked once: a check tries every window on more than a year of days.
pub(crate) fn runbook() -> &'static Runbook {
    static ACME: LazyLock<Runbook> = LazyLock::new(|| Runbook::check(&source()).runbook.unwrap());
    &ACME
}

pub(crate) fn person(department: &str, title: &str, country: &str, zone: &str) -> Person {
    serde_json::from_value(serde_json::json!({
        "employeeId": "1042", "givenName": "Zoë", "familyName": "Müller", "department": department, "title": title,
        "employmentType": "employee", "country": country, "location": "Berlin", "timeZone": zone, "level": "L3",
        "startDate": "2027-01-04", "managerEmail": "tom.keller@acme.example",
    }))
    .unwrap()
}

pub(crate) fn case(kind: EventKind, person: Person, effective: &str) -> Case {
    let effective = Some(effective.parse().unwrap());
    let id = CaseId::of(kind, &person.employee_id, effective);
    let version = RunbookVersion::new("v").unwrap();
    let at = "2026-11-23T07:00:00Z".parse().unwrap();
    let employee = person.employee_id.clone();
    Case {
        person: Some(person),
        effective,
        ..Case::received(id, kind, employee, version, at, at)
    }
}

pub(crate) fn tasks(case: &Case) -> Vec<Task> {
    plan(
        runbook(),
        &PlanInput {
            case,
            now: case.opened_at,
            touched: &[],
            acted: &std::collections::BTreeSet::new(),
            withheld: &Default::default(),
            decided: &[],
        },
    )
    .unwrap()
}
