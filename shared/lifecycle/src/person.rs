//! A person, and what the HR system has told about one so far.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EmployeeId, IdError};

/// One worker, complete enough to plan for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The HR system's identifier.
    pub employee_id: EmployeeId,
    /// Given name as the person writes it; empty where the person has one name only, and that is the family name.
    pub given_name: String,
    /// Family name as the person writes it; empty where the person has one name only.
    pub family_name: String,
    /// Work e-mail address, when HR gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
    /// Private e-mail address, for what must reach the person before day one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal_email: Option<String>,
    /// Department, as HR names it.
    pub department: String,
    /// Job title.
    pub title: String,
    /// Job level or grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// `employee`, `contractor`, `intern`, … in lower case.
    pub employment_type: String,
    /// ISO 3166-1 alpha-2 country of work, upper case.
    pub country: String,
    /// Office or `remote`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// IANA time zone of work, e.g. `Europe/Berlin`; the runbook's own when HR gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The manager's employee id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<EmployeeId>,
    /// The manager's work e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager_email: Option<String>,
    /// First day of work, in the person's time zone.
    pub start_date: Date,
    /// Last day of work, in the person's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
    /// The id under which the HR system knew the same human before: a contractor who became an employee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_id: Option<EmployeeId>,
}

impl Person {
    /// Given and family name, as shown to people; the one of them that a person with one name has.
    pub fn full_name(&self) -> String {
        let both = format!("{} {}", self.given_name, self.family_name);
        both.trim().to_owned()
    }

    /// What texts call them: the full name, or the employee id where the record has no name, as that of a leaver whom
    /// nobody told Latchkey about.
    pub fn called(&self) -> String {
        let name = self.full_name();
        match name.trim() {
            "" => format!("employee {}", self.employee_id),
            name => name.to_owned(),
        }
    }

    /// What a role can match on.
    pub const ATTRIBUTES: [&str; 6] = [
        "department",
        "title",
        "level",
        "employment_type",
        "country",
        "location",
    ];

    /// Whether every role that one of the two has, the other has, too: another name or manager is no other work.
    pub fn works_like(&self, other: &Person) -> bool {
        let same = |name: &&str| self.attribute(name) == other.attribute(name);
        Person::ATTRIBUTES.iter().all(same)
    }

    /// The value of an attribute that a role can match on; `None` when the person has none.
    ///
    /// Names are those of [`Person::ATTRIBUTES`].
    pub fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            "department" => Some(&self.department),
            "title" => Some(&self.title),
            "level" => self.level.as_deref(),
            "employment_type" => Some(&self.employment_type),
            "country" => Some(&self.country),
            "location" => self.location.as_deref(),
            _ => None,
        }
    }
}

/// What is known of a person: any part may be absent. Webhooks often carry only what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PersonDraft {
    /// See [`Person::employee_id`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
    /// See [`Person::given_name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// See [`Person::family_name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// See [`Person::work_email`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
    /// See [`Person::personal_email`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_email: Option<String>,
    /// See [`Person::department`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// See [`Person::title`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// See [`Person::level`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// See [`Person::employment_type`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employment_type: Option<String>,
    /// See [`Person::country`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// See [`Person::location`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// See [`Person::time_zone`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// See [`Person::manager`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<EmployeeId>,
    /// See [`Person::manager_email`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager_email: Option<String>,
    /// See [`Person::start_date`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Date>,
    /// See [`Person::last_day`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
    /// See [`Person::previous_id`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_id: Option<EmployeeId>,
    /// What HR told and nobody could read: HR is asked for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// A value that HR told and that could not be read. It is neither none nor what was known before: HR is asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// The field, as [`MissingFields`] names it.
    pub field: String,
    /// Where in HR's record or payload the value stands.
    pub place: String,
    /// The form that is wanted.
    pub wanted: String,
}

