//! Days as spreadsheets write them. What can be only one day is that day; what could be two is asked.

use jiff::{ToSpan, civil::Date};
use latchkey_sheet::shown;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The day before the first that a spreadsheet counts, and the two that it counts too much.
const EPOCH: Date = Date::constant(1899, 12, 30);

/// Reads a day.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let quoted = shown(text);
    let none = || format!("`{quoted}` is no day; write it like 2026-12-31");
    let written = without_time(text);
    let parts: Vec<&str> = written
        .split(['/', '.', '-', ' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let numbers: Vec<Option<i16>> = parts.iter().map(|part| number(part)).collect();
    let date = |year: i16, month: i16, day: i16| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Date::new(year, month, day).ok()
    };
    let long = |n: usize| parts.get(n).is_some_and(|part| part.len() == 4);
    let read = match numbers.as_slice() {
        [Some(year), Some(month), Some(day)] if long(0) => date(*year, *month, *day),
        // With dots the day comes first, wherever days are written so.
        [Some(day), Some(month), Some(year)] if long(2) && written.contains('.') => {
            date(*year, *month, *day)
        }
        [Some(first), Some(second), Some(year)] if long(2) => {
            let ways = [date(*year, *second, *first), date(*year, *first, *second)];
            match ways {
                [Some(one), Some(other)] if one != other => {
                    return Err(format!(
                        "`{quoted}` can be {one} or {other}; write the one that is meant so"
                    ));
                }
                [one, other] => one.or(other),
            }
        }
        [Some(day), None, Some(year)] if long(2) => date(*year, month(parts[1]), *day),
        [None, Some(day), Some(year)] if long(2) => date(*year, month(parts[0]), *day),
        [Some(_), _, Some(year)] if !long(0) && (0..100).contains(year) => {
            return Err(format!(
                "`{quoted}` has a year of two digits; write the day like 2026-12-31"
            ));
        }
        [Some(_)] if written.len() == 8 => together(written),
        [Some(_)] => return Err(counted(written).unwrap_or_else(none)),
        _ => None,
    };
    read.ok_or_else(none)
}

/// A day has the time of day behind it where a program wrote it.
fn without_time(text: &str) -> &str {
    let Some((before, _)) = text.split_once(':') else {
        return text;
    };
    let day = before.trim_end_matches(|c: char| c.is_ascii_digit());
    day.trim_end_matches([' ', 'T'])
}

fn number(part: &str) -> Option<i16> {
    // A number that is too long for a day is none of its parts.
    let digits = part.chars().all(|c| c.is_ascii_digit());
    digits.then(|| part.parse().unwrap_or(i16::MAX))
}

/// The month of an English name; none is nought.
fn month(name: &str) -> i16 {
    let name = name.to_lowercase();
    let found = MONTHS.iter().position(|month| name.starts_with(month));
    found
        .and_then(|n| i16::try_from(n + 1).ok())
        .unwrap_or_default()
}

/// `20261231`.
fn together(text: &str) -> Option<Date> {
    let (year, rest) = (text.get(..4)?, text.get(4..)?);
    format!("{year}-{}-{}", rest.get(..2)?, rest.get(2..)?)
        .parse()
        .ok()
}

/// A number of days, where the column was not a date: not every spreadsheet counts from the same one.
fn counted(text: &str) -> Option<String> {
    let days: i32 = text
        .parse()
        .ok()
        .filter(|days| (10_000..100_000).contains(days))?;
    let day = EPOCH.checked_add(days.days()).ok()?;
    Some(format!(
        "`{text}` is a day as a spreadsheet counts it, most likely {day}; format the column as a date, like 2026-12-31"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_only_one_day_is_that_day() {
        for (text, day) in [
            ("2026-12-14", "2026-12-14"),
            ("2026/12/14", "2026-12-14"),
            ("2026-3-4", "2026-03-04"),
            ("20261214", "2026-12-14"),
            ("2026-12-14T00:00:00", "2026-12-14"),
            ("2026-12-14 00:00", "2026-12-14"),
            ("31.12.2026", "2026-12-31"),
            ("3.4.2026", "2026-04-03"),
            ("31.12.2026 00:00:00", "2026-12-31"),
            ("14/12/2026", "2026-12-14"),
            ("12/14/2026", "2026-12-14"),
            ("12/14/2026 12:00:00 AM", "2026-12-14"),
            ("14-12-2026", "2026-12-14"),
            ("05/05/2026", "2026-05-05"),
            ("14-Dec-2026", "2026-12-14"),
            ("14 December 2026", "2026-12-14"),
            ("Dec 14, 2026", "2026-12-14"),
        ] {
            assert_eq!(
                super::day(text).map(|d| d.to_string()),
                Ok(day.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_can_be_two_days_or_none_is_asked() {
        let both = "`03/04/2026` can be 2026-04-03 or 2026-03-04; write the one that is meant so";
        assert_eq!(day("03/04/2026").unwrap_err(), both);
        assert!(day("14.12.26").unwrap_err().contains("two digits"));
        assert!(day("12/14/26").unwrap_err().contains("two digits"));
        assert!(day("46370").unwrap_err().contains("most likely 2026-12-14"));
        for text in [
            "soon",
            "2026-13-07",
            "31/02/2026",
            "2026",
            "1",
            "2026-12",
            "99999999999999",
            "-",
            "14/Foo/2026",
            "31.02.2026",
        ] {
            let told = format!("`{text}` is no day; write it like 2026-12-31");
            assert_eq!(day(text), Err(told));
        }
    }
}
