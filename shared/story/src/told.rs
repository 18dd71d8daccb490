//! What an event tells of a person: the texts of a record, by field. Borrowed, since the rules compare and lay them
//! over one another often.

use latchkey_lifecycle::{EmployeeId, Person, PersonDraft};

/// A field of the record that holds a text. In the order of their names: it is part of the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Country,
    Department,
    EmploymentType,
    FamilyName,
    GivenName,
    Level,
    Location,
    Manager,
    ManagerEmail,
    PersonalEmail,
    TimeZone,
    Title,
    WorkEmail,
}

use Field::*;

impl Field {
    pub(crate) const COUNT: usize = 13;

    pub(crate) const ALL: [Field; Field::COUNT] = [
        Country,
        Department,
        EmploymentType,
        FamilyName,
        GivenName,
        Level,
        Location,
        Manager,
        ManagerEmail,
        PersonalEmail,
        TimeZone,
        Title,
        WorkEmail,
    ];

    /// Without these nothing can be planned, in the order in which a form would ask for them.
    pub(crate) const REQUIRED: [Field; 6] = [
        GivenName,
        FamilyName,
        Department,
        Title,
        EmploymentType,
        Country,
    ];

    /// What reaches people: the latest word counts at once (A4).
    pub(crate) const CONTACTS: [Field; 4] = [PersonalEmail, Manager, ManagerEmail, TimeZone];

    /// As [`latchkey_lifecycle::MissingFields`] names it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Country => "country",
            Department => "department",
            EmploymentType => "employment type",
            FamilyName => "family name",
            GivenName => "given name",
            Level => "level",
            Location => "location",
            Manager => "manager",
            ManagerEmail => "manager email",
            PersonalEmail => "personal email",
            TimeZone => "time zone",
            Title => "title",
            WorkEmail => "work email",
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The texts of a record, and of which fields something was told that nobody could read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Told<'a> {
    texts: [Option<&'a str>; Field::COUNT],
    unread: u16,
}

impl<'a> Told<'a> {
    pub(crate) fn of(draft: &'a PersonDraft) -> Told<'a> {
        let mut told = Told {
            texts: Field::ALL.map(|field| text(draft, field)),
            unread: 0,
        };
        for one in &draft.unread {
            let field = Field::ALL.into_iter().find(|f| f.label() == one.field);
            let not_told = field.filter(|field| told.get(*field).is_none());
            told.unread |= not_told.map_or(0, Field::bit);
        }
        told
    }

    pub(crate) fn get(&self, field: Field) -> Option<&'a str> {
        self.texts[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, text: &'a str) {
        self.texts[field as usize] = Some(text);
        self.unread &= !field.bit();
    }

    pub(crate) fn forget(&mut self, field: Field) {
        self.texts[field as usize] = None;
    }

    pub(crate) fn is_unread(&self, field: Field) -> bool {
        self.unread & field.bit() != 0
    }

    /// Something was told of the field that nobody could read: what was known of it stands, and HR is asked.
    pub(crate) fn set_unread(&mut self, field: Field) {
        self.unread |= field.bit();
    }

    /// Lays what is told later over this.
    pub(crate) fn lay(&mut self, later: &Told<'a>) {
        for field in Field::ALL {
            if let Some(text) = later.get(field) {
                self.set(field, text);
            }
            if later.is_unread(field) {
                self.set_unread(field);
            }
        }
    }

    /// Whether all that it tells is told by the other, too.
    pub(crate) fn is_within(&self, other: &Told<'_>) -> bool {
        let known = |field: &Field| {
            self.get(*field)
                .is_none_or(|t| other.get(*field) == Some(t))
        };
        Field::ALL.iter().all(known) && self.unread & !other.unread == 0
    }

    /// What is told, in the order of the fields' names.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Field, &'a str)> + '_ {
        let told = |field: Field| Some((field, self.get(field)?));
        Field::ALL.into_iter().filter_map(told)
    }

