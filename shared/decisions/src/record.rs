//! What is known of a person after an event, to tell whether it is news. Pure.

use jiff::civil::Date;
use latchkey_ledger::PersonRecord;
use latchkey_lifecycle::{Event, EventKind, PersonDraft};

/// What is known after the event. An older event fills gaps and overrides nothing.
pub(crate) fn merged(known: Option<&PersonRecord>, event: &Event) -> PersonDraft {
    let told = event.person.clone();
    match known {
        None => told,
        Some(known) if known.as_of <= event.occurred_at => known.record.clone().updated_with(told),
        Some(known) => told.updated_with(known.record.clone()),
    }
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
