//! What a change of a record means.

use jiff::{ToSpan, civil::Date};
use latchkey_lifecycle::{Event, EventKind, PersonDraft};

use crate::{Notice, normalise::is_unread};

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
    /// Whether somebody is employed.
    pub(crate) status: bool,
}

/// The events of a changed record.
///
/// - Who begins after their last day comes back: a rehire, and nothing else, since the record tells all of it.
/// - A last day appeared or moved: an exit. It went away: the exit is withdrawn.
/// - A last day to come, or that was not long ago, is an exit also where the vendor does not say that it changed: not
///   every change is told. The same exit again changes nothing.
/// - The start date changed: a moved date.
/// - What roles match on changed: a transfer on the day of the change. Before the person has started it is
///   the hire again, with the newer record; the same record has the same content key, so that the update
///   which vendors send right after a creation changes nothing.
pub(crate) fn events_of(notice: &Notice, touched: Touched, person: PersonDraft) -> Vec<Event> {
    let mut events = Vec::new();
    let day = notice.day();
    let (person, after_the_end) = of_this_spell(person);
    let start = person.start_date;
    let not_started = start.is_some_and(|start| start > day);
    // The last day went away, and another first one is there that has not been yet: nobody stays by that.
    let begins =
        start.is_some_and(|start| start >= day || (touched.status && is_new(Some(start), day)));
    let anew = touched.end && !ends(&person) && begins;
    if touched.start && (after_the_end || anew) {
        return vec![notice.event(EventKind::Rehire, start, person)];
    }
    if touched.start {
        events.push(notice.event(EventKind::DateMoved, start, person.clone()));
    }
    if touched.attributes && not_started {
        events.push(notice.event(EventKind::Hire, start, person.clone()));
    } else if touched.attributes {
        events.push(notice.event(EventKind::Transfer, Some(day), person.clone()));
    }
    if touched.end {
        let kind = match ends(&person) {
            true => EventKind::Exit,
            false => EventKind::ExitWithdrawn,
        };
        events.push(notice.event(kind, person.last_day, person));
    } else if person.last_day.is_some() && is_new(person.last_day, day) {
        events.extend(exit_of(notice, person));
    }
    events
}

/// The record without a last day that was before its first one, and whether there was one: who came back, or comes.
fn of_this_spell(mut person: PersonDraft) -> (PersonDraft, bool) {
    let before = person
        .last_day
        .is_some_and(|last| Some(last) < person.start_date);
    if before {
        person.last_day = None;
    }
    (person, before)
}

/// Whether the record has a last day, also one that cannot be read: HR is asked for it.
pub(crate) fn ends(person: &PersonDraft) -> bool {
    person.last_day.is_some() || is_unread(person, "last day")
}

/// Whether a first day is so recent, or to come, that somebody whom nobody knew is a hire; and a last day, that it may
/// still be news.
pub fn is_new(of: Option<Date>, day: Date) -> bool {
    let new_since = day.checked_sub(NEW_FOR_DAYS.days()).unwrap_or(day);
    of.is_none_or(|of| of >= new_since)
}

/// The events of a new record: a hire, and an exit when its last day is known already, as with a contract for some
/// months. Who has been here for long is not hired, and leaves all the same when a last day is to come.
pub(crate) fn events_of_new(notice: &Notice, ended: bool, person: PersonDraft) -> Vec<Event> {
    let day = notice.day();
    let (person, came_back) = of_this_spell(person);
    let left = ended || person.last_day.is_some_and(|last| last < day);
    if left {
        return Vec::new();
    }
    if !is_new(person.start_date, day) {
        return exit_of(notice, person).into_iter().collect();
    }
    let kind = match came_back {
        true => EventKind::Rehire,
        false => EventKind::Hire,
    };
    begins(notice, kind, person)
}

/// Somebody begins, and ends when their last day is known already.
pub(crate) fn begins(notice: &Notice, kind: EventKind, person: PersonDraft) -> Vec<Event> {
    let (person, _) = of_this_spell(person);
    let mut events = vec![notice.event(kind, person.start_date, person.clone())];
    events.extend(exit_of(notice, person));
    events
}

