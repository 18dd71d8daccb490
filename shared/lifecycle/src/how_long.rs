//! Instants and lengths of time, as people say them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A length of time for people to read, rounded: "45 seconds", "20 minutes", "an hour", "3 days". At least a second.
pub fn how_long(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(1);
    let rounded = |unit: i64| (seconds + unit / 2) / unit;
    let (count, one, many) = match seconds {
        ..60 => (seconds, "a second", "seconds"),
        3570..3630 => (1, "an hour", "hours"),
        // An hour and a half is better said in minutes, and a day and a half in hours.
        60..3570 | 3630..7170 => (rounded(60), "a minute", "minutes"),
        7170..171_000 => (rounded(3600), "an hour", "hours"),
        _ => (rounded(86_400), "a day", "days"),
    };
    if count == 1 {
        one.to_owned()
    } else {
        format!("{count} {many}")
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
            (5400, "90 minutes"),
            (7169, "119 minutes"),
            (7170, "2 hours"),
            (86_400, "24 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(
                how_long(SignedDuration::from_secs(seconds)),
                words,
                "{seconds}"
            );
        }
    }
}
