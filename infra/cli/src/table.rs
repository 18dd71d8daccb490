//! Tables for people, and the instants in them.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::tz::TimeZone;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::Case;
use latchkey_runtime::Runbooks;

/// Every command prints an instant as letters and pages do, in a time zone that it names; never in this machine's.
pub(crate) use latchkey_lifecycle::instant_in_words as instant;

/// A time zone by its name.
pub(crate) fn name_of(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// The time zone in which a person's windows are counted; UTC where the case's runbook is not understood.
pub(crate) async fn zone_of(ledger: &Ledger, runbooks: &Runbooks, case: &Case) -> TimeZone {
    let own = case.person.as_ref().and_then(|p| p.time_zone.as_deref());
    let runbook = runbooks.get(ledger, &case.runbook).await;
    runbook.map_or(TimeZone::UTC, |runbook| runbook.zone_of(own))
}

/// The company's time zone; UTC where no runbook was published.
pub(crate) async fn company_zone(ledger: &Ledger, runbooks: &Runbooks) -> TimeZone {
    let current = runbooks.current(ledger).await;
    current.map_or(TimeZone::UTC, |(_, runbook)| runbook.time_zone().clone())
}

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