/// The exit that a record tells of by its last day.
fn exit_of(notice: &Notice, person: PersonDraft) -> Option<Event> {
    ends(&person).then(|| notice.event(EventKind::Exit, person.last_day, person))
}

/// The events of a record of which the vendor tells only that something changed.
///
/// - Before the first day it is the hire again, with the newer record and day; after it a transfer on the day of the
///   change. Intake drops a transfer that tells nothing new: [`Source::tells_what_changed`](crate::Source).
/// - A first day after the last one is a rehire; the same again changes nothing.
/// - A last day, or a status that ended, is an exit. The same exit again changes nothing.
///
/// A last day that went away cannot be seen in a record: to guess it would give access back.
pub(crate) fn events_of_record(notice: &Notice, ended: bool, person: PersonDraft) -> Vec<Event> {
    let day = notice.day();
    let mut events = Vec::new();
    let (person, came_back) = of_this_spell(person);
    let left = ended || person.last_day.is_some_and(|last| last < day);
    let to_come = person.start_date.is_some_and(|start| start > day);
    if !left && came_back && is_new(person.start_date, day) {
        events.push(notice.event(EventKind::Rehire, person.start_date, person.clone()));
    } else if !left && to_come {
        events.push(notice.event(EventKind::Hire, person.start_date, person.clone()));
    }
    if !left && !to_come {
        events.push(notice.event(EventKind::Transfer, Some(day), person.clone()));
    }
    if ended || ends(&person) {
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
        // Nobody told of them before they leave: the exit is not lost.
        assert_eq!(
            new("2020-01-01", Some("2026-12-18")),
            [(EventKind::Exit, "2026-12-18".into())]
        );
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

    fn touched(names: &str) -> Touched {
        Touched {
            start: names.contains("start"),
            end: names.contains("end"),
            attributes: names.contains("attributes"),
            status: names.contains("status"),
        }
    }

    #[test]
    fn who_begins_anew_comes_back_and_no_exit_is_withdrawn_by_it() {
        let changed = |names, start, last| {
            let events = events_of(&notice(), touched(names), person(start, last));
            (told(&events), events[0].person.last_day)
        };
        let back = |day: &str| (vec![(EventKind::Rehire, day.to_owned())], None);
        assert_eq!(
            changed("start end attributes status", "2026-12-21", None),
            back("2026-12-21")
        );
        assert_eq!(changed("start end", "2026-11-23", None), back("2026-11-23"));
        // HR enters it a day late: the status says so.
        assert_eq!(
            changed("start end status", "2026-11-20", None),
            back("2026-11-20")
        );
        assert_eq!(
            changed("start", "2026-12-21", Some("2026-11-20")),
            back("2026-12-21")
        );
        let (events, _) = changed("start end", "2026-11-20", None);
        let kinds: Vec<EventKind> = events.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [EventKind::DateMoved, EventKind::ExitWithdrawn]);
    }

    #[test]
    fn a_record_whose_first_day_is_after_its_last_one_is_of_somebody_who_comes_back() {
        let changed = |start, last| {
            told(&events_of_record(
                &notice(),
                false,
                person(start, Some(last)),
            ))
        };
        assert_eq!(
            changed("2026-12-21", "2026-11-20"),
            [(EventKind::Rehire, "2026-12-21".into())]
        );
        assert_eq!(
            changed("2026-11-20", "2026-10-30"),
            [
                (EventKind::Rehire, "2026-11-20".to_owned()),
                (EventKind::Transfer, "2026-11-23".to_owned())
            ]
        );
        assert_eq!(
            changed("2020-01-01", "2019-10-30"),
            [(EventKind::Transfer, "2026-11-23".into())]
        );
    }

    #[test]
    fn a_last_day_that_cannot_be_read_is_an_exit_and_withdraws_none() {
        let mut unread = person("2020-01-01", None);
        unread.unread = vec![latchkey_lifecycle::Unread {
            field: "last day".into(),
            place: "terminationDate".into(),
            wanted: "a day".into(),
        }];
        for events in [
            events_of(&notice(), touched("end"), unread.clone()),
            events_of_record(&notice(), true, unread),
        ] {
            let last = events.last().unwrap();
            assert_eq!((last.kind, last.effective), (EventKind::Exit, None));
        }
    }
}