    /// Whether nothing can be planned without it. Somebody may have one name only: then the other one is told to be
    /// empty.
    fn lacks(&self, field: Field) -> bool {
        let blank = |field: Field| self.get(field).is_none_or(|t| t.trim().is_empty());
        let told = |field: Field| self.get(field).is_some();
        match field {
            GivenName => !told(field) || told(FamilyName) && blank(field) && blank(FamilyName),
            FamilyName => !told(field),
            _ => blank(field),
        }
    }

    /// What a case waits for: the fields without which nothing can be planned, and those of which nothing is known but
    /// what nobody could read.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let required = Field::REQUIRED
            .into_iter()
            .filter(|field| self.lacks(*field));
        let optional = |field: &Field| {
            let unknown = self.is_unread(*field) && self.get(*field).is_none();
            unknown && !Field::REQUIRED.contains(field)
        };
        let unread = Field::ALL.into_iter().filter(optional);
        required.chain(unread).map(Field::label).collect()
    }

    /// The fields of which something was told that nobody could read, and of which something is known that can be
    /// planned with.
    pub(crate) fn unread_but_known(&self) -> impl Iterator<Item = Field> + '_ {
        let known = |field: &Field| self.get(*field).is_some() && !self.lacks(*field);
        let unread = Field::ALL
            .into_iter()
            .filter(|field| self.is_unread(*field));
        unread.filter(known)
    }

    pub(crate) fn is_complete(&self) -> bool {
        !Field::REQUIRED.into_iter().any(|field| self.lacks(field))
    }

    /// As a record.
    pub(crate) fn draft(&self) -> PersonDraft {
        let own = |field: Field| self.get(field).map(str::to_owned);
        PersonDraft {
            given_name: own(GivenName),
            family_name: own(FamilyName),
            work_email: own(WorkEmail),
            personal_email: own(PersonalEmail),
            department: own(Department),
            title: own(Title),
            level: own(Level),
            employment_type: own(EmploymentType),
            country: own(Country),
            location: own(Location),
            time_zone: own(TimeZone),
            manager: self.get(Manager).and_then(|id| EmployeeId::new(id).ok()),
            manager_email: own(ManagerEmail),
            ..PersonDraft::default()
        }
    }
}

fn text(draft: &PersonDraft, field: Field) -> Option<&str> {
    match field {
        Country => draft.country.as_deref(),
        Department => draft.department.as_deref(),
        EmploymentType => draft.employment_type.as_deref(),
        FamilyName => draft.family_name.as_deref(),
        GivenName => draft.given_name.as_deref(),
        Level => draft.level.as_deref(),
        Location => draft.location.as_deref(),
        Manager => draft.manager.as_ref().map(EmployeeId::as_str),
        ManagerEmail => draft.manager_email.as_deref(),
        PersonalEmail => draft.personal_email.as_deref(),
        TimeZone => draft.time_zone.as_deref(),
        Title => draft.title.as_deref(),
        WorkEmail => draft.work_email.as_deref(),
    }
}

/// Whether the two give the same access: the values that roles match on are the same.
pub(crate) fn same_attributes(a: Option<&PersonDraft>, b: Option<&PersonDraft>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Person::ATTRIBUTES
            .iter()
            .all(|n| attribute(a, n) == attribute(b, n)),
        _ => false,
    }
}

/// Whether systems are told the same of both: names, work address and attributes, and not how to reach somebody.
pub(crate) fn same_but_contacts(a: Option<&PersonDraft>, b: Option<&PersonDraft>) -> bool {
    let mut told = Field::ALL
        .into_iter()
        .filter(|field| !Field::CONTACTS.contains(field));
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => told.all(|field| text(a, field) == text(b, field)),
        _ => false,
    }
}

fn attribute<'d>(draft: &'d PersonDraft, name: &str) -> Option<&'d str> {
    let field = match name {
        "department" => Department,
        "title" => Title,
        "level" => Level,
        "employment_type" => EmploymentType,
        "country" => Country,
        _ => Location,
    };
    text(draft, field)
}
