//! Texts with `{names}` in them: account names, e-mail addresses, instructions.

use latchkey_lifecycle::{Case, Person};

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

    /// The text with values put in; what is not known reads `(not known)`.
    pub(crate) fn fill(&self, value: impl Fn(&str) -> String) -> String {
        self.parts.iter().fold(String::new(), |mut out, part| {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Name(name) => match value(name) {
                    empty if empty.is_empty() => out.push_str("(not known)"),
                    value => out.push_str(&value),
                },
            }
            out
        })
    }
}

/// A name as systems take it: lower case ASCII, umlauts as ae, oe, ue, everything else transliterated.
pub(crate) fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let german: String = lower
        .chars()
        .map(|c| match c {
            'ä' => "ae".to_owned(),
            'ö' => "oe".to_owned(),
            'ü' => "ue".to_owned(),
            'ß' => "ss".to_owned(),
            'ø' => "oe".to_owned(),
            'å' => "aa".to_owned(),
            other => other.to_string(),
        })
        .collect();
    let ascii = deunicode::deunicode(&german).to_lowercase();
    let dashed: String = ascii
        .trim()
        .chars()
        .map(|c| if c.is_whitespace() { '-' } else { c })
        .collect();
    dashed
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '@'))
        .collect()
}

/// A value for account names and e-mail addresses.
pub(crate) fn account_value(person: &Person, email: &str, name: &str) -> String {
    let initial = |text: &str| {
        plain(text)
            .chars()
            .next()
            .map(String::from)
            .unwrap_or_default()
    };
    match name {
        "given" => plain(&person.given_name),
        "family" => plain(&person.family_name),
        "g" => initial(&person.given_name),
        "f" => initial(&person.family_name),
        "employee_id" => plain(person.employee_id.as_str()),
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
    fn names_become_plain() {
        for (name, want) in [
            ("Müller", "mueller"),
            ("Zoë", "zoe"),
            ("Łukasz", "lukasz"),
            ("O'Brien", "obrien"),
            ("van der Berg", "van-der-berg"),
            ("Groß", "gross"),
            ("李", "li"),
        ] {
            assert_eq!(plain(name), want);
        }
    }

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
