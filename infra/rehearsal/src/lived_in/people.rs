//! Who works at the company: its departments, who leads them, and the people of its teams.

use jiff::{ToSpan, civil::Date};
use latchkey_lifecycle::{EmployeeId, IdError, PersonDraft};
use serde_json::{Value, json};

use super::{dice::Dice, names::name};

/// A department: its name, who leads it (employee id, given and family name, title), and titles of others in it.
pub(super) struct Department {
    pub(super) name: &'static str,
    head: (&'static str, &'static str, &'static str, &'static str),
    titles: &'static [&'static str],
    /// So many of a hundred people.
    share: u64,
}

pub(super) const DEPARTMENTS: [Department; 6] = [
    Department {
        name: "Engineering",
        head: ("1005", "Priya", "Nair", "Head of Engineering"),
        titles: &[
            "Software Engineer",
            "Platform Engineer",
            "Quality Engineer",
            "Data Engineer",
            "Reliability Engineer",
        ],
        share: 38,
    },
    Department {
        name: "Sales",
        head: ("1003", "Tom", "Keller", "Head of Sales"),
        titles: &[
            "Account Executive",
            "Sales Analyst",
            "Sales Lead North",
            "Solutions Consultant",
        ],
        share: 26,
    },
    Department {
        name: "Operations",
        head: ("1006", "Dana", "Petrov", "Head of Operations"),
        titles: &[
            "Operations Manager",
            "Logistics Planner",
            "Customer Advisor",
        ],
        share: 14,
    },
    Department {
        name: "Marketing",
        head: ("1007", "Oliver", "Stein", "Head of Marketing"),
        titles: &["Content Editor", "Campaign Manager", "Designer"],
        share: 10,
    },
    Department {
        name: "Finance",
        head: ("1008", "Helena", "Novak", "Head of Finance"),
        titles: &["Accountant", "Financial Controller", "Treasury Analyst"],
        share: 7,
    },
    Department {
        name: "People",
        head: ("1009", "Ines", "Albrecht", "Head of People"),
        titles: &["Recruiter", "People Partner"],
        share: 5,
    },
];

/// Those whom the sample runbook names, besides heads of departments: name, department, title.
const STAFF: [(&str, &str, &str, &str); 10] = [
    ("Noor", "Haddad", "People", "People Partner"),
    ("Ada", "King", "Operations", "IT Lead"),
    ("Ben", "Hartmann", "Operations", "IT Support"),
    ("Chidi", "Eze", "Operations", "Security Lead"),
    ("Sara", "Lehto", "Operations", "Security Analyst"),
    ("Maria", "Silva", "Operations", "Facilities Manager"),
    ("Greta", "Olsen", "Finance", "Payroll Accountant"),
    ("Lena", "Fischer", "Finance", "Finance Systems Analyst"),
    ("Yuki", "Mori", "Engineering", "Platform Engineer"),
    ("Eva", "Lind", "Finance", "Internal Auditor"),
];

/// The employee id of the first of [`STAFF`], and of the first whose name is made up.
const FIRST_STAFF: usize = 1081;
const FIRST: usize = 1101;

/// Where people work: country, office, time zone, and so many of a hundred.
const PLACES: [(&str, &str, &str, u64); 4] = [
    ("DE", "Berlin", "Europe/Berlin", 58),
    ("GB", "London", "Europe/London", 20),
    ("DE", "Hamburg", "Europe/Berlin", 12),
    ("US", "remote", "America/New_York", 10),
];

/// The people of the company, each with a number of their own.
pub(super) struct People {
    dice: Dice,
    made: usize,
}

impl People {
    pub(super) fn new(seed: u64) -> People {
        People {
            dice: Dice::new(seed),
            made: 0,
        }
    }

