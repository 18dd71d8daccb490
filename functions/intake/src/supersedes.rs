//! Which cases a later decision takes the place of (promise 5). Pure.

use jiff::civil::Date;
use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, CaseState, EventKind};

/// The cases whose place a new case takes:
///
/// - an urgent exit: everything that is open for the person;
/// - an exit: what would begin on its last day or later, or everything once that day has come. A hire or transfer
///   before it goes on: people work until their last day;
/// - a rescinded hire: the hire, and transfers after it;
/// - a withdrawn exit: the exit;
/// - a return: the leave, once the first day back has come, or when there is none. A leave before it goes on; one that has
///   ended already counts as if it had not been, when there was to be none;
/// - a hire: the rescission of an earlier one.
///
/// A withdrawal names the exit that it takes back also when that has ended. A hire that has ended was worked in: what
/// a rescission means then, or the deletion of the record that some HR systems send, is for HR to say.
pub(crate) fn supersedes(
    kind: EventKind,
    effective: Option<Date>,
    today: Date,
    cases: &[Row<Case>],
) -> Vec<&Row<Case>> {
    let open = |case: &Case| !case.state.is_ended();
    let over = |case: &Case| match kind {
        EventKind::UrgentExit => open(case) && case.kind != EventKind::HireRescinded,
        EventKind::Exit => {
            let begins = case.effective.unwrap_or(Date::MAX);
            let over = effective.is_some_and(|last| last <= today || last <= begins);
            open(case) && !case.kind.takes_all() && over
        }
        EventKind::HireRescinded => {
            open(case) && (case.kind.joins() || case.kind == EventKind::Transfer)
        }
        EventKind::ExitWithdrawn => is_exit(case) && open(case),
        EventKind::Return => {
            let begins = case.effective.unwrap_or(Date::MAX);
            // Off altogether, also when that is heard of after it has begun.
            let off = effective.is_none_or(|back| back <= begins);
            let over = off || effective.is_none_or(|back| back <= today);
            let counts = open(case) || (off && case.state == CaseState::Closed);
            case.kind == EventKind::Leave && counts && over
        }
        EventKind::Hire | EventKind::Rehire => open(case) && case.kind == EventKind::HireRescinded,
        EventKind::Transfer | EventKind::Leave | EventKind::DateMoved => false,
    };
    let mut found: Vec<&Row<Case>> = cases.iter().filter(|row| over(&row.item)).collect();
    if found.is_empty() && kind != EventKind::Return {
        found.extend(taken_back(kind, cases));
    }
    found
}

/// The last case that a rescission, a withdrawal or a return can be about: the hire before it was closed, the exit, or
/// the leave.
pub(crate) fn taken_back(kind: EventKind, cases: &[Row<Case>]) -> Option<&Row<Case>> {
    let about = |case: &Case| match kind {
        EventKind::HireRescinded => case.kind.joins() && case.state != CaseState::Closed,
        EventKind::ExitWithdrawn => is_exit(case),
        EventKind::Return => case.kind == EventKind::Leave,
        _ => false,
    };
    let last = |about: &dyn Fn(&Case) -> bool| {
        let rows = cases.iter().filter(|row| about(&row.item));
        rows.max_by_key(|row| (row.item.confirmed_at, row.item.id.clone()))
    };
    let found = last(&about)?;
    // Who came back since has another exit before them, if any.
    let back = last(&|case: &Case| case.kind.joins() && case.state != CaseState::Superseded);
    let since = back.is_some_and(|row| row.item.confirmed_at > found.item.confirmed_at);
    Some(found).filter(|_| !since)
}

fn is_exit(case: &Case) -> bool {
    matches!(case.kind, EventKind::Exit | EventKind::UrgentExit)
}
