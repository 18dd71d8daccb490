//! Time zones, by the names of the IANA database, and by those of Windows.

use std::{collections::HashMap, sync::LazyLock};

use jiff::tz::TimeZone;

use crate::words;

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

/// Names of places that somebody may mean by a name that is none, the likeliest first: those whose last part it is,
/// such as Europe/Berlin for `Berlin`.
pub fn time_zones_like(name: &str) -> Vec<String> {
    let folded = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    let wanted = folded(name);
    let zones = jiff::tz::db().available().map(|zone| zone.to_string());
    let is_it = |zone: &String| {
        let city = zone.rsplit_once('/').map(|(_, city)| city);
        city.is_some_and(|city| folded(city) == wanted) && !zone.starts_with("Etc/")
    };
    let mut found: Vec<String> = zones.filter(is_it).collect();
    found.sort();
    found
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
    fn a_city_alone_leads_to_its_zone() {
        assert_eq!(time_zones_like("berlin"), ["Europe/Berlin"]);
        assert_eq!(time_zones_like("New York"), ["America/New_York"]);
        assert!(time_zones_like("CET").is_empty() && time_zones_like("").is_empty());
    }

    #[test]
    fn every_windows_name_leads_to_a_zone_that_exists() {
        for (name, zone) in WINDOWS.iter() {
            assert!(TimeZone::get(zone).is_ok(), "{name}: {zone}");
        }
        assert!(WINDOWS.len() > 130);
    }
}
