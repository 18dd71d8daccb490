//! Days that lie far away: most are right, and one that is a slip of the year acts at once, or never. Pure.

use jiff::{Span, civil::Date};
use latchkey_lifecycle::{Event, EventKind};

/// So many days back a day is told late as a rule, and nobody has to look.
const LATE_DAYS: i32 = 31;

/// What somebody should look at of an event's day: that it lies long back, and what follows.
pub fn long_past(event: &Event, today: Date) -> Option<String> {
    let day = event.effective?;
    let ago = today.since(day).ok()?.get_days();
    let which = match event.kind {
        EventKind::Exit | EventKind::UrgentExit => "last day",
        EventKind::Hire | EventKind::Rehire => "first day",
        _ => "day",
    };
    (ago > LATE_DAYS)
        .then(|| format!("the {which}, {day}, is {ago} days ago: this takes effect at once"))
}

/// What is wrong with a day that HR fills in on a page without a second look: nobody is hired or leaves so far ahead.
pub(crate) fn far_ahead(day: Date, today: Date) -> Option<String> {
    let latest = today.checked_add(Span::new().years(2)).ok()?;
    (day > latest).then(|| {
        format!("{day} is more than two years ahead. Check the year; if it is meant, have the HR system send it: you are asked then")
    })
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::PersonDraft;

    use super::*;

    #[test]
    fn a_day_that_lies_long_back_is_told_and_one_that_is_told_late_is_not() {
        let today = Date::constant(2026, 11, 29);
        let said = |kind, day: Option<&str>| {
            let event = Event {
                kind,
                source: "generic".to_owned(),
                delivery_id: "1".to_owned(),
                occurred_at: jiff::Timestamp::UNIX_EPOCH,
                effective: day.map(|day| day.parse().unwrap()),
                person: PersonDraft::default(),
                reason: None,
                confirmed_by: None,
            };
            long_past(&event, today)
        };
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
