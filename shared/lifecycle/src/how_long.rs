//! Instants and lengths of time, as people say them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// A twelfth of a year.
const MONTH: i64 = 365 * DAY / 12;

/// A length of time for people to read, rounded as docs/PAGES.md says: "45 seconds", "20 minutes", "an hour and 30
/// minutes", "5 hours", "3 days", "4 weeks", "6 months". At least a second.
pub fn how_long(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(1);
    let rounded = |unit: i64| (seconds + unit / 2) / unit;
    match seconds {
        ..MINUTE => many(seconds, "a second", "seconds"),
        MINUTE..3570 => many(rounded(MINUTE), "a minute", "minutes"),
        // Neither "an hour" nor "2 hours" is near enough to a meeting in 90 minutes.
        3570..10_770 => {
            let minutes = rounded(MINUTE);
            let hours = many(minutes / 60, "an hour", "hours");
            match minutes % 60 {
                0 => hours,
                over => format!("{hours} and {}", many(over, "a minute", "minutes")),
            }
        }
        _ if rounded(HOUR) < 36 => many(rounded(HOUR), "an hour", "hours"),
        _ if rounded(DAY) < 21 => many(rounded(DAY), "a day", "days"),
        _ if rounded(WEEK) < 13 => many(rounded(WEEK), "a week", "weeks"),
        _ => many(rounded(MONTH), "a month", "months"),
    }
}

fn many(count: i64, one: &str, many: &str) -> String {
    match count {
        1 => one.to_owned(),
        _ => format!("{count} {many}"),
    }
}

/// An instant for people to read, in a time zone, with its abbreviation: "Mon 7 Dec 2026, 09:00 CET".
pub fn instant_in_words(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%a %-d %b %Y, %H:%M %Z")
        .to_string()
}

/// The same with how far it is: "Mon 7 Dec 2026, 09:00 CET (in 2 days)".
pub fn instant_and_how_far(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    format!("{} ({})", instant_in_words(at, zone), how_far(now, at))
}

/// How far an instant is, for people to read: "in 2 days", "3 hours ago", "now".
pub fn how_far(now: Timestamp, at: Timestamp) -> String {
    let away = at.duration_since(now);
    if away.abs() < SignedDuration::from_mins(1) {
        "now".to_owned()
    } else if away.is_positive() {
        format!("in {}", how_long(away))
    } else {
        format!("{} ago", how_long(away.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_an_instant_is_says_on_which_side() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        for (at, words) in [
            ("2026-11-25T08:00:00Z", "in 2 days"),
            ("2026-11-23T05:00:00Z", "3 hours ago"),
            ("2026-11-23T08:00:30Z", "now"),
        ] {
            assert_eq!(how_far(now, at.parse().unwrap()), words);
        }
    }

    #[test]
    fn an_instant_names_its_time_zone_and_says_how_far_it_is() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let at = "2026-11-25T08:00:00Z".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (zone, words) in [
            (&berlin, "Wed 25 Nov 2026, 09:00 CET (in 2 days)"),
            (&TimeZone::UTC, "Wed 25 Nov 2026, 08:00 UTC (in 2 days)"),
        ] {
            assert_eq!(instant_and_how_far(at, zone, now), words);
        }
    }

    #[test]
    fn lengths_are_said_as_people_say_them() {
        for (seconds, words) in [
            (-5, "a second"),
            (1, "a second"),
            (59, "59 seconds"),
            (60, "a minute"),
            (89, "a minute"),
            (1166, "19 minutes"),
            (3569, "59 minutes"),
            (3600, "an hour"),
            (3660, "an hour and a minute"),
            (5400, "an hour and 30 minutes"),
            (7080, "an hour and 58 minutes"),
            (7190, "2 hours"),
            (10_500, "2 hours and 55 minutes"),
            (10_769, "2 hours and 59 minutes"),
            (10_770, "3 hours"),
            (86_400, "24 hours"),
            (35 * 3600, "35 hours"),
            (36 * 3600, "2 days"),
            (172_800, "2 days"),
            (20 * 86_400, "20 days"),
            (21 * 86_400, "3 weeks"),
            (180 * 86_400, "6 months"),
            (730 * 86_400, "24 months"),
        ] {
            assert_eq!(
                how_long(SignedDuration::from_secs(seconds)),
                words,
                "{seconds}"
            );
        }
    }
}
