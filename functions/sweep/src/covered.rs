//! Whether a case is at work on a difference already.

use jiff::Timestamp;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{
    Case, CaseId, CaseState, EmployeeId, EventKind, SystemId, Task, Verification, Work,
};
use latchkey_runtime::Failure;

/// Whether a case is at work on a person's account in a system, or was so after `since`. A transfer or hire counts
/// from its beginning, because the record says already what is to come; an exit counts when its window has opened.
pub fn covers(
    case: &Case,
    tasks: &[Task],
    system: &SystemId,
    now: Timestamp,
    since: Timestamp,
) -> bool {
    match case.state {
        CaseState::Received | CaseState::Incomplete | CaseState::Held => return true,
        CaseState::Closed | CaseState::Superseded => {
            return case.closed_at.is_some_and(|at| at >= since);
        }
        CaseState::Open => {}
    }
    let here = |task: &&Task| {
        let works = matches!(&task.work, Work::System { system: it, .. } if it == system);
        let reads =
            matches!(&task.verification, Verification::ReadBack { system: it, .. } if it == system);
        works || reads
    };
    let at_work = |task: &Task| match task.ended_at {
        Some(at) => at >= since,
        None => task.window.opens <= now || !case.kind.takes_all(),
    };
    tasks.iter().filter(here).any(at_work)
}

/// The case that is at work on a person's account in a system.
pub(crate) async fn covering(
    ledger: &Ledger,
    employee: &EmployeeId,
    system: &SystemId,
    now: Timestamp,
    since: Timestamp,
) -> Result<Option<CaseId>, Failure> {
    for row in ledger.each_case_of(employee).await? {
        let tasks = match row.item.state {
            CaseState::Open => ledger.tasks(&row.item.id).await?,
            _ => Vec::new(),
        };
        let tasks: Vec<Task> = tasks.into_iter().map(|row| row.item.task).collect();
        if covers(&row.item, &tasks, system, now, since) {
            return Ok(Some(row.item.id));
        }
    }
    Ok(None)
}

/// Whether an exit was confirmed for a last day.
pub(crate) async fn has_exit(
    ledger: &Ledger,
    employee: &EmployeeId,
    last_day: jiff::civil::Date,
) -> Result<bool, Failure> {
    let cases = ledger.each_case_of(employee).await?;
    let counts = |case: &Case| {
        matches!(case.kind, EventKind::Exit | EventKind::UrgentExit)
            && case.state != CaseState::Superseded
            && case.effective.is_none_or(|day| day >= last_day)
    };
    Ok(cases.iter().any(|row| counts(&row.item)))
}
