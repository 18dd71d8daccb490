//! A CSV file of people: every mistake at once, each with line and column.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use latchkey_lifecycle::{MissingFields, PersonDraft};
use sweep::{Employment, employment};

/// A mistake. Lines and columns count from 1; a column is a cell of its row, as in a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Mistake {
    pub(crate) line: u64,
    pub(crate) column: usize,
    pub(crate) text: String,
}

/// Reads people. `today` decides who is here.
///
/// # Errors
/// Every mistake, in the order of the file.
pub(crate) fn people(text: &str, today: Date) -> Result<Vec<PersonDraft>, Vec<Mistake>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let wrong = |line, column: usize, text: String| Mistake { line, column, text };
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(e) => return Err(vec![unreadable(&e)]),
    };
    let mut mistakes = Vec::new();
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, name) in headers.iter().enumerate() {
        // Whether there is such a field is all that matters here.
        let known = PersonDraft::default().set(name, "").err();
        if known.is_some_and(|e| e.ends_with("is not a field of a person")) {
            mistakes.push(wrong(
                1,
                n + 1,
                format!("`{name}` is not a field of a person"),
            ));
        } else if columns.insert(name, n + 1).is_some() {
            mistakes.push(wrong(1, n + 1, format!("there are two columns `{name}`")));
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let at = |field: &str| columns.get(field).copied().unwrap_or(1);
    let mut people: Vec<PersonDraft> = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(e) => {
                mistakes.push(unreadable(&e));
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() != headers.len() {
            let text = format!(
                "{} cells, where the first row has {}",
                row.len(),
                headers.len()
            );
            mistakes.push(wrong(line, row.len().min(headers.len()) + 1, text));
            continue;
        }
        let before = mistakes.len();
        let mut draft = PersonDraft::default();
        for (n, (name, value)) in headers.iter().zip(row.iter()).enumerate() {
            if value.is_empty() {
                continue;
            }
            if let Err(text) = draft.set(name, value) {
                mistakes.push(wrong(line, n + 1, text));
            }
        }
        if let Some(zone) = &draft.time_zone
            && TimeZone::get(zone).is_err()
        {
            let text = format!("there is no time zone `{zone}`; write it like Europe/Berlin");
            mistakes.push(wrong(line, at("timeZone"), text));
        }
        if let Some(country) = &draft.country
            && !(country.len() == 2 && country.chars().all(|c| c.is_ascii_alphabetic()))
        {
            let text = format!("`{country}` is no country code of two letters, like DE");
            mistakes.push(wrong(line, at("country"), text));
        }
        if let Some(id) = &draft.employee_id
            && let Some(first) = lines.insert(id.to_string(), line)
        {
            let text = format!("employee {id} stands in line {first}, too");
            mistakes.push(wrong(line, at("employeeId"), text));
        }
        if mistakes.len() > before {
            continue;
        }
        if let Err(MissingFields(missing)) = draft.clone().complete() {
            let text = format!("the row lacks: {}", missing.join(", "));
            mistakes.push(wrong(line, 1, text));
            continue;
        }
        match employment(&draft, today) {
            Employment::Before => {
                let text =
                    "has not begun: leave the row out, the HR system's hire brings this person in";
                mistakes.push(wrong(line, at("startDate"), text.to_owned()));
            }
            Employment::After => {
                let text = "has left already: leave the row out, or correct the day";
                mistakes.push(wrong(line, at("lastDay"), text.to_owned()));
            }
            Employment::Now | Employment::Unknown => people.push(draft),
        }
    }
    if mistakes.is_empty() {
        Ok(people)
    } else {
        Err(mistakes)
    }
}

fn unreadable(error: &csv::Error) -> Mistake {
    Mistake {
        line: error.position().map_or(1, csv::Position::line),
        column: 1,
        text: error.to_string(),
    }
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
