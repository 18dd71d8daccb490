//! What the form sends, as it was typed: every value is kept, also those of kinds that were not chosen, so that nothing
//! is lost when somebody changes their mind.

use std::collections::BTreeMap;

use latchkey_lifecycle::EventKind;

/// The kinds that can be reported: their name in the form, the kind, what happens, and a little more.
pub(super) const KINDS: [(&str, EventKind, &str, &str); 9] = [
    ("hire", EventKind::Hire, "Somebody starts", "or comes back"),
    (
        "transfer",
        EventKind::Transfer,
        "Somebody changes jobs",
        "department, title, office or manager",
    ),
    (
        "exit",
        EventKind::Exit,
        "Somebody leaves",
        "with a last day",
    ),
    (
        "urgent",
        EventKind::UrgentExit,
        "Somebody has to leave now",
        "sign-in is cut at once",
    ),
    (
        "leave",
        EventKind::Leave,
        "Somebody goes on leave",
        "sign-in rests, nothing is taken",
    ),
    (
        "return",
        EventKind::Return,
        "Somebody is back from leave",
        "or does not go",
    ),
    (
        "rescind",
        EventKind::HireRescinded,
        "Somebody does not start",
        "what was given is taken back",
    ),
    (
        "stays",
        EventKind::ExitWithdrawn,
        "Somebody stays after all",
        "an exit is withdrawn, what was taken is given back",
    ),
    (
        "moves",
        EventKind::DateMoved,
        "A first or last day moves",
        "what is done stays done",
    ),
];

/// A field of the form: its name there, the person's field that it is, its label, and what its value is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Of [`latchkey_hris::normalise::set`]; empty for what is no field of a person.
    pub(super) sets: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) kind: &'static str,
    /// The attribute whose values roles name.
    pub(super) list: &'static str,
}

const fn field(
    name: &'static str,
    sets: &'static str,
    label: &'static str,
    hint: &'static str,
    kind: &'static str,
    list: &'static str,
) -> Field {
    Field {
        name,
        sets,
        label,
        hint,
        kind,
        list,
    }
}

/// Who it is about, of everybody who is known already.
pub(super) const WHO: Field = field(
    "who",
    "",
    "Who",
    "Name or employee number. When several fit, the next page asks which.",
    "text",
    "",
);

/// What is asked for a kind, in the order of the page.
#[rustfmt::skip]
pub(super) const FIELDS: &[(&str, &[Field])] = &[
    ("hire", &[
        field("hire.givenName", "givenName", "Given name", "", "text", ""),
        field("hire.familyName", "familyName", "Family name", "", "text", ""),
        field("hire.employeeId", "employeeId", "Employee number",
            "As in the HR system: so both are the same person later", "text", ""),
        field("hire.startDate", "startDate", "First day", "", "date", ""),
        field("hire.department", "department", "Department", "", "text", "department"),
        field("hire.title", "title", "Title", "", "text", "title"),
        field("hire.location", "location", "Works in", "An office, or remote", "text", "location"),
        field("hire.country", "country", "Country", "Germany, or DE", "text", ""),
        field("hire.employmentType", "employmentType", "Employed as",
            "employee, contractor, intern", "text", "employment_type"),
        field("hire.timeZone", "timeZone", "Time zone",
            "Europe/Berlin. Left empty: the company’s", "text", ""),
        field("hire.manager", "", "Manager", "Name, employee number or work e-mail address", "text", ""),
        field("hire.level", "level", "Level", "If it is known", "text", "level"),
        field("hire.personalEmail", "personalEmail", "Private e-mail address",
            "If it is known: for what has to arrive before day one", "email", ""),
        field("hire.workEmail", "workEmail", "Work e-mail address",
            "Left empty: as the runbook makes it, or the next that is free", "email", ""),
    ]),
    ("transfer", &[
        field("transfer.day", "", "From which day", "", "date", ""),
        field("transfer.department", "department", "Department", "", "text", "department"),
        field("transfer.title", "title", "Title", "", "text", "title"),
        field("transfer.level", "level", "Level", "", "text", "level"),
        field("transfer.location", "location", "Works in", "", "text", "location"),
        field("transfer.country", "country", "Country", "Germany, or DE", "text", ""),
        field("transfer.timeZone", "timeZone", "Time zone",
            "Europe/Berlin. Left empty in another country: the company’s", "text", ""),
        field("transfer.manager", "", "Manager", "Name, employee number or work e-mail address", "text", ""),
    ]),
    ("exit", &[
        field("exit.day", "", "Last day", "Access ends on it, where the person works", "date", ""),
        field("exit.reason", "", "Reason",
            "May be left empty. HR, Security and auditors read it.", "text", ""),
    ]),
    ("urgent", &[
        field("urgent.reason", "", "Reason", "HR, Security and auditors read it. Do not write more than they need.", "text", ""),
    ]),
    ("leave", &[
        field("leave.day", "", "First day of leave", "", "date", ""),
        field("leave.reason", "", "Reason", "May be left empty", "text", ""),
    ]),
    ("return", &[
        field("return.day", "", "Back on", "", "date", ""),
    ]),
    ("rescind", &[
        field("rescind.reason", "", "Reason",
            "May be left empty. HR, Security and auditors read it.", "text", ""),
    ]),
    ("stays", &[
        field("stays.reason", "", "Reason",
            "May be left empty. HR, Security and auditors read it.", "text", ""),
    ]),
    ("moves", &[
        field("moves.first", "startDate", "New first day", "", "date", ""),
        field("moves.last", "lastDay", "New last day", "", "date", ""),
        field("moves.reason", "", "Reason",
            "May be left empty. HR, Security and auditors read it.", "text", ""),
    ]),
];

