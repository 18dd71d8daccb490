//! People who are here already, from a CSV file: every mistake at once, each with line and column.

use jiff::civil::Date;
use latchkey_decisions::{Employment, employment};
use latchkey_hris::{Mistake, People};
use latchkey_lifecycle::PersonDraft;

/// Reads people. `today` decides who is here.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn people(text: &str, today: Date) -> Result<People, Vec<Mistake>> {
    let not_here = |draft: &PersonDraft| match employment(draft, today) {
        Employment::Before => Some((
            "startDate",
            "has not begun: leave the row out, the HR system's hire brings this person in"
                .to_owned(),
        )),
        Employment::After => Some((
            "lastDay",
            "has left already: leave the row out, or correct the day".to_owned(),
        )),
        Employment::Now | Employment::Unknown => None,
    };
    latchkey_hris::people(text, &not_here)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "employeeId,givenName,familyName,department,title,employmentType,country,startDate,timeZone,lastDay";

    fn read(rows: &[&str]) -> Result<Vec<PersonDraft>, Vec<(u64, usize)>> {
        let text = format!("{HEAD}\n{}\n", rows.join("\n"));
        let places = |all: Vec<Mistake>| -> Vec<(u64, usize)> {
            all.iter().map(|m| (m.line, m.column)).collect()
        };
        let read = people(&text, Date::constant(2026, 11, 23)).map_err(places)?;
        Ok(read.listed.into_iter().map(|one| one.person).collect())
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
            "7,Zoë,Müller,Sales,Lead,employee,DE,8/1/2024,Europe/Berlin,",
            "8,Ada,King,Engineering,Engineer,contractor,GB,2024-01-08,Mars/Olympus,",
            "9,Ada,King,,Engineer,contractor,GB,2024-01-08,,",
            "9,Ada,King,Engineering,Engineer,contractor,Atlantis,2024-01-08,,",
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