    /// So many people who were there before a day: `known` first, then heads and staff, then others.
    pub(super) fn before(
        &mut self,
        day: Date,
        count: usize,
        known: Vec<PersonDraft>,
    ) -> Result<Vec<PersonDraft>, IdError> {
        let mut all = known;
        let is_known = |all: &[PersonDraft], id: &str| {
            let mut ids = all.iter().filter_map(|one| one.employee_id.as_ref());
            ids.any(|one| one.as_str() == id)
        };
        for department in &DEPARTMENTS {
            let (id, given, family, title) = department.head;
            if !is_known(&all, id) {
                let mut head = draft((id, given, family), department.name, title, day - 5.years())?;
                head.level = Some("L6".to_owned());
                all.push(head);
            }
        }
        for (n, (given, family, department, title)) in STAFF.into_iter().enumerate() {
            let id = (FIRST_STAFF + n).to_string();
            let mut one = draft((&id, given, family), department, title, day - 3.years())?;
            with_manager(&mut one)?;
            all.push(one);
        }
        while all.len() < count {
            let days = self.dice.between(30, 2400);
            all.push(self.next(None, day - days.days())?);
        }
        Ok(all)
    }

    /// Somebody new, of a department or of any, with a first day.
    pub(super) fn next(
        &mut self,
        department: Option<&str>,
        start: Date,
    ) -> Result<PersonDraft, IdError> {
        let of = match department {
            Some(name) => DEPARTMENTS.iter().find(|one| one.name == name),
            None => chosen(&mut self.dice, &DEPARTMENTS, |one| one.share),
        };
        let of = of.unwrap_or(&DEPARTMENTS[0]);
        let title = self.dice.one_of(of.titles).copied().unwrap_or("Analyst");
        let (given, family) = name(self.made);
        let id = (FIRST + self.made).to_string();
        self.made += 1;
        let mut one = draft((&id, given, family), of.name, title, start)?;
        let place = chosen(&mut self.dice, &PLACES, |place| place.3).unwrap_or(&PLACES[0]);
        one.country = Some(place.0.to_owned());
        one.location = Some(place.1.to_owned());
        one.time_zone = Some(place.2.to_owned());
        one.level = Some(format!("L{}", self.dice.between(2, 5)));
        if self.dice.in_hundred(12) {
            one.employment_type = Some("contractor".to_owned());
        }
        with_manager(&mut one)?;
        Ok(one)
    }
}

/// One of several, each as likely as its share of all.
fn chosen<'a, T>(dice: &mut Dice, all: &'a [T], share: impl Fn(&T) -> u64) -> Option<&'a T> {
    let whole: u64 = all.iter().map(&share).sum();
    let whole = i64::try_from(whole).unwrap_or(1);
    let mut at = u64::try_from(dice.between(0, whole)).unwrap_or(0);
    all.iter().find(|one| {
        let is = at < share(one);
        at = at.saturating_sub(share(one));
        is
    })
}

fn draft(
    (id, given, family): (&str, &str, &str),
    department: &str,
    title: &str,
    start: Date,
) -> Result<PersonDraft, IdError> {
    let some = |text: &str| Some(text.to_owned());
    Ok(PersonDraft {
        employee_id: Some(EmployeeId::new(id)?),
        given_name: some(given),
        family_name: some(family),
        personal_email: Some(format!("employee{id}@private.example")),
        department: some(department),
        title: some(title),
        level: some("L4"),
        employment_type: some("employee"),
        country: some("DE"),
        location: some("Berlin"),
        time_zone: some("Europe/Berlin"),
        start_date: Some(start),
        ..PersonDraft::default()
    })
}

/// Whoever leads somebody's department is their manager.
pub(super) fn with_manager(one: &mut PersonDraft) -> Result<(), IdError> {
    let name = one.department.as_deref().unwrap_or_default();
    let Some(department) = DEPARTMENTS.iter().find(|of| of.name == name) else {
        return Ok(());
    };
    let (id, given, family, _) = department.head;
    one.manager = Some(EmployeeId::new(id)?);
    let address = format!("{given}.{family}@acme.example").to_lowercase();
    one.manager_email = Some(address);
    Ok(())
}

/// A record as the webhook of the source `generic` has it.
pub(super) fn told(one: &PersonDraft) -> Value {
    json!({
        "given_name": one.given_name, "family_name": one.family_name, "personal_email": one.personal_email,
        "department": one.department, "title": one.title, "level": one.level, "employment_type": one.employment_type,
        "country": one.country, "location": one.location, "time_zone": one.time_zone,
        "manager": one.manager, "manager_email": one.manager_email,
    })
}
