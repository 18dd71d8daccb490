//! A person from JSON: what cannot be read is noted, for HR to be asked or the delivery to be refused.

use jiff::civil::Date;
use latchkey_lifecycle::{EmployeeId, EventKind, PersonDraft, Unread};
use serde_json::Value;

use super::{Misfit, is_blank, open_end, sentences, set, words};
use crate::Refusal;

/// A text in the form in which texts are kept; numbers as they are written, whole ones without a fraction. `None` for
/// null, blank, and anything else.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => words(text),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        }),
        _ => None,
    }
}

/// What stands at a place: names with dots between.
fn at<'a>(record: &'a Value, place: &str) -> &'a Value {
    place.split('.').fold(record, |value, name| &value[name])
}

/// Reads a person's fields, by their documented names in camelCase. The first value of a field that says something
/// counts.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    person: PersonDraft,
    settled: Vec<&'static str>,
    has_no: Vec<&'static str>,
}

impl Reading {
    /// Begins with whose record it is.
    pub(crate) fn of(employee: &EmployeeId) -> Reading {
        Reading {
            person: PersonDraft {
                employee_id: Some(employee.clone()),
                ..PersonDraft::default()
            },
            ..Reading::default()
        }
    }

    /// Reads fields, each from a place in the record.
    pub(crate) fn fields(mut self, record: &Value, fields: &[(&'static str, &str)]) -> Reading {
        for (name, place) in fields {
            self = self.value(name, place, at(record, place));
        }
        self
    }

    /// Reads one field from a value, which stands at that place.
    pub(crate) fn value(mut self, name: &'static str, place: &str, value: &Value) -> Reading {
        if self.settled.contains(&name) {
            return self;
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => text(other).unwrap_or_default(),
        };
        if is_blank(&text) {
            // A name that is there and empty is how a person with one name is written; one that is not there was not
            // told. Of several places the last one is the name itself, before it stands what the person is called by.
            self.has_no.retain(|other| *other != name);
            if value.is_string() {
                self.has_no.push(name);
            }
            return self;
        }
        self.settled.push(name);
        if let Err(misfit) = set(&mut self.person, name, &text) {
            self.person.unread.push(unread(place, misfit));
        }
        self
    }

    /// The person, and what of them could not be read.
    pub(crate) fn done(self) -> PersonDraft {
        let mut person = self.person;
        let has_no = |name| self.has_no.contains(&name) && !self.settled.contains(&name);
        match (has_no("givenName"), has_no("familyName")) {
            (true, false) if person.family_name.is_some() => {
                person.given_name = Some(String::new());
            }
            (false, true) if person.given_name.is_some() => {
                person.family_name = Some(String::new());
            }
            _ => {}
        }
        person
    }
}

fn unread(place: &str, misfit: Misfit) -> Unread {
    Unread {
        field: misfit.field.to_owned(),
        place: place.to_owned(),
        wanted: misfit.wanted.to_owned(),
    }
}

/// What HR is asked for where a delivery tells all of an event; of anything else the sender is told.
const ASKED: [&str; 2] = ["country", "time zone"];

/// An event's day, reason and person as a delivery tells all of it, and what of that refuses it.
pub(crate) struct Told {
    pub(crate) effective: Option<Date>,
    pub(crate) reason: Option<String>,
    pub(crate) person: PersonDraft,
}

/// Reads what a delivery tells of an event. `day` and `reason` come with their places.
///
/// # Errors
/// [`Refusal::Unreadable`] with every place and the form that is wanted there. An exit is refused for its day alone:
/// nothing else that is told with it may keep access from being taken.
pub(crate) fn told(
    source_name: &'static str,
    kind: EventKind,
    day: (&str, &Value),
    reason: (&str, &Value),
    mut person: PersonDraft,
) -> Result<Told, Refusal> {
    let mut wrong = Vec::new();
    let day_text = text(day.1).unwrap_or_default();
    let read = match kind {
        EventKind::Exit | EventKind::UrgentExit => open_end(&day_text),
        _ => super::day(&day_text),
    };
    let effective = read.unwrap_or_else(|wanted| {
        wrong.push(format!("`{}` has to be {wanted}", day.0));
        None
    });
    let reason_text = text(reason.1).unwrap_or_default();
    let reason = match sentences("reason", &reason_text) {
        Ok(read) => read,
        Err(_) if kind.takes_all() => Some(reason_text.chars().take(super::SENTENCES.0).collect()),
        Err(misfit) => {
            wrong.push(format!("`{}` has to be {}", reason.0, misfit.wanted));
            None
        }
    };
    person
        .unread
        .retain(|one| match (kind, one.field.as_str()) {
            (EventKind::Exit | EventKind::UrgentExit, field) => field == "last day",
            (EventKind::HireRescinded, _) => false,
            (EventKind::Transfer, _) => true,
            (kind, field) => kind.joins() || matches!(field, "start date" | "last day"),
        });
    let asked = |one: &Unread| ASKED.contains(&one.field.as_str());
    let refused = person.unread.iter().filter(|one| !asked(one));
    wrong.extend(refused.map(|one| format!("`{}` has to be {}", one.place, one.wanted)));
    if !wrong.is_empty() {
        return Err(Refusal::Unreadable {
            source_name,
            problem: wrong.join("; "),
        });
    }
    // The day of a hire and of an exit may stand in either place; both are then filled.
    let effective = match kind {
        EventKind::Hire | EventKind::Rehire => {
            person.start_date = effective.or(person.start_date);
            person.start_date
        }
        EventKind::Exit | EventKind::UrgentExit => {
            person.last_day = effective.or(person.last_day);
            person.last_day
        }
        _ => effective,
    };
    Ok(Told {
        effective,
        reason,
        person,
    })
}

/// Whether a field could not be read, by the name that people say.
pub(crate) fn is_unread(person: &PersonDraft, field: &str) -> bool {
    person.unread.iter().any(|one| one.field == field)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(record: &Value) -> PersonDraft {
        Reading::default()
            .fields(
                record,
                &[
                    ("givenName", "preferred"),
                    ("givenName", "names.first"),
                    ("familyName", "names.last"),
                    ("country", "country"),
                    ("startDate", "start"),
                    ("manager", "manager"),
                ],
            )
            .done()
    }

    #[test]
    fn the_first_value_that_says_something_counts() {
        let person = read(&json!({
            "preferred": "\u{a0}", "names": { "first": " Zoe\u{308} ", "last": "Okafor" }, "manager": 1003.0,
        }));
        assert_eq!(person.given_name.as_deref(), Some("Zo\u{eb}"));
        assert_eq!(person.manager, "1003".parse().ok());
        assert!(person.unread.is_empty() && person.country.is_none());
    }

    #[test]
    fn what_cannot_be_read_is_noted_with_its_place_and_is_not_taken_from_elsewhere() {
        let person = read(&json!({ "country": "Atlantis", "start": "soon" }));
        let noted: Vec<(&str, &str)> = person
            .unread
            .iter()
            .map(|one| (one.field.as_str(), one.place.as_str()))
            .collect();
        assert_eq!(noted, [("country", "country"), ("start date", "start")]);
        assert_eq!((person.country, person.start_date), (None, None));
    }

    #[test]
    fn a_name_that_is_written_as_nothing_is_one_that_the_person_has_not() {
        let one = read(&json!({ "names": { "first": "Suharto", "last": "" } }));
        assert_eq!(one.family_name.as_deref(), Some(""));
        let only_called = read(&json!({ "preferred": "", "names": { "last": "Okafor" } }));
        assert_eq!(only_called.given_name, None);
        for not_told in [
            json!({ "names": { "first": "Suharto", "last": null } }),
            json!({ "names": { "last": "" } }),
        ] {
            assert_eq!(read(&not_told).family_name, None);
        }
    }
}
