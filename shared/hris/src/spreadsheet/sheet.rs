//! A spreadsheet whose columns are known: rows of cells under them, and what is wrong with either.

use jiff::civil::Date;
use latchkey_sheet::{About, Grid, Mistake, Row, folded, shown};

use super::{day, spoiled};
use crate::normalise;

/// Every field of a person, as columns are called.
const FIELDS: [&str; 17] = [
    "employeeId",
    "givenName",
    "familyName",
    "workEmail",
    "personalEmail",
    "department",
    "title",
    "level",
    "employmentType",
    "country",
    "location",
    "timeZone",
    "manager",
    "managerEmail",
    "startDate",
    "lastDay",
    "previousId",
];

/// What HR systems call the same columns, in English and German. Not taken for them: whether a hire date is the first day
/// is for a person to say.
const MEANT: [(&str, &str); 34] = [
    ("id", "employeeId"),
    ("personnelnumber", "employeeId"),
    ("firstname", "givenName"),
    ("forename", "givenName"),
    ("lastname", "familyName"),
    ("surname", "familyName"),
    ("email", "workEmail"),
    ("jobtitle", "title"),
    ("position", "title"),
    ("hiredate", "startDate"),
    ("firstday", "startDate"),
    ("enddate", "lastDay"),
    ("terminationdate", "lastDay"),
    ("leavingdate", "lastDay"),
    ("managerid", "manager"),
    ("day", "effectiveDate"),
    ("personalnummer", "employeeId"),
    ("personalnr", "employeeId"),
    ("mitarbeiternummer", "employeeId"),
    ("vorname", "givenName"),
    ("nachname", "familyName"),
    ("abteilung", "department"),
    ("stelle", "title"),
    ("funktion", "title"),
    ("beschaftigungsart", "employmentType"),
    ("beschäftigungsart", "employmentType"),
    ("vertragsart", "employmentType"),
    ("land", "country"),
    ("standort", "location"),
    ("vorgesetzter", "manager"),
    ("eintrittsdatum", "startDate"),
    ("eintritt", "startDate"),
    ("austrittsdatum", "lastDay"),
    ("austritt", "lastDay"),
];

/// The rows of a file.
pub struct Sheet {
    /// By their documented names; empty where a column has neither name nor value.
    pub(super) columns: Vec<&'static str>,
    head: u64,
    /// The rows that can be read, in the order of the file.
    pub rows: Vec<Row>,
}

impl Sheet {
    /// Reads a file whose first row names the columns: fields of a person, and these others, in any case, with or
    /// without blanks and strokes. Rows that cannot be read are mistakes and left out; wrong columns leave nothing to
    /// read.
    pub fn read(text: &str, others: &[&'static str], mistakes: &mut Vec<Mistake>) -> Option<Sheet> {
        let mut grid = Grid::read(text);
        mistakes.extend(grid.broken.take());
        if grid.head.cells.is_empty() {
            mistakes.push(Mistake::new(1, 1, "there is nothing in the file").about(About::File));
            return None;
        }
        let columns = columns(&grid, others, mistakes)?;
        let mut rows = Vec::new();
        for row in &grid.rows {
            match grid.misfit(row) {
                Some(mistake) => mistakes.push(mistake),
                None => rows.push(row.clone()),
            }
        }
        let head = grid.head.line;
        Some(Sheet {
            columns,
            head,
            rows,
        })
    }

    /// Finds columns that are not there.
    pub fn lacks(&self, needed: &[&str]) -> Vec<Mistake> {
        let lacking = needed.iter().filter(|name| self.find(name).is_none());
        lacking
            .map(|name| {
                let text = format!("there is no column `{name}`");
                Mistake::new(self.head, 1, text).about(About::Column)
            })
            .collect()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| *column == name)
    }

    /// A mistake in a cell of a row; in its first one when there is no such column.
    pub fn mistake(&self, row: &Row, name: &str, text: impl Into<String>) -> Mistake {
        let column = self.find(name).unwrap_or_default();
        let line = row.cells.get(column).map_or(row.line, |cell| cell.line);
        Mistake::new(line, column + 1, text)
    }

    /// A cell of a row; `None` when it is empty or there is no such column.
    pub fn cell<'a>(&self, row: &'a Row, name: &str) -> Option<&'a str> {
        let text = row.cells.get(self.find(name)?)?.text.as_str();
        (!text.is_empty()).then_some(text)
    }

    /// Whether something stands in the column of a field, by the name that people say: `start date`.
    pub fn says(&self, row: &Row, field: &str) -> bool {
        let column = self
            .columns
            .iter()
            .find(|name| folded(name) == folded(field));
        column.is_some_and(|name| self.cell(row, name).is_some())
    }

    /// The day in a cell.
    ///
    /// # Errors
    /// The mistake, when something else stands there.
    pub fn day(&self, row: &Row, name: &str) -> Result<Option<Date>, Mistake> {
        let Some(text) = self.cell(row, name) else {
            return Ok(None);
        };
        let read = match spoiled::value(name, text) {
            Some(problem) => Err(problem),
            None => day::day(text).and_then(|day| {
                let bounded = normalise::day(&day.to_string());
                bounded.map_err(|wanted| format!("`{}` has to be {wanted}", shown(text)))
            }),
        };
        read.map_err(|text| self.mistake(row, name, text))
    }
}

