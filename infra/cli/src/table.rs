//! Tables for people.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::{Timestamp, tz::TimeZone};

/// A table with these columns, as wide as the terminal; as wide as what is in it where there is none.
pub(crate) fn table(columns: &[&str]) -> Table {
    let width = terminal_size::terminal_size_of(std::io::stdout());
    table_within(columns, width.map(|(width, _)| width.0))
}

fn table_within(columns: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(columns);
    if let Some(width) = width {
        table.set_width(width.max(LEAST));
    }
    table
}

/// Narrower than that no table can be read.
const LEAST: u16 = 40;

/// An instant in a time zone, in as few words as a table has room for.
pub(crate) fn short(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%a %d %b %H:%M")
        .to_string()
}

/// An instant in the machine's own time zone.
pub(crate) fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M %Z")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_to_the_width_of_the_terminal() {
        let long =
            "the account zoe.mueller can sign in, with group:sales, licence:mail, role:approver";
        for (width, most) in [(Some(60), 60), (Some(3), usize::from(LEAST)), (None, 1000)] {
            let mut rows = table_within(&["Task", "Gives"], width);
            rows.add_row(["Account and groups", long]);
            let widest = rows
                .to_string()
                .lines()
                .map(|line| line.chars().count())
                .max();
            assert!(widest.unwrap() <= most, "{rows}");
        }
    }
}