impl Unread {
    /// The field of the first day of a hire.
    pub const START_DATE: &str = "start date";
    /// The field of the last day of an exit.
    pub const LAST_DAY: &str = "last day";
    /// The field of the day of anything else.
    pub const EFFECTIVE_DATE: &str = "effective date";

    /// Whether it is the day of an event.
    pub fn is_day(&self) -> bool {
        [Unread::START_DATE, Unread::LAST_DAY, Unread::EFFECTIVE_DATE]
            .contains(&self.field.as_str())
    }
}

/// The fields that a person record still lacks, in the order a form would ask for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the HR record lacks: {}", .0.join(", "))]
pub struct MissingFields(pub Vec<&'static str>);

macro_rules! each_field {
    ($apply:ident) => {
        $apply!(
            employee_id: "employee id", given_name: "given name", family_name: "family name", work_email: "work email",
            personal_email: "personal email", department: "department", title: "title", level: "level",
            employment_type: "employment type", country: "country", location: "location", time_zone: "time zone",
            manager: "manager", manager_email: "manager email", start_date: "start date", last_day: "last day",
            previous_id: "previous id"
        )
    };
}

impl PersonDraft {
    /// Names, addresses and what roles match on: without days and ids.
    pub fn without_days_and_ids(self) -> PersonDraft {
        PersonDraft {
            employee_id: None,
            start_date: None,
            last_day: None,
            previous_id: None,
            unread: Vec::new(),
            ..self
        }
    }

    /// This draft with every field that `newer` knows taken from `newer`, and what of it could not be read. Who works in
    /// another country than before has no time zone until one is told.
    #[must_use]
    pub fn updated_with(mut self, newer: PersonDraft) -> PersonDraft {
        let unread_too = |one: &Unread| newer.unread.iter().any(|other| other.field == one.field);
        self.unread
            .retain(|one| !newer.knows(&one.field) && !unread_too(one));
        self.unread.extend(newer.unread.iter().cloned());
        macro_rules! take {
            ($($field:ident: $label:literal),*) => { $( if newer.$field.is_some() { self.$field = newer.$field; } )* };
        }
        if self.country.is_some() && newer.country.is_some() && self.country != newer.country {
            self.time_zone = None;
        }
        each_field!(take);
        self
    }

    /// Given and family name, as far as they are known; empty where neither is.
    pub fn full_name(&self) -> String {
        let part = |name: &Option<String>| name.clone().unwrap_or_default();
        let both = format!("{} {}", part(&self.given_name), part(&self.family_name));
        both.trim().to_owned()
    }

    /// Whether a field is known, by its name in [`MissingFields`].
    pub fn knows(&self, field: &str) -> bool {
        macro_rules! known {
            ($($field:ident: $label:literal),*) => { $( (field == $label && self.$field.is_some()) )||* };
        }
        each_field!(known)
    }

    /// The fields that could not be read, by their names in [`MissingFields`].
    fn not_read(&self) -> Vec<&'static str> {
        let mut labels = Vec::new();
        macro_rules! not_read {
            ($($field:ident: $label:literal),*) => {
                $( if self.unread.iter().any(|one| one.field == $label) { labels.push($label); } )*
            };
        }
        each_field!(not_read);
        labels
    }

    /// The complete person.
    ///
    /// # Errors
    /// [`MissingFields`] names every field that is absent and without which nothing can be planned, and every one that
    /// could not be read.
    pub fn complete(self) -> Result<Person, MissingFields> {
        let mut missing = Vec::new();
        macro_rules! need {
            ($($field:ident: $label:literal),*) => {
                $( if self.$field.is_none() { missing.push($label); } )*
            };
        }
        need!(
            employee_id: "employee id", given_name: "given name", family_name: "family name",
            department: "department", title: "title", employment_type: "employment type",
            country: "country", start_date: "start date"
        );
        for label in self.not_read() {
            if !missing.contains(&label) {
                missing.push(label);
            }
        }
        match self {
            PersonDraft {
                employee_id: Some(employee_id),
                given_name: Some(given_name),
                family_name: Some(family_name),
                department: Some(department),
                title: Some(title),
                employment_type: Some(employment_type),
                country: Some(country),
                start_date: Some(start_date),
                ..
            } if missing.is_empty() => Ok(Person {
                employee_id,
                given_name,
                family_name,
                department,
                title,
                employment_type: employment_type.to_lowercase(),
                country: country.to_uppercase(),
                start_date,
                work_email: self.work_email,
                personal_email: self.personal_email,
                level: self.level,
                location: self.location,
                time_zone: self.time_zone,
                manager: self.manager,
                manager_email: self.manager_email,
                last_day: self.last_day,
                previous_id: self.previous_id,
            }),
            _ => Err(MissingFields(missing)),
        }
    }
}