/// The fields of a kind.
pub(super) fn fields_of(kind: &str) -> &'static [Field] {
    let found = FIELDS.iter().find(|(of, _)| *of == kind);
    found.map_or(&[], |(_, fields)| fields)
}

/// What is wrong, and at which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) at: &'static str,
    pub(super) text: String,
}

impl Wrong {
    pub(super) fn new(at: &'static str, text: impl Into<String>) -> Wrong {
        Wrong {
            at,
            text: text.into(),
        }
    }
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    values: BTreeMap<&'static str, String>,
    /// The delivery that confirming it makes: one, however often the button is pressed; behind a dot, our seal of what
    /// was shown, and when.
    pub(super) token: String,
    /// The employee number, typed again.
    pub(super) typed: String,
    /// Which answer is to be changed.
    pub(super) change: String,
}

impl Said {
    /// Reads `application/x-www-form-urlencoded`; what it does not know is left out.
    pub(super) fn read(body: &[u8]) -> Said {
        let mut said = Said::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "token" => said.token = value.trim().to_owned(),
                "typed" => said.typed = value.trim().to_owned(),
                "change" => said.change = value.into_owned(),
                name => said.set(name, &value),
            }
        }
        said
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        let fields = FIELDS.iter().flat_map(|(_, fields)| fields.iter());
        let known = fields.map(|field| field.name).chain(["kind", WHO.name]);
        let known = known.into_iter().find(|known| *known == name);
        if let Some(known) = known.filter(|_| !value.trim().is_empty()) {
            self.values.insert(known, value.trim().to_owned());
        }
    }

    pub(super) fn with_token(mut self, token: String) -> Said {
        self.token = token;
        self
    }

    /// The delivery that confirming it makes.
    pub(super) fn delivery(&self) -> &str {
        self.token.split('.').next().unwrap_or_default()
    }

    /// What was typed of the chosen kind: nothing else of the form counts.
    pub(super) fn of_kind(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = fields_of(self.kind_name()).iter().map(|field| field.name);
        let counts: Vec<&str> = fields.chain(["kind", WHO.name]).collect();
        self.all().filter(move |(name, _)| counts.contains(name))
    }

    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// The chosen kind's name in the form.
    pub(super) fn kind_name(&self) -> &str {
        self.value("kind")
    }

    /// The chosen kind.
    pub(super) fn kind(&self) -> Option<EventKind> {
        let kinds = KINDS.iter();
        let chosen = kinds
            .into_iter()
            .find(|(name, ..)| *name == self.kind_name());
        chosen.map(|(_, kind, ..)| *kind)
    }

    /// All that was typed, by field.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_kept_and_nothing_else_is() {
        let said = Said::read(
            b"kind=exit&who=+1017+&exit.day=2026-12-01&hire.title=Engineer&by=Mallory&token=t&exit.reason=",
        );
        assert_eq!(said.kind(), Some(EventKind::Exit));
        assert_eq!(said.value("who"), "1017");
        let all: Vec<&str> = said.all().map(|(name, _)| name).collect();
        assert_eq!(all, ["exit.day", "hire.title", "kind", "who"]);
        assert_eq!(Said::read(b"kind=rehire").kind(), None);
    }

    #[test]
    fn every_kind_asks_for_something_and_no_name_stands_twice() {
        let mut names: Vec<&str> = FIELDS
            .iter()
            .flat_map(|(_, fields)| fields.iter().map(|field| field.name))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for (name, ..) in KINDS {
            assert!(!fields_of(name).is_empty(), "{name}");
        }
    }
}
