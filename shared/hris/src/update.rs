//! What a change of a record means, for vendors that tell which fields changed.

use latchkey_lifecycle::{Event, EventKind, PersonDraft};

use crate::Notice;

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
