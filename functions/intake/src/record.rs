//! What is known of a person after an event. Pure.

use jiff::{civil::Date, tz::TimeZone};
use latchkey_ledger::PersonRecord;
use latchkey_lifecycle::{EmployeeId, Event, EventKind, Person, PersonDraft, Unread};
use latchkey_runbook::Runbook;
use sha2::{Digest, Sha256};

use crate::asked::day_field;

/// Whose event it is. One without an employee id gets one from its delivery, until HR completes the record.
pub(crate) fn employee_of(event: &Event) -> EmployeeId {
    if let Some(id) = &event.person.employee_id {
        return id.clone();
    }
    let digest = Sha256::digest(format!("{}\n{}", event.source, event.delivery_id));
    EmployeeId::stand_in(&hex::encode(digest))
}

/// What is known after the event. An older event fills gaps and overrides nothing.
pub(crate) fn merged(known: Option<&PersonRecord>, event: &Event) -> PersonDraft {
    let told = event.person.clone();
    let mut record = match known {
        None => told,
        Some(known) if known.as_of <= event.occurred_at => known.record.clone().updated_with(told),
        Some(known) => told.updated_with(known.record.clone()),
    };
    let zone = record.time_zone.as_deref();
    if zone.is_some_and(|name| TimeZone::get(name).is_err()) {
        tracing::warn!(
            "the HR system names a time zone that does not exist; the runbook's is used"
        );
        record.time_zone = None;
    }
    record
}

/// The person's time zone, or else the company's.
pub(crate) fn zone(record: &PersonDraft, runbook: &Runbook) -> TimeZone {
    runbook.zone_of(record.time_zone.as_deref())
}

/// The first day of the new state; `None` when it could not be read.
pub(crate) fn effective_of(event: &Event, record: &PersonDraft, runbook: &Runbook) -> Option<Date> {
    let not_read = |one: &Unread| one.field == day_field(event.kind);
    if event.person.unread.iter().any(not_read) {
        return None;
    }
    let today = event.occurred_at.to_zoned(zone(record, runbook)).date();
    event.effective.or(match event.kind {
        EventKind::Hire | EventKind::Rehire => record.start_date,
        EventKind::Exit => record.last_day,
        EventKind::UrgentExit | EventKind::Transfer => Some(today),
        EventKind::DateMoved => event.person.start_date.or(event.person.last_day),
        EventKind::Leave
        | EventKind::HireRescinded
        | EventKind::ExitWithdrawn
        | EventKind::Return => None,
    })
}

/// The record with the day of the event where the record keeps it.
pub(crate) fn dated(
    mut record: PersonDraft,
    kind: EventKind,
    effective: Option<Date>,
) -> PersonDraft {
    match kind {
        EventKind::Hire | EventKind::Rehire if effective.is_some() => record.start_date = effective,
        EventKind::Exit | EventKind::UrgentExit if effective.is_some() => {
            record.last_day = effective
        }
        EventKind::ExitWithdrawn => record.last_day = None,
        _ => {}
    }
    record
}

/// The complete person, or what is missing. An exit never waits for a complete record: access is taken by
/// the employee id, whatever else HR left out. Nor does a rescinded hire, which has no day of its own: `today` is its day.
pub(crate) fn person_of(
    kind: EventKind,
    employee: &EmployeeId,
    record: PersonDraft,
    effective: Option<Date>,
    today: Date,
) -> (Option<Person>, Vec<String>) {
    let day = match kind {
        EventKind::HireRescinded => Some(effective.unwrap_or(today)),
        _ => effective,
    };
    let exit = kind.takes_all() && record.employee_id.is_some() && day.is_some();
    let record = if exit { lenient(record, day) } else { record };
    let mut missing: Vec<String> = Vec::new();
    let needs_no_day = matches!(
        kind,
        EventKind::HireRescinded | EventKind::ExitWithdrawn | EventKind::Return
    );
    if effective.is_none() && !needs_no_day {
        missing.push(day_field(kind).to_owned());
    }
    let nameless =
        |name: &Option<String>| name.as_deref().is_some_and(|name| name.trim().is_empty());
    if !exit && nameless(&record.given_name) && nameless(&record.family_name) {
        missing.push("given name".to_owned());
    }
    match record.complete() {
        Ok(person) if missing.is_empty() => (
            Some(Person {
                employee_id: employee.clone(),
                ..person
            }),
            missing,
        ),
        Ok(_) => (None, missing),
        Err(lacks) => {
            let more: Vec<String> = lacks
                .0
                .into_iter()
                .map(str::to_owned)
                .filter(|m| !missing.contains(m))
                .collect();
            missing.extend(more);
            (None, missing)
        }
    }
}

/// An exit's record with gaps closed: an empty name matches no account, so such an exit looks for the
/// employee id alone.
fn lenient(record: PersonDraft, effective: Option<Date>) -> PersonDraft {
    let nothing = || Some(String::new());
    let floor = PersonDraft {
        given_name: nothing(),
        family_name: nothing(),
        department: nothing(),
        title: nothing(),
        employment_type: nothing(),
        country: nothing(),
        start_date: effective,
        ..PersonDraft::default()
    };
    PersonDraft {
        unread: Vec::new(),
        ..floor.updated_with(record)
    }
}
