//! What goes on when an exit is withdrawn: it took the place of other cases, and now it is as if it had not been confirmed. Pure.

use jiff::civil::Date;
use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, CaseId, CaseState, EventKind};

use crate::{belongs::later_word, supersedes::supersedes};

/// The cases that ended for an exit which the event withdraws, as they go on. What was said of them since stands.
pub(crate) fn revived(kind: EventKind, cases: &[Row<Case>]) -> Vec<Row<Case>> {
    if kind != EventKind::ExitWithdrawn {
        return Vec::new();
    }
    let mut exits: Vec<&CaseId> = supersedes(kind, None, Date::MIN, cases)
        .into_iter()
        .map(|row| &row.item.id)
        .collect();
    // An urgent exit took the place of the one for a later day.
    let before: Vec<&CaseId> = ended_for(&exits, cases)
        .filter(|row| row.item.kind.takes_all())
        .map(|row| &row.item.id)
        .collect();
    exits.extend(before);
    let goes_on = |case: &Case| {
        let kind = matches!(
            case.kind,
            EventKind::Hire
                | EventKind::Rehire
                | EventKind::Transfer
                | EventKind::Leave
                | EventKind::Return
        );
        kind && later_word(case.kind, case.effective, case.confirmed_at, cases).is_none()
    };
    ended_for(&exits, cases)
        .filter(|row| goes_on(&row.item))
        .map(|row| {
            let mut row = row.clone();
            row.item.go_on();
            row
        })
        .collect()
}

fn ended_for<'a>(exits: &[&CaseId], cases: &'a [Row<Case>]) -> impl Iterator<Item = &'a Row<Case>> {
    let by = |case: &Case| {
        let by = case.superseded_by.as_ref();
        case.state == CaseState::Superseded && by.is_some_and(|by| exits.contains(&by))
    };
    cases.iter().filter(move |row| by(&row.item))
}
