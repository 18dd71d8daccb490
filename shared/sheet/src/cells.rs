//! Cells, one character after the other.

use std::{iter::Peekable, str::Chars};

use crate::{Mistake, folded, shown};

/// What may stand between cells. Where a file does not say, the first row decides.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins in.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// One cell, without the blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The line that it begins in: another one than its row's, where a cell before it has several.
    pub line: u64,
    /// The character of that line that it begins with.
    pub character: u64,
    /// What stands in it.
    pub text: String,
}

impl Row {
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.is_empty())
    }

    pub(crate) fn without_blank_end(mut self) -> Row {
        let filled = self.cells.iter().rposition(|cell| !cell.text.is_empty());
        self.cells.truncate(filled.map_or(0, |n| n + 1));
        self
    }
}

/// Spaces that cannot be seen as such come with text that was copied.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}')
}

/// What ended a cell.
#[derive(PartialEq, Eq)]
enum End {
    Cell,
    Row,
}

/// Reads row by row. A line ends with CR, LF, or both.
pub(crate) struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    delimiter: char,
    line: u64,
    character: u64,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str) -> Reader<'t> {
        let text = text.trim_start_matches('\u{feff}');
        let said = text.split(['\r', '\n']).next().and_then(separator);
        let mut reader = Reader {
            rest: text.chars().peekable(),
            delimiter: said.unwrap_or_else(|| delimiter(text)),
            line: 1,
            character: 1,
        };
        while said.is_some() && reader.line == 1 && reader.next().is_some() {}
        reader
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.character += 1;
        if !matches!(c, '\r' | '\n') {
            return Some(c);
        }
        if c == '\r' {
            self.rest.next_if_eq(&'\n');
        }
        self.line += 1;
        self.character = 1;
        Some('\n')
    }

    fn ends_line(&mut self) -> bool {
        matches!(self.rest.peek(), None | Some('\r' | '\n'))
    }

    fn skip_blanks(&mut self) {
        let delimiter = self.delimiter;
        let blank = |c: &char| is_blank(*c) && *c != delimiter && !matches!(c, '\r' | '\n');
        while self.rest.next_if(blank).is_some() {
            self.character += 1;
        }
    }

    /// The next row; `None` at the end of the file.
    pub(crate) fn row(&mut self) -> Result<Option<Row>, Mistake> {
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        let (line, mut cells) = (self.line, Vec::new());
        loop {
            let (cell, end) = self.cell(cells.len() + 1)?;
            cells.push(cell);
            if end == End::Row {
                return Ok(Some(Row { line, cells }));
            }
        }
    }

    fn cell(&mut self, column: usize) -> Result<(Cell, End), Mistake> {
        self.skip_blanks();
        let (line, character) = (self.line, self.character);
        let text = match self.rest.next_if_eq(&'"') {
            Some(_) => self.quoted(column)?,
            None => self.plain(),
        };
        let cell = Cell {
            line,
            character,
            text: text.trim_matches(is_blank).to_owned(),
        };
        let end = match self.ends_line() {
            true => End::Row,
            false => End::Cell,
        };
        self.next();
        Ok((cell, end))
    }

    /// Up to a delimiter or the end of the line. A quotation mark within is one.
    fn plain(&mut self) -> String {
        let mut text = String::new();
        while !self.ends_line() && self.rest.peek() != Some(&self.delimiter) {
            text.extend(self.next());
        }
        text
    }

    /// Up to the quotation mark that closes it. Where that is not where it should be, some rows may have been read as
    /// one: the place to look at is where the cell begins.
    fn quoted(&mut self, column: usize) -> Result<String, Mistake> {
        let begins = self.line;
        self.character += 1;
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' if self.rest.peek() == Some(&'"') => {
                    self.next();
                    text.push('"');
                }
                '"' => {
                    let closes = self.line;
                    self.skip_blanks();
                    if self.ends_line() || self.rest.peek() == Some(&self.delimiter) {
                        return Ok(text);
                    }
                    let follows = shown(&self.plain());
                    let text = format!(
                        "the quotation mark that this cell begins with closes in line {closes} before `{follows}`, within a cell; \
                         write a quotation mark that belongs to the text twice. Nothing after it was looked at"
                    );
                    return Err(Mistake::new(begins, column, text));
                }
                c => text.push(c),
            }
        }
        let text = "the quotation mark that this cell begins with is closed nowhere. Nothing after it was looked at";
        Err(Mistake::new(begins, column, text))
    }
}

/// What a first line like `sep=;` says: Excel writes and reads it.
fn separator(line: &str) -> Option<char> {
    let (word, said) = line.trim_matches([' ', '"']).split_once('=')?;
    let mut said = said.chars();
    let delimiter = said.next().filter(|c| DELIMITERS.contains(c))?;
    // A program may fill the line up with delimiters, as any other row.
    let alone = said.all(|c| c == delimiter || c == '"');
    (folded(word) == "sep" && alone).then_some(delimiter)
}

/// What stands between the names of the columns most often, apart from what stands in quotation marks.
fn delimiter(text: &str) -> char {
    let head = text
        .split(['\r', '\n'])
        .find(|line| line.contains(char::is_alphanumeric));
    // What stands in quotation marks is every second piece.
    let outside: Vec<&str> = head.unwrap_or_default().split('"').step_by(2).collect();
    let count = |delimiter: &char| {
        outside
            .iter()
            .map(|piece| piece.matches(*delimiter).count())
            .sum()
    };
    let counts = DELIMITERS.map(|d| (count(&d), d));
    let most: usize = counts.iter().map(|(n, _)| *n).max().unwrap_or_default();
    let found = counts.into_iter().find(|(n, _)| *n == most);
    found.map_or(',', |(_, delimiter)| delimiter)
}
