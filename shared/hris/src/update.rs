//! What a change of a record means.

use jiff::{ToSpan, civil::Date};
use latchkey_lifecycle::{Event, EventKind, PersonDraft};

use crate::Notice;

/// How long after the first day a new record is still a hire. The first run of an aggregator tells of everybody as new;
/// who is there already is taken over by `latchkey import`.
const NEW_FOR_DAYS: i64 = 60;

/// Why a new record is not a hire.
pub(crate) const NOT_NEW: &str = "the record is new, but the person started more than 60 days ago, or has left; take over \
                                  who is there already with `latchkey import`";

/// The parts of a record that a change touched, in our terms.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Touched {
    /// The start date.
    pub(crate) start: bool,
    /// The last day.
    pub(crate) end: bool,
    /// What roles match on, or the manager, or the name.
    pub(crate) attributes: bool,
}

/// The events of a changed record.
///
/// - A last day appeared or moved: an exit. It went away: the exit is withdrawn.
/// - The start date changed: a moved date.
/// - What roles match on changed: a transfer on the day of the change. Before the person has started it is
///   the hire again, with the newer record; the same record has the same content key, so that the update
///   which vendors send right after a creation changes nothing.
pub(crate) fn events_of(notice: &Notice, touched: Touched, person: PersonDraft) -> Vec<Event> {
    let mut events = Vec::new();
    let start = person.start_date;
    let not_started = start.is_some_and(|start| start > notice.day());
    if touched.start {
        events.push(notice.event(EventKind::DateMoved, start, person.clone()));
    }
    if touched.attributes && not_started {
        events.push(notice.event(EventKind::Hire, start, person.clone()));
    } else if touched.attributes {
        events.push(notice.event(EventKind::Transfer, Some(notice.day()), person.clone()));
    }
    if touched.end {
        let kind = match person.last_day {
            Some(_) => EventKind::Exit,
            None => EventKind::ExitWithdrawn,
        };
        events.push(notice.event(kind, person.last_day, person));
    }
    events
}

/// Whether a first day is so recent, or to come, that somebody whom nobody knew is a hire.
pub(crate) fn is_new(start: Option<Date>, day: Date) -> bool {
    let new_since = day.checked_sub(NEW_FOR_DAYS.days()).unwrap_or(day);
    start.is_none_or(|start| start >= new_since)
}

/// The events of a new record: a hire, and an exit when its last day is known already, as with a contract for some months.
pub(crate) fn events_of_new(notice: &Notice, ended: bool, person: PersonDraft) -> Vec<Event> {
    let day = notice.day();
    let left = ended || person.last_day.is_some_and(|last| last < day);
    if !is_new(person.start_date, day) || left {
        return Vec::new();
    }
    let mut events = vec![notice.event(EventKind::Hire, person.start_date, person.clone())];
    if person.last_day.is_some() {
        events.push(notice.event(EventKind::Exit, person.last_day, person));
    }
    events
}

/// The events of a record of which the vendor tells only that something changed.
///
/// - Before the first day it is the hire again, with the newer record and day; after it a transfer on the day of the
///   change. Intake drops a transfer that tells nothing new: [`Source::tells_what_changed`](crate::Source).
/// - A last day, or a status that ended, is an exit. The same exit again changes nothing.
///
/// A last day that went away cannot be seen in a record: to guess it would give access back.
pub(crate) fn events_of_record(notice: &Notice, ended: bool, person: PersonDraft) -> Vec<Event> {
    let day = notice.day();
    let mut events = Vec::new();
    let left = ended || person.last_day.is_some_and(|last| last < day);
    if !left && person.start_date.is_some_and(|start| start > day) {
        events.push(notice.event(EventKind::Hire, person.start_date, person.clone()));
    } else if !left {
        events.push(notice.event(EventKind::Transfer, Some(day), person.clone()));
    }
    if ended || person.last_day.is_some() {
        events.push(notice.event(EventKind::Exit, person.last_day, person));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecordRequest;

    fn notice() -> Notice {
        let employee_id: latchkey_lifecycle::EmployeeId = "1042".parse().unwrap();
        Notice {
            source: "merge".into(),
            delivery_id: "1".into(),
            occurred_at: "2026-11-23T07:00:00Z".parse().unwrap(),
            employee_id: employee_id.clone(),
            change: "changed".into(),
            changed_fields: Vec::new(),
            request: RecordRequest {
                source: "merge".into(),
                employee_id,
                method: "GET".into(),
                path: "/".into(),
                query: Vec::new(),
                headers: Vec::new(),
                body: None,
                also: Vec::new(),
                list: false,
            },
        }
    }

    fn person(start: &str, last: Option<&str>) -> PersonDraft {
        PersonDraft {
            start_date: start.parse().ok(),
            last_day: last.and_then(|day| day.parse().ok()),
            ..PersonDraft::default()
        }
    }

    fn told(events: &[Event]) -> Vec<(EventKind, String)> {
        let day = |event: &Event| event.effective.map_or_else(String::new, |d| d.to_string());
        events.iter().map(|e| (e.kind, day(e))).collect()
    }

    #[test]
    fn a_new_record_is_a_hire_unless_the_person_is_there_already() {
        let new = |start, last| told(&events_of_new(&notice(), false, person(start, last)));
        assert_eq!(
            new("2026-12-07", None),
            [(EventKind::Hire, "2026-12-07".into())]
        );
        assert_eq!(new("", None), [(EventKind::Hire, String::new())]);
        assert_eq!(
            new("2026-09-24", None),
            [(EventKind::Hire, "2026-09-24".into())]
        );
        assert!(new("2026-09-23", None).is_empty());
        assert!(new("2026-11-02", Some("2026-11-20")).is_empty());
        assert!(events_of_new(&notice(), true, person("2026-12-07", None)).is_empty());
        let both = [
            (EventKind::Hire, "2026-12-07".to_owned()),
            (EventKind::Exit, "2027-05-31".to_owned()),
        ];
        assert_eq!(new("2026-12-07", Some("2027-05-31")), both);
    }

    #[test]
    fn a_changed_record_tells_what_it_can() {
        let changed =
            |ended, start, last| told(&events_of_record(&notice(), ended, person(start, last)));
        assert_eq!(
            changed(false, "2026-12-07", None),
            [(EventKind::Hire, "2026-12-07".into())]
        );
        assert_eq!(
            changed(false, "2020-01-01", None),
            [(EventKind::Transfer, "2026-11-23".into())]
        );
        assert_eq!(
            changed(true, "2020-01-01", None),
            [(EventKind::Exit, String::new())]
        );
        assert_eq!(
            changed(false, "2020-01-01", Some("2026-11-20")),
            [(EventKind::Exit, "2026-11-20".into())]
        );
        let both = [
            (EventKind::Transfer, "2026-11-23".to_owned()),
            (EventKind::Exit, "2026-12-18".to_owned()),
        ];
        assert_eq!(changed(false, "2020-01-01", Some("2026-12-18")), both);
    }
}