impl From<Person> for PersonDraft {
    fn from(p: Person) -> PersonDraft {
        PersonDraft {
            employee_id: Some(p.employee_id),
            given_name: Some(p.given_name),
            family_name: Some(p.family_name),
            work_email: p.work_email,
            personal_email: p.personal_email,
            department: Some(p.department),
            title: Some(p.title),
            level: p.level,
            employment_type: Some(p.employment_type),
            country: Some(p.country),
            location: p.location,
            time_zone: p.time_zone,
            manager: p.manager,
            manager_email: p.manager_email,
            start_date: Some(p.start_date),
            last_day: p.last_day,
            previous_id: p.previous_id,
            unread: Vec::new(),
        }
    }
}

impl TryFrom<&str> for PersonDraft {
    type Error = IdError;
    /// A draft of which only the employee id is known.
    fn try_from(employee_id: &str) -> Result<Self, IdError> {
        Ok(PersonDraft {
            employee_id: Some(EmployeeId::new(employee_id)?),
            ..PersonDraft::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A draft in which every field is present.
    fn draft() -> PersonDraft {
        let text = || Some(String::from("x"));
        let id = || EmployeeId::new("x").ok();
        let day = Some(Date::constant(2000, 1, 1));
        PersonDraft {
            employee_id: id(),
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
            manager: id(),
            manager_email: text(),
            start_date: day,
            last_day: day,
            previous_id: id(),
            unread: Vec::new(),
        }
    }

    #[test]
    fn every_missing_field_is_named_at_once() {
        let MissingFields(missing) = PersonDraft::try_from("7").unwrap().complete().unwrap_err();
        assert_eq!(
            missing,
            [
                "given name",
                "family name",
                "department",
                "title",
                "employment type",
                "country",
                "start date"
            ]
        );
    }

    #[test]
    fn a_newer_record_changes_only_what_it_knows() {
        let newer = PersonDraft {
            title: Some("Lead".into()),
            ..PersonDraft::default()
        };
        let merged = draft().updated_with(newer);
        assert_eq!(merged.title.as_deref(), Some("Lead"));
        assert_eq!(merged.department, draft().department);
    }

    #[test]
    fn a_time_zone_ends_with_the_country_that_it_was_told_for() {
        let moves = |country: &str, zone: Option<&str>| {
            let newer = PersonDraft {
                country: Some(country.into()),
                time_zone: zone.map(Into::into),
                ..PersonDraft::default()
            };
            draft().updated_with(newer).time_zone
        };
        assert_eq!(moves("DE", None), None);
        assert_eq!(moves("x", None), draft().time_zone);
        assert_eq!(
            moves("DE", Some("Europe/Berlin")).as_deref(),
            Some("Europe/Berlin")
        );
    }

    #[test]
    fn who_has_no_name_is_called_by_the_employee_id() {
        let mut person = draft().complete().unwrap();
        assert_eq!(person.called(), "x x");
        person.given_name.clear();
        person.family_name.clear();
        assert_eq!(person.called(), "employee x");
    }

    #[test]
    fn a_complete_person_survives_the_way_through_a_draft() {
        let person = draft().complete().unwrap();
        assert_eq!(
            PersonDraft::from(person.clone()).complete().unwrap(),
            person
        );
    }
}
