//! The same rows, written in every way that spreadsheets write them, are read as the same rows.

use latchkey_sheet::{Grid, text_of};
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Dialect {
    delimiter: char,
    says_it: bool,
    ends: Vec<&'static str>,
    quotes_all: bool,
    blank_rows: Vec<bool>,
    encoding: u8,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let ends = prop::sample::select(vec!["\n", "\r", "\r\n"]);
    (
        prop::sample::select(vec![',', ';', '\t', '|']),
        any::<bool>(),
        prop::collection::vec(ends, 1..4),
        any::<bool>(),
        prop::collection::vec(any::<bool>(), 1..5),
        0..4_u8,
    )
        .prop_map(
            |(delimiter, says_it, ends, quotes_all, blank_rows, encoding)| Dialect {
                delimiter,
                says_it,
                ends,
                quotes_all,
                blank_rows,
                encoding,
            },
        )
}

/// Words with everything in them that CSV is difficult with; the first column is never empty.
fn cell() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zë]{1,4}",
        Just(",".to_owned()),
        Just(";".to_owned()),
        Just("\t".to_owned()),
        Just("\"".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\n".to_owned()),
        Just("=cmd|' /C calc'!A0".to_owned()),
        Just(" ".to_owned()),
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

/// A line of an editor: counted here by other means than the reader's.
fn line_of(text: &str) -> u64 {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split('\n').count() as u64
}

fn read_as(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .trim()
        .to_owned()
}

impl Dialect {
    fn quoted(&self, cell: &str) -> String {
        let special = [self.delimiter, '"', '\r', '\n'];
        let blank = cell.trim() != cell;
        match self.quotes_all || blank || cell.contains(special) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.to_owned(),
        }
    }

    /// The file, and the line of each cell.
    fn write(&self, rows: &[Vec<String>]) -> (String, Vec<Vec<u64>>) {
        let end = |n: usize| self.ends[n % self.ends.len()];
        let mut text = String::new();
        let mut lines = Vec::new();
        if self.says_it {
            text.push_str(&format!("sep={}{}", self.delimiter, end(0)));
        }
        for (n, row) in rows.iter().enumerate() {
            if n > 0 && self.blank_rows[n % self.blank_rows.len()] {
                text.push_str(&format!(
                    "{}{}",
                    self.delimiter.to_string().repeat(n % 3),
                    end(n + 1)
                ));
            }
            let mut of_row = Vec::new();
            for (m, cell) in row.iter().enumerate() {
                if m > 0 {
                    text.push(self.delimiter);
                }
                // A lone CR and the LF after it would be one end.
                of_row.push(line_of(&text));
                text.push_str(&self.quoted(cell));
            }
            lines.push(of_row);
            text.push_str(end(n));
        }
        (text, lines)
    }

    fn encode(&self, text: &str) -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        match self.encoding {
            0 => text.as_bytes().to_vec(),
            1 => marked.into_bytes(),
            2 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

proptest! {
    #[test]
    fn the_same_rows_come_out_of_every_dialect_each_cell_with_its_line(
        dialect in dialect(),
        cells in prop::collection::vec((cell(), cell()), 0..12),
    ) {
        let head = ["employee id", "name", "note"].map(str::to_owned).to_vec();
        let mut rows = vec![head];
        rows.extend(cells.into_iter().enumerate().map(|(n, (a, b))| vec![format!("{n}x"), a, b]));
        let (text, lines) = dialect.write(&rows);
        let text = text_of(&dialect.encode(&text)).unwrap();
        let grid = Grid::read(&text);
        prop_assert_eq!(&grid.broken, &None);
        let read: Vec<Vec<String>> = std::iter::once(&grid.head).chain(&grid.rows)
            .map(|row| row.cells.iter().map(|c| c.text.clone()).collect()).collect();
        let written: Vec<Vec<String>> = rows.iter()
            .map(|row| row.iter().map(|c| read_as(c)).collect()).collect();
        prop_assert_eq!(read, written);
        let shown: Vec<Vec<u64>> = std::iter::once(&grid.head).chain(&grid.rows)
            .map(|row| row.cells.iter().map(|c| c.line).collect()).collect();
        prop_assert_eq!(shown, lines);
    }

    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = text_of(&bytes) {
            Grid::read(&text);
        }
    }
}
