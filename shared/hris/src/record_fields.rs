//! Reading vendors' values: loosely, so that one odd value leaves one part absent and drops nothing.

use jiff::{Timestamp, civil, civil::Date, tz::TimeZone};
use latchkey_lifecycle::EmployeeId;
use serde_json::Value;

use crate::Refusal;

/// A text, trimmed; numbers as they are written. `None` for null, empty, and anything else.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim())
            .filter(|t| !t.is_empty())
            .map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A date as `2026-12-07`, also as the first part of a date-time. BambooHR writes an absent date as
/// `0000-00-00`, which is none.
pub(crate) fn date(value: &Value) -> Option<Date> {
    value
        .as_str()?
        .trim()
        .get(..10)?
        .parse()
        .ok()
        .filter(|date: &Date| date.year() > 0)
}

/// An instant in UTC: RFC 3339, also with an offset without colon (BambooHR), or without any offset (HiBob),
/// which is then UTC.
pub(crate) fn instant(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    value.parse::<Timestamp>().ok().or_else(|| {
        let local: civil::DateTime = value.parse().ok()?;
        local
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

/// An employee id; `None` when the value cannot be one.
pub(crate) fn employee_id(value: &Value) -> Option<EmployeeId> {
    EmployeeId::new(text(value)?).ok()
}

/// The employee id of a payload, checked to be safe within an address path.
pub(crate) fn id_for_path(
    source_name: &'static str,
    place: &str,
    value: &Value,
) -> Result<EmployeeId, Refusal> {
    employee_id(value)
        .filter(|id| {
            id.as_str()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        })
        .ok_or_else(|| Refusal::Unreadable {
            source_name,
            problem: format!("`{place}` has to be an id of letters, digits, - and _"),
        })
}

/// The employment type in the runbook's words, from how HR systems' accounts usually name it. What is not
/// recognised stays as HR writes it, in lower case, for the runbook to match.
pub(crate) fn employment_type(words: &str) -> String {
    let words = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["contractor", "freelance"]) {
        "contractor".into()
    } else if has(&["intern", "trainee"]) {
        "intern".into()
    } else if has(&[
        "full-time",
        "full time",
        "part-time",
        "part time",
        "permanent",
        "employee",
    ]) {
        "employee".into()
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_dates_are_absent_in_every_spelling() {
        for absent in [
            json!(null),
            json!(""),
            json!("0000-00-00"),
            json!("soon"),
            json!(7),
        ] {
            assert_eq!(date(&absent), None, "{absent}");
        }
        assert_eq!(
            date(&json!("2026-12-07")),
            Some(Date::constant(2026, 12, 7))
        );
        assert_eq!(
            date(&json!("2026-12-07T00:00:00")),
            Some(Date::constant(2026, 12, 7))
        );
        // A cut within a character is no panic.
        assert_eq!(date(&json!("2026-12-0é")), None);
    }

    #[test]
    fn instants_are_read_in_the_spellings_of_the_vendors() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for spelling in [
            "2026-11-23T12:00:00Z",
            "2026-11-23T12:00:00+0000",
            "2026-11-23T13:00:00+01:00",
            "2026-11-23T12:00:00.000000",
        ] {
            assert_eq!(instant(spelling), Some(noon), "{spelling}");
        }
        assert_eq!(instant("yesterday"), None);
    }

    #[test]
    fn employment_types_become_the_runbooks_words() {
        for (words, expected) in [
            ("Full-Time", "employee"),
            ("Part time", "employee"),
            ("Independent Contractor", "contractor"),
            ("Internship", "intern"),
            ("Werkstudent", "werkstudent"),
        ] {
            assert_eq!(employment_type(words), expected);
        }
    }
}
