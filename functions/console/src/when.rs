//! Days and instants as pages show them: `Thu 3 Dec, 17:00`, in the company's time zone; `today` and `tomorrow` where it
//! is; the year only when it is another one.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::how_far;
use maud::{Markup, html};

use crate::sign_in::Signed;

/// An instant, for readers and for machines.
pub(crate) fn instant(signed: &Signed, at: Timestamp) -> Markup {
    let zone = signed.runbook.time_zone();
    html! { time datetime=(at.to_string()) { (in_words(at, signed.now, zone)) } }
}

/// How far an instant is: `in 2 days`, `18 hours ago`. From 36 hours on by the days of the company's
/// calendar, as days are counted elsewhere on the page.
pub(crate) fn far(signed: &Signed, at: Timestamp) -> String {
    far_in_words(signed.now, at, signed.runbook.time_zone())
}

/// How late it is: `18 hours late`.
pub(crate) fn late(signed: &Signed, due: Timestamp) -> String {
    match far(signed, due).strip_suffix(" ago") {
        Some(length) => format!("{length} late"),
        None => "late".to_owned(),
    }
}

fn far_in_words(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let hours = at.duration_since(now).abs() < SignedDuration::from_hours(36);
    let days = day(now).until(day(at)).ok().filter(|_| !hours);
    let days = days.and_then(|days| days_in_words(days.get_days()));
    days.unwrap_or_else(|| how_far(now, at))
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

/// How far a day is, where more is to be said than `today` and `tomorrow`: `in 6 days`, `3 weeks ago`.
pub(crate) fn far_day(signed: &Signed, day: Date) -> Option<String> {
    let zone = signed.runbook.time_zone();
    let today = signed.now.to_zoned(zone.clone()).date();
    days_in_words(today.until(day).ok()?.get_days())
}

fn days_in_words(days: i32) -> Option<String> {
    let length = match days.unsigned_abs() {
        0 | 1 => return None,
        near @ 2..=20 => format!("{near} days"),
        far @ 21..=89 => format!("{} weeks", far / 7),
        far => format!("{} months", far / 30),
    };
    Some(match days > 0 {
        true => format!("in {length}"),
        false => format!("{length} ago"),
    })
}

/// An instant to the second: for how fast a machine was. The day only where it is not today.
pub(crate) fn to_the_second(signed: &Signed, at: Timestamp) -> Markup {
    let zone = signed.runbook.time_zone();
    let (local, now) = (at.to_zoned(zone.clone()), signed.now.to_zoned(zone.clone()));
    let time = local.strftime("%H:%M:%S");
    let words = match local.date() == now.date() {
        true => time.to_string(),
        false => format!("{}, {time}", day_in_words(local.date(), now.date())),
    };
    html! { time datetime=(at.to_string()) { (words) } }
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
    fn a_day_says_how_far_it_is_where_it_is_not_next_to_today() {
        for (days, words) in [
            (0, None),
            (-1, None),
            (2, Some("in 2 days")),
            (-20, Some("20 days ago")),
            (21, Some("in 3 weeks")),
            (-100, Some("3 months ago")),
        ] {
            assert_eq!(days_in_words(days).as_deref(), words);
        }
    }

    #[test]
    fn an_instant_is_as_far_as_its_day() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-30T17:00:00Z".parse().unwrap();
        for (at, words) in [
            ("2026-12-14T08:00:00Z", "in 14 days"),
            ("2026-12-01T20:00:00Z", "in 27 hours"),
            ("2026-11-25T16:00:00Z", "5 days ago"),
            ("2026-12-02T08:00:00Z", "in 2 days"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(far_in_words(now, at, &zone), words);
            let day = at.to_zoned(zone.clone()).date();
            let days = now.to_zoned(zone.clone()).date().until(day).unwrap();
            let days = days_in_words(days.get_days());
            assert!(days.is_none() || days.as_deref() == Some(words), "{days:?}");
        }
    }

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
