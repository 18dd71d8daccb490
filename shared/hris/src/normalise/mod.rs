//! One reading of what HR sends, for every source: webhooks, records, files, mappings, and the page that completes a
//! record.
//!
//! A value is read, or it is a [`Misfit`] that says which field it is of and in which form it is wanted. What cannot be
//! read never becomes none, and never today: whoever reads it refuses it, or HR is asked.

mod day;
mod id;
mod reading;

use latchkey_lifecycle::PersonDraft;

pub use day::{DAY, day};
pub use id::employee_id;
pub(crate) use id::{WANTED as ID, stranger};
pub use latchkey_values::{country_code, employment_type, is_blank, time_zone, words};
pub(crate) use reading::{Reading, Told, is_unread, text, told};

use day::open_end;

/// A value that cannot be read. Its text has no part of the value, so that it can be answered with and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {field} has to be {wanted}")]
pub struct Misfit {
    /// The field, as people say it: `start date`.
    pub field: &'static str,
    /// The form that is wanted.
    pub wanted: &'static str,
}

/// How long a text may be, in characters, and what is said when it is longer.
type Bound = (usize, &'static str);

const NAME: Bound = (
    100,
    "at most 100 characters long, without control characters",
);
const WORDS: Bound = (
    200,
    "at most 200 characters long, without control characters",
);
/// RFC 5321 leaves 254 characters for an address.
const MAIL: Bound = (
    254,
    "at most 254 characters long, without control characters",
);
/// Sentences that HR writes.
const SENTENCES: Bound = (1000, "at most 1000 characters long");

const COUNTRY: &str = "a country's English name, or its ISO 3166 code, like Germany or DE";
const ZONE: &str = "an IANA name of a place, like Europe/Berlin";

/// What a person's field takes, by its documented name in camelCase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Id,
    Words(Bound),
    EmploymentType,
    Country,
    Zone,
    Day,
    OpenEnd,
}

/// Every field of a person: its name in files and forms, how people say it, what it takes.
const FIELDS: [(&str, &str, Takes); 17] = [
    ("employeeId", "employee id", Takes::Id),
    ("givenName", "given name", Takes::Words(NAME)),
    ("familyName", "family name", Takes::Words(NAME)),
    ("workEmail", "work email", Takes::Words(MAIL)),
    ("personalEmail", "personal email", Takes::Words(MAIL)),
    ("department", "department", Takes::Words(WORDS)),
    ("title", "title", Takes::Words(WORDS)),
    ("level", "level", Takes::Words(WORDS)),
    ("employmentType", "employment type", Takes::EmploymentType),
    ("country", "country", Takes::Country),
    ("location", "location", Takes::Words(WORDS)),
    ("timeZone", "time zone", Takes::Zone),
    ("manager", "manager", Takes::Id),
    ("managerEmail", "manager email", Takes::Words(MAIL)),
    ("startDate", "start date", Takes::Day),
    ("lastDay", "last day", Takes::OpenEnd),
    ("previousId", "previous id", Takes::Id),
];

/// Whether a person has such a field, by its documented name in camelCase.
pub fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|(known, ..)| *known == name)
}

/// Sets a person's field from a text, as forms and spreadsheets give it. A blank says nothing.
///
/// # Errors
/// A [`Misfit`] when the text cannot be read as what the field takes. A name that is no field's is one, too:
/// [`is_field`] tells before.
pub fn set(draft: &mut PersonDraft, name: &str, value: &str) -> Result<(), Misfit> {
    let known = FIELDS.into_iter().find(|(known, ..)| *known == name);
    let Some((_, field, takes)) = known else {
        return Err(Misfit {
            field: "field",
            wanted: "one that a person has",
        });
    };
    if is_blank(value) {
        return Ok(());
    }
    let text = || read_words(field, takes, value).map(Some);
    let id = || {
        let wanted = ID;
        employee_id(value).map(Some).ok_or(Misfit { field, wanted })
    };
    match name {
        "employeeId" => draft.employee_id = id()?,
        "manager" => draft.manager = id()?,
        "previousId" => draft.previous_id = id()?,
        "givenName" => draft.given_name = text()?,
        "familyName" => draft.family_name = text()?,
        "workEmail" => draft.work_email = text()?,
        "personalEmail" => draft.personal_email = text()?,
        "department" => draft.department = text()?,
        "title" => draft.title = text()?,
        "level" => draft.level = text()?,
        "employmentType" => draft.employment_type = text()?,
        "country" => draft.country = text()?,
        "location" => draft.location = text()?,
        "timeZone" => draft.time_zone = text()?,
        "managerEmail" => draft.manager_email = text()?,
        "startDate" => draft.start_date = read_day(field, takes, value)?,
        _ => draft.last_day = read_day(field, takes, value)?,
    }
    Ok(())
}

/// A person whose values a hand wrote, read as HR's are.
///
/// # Errors
/// A [`Misfit`] for the first value that cannot be read.
pub fn person(written: PersonDraft) -> Result<PersonDraft, Misfit> {
    let fields = serde_json::to_value(&written).unwrap_or_default();
    let mut read = written;
    for (name, value) in fields.as_object().into_iter().flatten() {
        if let Some(text) = value.as_str().filter(|_| is_field(name)) {
            set(&mut read, name, text)?;
        }
    }
    Ok(read)
}

