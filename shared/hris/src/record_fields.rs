//! Instants and ids, as vendors write them.

use jiff::{Timestamp, civil, civil::Date, tz::TimeZone};
use latchkey_lifecycle::EmployeeId;
use serde_json::Value;

use crate::{
    Refusal,
    normalise::{self, ID, day, text},
};

/// A day, where it only decides which part of a record is the newest.
pub(crate) fn date(value: &Value) -> Option<Date> {
    day(value.as_str()?).ok().flatten()
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

/// An instant in UTC that says itself where it is: RFC 3339, with an offset.
pub(crate) fn zoned_instant(value: &str) -> Option<Timestamp> {
    value.trim().parse().ok()
}

/// An employee id; `None` when the value cannot be one.
pub(crate) fn employee_id(value: &Value) -> Option<EmployeeId> {
    match value {
        Value::String(id) => normalise::employee_id(id),
        other => normalise::employee_id(&text(other)?),
    }
}

/// The employee id of a payload that tells all of an event.
pub(crate) fn id_at(
    source_name: &'static str,
    place: &str,
    value: &Value,
) -> Result<EmployeeId, Refusal> {
    employee_id(value).ok_or_else(|| {
        let stranger = value.as_str().and_then(normalise::stranger);
        let stranger = stranger.map(|c| format!("; U+{:04X} is in it", u32::from(c)));
        Refusal::Unreadable {
            source_name,
            problem: format!("`{place}` has to be {ID}{}", stranger.unwrap_or_default()),
        }
    })
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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(zoned_instant("2026-11-23T13:00:00+01:00"), Some(noon));
        assert_eq!(zoned_instant("2026-11-23T12:00:00"), None);
    }
}
