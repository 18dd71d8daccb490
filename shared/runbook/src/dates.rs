//! When a line's tasks open, are due, and are chased.

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{Checkpoints, Window};

use crate::{
    calendar::Calendar,
    runbook::Line,
    window::{Edge, Moment},
};

/// The window and the checkpoints of a line.
pub(crate) fn dates(line: &Line, moment: &Moment<'_>, at_once: bool) -> (Window, Checkpoints) {
    let opens = line.opens.resolve(moment, Edge::Opens);
    let due = line.due.resolve(moment, Edge::Due).max(opens);
    let opens = if at_once {
        moment.confirmed.min(opens)
    } else {
        opens
    };
    let length = due.duration_since(opens);
    let remind = match line.remind {
        Some(phrase) => phrase.resolve(moment, Edge::Opens),
        None => default_reminder(opens, due, moment.calendar, moment),
    };
    let escalate = match line.escalate {
        Some(phrase) => phrase.resolve(moment, Edge::Due),
        None => default_escalation(due, length, moment),
    };
    let checkpoints = Checkpoints {
        remind: remind.clamp(opens, due),
        escalate: escalate.max(due),
    };
    (Window { opens, due }, checkpoints)
}

/// The start of the working day before it is due; half-way in a window that is shorter than that.
fn default_reminder(
    opens: Timestamp,
    due: Timestamp,
    calendar: &Calendar,
    moment: &Moment<'_>,
) -> Timestamp {
    let day = due.to_zoned(moment.zone.clone()).date();
    let before = calendar.working_days_from(day, -1, moment.country);
    let morning = crate::calendar::instant(before, calendar.opens(), moment.zone);
    if morning > opens {
        return morning;
    }
    let half = due.duration_since(opens) / 2;
    opens.saturating_add(half).unwrap_or(due)
}

/// A working day after it was due; for a window of less than a day, as long again as the window.
pub(crate) fn default_escalation(
    due: Timestamp,
    length: SignedDuration,
    moment: &Moment<'_>,
) -> Timestamp {
    if length < SignedDuration::from_hours(24) {
        let again = length.max(SignedDuration::from_mins(5));
        return due.saturating_add(again).unwrap_or(Timestamp::MAX);
    }
    let local = due.to_zoned(moment.zone.clone());
    let next = moment
        .calendar
        .working_days_from(local.date(), 1, moment.country);
    crate::calendar::instant(next, local.time(), moment.zone)
}
