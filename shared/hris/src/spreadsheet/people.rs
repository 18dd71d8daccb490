//! A CSV file of people: every mistake at once, each with line and cell.

use std::collections::BTreeMap;

use latchkey_lifecycle::{EmployeeId, MissingFields, PersonDraft};
use serde_json::Value;

use super::{Mistake, Row, Said, Sheet};

/// Columns without which nobody can be taken in.
const NEEDED: [&str; 8] = [
    "employeeId",
    "givenName",
    "familyName",
    "department",
    "title",
    "employmentType",
    "country",
    "startDate",
];

/// The people of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Rows with something in them, below the first: each is a person's, or says again what one before it says.
    pub rows: usize,
    /// Each person once, in the order of the file.
    pub listed: Vec<Listed>,
}

/// A person in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The line that an editor shows.
    pub line: u64,
    /// What the file says of them: complete.
    pub person: PersonDraft,
    /// What may be as it is written, or not: HR is asked, and nothing waits for it.
    pub asked: Vec<String>,
}

/// Reads people. `wrong` says what else makes a complete person a mistake: the column, and why.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn people(
    text: &str,
    wrong: &dyn Fn(&PersonDraft) -> Option<(&'static str, String)>,
) -> Result<People, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let Some(sheet) = Sheet::read(text, &[], &mut mistakes) else {
        return Err(mistakes);
    };
    let columns = sheet.lacks(&NEEDED);
    if !columns.is_empty() {
        mistakes.extend(columns);
        return Err(mistakes);
    }
    let mut listed: Vec<Listed> = Vec::new();
    let mut told = BTreeMap::new();
    for row in &sheet.rows {
        let before = mistakes.len();
        let Said { person, asked } = sheet.person(row, &mut mistakes);
        match said_before(&sheet, row, &person, &mut told) {
            Before::Same => continue,
            Before::Other(mistake) => mistakes.push(mistake),
            Before::Nothing => {}
        }
        if mistakes.len() > before {
            continue;
        }
        if let Err(MissingFields(missing)) = person.clone().complete() {
            let text = format!("the row lacks: {}", lacking(&missing));
            mistakes.push(Mistake::new(row.line, 1, text));
        } else if let Some((column, text)) = wrong(&person) {
            mistakes.push(sheet.mistake(row, column, text));
        } else {
            let line = row.line;
            listed.push(Listed {
                line,
                person,
                asked,
            });
        }
    }
    if mistakes.is_empty() {
        let rows = sheet.rows.len();
        return Ok(People { rows, listed });
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}

/// What a row lacks, in words. Whoever has one name only has to be told from those whose other name was forgotten.
pub fn lacking(missing: &[&str]) -> String {
    let one_name = match missing {
        ["given name"] | ["family name"] => "; somebody who has one name only has `-` there",
        _ => "",
    };
    format!("{}{one_name}", missing.join(", "))
}

/// What the lines before say of the same person.
enum Before {
    Nothing,
    Same,
    Other(Mistake),
}

/// Lines and people by employee id; those of digits alone without the noughts before them.
type Told = BTreeMap<String, Vec<(u64, PersonDraft)>>;

fn said_before(sheet: &Sheet, row: &Row, person: &PersonDraft, told: &mut Told) -> Before {
    let Some(id) = person.employee_id.as_ref() else {
        return Before::Nothing;
    };
    let alike = told.entry(key(id)).or_default();
    let found = alike.iter().find_map(|(line, other)| {
        let same_id = other.employee_id.as_ref() == Some(id);
        if same_id && other == person {
            return Some(Before::Same);
        }
        let text = match same_id {
            true => format!(
                "employee {id} stands in line {line}, too, with another {}",
                differing(other, person).join(", ")
            ),
            false => {
                let shared = person.shares_with(other);
                let other = other.employee_id.as_ref().filter(|_| !shared.is_empty())?;
                format!(
                    "employee {id} has the {} of employee {other} in line {line}, and an id that differs by noughts only: are \
                     they one person?",
                    shared.join(" and ")
                )
            }
        };
        Some(Before::Other(sheet.mistake(row, "employeeId", text)))
    });
    alike.push((row.line, person.clone()));
    found.unwrap_or(Before::Nothing)
}

