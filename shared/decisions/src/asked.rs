//! What HR is asked about an event: values that could not be read, and days that are far ahead. Pure.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{Event, EventKind, Unread};
use latchkey_runbook::Runbook;

/// How far ahead a day may be: one that is further ahead is a typing error more often than not.
const AHEAD_YEARS: i32 = 2;

/// The field that an event's day is in.
pub(crate) fn day_field(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Hire | EventKind::Rehire | EventKind::DateMoved => Unread::START_DATE,
        EventKind::Exit | EventKind::UrgentExit => Unread::LAST_DAY,
        _ => Unread::EFFECTIVE_DATE,
    }
}

/// What an event tells, in the runbook's words. What could not be read waits with a hire, a rehire and a transfer; of
/// any other event only its day has to be known, and the last day is told by an exit.
pub(crate) fn heard(mut event: Event, runbook: &Runbook) -> Event {
    event.person = runbook.in_its_words(event.person);
    let zone = event.person.time_zone.as_deref();
    if zone.is_some_and(|name| TimeZone::get(name).is_err()) {
        tracing::warn!(
            "the HR system names a time zone that does not exist; the runbook's is used"
        );
        event.person.time_zone = None;
    }
    let kind = event.kind;
    event.person.unread.retain(|one| match one.field.as_str() {
        Unread::LAST_DAY => matches!(kind, EventKind::Exit | EventKind::UrgentExit),
        Unread::START_DATE => kind.joins() || kind == EventKind::DateMoved,
        _ => kind.joins() || kind == EventKind::Transfer,
    });
    event
}

/// Whether a day is so far ahead that HR has to say once more that it is meant, unless a case has it already.
pub(crate) fn is_far_ahead(day: Date, today: Date) -> bool {
    day > today.saturating_add(AHEAD_YEARS.years())
}

/// What HR is asked about a day that is far ahead.
pub(crate) fn far_ahead(kind: EventKind, day: Date) -> Unread {
    Unread {
        field: day_field(kind).to_owned(),
        place: "the day of the event".to_owned(),
        wanted: format!(
            "at most two years ahead, and {day} is further; write it again when it is meant"
        ),
    }
}