/// The columns by their documented names.
fn columns(
    grid: &Grid,
    others: &[&'static str],
    mistakes: &mut Vec<Mistake>,
) -> Option<Vec<&'static str>> {
    let before = mistakes.len();
    let known: Vec<&'static str> = others.iter().copied().chain(FIELDS).collect();
    let mut columns: Vec<&'static str> = Vec::new();
    for (n, cell) in grid.head.cells.iter().enumerate() {
        let wrong = |text: String| Mistake::new(cell.line, n + 1, text).about(About::Column);
        let word = folded(&cell.text);
        match known.iter().find(|name| folded(name) == word) {
            Some(name) if columns.contains(name) => {
                mistakes.push(wrong(format!("there are two columns `{name}`")));
            }
            Some(name) => columns.push(name),
            None if cell.text.is_empty() => {
                let value = |row: &Row| row.cells.get(n).is_some_and(|c| !c.text.is_empty());
                if grid.rows.iter().any(value) {
                    mistakes.push(wrong("this column has values, and no name".to_owned()));
                }
                columns.push("");
            }
            None => mistakes.push(wrong(unknown(&cell.text, &word, &known))),
        }
    }
    (mistakes.len() == before).then_some(columns)
}

/// What to do about a column that nobody knows.
fn unknown(name: &str, word: &str, known: &[&str]) -> String {
    let score = |name: &&&str| strsim::jaro_winkler(word, &folded(name));
    let meant = MEANT.iter().find(|(said, _)| *said == word);
    let near = || {
        let near = known.iter().filter(|name| score(name) > 0.85);
        near.max_by(|a, b| score(a).total_cmp(&score(b))).copied()
    };
    let meant = meant
        .map(|(_, name)| *name)
        .filter(|name| known.contains(name));
    let name = shown(name);
    if word == "event" && !known.contains(&"event") {
        return "there is no column `event` here: a file of events is for `latchkey mass`"
            .to_owned();
    }
    match meant.or_else(near) {
        Some(near) => format!("there is no column `{name}`; did you mean `{near}`?"),
        None => format!(
            "there is no column `{name}`: name it as one of these, or take it out of the file: {}",
            known.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::is_field;

    #[test]
    fn every_column_of_a_person_is_a_field() {
        assert!(FIELDS.iter().all(|name| is_field(name)));
        let meant = MEANT.iter().map(|(_, name)| *name);
        assert!(
            meant
                .filter(|n| *n != "effectiveDate")
                .all(|n| FIELDS.contains(&n))
        );
    }

    fn told(text: &str) -> Vec<(u64, usize, String)> {
        let mut mistakes = Vec::new();
        let sheet = Sheet::read(text, &[], &mut mistakes);
        assert_eq!(sheet.is_none(), !mistakes.is_empty());
        let told = mistakes.into_iter().map(|m| (m.line, m.column, m.text));
        told.collect()
    }

    #[test]
    fn columns_are_known_however_they_are_written() {
        for head in [
            "Employee ID;START DATE;last-day",
            "employee_id,start_date,last_day",
            "EmployeeId|startDate|LastDay||",
        ] {
            assert_eq!(told(head), [], "{head}");
        }
    }

    #[test]
    fn a_column_that_nobody_knows_is_told_with_what_may_be_meant() {
        let told = told("\r\nemployeeId,First Name,Surname,famlyName,shoeSize,Employee ID,\r\n");
        let (places, texts): (Vec<(u64, usize)>, Vec<String>) = told
            .into_iter()
            .map(|(line, column, text)| ((line, column), text))
            .unzip();
        assert_eq!(places, [(2, 2), (2, 3), (2, 4), (2, 5), (2, 6)]);
        assert!(texts[0].ends_with("did you mean `givenName`?"), "{texts:?}");
        assert!(texts[1].ends_with("did you mean `familyName`?"));
        assert!(texts[2].ends_with("did you mean `familyName`?"));
        assert!(
            texts[3].contains("`shoeSize`: name it as one of these, or take it out of the file")
        );
        assert_eq!(texts[4], "there are two columns `employeeId`");
    }

    #[test]
    fn german_columns_and_a_file_of_events_are_told_apart_from_what_nobody_knows() {
        let told = told("Personalnummer;Vorname;Eintrittsdatum;event\n");
        let texts: Vec<String> = told.into_iter().map(|(_, _, text)| text).collect();
        assert!(
            texts[0].ends_with("did you mean `employeeId`?"),
            "{texts:?}"
        );
        assert!(texts[1].ends_with("did you mean `givenName`?"));
        assert!(texts[2].ends_with("did you mean `startDate`?"));
        assert!(texts[3].ends_with("a file of events is for `latchkey mass`"));
    }

    #[test]
    fn a_column_without_a_name_may_only_be_empty() {
        assert_eq!(told("employeeId,,title\n1,,Lead\n"), []);
        let told = told("employeeId,,title\n1,x,Lead\n");
        assert_eq!(told[0].2, "this column has values, and no name");
    }
}
