//! What a row says of a person, in the columns that are a person's fields.

use latchkey_lifecycle::PersonDraft;
use latchkey_sheet::shown;

use super::{Mistake, Row, Sheet, day, spoiled};
use crate::normalise::{self, is_field};

/// What a row says of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The person. Somebody with one name only has the other one empty.
    pub person: PersonDraft,
    /// What may be as it is written, or not: HR is asked, and nothing waits for it.
    pub asked: Vec<String>,
}

/// What stands for a name that the person has not.
const ONE_NAME_ONLY: [&str; 3] = ["-", "–", "—"];

impl Sheet {
    /// What a row says of a person, in the columns that are a person's fields.
    pub fn person(&self, row: &Row, mistakes: &mut Vec<Mistake>) -> Said {
        let mut said = Said::default();
        for (n, (name, cell)) in self.columns.iter().zip(&row.cells).enumerate() {
            if cell.text.is_empty() || !is_field(name) {
                continue;
            }
            if let Err(text) = said.set(name, &cell.text) {
                mistakes.push(Mistake::new(cell.line, n + 1, text));
            }
        }
        let person = &mut said.person;
        let empty = |name: &Option<String>| name.as_deref() == Some("");
        if empty(&person.given_name) && empty(&person.family_name) {
            person.given_name = None;
            person.family_name = None;
        }
        said
    }
}

impl Said {
    fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let one_name_only = ONE_NAME_ONLY.contains(&text);
        match name {
            "givenName" if one_name_only => self.person.given_name = Some(String::new()),
            "familyName" if one_name_only => self.person.family_name = Some(String::new()),
            "givenName" | "familyName" => {
                self.asked.extend(spoiled::name(name, text)?);
                set(&mut self.person, name, text)?;
            }
            _ => {
                if let Some(problem) = spoiled::value(name, text) {
                    return Err(problem);
                }
                match name {
                    "startDate" | "lastDay" => {
                        set(&mut self.person, name, &day::day(text)?.to_string())?;
                    }
                    _ => set(&mut self.person, name, text)?,
                }
            }
        }
        Ok(())
    }
}

fn set(draft: &mut PersonDraft, name: &str, text: &str) -> Result<(), String> {
    normalise::set(draft, name, text).map_err(|misfit| format!("`{}`: {misfit}", shown(text)))
}
