//! Time zones, by the names of the IANA database, and by those of Windows.

use std::{collections::HashMap, sync::LazyLock};

use jiff::tz::TimeZone;

use super::words;

static WINDOWS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    include_str!("windows_zones.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, zone)| (name.to_lowercase(), zone))
        .collect()
});

/// The IANA name of a time zone; `None` when it is not known. Abbreviations (`EST`) are no places: they stay behind
/// when the clocks change.
pub fn time_zone(name: &str) -> Option<String> {
    let name = words(name)?;
    let name = WINDOWS
        .get(&name.to_lowercase())
        .map_or(name.as_str(), |zone| zone);
    let zone = TimeZone::get(name).ok()?;
    let known = zone.iana_name()?;
    let is_place = known == "UTC" || known.chars().any(|c| c.is_ascii_lowercase());
    is_place.then(|| known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_iana_and_by_windows() {
        for (name, zone) in [
            ("Europe/Berlin", "Europe/Berlin"),
            (" europe/berlin\u{a0}", "Europe/Berlin"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("pacific standard time", "America/Los_Angeles"),
            ("Singapore", "Singapore"),
            ("UTC", "Etc/UTC"),
        ] {
            assert_eq!(time_zone(name).as_deref(), Some(zone), "{name}");
        }
        for nothing in [
            "EST",
            "EST5EDT",
            "Mars/Olympus",
            "+01:00",
            "Berlin",
            "",
            "Etc/Unknown",
        ] {
            assert_eq!(time_zone(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_windows_name_leads_to_a_zone_that_exists() {
        for (name, zone) in WINDOWS.iter() {
            assert!(TimeZone::get(zone).is_ok(), "{name}: {zone}");
        }
        assert!(WINDOWS.len() > 130);
    }
}
