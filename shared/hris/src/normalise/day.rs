//! Days.

use jiff::civil::{Date, DateTime};

use super::words;

/// The form of a day that is wanted.
pub const DAY: &str = "a day like 2026-12-31, from 1900 to 2200";

/// Years in which something can happen to somebody who works.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// A day as `2026-12-07`, also with a time of day behind it; `None` when the text is blank, or the day that BambooHR
/// writes for none (`0000-00-00`).
///
/// # Errors
/// The form that is wanted.
pub fn day(text: &str) -> Result<Option<Date>, &'static str> {
    match written(text)? {
        None => Ok(None),
        Some(date) if YEARS.contains(&date.year()) => Ok(Some(date)),
        Some(_) => Err(DAY),
    }
}

/// A last day: one after every year in which something can happen (`9999-12-31`) is how HR systems write that there is
/// none.
pub(super) fn open_end(text: &str) -> Result<Option<Date>, &'static str> {
    match written(text)? {
        Some(date) if date.year() > *YEARS.end() => Ok(None),
        _ => day(text),
    }
}

fn written(text: &str) -> Result<Option<Date>, &'static str> {
    let Some(text) = words(text) else {
        return Ok(None);
    };
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let date = || text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let with_time = || {
        let (_, time) = (text.get(..10)?, text.get(10..)?);
        let is_time = time.starts_with(['T', 't', ' ']) && time.len() > 5;
        // The day where it was written: an offset behind it moves nothing.
        let local = text.get(..text.len().min(19)).filter(|_| is_time)?;
        local.parse::<DateTime>().ok().map(DateTime::date)
    };
    date().or_else(with_time).map(Some).ok_or(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_form_that_is_documented_and_in_no_other() {
        let seventh = Ok(Some(Date::constant(2026, 12, 7)));
        for text in [
            "2026-12-07",
            " 2026-12-07\u{a0}",
            "2026-12-07T00:00:00",
            "2026-12-07T00:00:00.000Z",
            "2026-12-07T00:00:00-08:00",
            "2026-12-07 00:00",
        ] {
            assert_eq!(day(text), seventh, "{text}");
        }
        for none in ["", "\u{3000}", "0000-00-00", "0000-00-00T00:00:00"] {
            assert_eq!(day(none), Ok(None), "{none}");
        }
        for wrong in [
            "12/14/2026",
            "soon",
            "2026-12-0\u{e9}",
            "2026-12-07x",
            "2026-13-07",
            "2026-02-30",
            "20261207",
            "7",
            "1899-12-31",
            "2201-01-01",
            "9999-12-31",
        ] {
            assert_eq!(day(wrong), Err(DAY), "{wrong}");
        }
    }
}
