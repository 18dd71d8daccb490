//! Files as spreadsheets and programs write them.

use latchkey_sheet::{Grid, Mistake, text_of};

fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
    let grid = Grid::read(text);
    assert_eq!(grid.broken, None);
    let cells = |row: &latchkey_sheet::Row| row.cells.iter().map(|c| c.text.clone()).collect();
    grid.rows.iter().map(|row| (row.line, cells(row))).collect()
}

fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (line, cells.iter().map(|c| (*c).to_owned()).collect())
}

fn broken(text: &str) -> (u64, usize, String) {
    match Grid::read(text).broken {
        Some(Mistake {
            line, column, text, ..
        }) => (line, column, text),
        None => panic!("it can be read"),
    }
}

#[test]
fn every_line_end_gives_the_same_rows_with_the_line_that_an_editor_shows() {
    for end in ["\n", "\r", "\r\n"] {
        let text = ["id,name", "1,Ida", "", ",", "2,\"Ada", "King\"", "3,Per"].join(end);
        let expected = [
            row(2, &["1", "Ida"]),
            row(5, &["2", "Ada\nKing"]),
            row(7, &["3", "Per"]),
        ];
        assert_eq!(rows(&text), expected, "{end:?}");
    }
    assert_eq!(rows("id,name\r\n1,Ida\r2,Ada\n3,Per\r\n").len(), 3, "mixed");
}

#[test]
fn rows_of_blanks_are_no_rows_and_the_first_other_one_names_the_columns() {
    let grid = Grid::read("\n,,,\nid,name,,\n,\u{a0},\u{200b},\n1,Ida,,,,\n");
    assert_eq!((grid.head.line, grid.head.cells.len()), (3, 2));
    assert_eq!(grid.rows.len(), 1);
    assert_eq!(grid.misfit(&grid.rows[0]), None);
}

#[test]
fn the_delimiter_is_what_the_first_line_says_or_the_first_row_has_most() {
    for (text, line) in [
        ("id;name\n1;King, Ada\n", 2),
        ("id\tname\n1\tKing, Ada\n", 2),
        ("id|name\n1|King, Ada\n", 2),
        ("sep=;\nid;name\n1;King, Ada\n", 3),
        ("\"sep=;\"\r\nid;name\r\n1;King, Ada\r\n", 3),
        ("SEP=\t\rid\tname\r1\tKing, Ada\r", 3),
        ("\u{feff}\"i,d\";name\n1;King, Ada\n", 2),
        ("id,name\n1,\"King, Ada\"\n", 2),
    ] {
        assert_eq!(rows(text), [row(line, &["1", "King, Ada"])], "{text:?}");
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_is_told_where_it_begins() {
    let (line, column, text) = broken("id,name\r\n1,Ida\r\n2,\"Ada\r\n3,Per\r\n");
    assert_eq!((line, column), (3, 2));
    assert!(text.contains("closed nowhere"), "{text}");
    let (line, column, text) = broken("id,name\r1,\"Ida\r2,\"Ada\"\r3,Per\r");
    assert_eq!((line, column), (2, 2));
    assert!(text.contains("closes in line 3 before `Ada\"`"), "{text}");
    assert_eq!(
        rows("id,name\n1,the \"best\" one\n2, \"a \"\"b\"\"\" \n").len(),
        2
    );
}

#[test]
fn a_cell_without_a_column_is_told_and_a_row_that_was_cut_off() {
    let grid = Grid::read("id,name\n1,King, Ada\n2\n3,Per,,\n");
    let misfits: Vec<(u64, usize)> = grid
        .rows
        .iter()
        .filter_map(|row| grid.misfit(row))
        .map(|m| (m.line, m.column))
        .collect();
    assert_eq!(misfits, [(2, 3), (3, 2)]);
}

#[test]
fn utf_16_is_read_and_what_is_no_unicode_is_refused_with_its_line() {
    let text = "id\tname\r\n1\tZoë\r\n";
    let units = || text.encode_utf16();
    let little: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(units().flat_map(u16::to_le_bytes))
        .collect();
    let big: Vec<u8> = [0xfe, 0xff]
        .into_iter()
        .chain(units().flat_map(u16::to_be_bytes))
        .collect();
    for bytes in [little.as_slice(), big.as_slice()] {
        assert_eq!(text_of(bytes).unwrap(), text);
        assert!(text_of(&bytes[..bytes.len() - 1]).is_err(), "cut off");
    }
    assert_eq!(text_of(b"id,name\r1,Ida\r2,Zo\xeb\r").unwrap_err().line, 3);
    assert_eq!(text_of(&little[2..]).unwrap_err().line, 1);
    assert_eq!(
        text_of("id\r\n1\r\nZo\u{fffd}".as_bytes())
            .unwrap_err()
            .line,
        3
    );
}
