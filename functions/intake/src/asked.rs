//! What HR is asked about an event: values that could not be read, and days that are far ahead. Pure.

use jiff::{ToSpan, civil::Date};
use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, Event, EventKind, PersonDraft, Unread};
use latchkey_runbook::Runbook;

/// The fields that are days, as people say them.
const START_DATE: &str = "start date";
const LAST_DAY: &str = "last day";
const EFFECTIVE_DATE: &str = "effective date";

/// How far ahead a day may be: one that is further ahead is a typing error more often than not.
const AHEAD_YEARS: i32 = 2;

/// The field that an event's day is in.
pub(crate) fn day_field(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Hire | EventKind::Rehire | EventKind::DateMoved => START_DATE,
        EventKind::Exit | EventKind::UrgentExit => LAST_DAY,
        _ => EFFECTIVE_DATE,
    }
}

/// What an event tells, in the runbook's words. What could not be read waits with a hire, a rehire and a transfer; of any other event
/// only its day has to be known, and the last day is told by an exit.
pub(crate) fn heard(mut event: Event, runbook: &Runbook) -> Event {
    event.person = runbook.in_its_words(event.person);
    let kind = event.kind;
    event.person.unread.retain(|one| match one.field.as_str() {
        LAST_DAY => matches!(kind, EventKind::Exit | EventKind::UrgentExit),
        START_DATE => kind.joins() || kind == EventKind::DateMoved,
        _ => kind.joins() || kind == EventKind::Transfer,
    });
    event
}

/// What an event tells, without what could not be read.
pub(crate) fn readable(event: &Event) -> PersonDraft {
    PersonDraft {
        unread: Vec::new(),
        ..event.person.clone()
    }
}

/// What an incomplete case asks for, and the event does not say, either. A day is asked for as long as it is missing.
pub(crate) fn still_asked(case: &Case, told: &PersonDraft, record: &PersonDraft) -> Vec<Unread> {
    let said = |one: &Unread| {
        told.knows(&one.field) || record.unread.iter().any(|other| other.field == one.field)
    };
    let is_day =
        |one: &Unread| matches!(one.field.as_str(), START_DATE | LAST_DAY | EFFECTIVE_DATE);
    let asked = case.unread.iter().filter(|one| !is_day(one) && !said(one));
    asked.cloned().collect()
}

/// Whether HR has to say once more that the day is meant: it is far ahead, and no case has it yet.
pub(crate) fn is_far_ahead(day: Option<Date>, today: Date, cases: &[Row<Case>]) -> bool {
    let furthest = today.saturating_add(AHEAD_YEARS.years());
    let known = cases.iter().any(|row| row.item.effective == day);
    day.is_some_and(|day| day > furthest) && !known
}

/// What HR is asked about a day that is far ahead.
pub(crate) fn far_ahead(kind: EventKind) -> Unread {
    Unread {
        field: day_field(kind).to_owned(),
        place: "the day of the event".to_owned(),
        wanted: "at most two years ahead; write it again when it is meant".to_owned(),
    }
}
