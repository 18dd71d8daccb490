//! CSV as spreadsheets and programs write it. One reader for every file that people give Latchkey: lists of people,
//! mass events, the permissions matrix.
//!
//! Lines may end in any way, and in several; commas, semicolons, tabs or bars stand between cells; a first line `sep=;`
//! is understood; rows of blanks are no rows. Each cell knows the line that an editor shows.

mod cells;
mod text;

use cells::Reader;
pub use cells::{Cell, Row};
pub use text::{MAX_BYTES, text_of};

/// A mistake. Lines and columns count from 1; a column is a cell of its row, as in a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mistake {
    /// The line that an editor shows.
    pub line: u64,
    /// The cell.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub text: String,
    /// What it is about.
    #[serde(skip)]
    pub about: About,
}

/// What a mistake is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum About {
    /// A cell.
    #[default]
    Cell,
    /// A column as a whole: its name, or that it is not there.
    Column,
    /// The file as a whole.
    File,
}

impl Mistake {
    /// A mistake in a cell.
    pub fn new(line: u64, column: usize, text: impl Into<String>) -> Mistake {
        Mistake {
            line,
            column,
            text: text.into(),
            about: About::Cell,
        }
    }

    /// The same, about something larger.
    #[must_use]
    pub fn about(mut self, about: About) -> Mistake {
        self.about = about;
        self
    }
}

/// The rows of a file, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    /// The first row with something in it: the names of the columns. Blank cells at its end are cut off.
    pub head: Row,
    /// The rows below it that have something in them.
    pub rows: Vec<Row>,
    /// Why the rest of the file cannot be read.
    pub broken: Option<Mistake>,
}

impl Grid {
    /// Reads a file.
    pub fn read(text: &str) -> Grid {
        let mut reader = Reader::new(text);
        let mut grid = Grid::default();
        loop {
            match reader.row() {
                Ok(Some(row)) if row.is_blank() => {}
                Ok(Some(row)) if grid.head.cells.is_empty() => grid.head = row.without_blank_end(),
                Ok(Some(row)) => grid.rows.push(row),
                Ok(None) => return grid,
                Err(mistake) => {
                    grid.broken = Some(mistake);
                    return grid;
                }
            }
        }
    }

    /// What is wrong with the number of a row's cells: one that has no column would be lost, and a row that is short
    /// may have been cut off.
    pub fn misfit(&self, row: &Row) -> Option<Mistake> {
        let columns = self.head.cells.len();
        let beyond = row.cells.iter().enumerate().skip(columns);
        let mut beyond = beyond.filter(|(_, cell)| !cell.text.is_empty());
        if let Some((n, cell)) = beyond.next() {
            let text = format!(
                "`{}` stands in no column, the first row has {columns}; a cell with a comma or semicolon in it needs quotation \
                 marks around it",
                shown(&cell.text)
            );
            return Some(Mistake::new(cell.line, n + 1, text));
        }
        (row.cells.len() < columns).then(|| {
            let text = format!(
                "{} cells, where the first row has {columns}",
                row.cells.len()
            );
            Mistake::new(row.line, row.cells.len() + 1, text)
        })
    }
}

/// Words of a column's name as they are compared: people write `Employee ID`, programs `employee_id`.
pub fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A cell as a sentence quotes it.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
