//! Days and lengths of time, as people write them in choices.

use jiff::{
    SignedDuration,
    civil::{Date, Weekday},
};

use crate::choices::Parsed;

pub(crate) fn date_of(text: &str) -> Parsed<Date> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a day; write 2026-12-08"))
}

pub(crate) fn weekday_of(text: &str) -> Option<Weekday> {
    let all = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let known = all
        .iter()
        .find(|(name, _)| text.len() >= 3 && name.starts_with(text));
    known.map(|(_, weekday)| *weekday)
}

pub(crate) fn length_of(words: &[&str]) -> Parsed<SignedDuration> {
    let wrong = || {
        format!(
            "`{}` is not a length; write `3 days`, `a week`, `2 hours` or `30 minutes`",
            words.join(" ")
        )
    };
    let [count, unit] = words else {
        return Err(wrong());
    };
    let count = match *count {
        "a" | "an" | "one" => 1,
        "two" => 2,
        "three" => 3,
        number => number.parse::<i64>().map_err(|_| wrong())?,
    };
    let minutes = match unit.trim_end_matches('s') {
        "minute" => 1,
        "hour" => 60,
        "day" => 24 * 60,
        "week" => 7 * 24 * 60,
        _ => return Err(wrong()),
    };
    let most = 10 * 366 * 24 * 60;
    let total = count
        .checked_mul(minutes)
        .filter(|m| (1..=most).contains(m));
    total.map(SignedDuration::from_mins).ok_or_else(wrong)
}

pub(crate) fn days_of(words: &[&str]) -> Parsed<i64> {
    let days = length_of(words)?.as_hours() / 24;
    if days < 1 {
        return Err("a date moves by whole days or weeks".to_owned());
    }
    Ok(days)
}