fn key(id: &EmployeeId) -> String {
    let id = id.as_str();
    let number = id.chars().all(|c| c.is_ascii_digit());
    let key = if number {
        id.trim_start_matches('0')
    } else {
        id
    };
    key.to_owned()
}

/// The columns in which two rows differ.
fn differing(one: &PersonDraft, other: &PersonDraft) -> Vec<String> {
    let fields = |draft| match serde_json::to_value(draft) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (one, other) = (fields(one), fields(other));
    let names = one
        .keys()
        .chain(other.keys().filter(|n| !one.contains_key(*n)));
    names
        .filter(|name| one.get(*name) != other.get(*name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "employeeId,givenName,familyName,department,title,employmentType,country,startDate,workEmail";

    fn read(rows: &[&str]) -> Result<People, Vec<Mistake>> {
        people(&format!("{HEAD}\n{}\n", rows.join("\n")), &|_| None)
    }

    fn told(rows: &[&str]) -> Vec<(u64, usize, String)> {
        let mistakes = read(rows).unwrap_err().into_iter();
        mistakes.map(|m| (m.line, m.column, m.text)).collect()
    }

    #[test]
    fn a_row_that_says_the_same_again_is_no_second_person_and_one_that_does_not_is_told() {
        let ida = "7,Ida,Roe,Sales,Lead,employee,DE,2026-12-14,";
        let twice = read(&[ida, "8,Per,Roe,Sales,Lead,employee,DE,2026-12-14,", ida]).unwrap();
        assert_eq!((twice.rows, twice.listed.len()), (3, 2));
        let told = told(&[ida, &ida.replace("Sales,Lead", "Finance,Head")]);
        let text = "employee 7 stands in line 2, too, with another department, title";
        assert_eq!(told, [(3, 1, text.to_owned())]);
    }

    #[test]
    fn two_ids_that_differ_by_noughts_are_asked_about_when_the_people_are_alike() {
        let told = told(&[
            "000778,Per,Lindgren,Sales,Lead,employee,DE,2026-11-02,",
            "778,Per,Lindgren,Sales,Lead,employee,DE,2026-12-07,",
        ]);
        assert_eq!((told.len(), told[0].0), (1, 3));
        assert!(
            told[0]
                .2
                .contains("employee 778 has the name of employee 000778 in line 2"),
            "{told:?}"
        );
        let others = read(&[
            "07,Per,Lindgren,Sales,Lead,employee,DE,2026-11-02,",
            "7,Ida,Roe,Sales,Lead,employee,DE,2026-12-07,",
        ]);
        assert_eq!(others.unwrap().listed.len(), 2);
    }

    #[test]
    fn one_name_is_enough_when_the_file_says_so() {
        let told = told(&["7,Suharno,,Sales,Lead,employee,ID,2026-12-14,"]);
        assert_eq!(
            told[0].2,
            "the row lacks: family name; somebody who has one name only has `-` there"
        );
        let people = read(&["7,Suharno,-,Sales,Lead,employee,ID,2026-12-14,"]).unwrap();
        let person = people.listed[0].person.clone().complete().unwrap();
        assert_eq!(
            (person.given_name.as_str(), person.family_name.as_str()),
            ("Suharno", "")
        );
        assert_eq!(told_lacks(), "the row lacks: given name, family name");
    }

    fn told_lacks() -> String {
        told(&["7,-,-,Sales,Lead,employee,ID,2026-12-14,"])[0]
            .2
            .clone()
    }

    #[test]
    fn a_column_that_is_not_there_is_told_once() {
        let mistakes = people("employeeId,givenName\n7,Ida\n8,Per\n", &|_| None).unwrap_err();
        assert_eq!(mistakes.len(), 6);
        assert!(mistakes.iter().all(|m| m.line == 1));
    }

    #[test]
    fn what_may_be_a_name_is_taken_and_asked() {
        let people = read(&["7,Ida,Null,Sales,Lead,employee,DE,2026-12-14,"]).unwrap();
        assert_eq!(people.listed[0].asked.len(), 1);
        assert_eq!(people.listed[0].person.family_name.as_deref(), Some("Null"));
        let told = told(&["7,NULL,N/A,#N/A,#REF!,employee,DE,2026-12-14,"]);
        let cells: Vec<usize> = told.iter().map(|(_, column, _)| *column).collect();
        assert_eq!(cells, [2, 3, 4, 5]);
    }
}
