//! Days that lie far away: most are right, and one that is a slip of the year acts at once, or never. Pure.

use jiff::{Span, civil::Date};
use latchkey_lifecycle::{Event, EventKind};

use crate::asked::is_far_ahead;

/// So many days back a day is told late as a rule, and nobody has to look.
const LATE_DAYS: i32 = 31;

/// What somebody should look at of an event's day: that it lies long back, and what follows.
pub fn long_past(event: &Event, today: Date) -> Option<String> {
    let day = event.effective?;
    let ago = today.since(day).ok()?.get_days();
    let which = day_of(event);
    (ago > LATE_DAYS)
        .then(|| format!("the {which}, {day}, is {ago} days ago: this takes effect at once"))
}

/// The same of a day that lies more than a year ahead: as a rule the year is a slip.
pub(crate) fn long_ahead(event: &Event, today: Date) -> Option<String> {
    let day = event.effective?;
    let next_year = today.checked_add(Span::new().years(1)).ok()?;
    let what = match is_far_ahead(day, today) {
        true => "more than two years ahead: HR is asked for the year before anything happens",
        false => "more than a year ahead: look whether the year is right",
    };
    (next_year < day).then(|| format!("the {}, {day}, is {what}", day_of(event)))
}

fn day_of(event: &Event) -> &'static str {
    match event.kind {
        EventKind::Exit | EventKind::UrgentExit => "last day",
        EventKind::Hire | EventKind::Rehire => "first day",
        _ => "day",
    }
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::PersonDraft;

    use super::*;

    fn event(kind: EventKind, day: Option<&str>) -> Event {
        Event {
            kind,
            source: "generic".to_owned(),
            delivery_id: "1".to_owned(),
            occurred_at: jiff::Timestamp::UNIX_EPOCH,
            effective: day.map(|day| day.parse().unwrap()),
            person: PersonDraft::default(),
            reason: None,
            confirmed_by: None,
        }
    }

    #[test]
    fn a_year_that_is_a_slip_is_told_and_a_day_within_a_year_is_not() {
        let today = Date::constant(2026, 11, 29);
        let said = |kind, day: &str| long_ahead(&event(kind, Some(day)), today);
        let told = said(EventKind::Hire, "2062-12-14").unwrap();
        let words = "the first day, 2062-12-14, is more than two years ahead: HR is asked for the year before anything happens";
        assert_eq!(told, words);
        let told = said(EventKind::Exit, "2027-12-14").unwrap();
        assert!(told.ends_with("more than a year ahead: look whether the year is right"));
        assert_eq!(said(EventKind::Hire, "2027-11-29"), None);
    }

    #[test]
    fn a_day_that_lies_long_back_is_told_and_one_that_is_told_late_is_not() {
        let today = Date::constant(2026, 11, 29);
        let said = |kind, day: Option<&str>| long_past(&event(kind, day), today);
        let told = said(EventKind::Exit, Some("2025-12-31")).unwrap();
        let words = "the last day, 2025-12-31, is 333 days ago: this takes effect at once";
        assert_eq!(told, words);
        let told = said(EventKind::Hire, Some("2026-10-28")).unwrap();
        let words = "the first day, 2026-10-28, is 32 days ago";
        assert!(told.starts_with(words), "{told}");
        for near in [Some("2026-10-29"), Some("2026-12-31"), None] {
            assert_eq!(said(EventKind::Exit, near), None);
        }
    }
}
