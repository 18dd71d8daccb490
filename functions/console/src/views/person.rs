//! A person, as lists and pages show them.

use latchkey_access::On;
use latchkey_lifecycle::{EmployeeId, PersonDraft};

/// A person by HR's record.
#[derive(Debug, Clone)]
pub(crate) struct PersonView {
    pub(crate) id: EmployeeId,
    /// The name, or the id where none is known.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) department: String,
    /// The place, or the country where none is known; the country beside it for who works remotely.
    pub(crate) place: String,
    pub(crate) employment_type: String,
}

fn text(value: Option<&String>) -> String {
    value
        .map(|value| value.trim())
        .unwrap_or_default()
        .to_owned()
}

/// What is known of some things, in a line.
pub(crate) fn in_a_line(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(between)
}

impl PersonView {
    pub(crate) fn of(id: &EmployeeId, record: &PersonDraft) -> PersonView {
        let country = text(record.country.as_ref());
        let place = match text(record.location.as_ref()) {
            place if place.eq_ignore_ascii_case("remote") => in_a_line([place, country], ", "),
            place if place.is_empty() => country,
            place => place,
        };
        PersonView {
            id: id.clone(),
            name: name_of(id, record),
            title: text(record.title.as_ref()),
            department: text(record.department.as_ref()),
            place,
            employment_type: text(record.employment_type.as_ref()),
        }
    }

    /// The name with the id; where no name is known, the id once.
    pub(crate) fn name_and_id(&self) -> String {
        match self.name == self.id.as_str() {
            true => format!("employee {}", self.id),
            false => format!("{} {}", self.name, self.id),
        }
    }

    /// Title, department and place, in a line.
    pub(crate) fn what(&self) -> String {
        let parts = [&self.title, &self.department, &self.place];
        in_a_line(parts.map(Clone::clone), ", ")
    }

    /// Where their page is.
    pub(crate) fn path(&self) -> String {
        person_path(&self.id)
    }
}

/// Somebody's name by a record, or the id where it has none.
pub(crate) fn name_of(id: &EmployeeId, record: &PersonDraft) -> String {
    let names = [record.given_name.as_ref(), record.family_name.as_ref()];
    match in_a_line(names.map(text), " ") {
        name if name.is_empty() => id.to_string(),
        name => name,
    }
}

/// Where a person's page is.
pub(crate) fn person_path(id: &EmployeeId) -> String {
    format!("/people/{}", in_a_link(id.as_str()))
}

/// A text as a link carries it.
pub(crate) fn in_a_link(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Who a person is, for who may see them. Of somebody who is not known, nobody is the manager.
pub(crate) fn on(record: Option<&PersonDraft>) -> On {
    On {
        person: record.and_then(|record| record.work_email.clone()),
        manager: record.and_then(|record| record.manager_email.clone()),
        ..On::default()
    }
}
