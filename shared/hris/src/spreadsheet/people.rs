//! A CSV file of people: every mistake at once, each with line and column.

use std::collections::BTreeMap;

use latchkey_lifecycle::{MissingFields, PersonDraft};

use super::sheet::{Mistake, Sheet};

/// A person in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where they stand; lines count from 1, and the first names the columns.
    pub line: u64,
    /// What the file says of them: complete.
    pub person: PersonDraft,
}

/// Reads people. `wrong` says what else makes a complete person a mistake: the column, and why.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn people(
    text: &str,
    wrong: &dyn Fn(&PersonDraft) -> Option<(&'static str, String)>,
) -> Result<Vec<Listed>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let Some(sheet) = Sheet::read(text, &[], &mut mistakes) else {
        return Err(mistakes);
    };
    let mut people: Vec<Listed> = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for row in &sheet.rows {
        let before = mistakes.len();
        let person = sheet.person(row, &mut mistakes);
        mistakes.extend(sheet.said_before(row, &person, &mut lines));
        if mistakes.len() > before {
            continue;
        }
        if let Err(MissingFields(missing)) = person.clone().complete() {
            let text = format!("the row lacks: {}", missing.join(", "));
            mistakes.push(Mistake::new(row.line, 1, text));
        } else if let Some((column, text)) = wrong(&person) {
            mistakes.push(Mistake::new(row.line, sheet.at(column), text));
        } else {
            let line = row.line;
            people.push(Listed { line, person });
        }
    }
    if mistakes.is_empty() {
        return Ok(people);
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}