/// A text in the form that its field is kept in.
fn read_words(field: &'static str, takes: Takes, value: &str) -> Result<String, Misfit> {
    let bounded = |(most, wanted): Bound| {
        let text = words(value).filter(|text| text.chars().count() <= most);
        text.ok_or(Misfit { field, wanted })
    };
    match takes {
        Takes::Words(bound) => bounded(bound),
        Takes::EmploymentType => Ok(employment_type(&bounded(WORDS)?)),
        Takes::Country => country_code(value).ok_or(Misfit {
            field,
            wanted: COUNTRY,
        }),
        Takes::Zone => time_zone(value).ok_or(Misfit {
            field,
            wanted: ZONE,
        }),
        Takes::Id | Takes::Day | Takes::OpenEnd => Err(Misfit { field, wanted: DAY }),
    }
}

/// A day; `None` where the text says that there is none.
fn read_day(
    field: &'static str,
    takes: Takes,
    value: &str,
) -> Result<Option<jiff::civil::Date>, Misfit> {
    let read = match takes {
        Takes::OpenEnd => open_end(value),
        _ => day(value),
    };
    read.map_err(|wanted| Misfit { field, wanted })
}

/// Sentences, such as the reason of an event.
pub(crate) fn sentences(field: &'static str, value: &str) -> Result<Option<String>, Misfit> {
    let (most, wanted) = SENTENCES;
    match words(value) {
        Some(text) if text.chars().count() > most => Err(Misfit { field, wanted }),
        read => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::PersonDraft;

    use super::*;

    fn set_to(name: &str, value: &str) -> Result<PersonDraft, Misfit> {
        let mut draft = PersonDraft::default();
        set(&mut draft, name, value).map(|()| draft)
    }

    #[test]
    fn every_field_of_a_person_is_read_by_its_documented_name_and_no_other_is() {
        let fields = serde_json::to_value(PersonDraft {
            employee_id: "1".parse().ok(),
            manager: "2".parse().ok(),
            previous_id: "3".parse().ok(),
            start_date: "2026-12-07".parse().ok(),
            last_day: "2026-12-07".parse().ok(),
            ..full_of_words()
        })
        .unwrap();
        let mut known: Vec<&str> = fields
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut named: Vec<&str> = FIELDS.iter().map(|(name, ..)| *name).collect();
        known.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, known);
        for (name, label, takes) in FIELDS {
            let value = match takes {
                Takes::Day | Takes::OpenEnd => "2026-12-07",
                Takes::Country => "Germany",
                Takes::Zone => "europe/berlin",
                _ => "x",
            };
            let read = serde_json::to_value(set_to(name, value).unwrap()).unwrap();
            let all = read.as_object().unwrap();
            assert!(all.len() == 1 && all.contains_key(name), "{name}: {read}");
            assert!(!label.contains(char::is_uppercase), "{label}");
        }
        assert!(set_to("shoeSize", "44").is_err() && !is_field("shoeSize"));
    }

    fn full_of_words() -> PersonDraft {
        let text = || Some(String::from("x"));
        PersonDraft {
            given_name: text(),
            family_name: text(),
            work_email: text(),
            personal_email: text(),
            department: text(),
            title: text(),
            level: text(),
            employment_type: text(),
            country: text(),
            location: text(),
            time_zone: text(),
            manager_email: text(),
            ..PersonDraft::default()
        }
    }

    #[test]
    fn a_person_whom_a_hand_wrote_is_read_as_hr_is() {
        let written = PersonDraft {
            country: Some("Germany".to_owned()),
            employment_type: Some("Full-Time".to_owned()),
            family_name: Some(String::new()),
            start_date: "2026-12-07".parse().ok(),
            ..PersonDraft::default()
        };
        let read = person(written.clone()).unwrap();
        let expected = PersonDraft {
            country: Some("DE".to_owned()),
            employment_type: Some("employee".to_owned()),
            ..written.clone()
        };
        assert_eq!(read, expected);
        let nowhere = Some("Atlantis".to_owned());
        let misfit = person(PersonDraft {
            country: nowhere,
            ..written
        })
        .unwrap_err();
        assert_eq!(misfit.field, "country");
    }

    #[test]
    fn blanks_of_every_kind_say_nothing() {
        for blank in ["", " ", "\u{a0}", "\u{3000}", "\u{200b}", "\t\u{feff}\r\n"] {
            for (name, ..) in FIELDS {
                assert_eq!(set_to(name, blank), Ok(PersonDraft::default()), "{name}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_the_field_and_the_form_and_without_the_value() {
        for (name, value, said) in [
            (
                "startDate",
                "12/14/2026",
                "the start date has to be a day like 2026-12-31",
            ),
            (
                "country",
                "Atlantis",
                "the country has to be a country's English name",
            ),
            (
                "timeZone",
                "EST",
                "the time zone has to be an IANA name of a place",
            ),
            ("manager", "Ada King", "the manager has to be an id"),
            (
                "title",
                &"x".repeat(201),
                "the title has to be at most 200 characters long",
            ),
        ] {
            let misfit = set_to(name, value).unwrap_err().to_string();
            assert!(misfit.starts_with(said), "{misfit}");
            assert!(!misfit.contains(value), "{misfit}");
        }
    }

    #[test]
    fn a_last_day_that_means_no_end_is_none_and_a_first_day_like_that_is_not_read() {
        for no_end in ["9999-12-31", "2999-12-31", "0000-00-00", "4712-12-31"] {
            assert_eq!(
                set_to("lastDay", no_end).unwrap().last_day,
                None,
                "{no_end}"
            );
        }
        assert!(set_to("startDate", "9999-12-31").is_err());
        assert!(set_to("lastDay", "1017-06-30").is_err());
    }
}
