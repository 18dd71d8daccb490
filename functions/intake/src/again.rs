//! An exit that is over, and told once more after the person was given everything back. Pure.

use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, CaseState, Event, EventKind};

/// Whether an exit that is over was withdrawn before the event. An urgent exit is also about who was hired since; any other of the
/// same day is from before that hire.
pub(crate) fn given_back_since(exit: &Case, event: &Event, cases: &[Row<Case>]) -> bool {
    let urgent = exit.kind == EventKind::UrgentExit;
    let back = |case: &Case| case.kind == EventKind::ExitWithdrawn || (urgent && case.kind.joins());
    let since = |case: &Case| {
        back(case)
            && case.state != CaseState::Superseded
            && (exit.confirmed_at..event.occurred_at).contains(&case.confirmed_at)
    };
    cases.iter().any(|row| since(&row.item))
}

/// The hire of somebody who had left, where a later word tells of that same exit once more.
pub(crate) fn hired_since<'a>(
    event: &Event,
    exit: &Case,
    cases: &'a [Row<Case>],
) -> Option<&'a Row<Case>> {
    let again = event.kind == EventKind::Exit && exit.kind == EventKind::Exit;
    let since = |case: &Case| {
        case.kind.joins()
            && case.state != CaseState::Superseded
            && (exit.confirmed_at..event.occurred_at).contains(&case.confirmed_at)
    };
    cases.iter().find(|row| again && since(&row.item))
}
