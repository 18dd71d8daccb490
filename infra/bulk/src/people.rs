//! A CSV file of people: every mistake at once, each with line and column.

use std::collections::BTreeMap;

use jiff::civil::Date;
use latchkey_lifecycle::{MissingFields, PersonDraft};
use sweep::{Employment, employment};

use crate::sheet::{Mistake, Sheet};

/// Reads people. `today` decides who is here.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn people(text: &str, today: Date) -> Result<Vec<PersonDraft>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let Some(sheet) = Sheet::read(text, &[], &mut mistakes) else {
        return Err(mistakes);
    };
    let mut people: Vec<PersonDraft> = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for row in &sheet.rows {
        let before = mistakes.len();
        let draft = sheet.person(row, &mut mistakes);
        mistakes.extend(sheet.said_before(row, &draft, &mut lines));
        if mistakes.len() > before {
            continue;
        }
        let mut wrong = |column, text: String| mistakes.push(Mistake::new(row.line, column, text));
        if let Err(MissingFields(missing)) = draft.clone().complete() {
            wrong(1, format!("the row lacks: {}", missing.join(", ")));
            continue;
        }
        match employment(&draft, today) {
            Employment::Before => {
                let text =
                    "has not begun: leave the row out, the HR system's hire brings this person in";
                wrong(sheet.at("startDate"), text.to_owned());
            }
            Employment::After => {
                let text = "has left already: leave the row out, or correct the day";
                wrong(sheet.at("lastDay"), text.to_owned());
            }
            Employment::Now | Employment::Unknown => people.push(draft),
        }
    }
    if mistakes.is_empty() {
        return Ok(people);
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "employeeId,givenName,familyName,department,title,employmentType,country,startDate,timeZone,lastDay";

    fn read(rows: &[&str]) -> Result<Vec<PersonDraft>, Vec<(u64, usize)>> {
        let text = format!("{HEAD}\n{}\n", rows.join("\n"));
        let places = |all: Vec<Mistake>| all.iter().map(|m| (m.line, m.column)).collect();
        people(&text, Date::constant(2026, 11, 23)).map_err(places)
    }

    #[test]
    fn rows_become_people() {
        let rows = [
            "7,Zoë,Müller,Sales,Lead,employee,DE,2024-01-08,Europe/Berlin,",
            "8,\"Ada, Countess\",King,Engineering,Engineer,contractor,GB,2026-11-23,,2026-11-23",
        ];
        let people = read(&rows).unwrap();
        assert_eq!(people.len(), 2);
        assert_eq!(people[0].given_name.as_deref(), Some("Zoë"));
        assert_eq!(people[0].last_day, None);
        assert_eq!(people[1].given_name.as_deref(), Some("Ada, Countess"));
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let rows = [
            "7,Zoë,Müller,Sales,Lead,employee,DE,8.1.2024,Europe/Berlin,",
            "8,Ada,King,Engineering,Engineer,contractor,GB,2024-01-08,Mars/Olympus,",
            "9,Ada,King,,Engineer,contractor,GB,2024-01-08,,",
            "9,Ada,King,Engineering,Engineer,contractor,Germany,2024-01-08,,",
            "10,Ada,King,Engineering,Engineer,contractor,GB,2024-01-08",
            "11,Ada,King,Engineering,Engineer,contractor,GB,2026-11-24,,",
            "12,Ada,King,Engineering,Engineer,contractor,GB,2024-01-08,,2026-11-22",
        ];
        assert_eq!(
            read(&rows).unwrap_err(),
            [
                (2, 8),
                (3, 9),
                (4, 1),
                (5, 7),
                (5, 1),
                (6, 9),
                (7, 8),
                (8, 10)
            ]
        );
        let unknown = people(
            "employeeId,shoeSize,employeeId\n",
            Date::constant(2026, 11, 23),
        );
        let places: Vec<(u64, usize)> = unknown
            .unwrap_err()
            .iter()
            .map(|m| (m.line, m.column))
            .collect();
        assert_eq!(places, [(1, 2), (1, 3)]);
    }
}
