//! Days and instants as pages show them: `Thu 3 Dec, 17:00`, in the company's time zone; `today` and `tomorrow` where it
//! is; the year only when it is another one.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::how_far;
use maud::{Markup, html};

use crate::sign_in::Signed;

/// An instant, for readers and for machines.
pub(crate) fn instant(signed: &Signed, at: Timestamp) -> Markup {
    let zone = signed.runbook.time_zone();
    html! { time datetime=(at.to_string()) { (in_words(at, signed.now, zone)) } }
}

/// How far an instant is: `in 2 days`, `18 hours ago`.
pub(crate) fn far(signed: &Signed, at: Timestamp) -> String {
    how_far(signed.now, at)
}

/// A day.
pub(crate) fn day(signed: &Signed, day: Date) -> Markup {
    let today = signed
        .now
        .to_zoned(signed.runbook.time_zone().clone())
        .date();
    html! { time datetime=(day.to_string()) { (day_in_words(day, today)) } }
}

/// The day of an instant, as short as a column of days wants it: `3 Dec`; the month and the year when it is another one.
pub(crate) fn short_day(signed: &Signed, at: Timestamp) -> Markup {
    let zone = signed.runbook.time_zone();
    let (there, now) = (at.to_zoned(zone.clone()), signed.now.to_zoned(zone.clone()));
    let form = if there.year() == now.year() {
        "%-d %b"
    } else {
        "%b %Y"
    };
    html! { time datetime=(at.to_string()) { (there.strftime(form).to_string()) } }
}

fn in_words(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    format!(
        "{}, {}",
        day_in_words(at.date(), now.date()),
        at.strftime("%H:%M")
    )
}

fn day_in_words(day: Date, today: Date) -> String {
    if day == today {
        return "today".to_owned();
    }
    if today.tomorrow().is_ok_and(|tomorrow| tomorrow == day) {
        return "tomorrow".to_owned();
    }
    if today.yesterday().is_ok_and(|yesterday| yesterday == day) {
        return "yesterday".to_owned();
    }
    let year = if day.year() == today.year() {
        ""
    } else {
        " %Y"
    };
    day.strftime(&format!("%a %-d %b{year}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_says_as_much_as_a_reader_needs() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-12-01T09:40:00Z".parse().unwrap();
        for (at, words) in [
            ("2026-12-01T11:00:00Z", "today, 12:00"),
            ("2026-12-01T23:30:00Z", "tomorrow, 00:30"),
            ("2026-11-30T16:00:00Z", "yesterday, 17:00"),
            ("2026-12-03T16:00:00Z", "Thu 3 Dec, 17:00"),
            ("2027-01-04T08:00:00Z", "Mon 4 Jan 2027, 09:00"),
        ] {
            assert_eq!(in_words(at.parse().unwrap(), now, &zone), words);
        }
    }
}
