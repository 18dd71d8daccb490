//! A spreadsheet as CSV: rows of cells under named columns, and what is wrong with them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use latchkey_lifecycle::PersonDraft;

/// A mistake. Lines and columns count from 1; a column is a cell of its row, as in a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mistake {
    /// The line.
    pub line: u64,
    /// The cell.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl Mistake {
    /// A mistake in a cell.
    pub fn new(line: u64, column: usize, text: impl Into<String>) -> Mistake {
        Mistake {
            line,
            column,
            text: text.into(),
        }
    }
}

/// The rows of a file.
pub struct Sheet {
    columns: Vec<String>,
    /// The rows that can be read, in the order of the file.
    pub rows: Vec<Row>,
}

/// One row.
pub struct Row {
    /// The line that it begins in; lines count from 1, and the first names the columns.
    pub line: u64,
    cells: Vec<String>,
}

impl Sheet {
    /// Reads a file whose first row names the columns: fields of a person, and these others. Rows that cannot be read are
    /// mistakes and left out; wrong columns leave nothing to read.
    pub fn read(text: &str, others: &[&str], mistakes: &mut Vec<Mistake>) -> Option<Sheet> {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(delimiter(text))
            .from_reader(text.as_bytes());
        let columns: Vec<String> = match reader.headers() {
            Ok(headers) => headers.iter().map(str::to_owned).collect(),
            Err(e) => {
                mistakes.push(unreadable(&e));
                return None;
            }
        };
        let before = mistakes.len();
        for (n, name) in columns.iter().enumerate() {
            if !others.contains(&name.as_str()) && !is_field(name) {
                let others: Vec<String> = others.iter().map(|o| format!(", nor `{o}`")).collect();
                let text = format!("`{name}` is not a field of a person{}", others.concat());
                mistakes.push(Mistake::new(1, n + 1, text));
            } else if columns[..n].contains(name) {
                let text = format!("there are two columns `{name}`");
                mistakes.push(Mistake::new(1, n + 1, text));
            }
        }
        if mistakes.len() > before {
            return None;
        }
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = match row {
                Ok(row) => row,
                Err(e) => {
                    mistakes.push(unreadable(&e));
                    continue;
                }
            };
            let line = row.position().map_or(0, csv::Position::line);
            if row.len() == columns.len() {
                let cells = row.iter().map(str::to_owned).collect();
                rows.push(Row { line, cells });
                continue;
            }
            let text = format!(
                "{} cells, where the first row has {}",
                row.len(),
                columns.len()
            );
            let column = row.len().min(columns.len()) + 1;
            mistakes.push(Mistake::new(line, column, text));
        }
        Some(Sheet { columns, rows })
    }

    /// Where a column stands; the first one when there is none.
    pub fn at(&self, name: &str) -> usize {
        self.find(name).map_or(1, |n| n + 1)
    }

    /// Whether there is such a column.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// A cell of a row; `None` when it is empty or there is no such column.
    pub fn cell<'a>(&self, row: &'a Row, name: &str) -> Option<&'a str> {
        let text = row.cells.get(self.find(name)?)?.as_str();
        (!text.is_empty()).then_some(text)
    }

    /// What a row says of a person, in the columns that are a person's fields.
    pub fn person(&self, row: &Row, mistakes: &mut Vec<Mistake>) -> PersonDraft {
        let mut draft = PersonDraft::default();
        for (n, (name, value)) in self.columns.iter().zip(&row.cells).enumerate() {
            if value.is_empty() || !is_field(name) {
                continue;
            }
            if let Err(text) = draft.set(name, value) {
                mistakes.push(Mistake::new(row.line, n + 1, text));
            }
        }
        if let Some(zone) = &draft.time_zone
            && TimeZone::get(zone).is_err()
        {
            let text = format!("there is no time zone `{zone}`; write it like Europe/Berlin");
            mistakes.push(Mistake::new(row.line, self.at("timeZone"), text));
        }
        if let Some(country) = &draft.country
            && !(country.len() == 2 && country.chars().all(|c| c.is_ascii_alphabetic()))
        {
            let text = format!("`{country}` is no country code of two letters, like DE");
            mistakes.push(Mistake::new(row.line, self.at("country"), text));
        }
        draft
    }

    /// Finds people who stand in two rows.
    pub fn said_before(
        &self,
        row: &Row,
        person: &PersonDraft,
        lines: &mut BTreeMap<String, u64>,
    ) -> Option<Mistake> {
        let id = person.employee_id.as_ref()?;
        let first = lines.insert(id.to_string(), row.line)?;
        let text = format!("employee {id} stands in line {first}, too");
        Some(Mistake::new(row.line, self.at("employeeId"), text))
    }
}

/// Whether a column is a field of a person.
fn is_field(name: &str) -> bool {
    // Whether there is such a field is all that matters here.
    let refused = PersonDraft::default().set(name, "").err();
    !refused.is_some_and(|e| e.ends_with("is not a field of a person"))
}

/// Spreadsheets of countries that write 3,14 put semicolons between cells.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    }
}

fn unreadable(error: &csv::Error) -> Mistake {
    let line = error.position().map_or(1, csv::Position::line);
    Mistake::new(line, 1, error.to_string())
}
