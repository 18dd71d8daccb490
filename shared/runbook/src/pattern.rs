//! Texts with `{names}` in them: account names, e-mail addresses, instructions.

use latchkey_lifecycle::{
    Case, Person, shown,
    spelling::{is_separator, plain, plain_id},
};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// A name that cannot stand there.
    Unknown(String),
    /// A `{` is not closed.
    Open,
}

/// A text with names in it. Values are put in once: what stands in a value is never looked at again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

/// Names in account names and e-mail addresses.
pub(crate) const ACCOUNT_NAMES: [&str; 6] = ["given", "family", "g", "f", "employee_id", "email"];

/// Names in texts for people. `account.SYSTEM` is the account name there.
pub(crate) const TEXT_NAMES: [&str; 17] = [
    "company",
    "event",
    "effective",
    "person.full_name",
    "person.given_name",
    "person.family_name",
    "person.employee_id",
    "person.title",
    "person.department",
    "person.level",
    "person.employment_type",
    "person.country",
    "person.location",
    "person.work_email",
    "person.personal_email",
    "person.manager_email",
    "person.start_date",
];

impl Pattern {
    /// Reads a text; `known` says whether a name can stand in it.
    ///
    /// # Errors
    /// See [`PatternError`].
    pub(crate) fn parse(text: &str, known: impl Fn(&str) -> bool) -> Result<Pattern, PatternError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').ok_or(PatternError::Open)?;
            if !known(name) {
                return Err(PatternError::Unknown(name.to_owned()));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Name(name.to_owned()));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Pattern { parts })
    }

    /// The text with values put in; `None` when one of them is empty.
    pub(crate) fn fill_whole(&self, value: impl Fn(&str) -> String) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Name(name) => {
                    let value = value(name);
                    if value.is_empty() {
                        return None;
                    }
                    out.push_str(&value);
                }
            }
        }
        Some(out)
    }

    /// The text with values put in, and nothing where one is empty.
    pub(crate) fn fill_or_empty(&self, value: impl Fn(&str) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Name(name) => value(name),
        };
        self.parts.iter().map(part).collect()
    }

    /// The names in it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text between the names.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Name(_) => None,
        })
    }

    /// Whether it is the e-mail address and nothing else.
    pub(crate) fn is_email(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Name(name)] if name == "email")
    }

    /// What it writes from the @ on; empty without one.
    pub(crate) fn domain(&self) -> String {
        let texts = self.texts().filter_map(|text| text.split_once('@'));
        texts
            .map(|(_, domain)| format!("@{}", domain.to_ascii_lowercase()))
            .next()
            .unwrap_or_default()
    }

    /// A character that cannot stand in a name.
    pub(crate) fn misfit(&self) -> Option<char> {
        let mut all = self.texts().flat_map(str::chars);
        all.find(|c| !(c.is_ascii_alphanumeric() || is_separator(*c) || *c == '@'))
    }

    /// How many @ it writes.
    pub(crate) fn ats(&self) -> usize {
        self.texts()
            .flat_map(str::chars)
            .filter(|c| *c == '@')
            .count()
    }

    /// The text with values put in; what is not known reads `(not known)`.
    pub(crate) fn fill(&self, value: impl Fn(&str) -> String) -> String {
        self.parts.iter().fold(String::new(), |mut out, part| {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Name(name) => match value(name) {
                    empty if empty.is_empty() => out.push_str("(not known)"),
                    // A value adds no line to a text: it could read as one of ours.
                    value => out.push_str(&shown::line(&value)),
                },
            }
            out
        })
    }
}

/// A value for account names and e-mail addresses.
pub(crate) fn account_value(person: &Person, email: &str, name: &str) -> String {
    let plain = |text: &str| plain(text, &person.country);
    let initial = |text: &str| plain(text).chars().take(1).collect();
    match name {
        "given" => plain(&person.given_name),
        "family" => plain(&person.family_name),
        "g" => initial(&person.given_name),
        "f" => initial(&person.family_name),
        "employee_id" => plain_id(person.employee_id.as_str()),
        "email" => email.to_owned(),
        _ => String::new(),
    }
}

/// A value for texts.
pub(crate) fn text_value(company: &str, case: &Case, person: &Person, name: &str) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let day = |date: jiff::civil::Date| date.strftime("%a %-d %b %Y").to_string();
    match name {
        "company" => company.to_owned(),
        "event" => case.kind.words().to_owned(),
        "effective" => case.effective.map(day).unwrap_or_default(),
        "person.full_name" => person.full_name().trim().to_owned(),
        "person.given_name" => person.given_name.clone(),
        "person.family_name" => person.family_name.clone(),
        "person.employee_id" => person.employee_id.to_string(),
        "person.title" => person.title.clone(),
        "person.department" => person.department.clone(),
        "person.level" => text(&person.level),
        "person.employment_type" => person.employment_type.clone(),
        "person.country" => person.country.clone(),
        "person.location" => text(&person.location),
        "person.work_email" => text(&person.work_email),
        "person.personal_email" => text(&person.personal_email),
        "person.manager_email" => text(&person.manager_email),
        "person.start_date" => day(person.start_date),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_looked_at_again() {
        let pattern = Pattern::parse("Hello {a}, {b}!", |_| true).unwrap();
        let filled = pattern.fill(|name| {
            if name == "a" {
                "{b}".into()
            } else {
                String::new()
            }
        });
        assert_eq!(filled, "Hello {b}, (not known)!");
        assert_eq!(pattern.fill_whole(|_| String::new()), None);
        let unknown = PatternError::Unknown("nope".to_owned());
        assert_eq!(Pattern::parse("{nope}", |_| false), Err(unknown));
        assert_eq!(Pattern::parse("{open", |_| true), Err(PatternError::Open));
    }
}
