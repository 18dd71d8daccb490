//! How the values of people are read: words, countries, employment types, time zones. HR's records and the conditions
//! of a runbook are read alike, or a condition would not mean the people whom it names.

mod country;
mod employment;
mod words;
mod zone;

pub use country::{country_code, country_codes, country_names};
pub use employment::{employment_type, usual_words};
pub use words::{is_blank, words};
pub use zone::{time_zone, time_zones_like};
