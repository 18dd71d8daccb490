//! What an event stands against that changes nothing: a decision that was confirmed later. Pure.

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::{Receipt, Row};
use latchkey_lifecycle::{
    Case, CaseId, CaseState, EmployeeId, Event, EventKind, Revision, RunbookVersion,
};

use crate::decide::{Decision, audit_of};

/// The sentence for the HR system.
pub(crate) fn against(event: &Event, case: &Case) -> String {
    let day = case.effective.map(|day| format!(" of {day}"));
    let day = day.unwrap_or_default();
    let when = match case.confirmed_at > event.occurred_at {
        true => "confirmed later",
        false => "which is over",
    };
    format!(
        "This changes nothing: it stands against the {}{day}, {when} (case {}).",
        case.kind.words(),
        case.id
    )
}

/// The sentence for an exit that is told once more, after the person was hired again.
pub(crate) fn again(hire: &Case) -> String {
    format!(
        "This changes nothing: that exit is over, and the person was hired again since (case {}).",
        hire.id
    )
}

/// The sentence for what is told of an old id.
pub(crate) fn known_otherwise(now_known_as: &EmployeeId) -> String {
    format!("This changes nothing: the person goes by the employee id {now_known_as} now.")
}

/// An event that another decision overruled: `note` says which. An exit that does nothing is kept as a case of its own, which HR is asked to look at:
/// somebody may be leaving all the same.
pub(crate) fn overruled_by(
    later: &Case,
    event: &Event,
    effective: Option<Date>,
    cases: &[Row<Case>],
    of: (&EmployeeId, RunbookVersion),
    now: Timestamp,
    note: String,
) -> Decision {
    if event.kind != EventKind::Exit {
        return Decision {
            note: Some(note),
            ..Decision::nothing_new(later)
        };
    }
    let asked = |row: &&Row<Case>| {
        row.item.stands_against.as_ref() == Some(&later.id) && row.item.effective == effective
    };
    if let Some(row) = cases.iter().find(asked) {
        return Decision {
            note: Some(note),
            ..Decision::nothing_new(&row.item)
        };
    }
    let (employee, runbook) = of;
    let case = too_late(later, event, effective, cases, (employee, runbook), now);
    let text = format!("An exit was confirmed. {note} HR is asked to look at it.");
    let receipt = Receipt {
        event: event.clone(),
        audit: audit_of(now, event, "received", text),
        case: Row::new(case.clone()),
        person: None,
        others: Vec::new(),
        previous: None,
        brake: None,
    };
    Decision {
        receipt: Some(Box::new(receipt)),
        note: Some(format!("{note} HR has been given a task to look at it.")),
        ..Decision::nothing_new(&case)
    }
}

/// The case by which HR is asked. It is of the kind that changes nothing by itself.
fn too_late(
    later: &Case,
    event: &Event,
    effective: Option<Date>,
    cases: &[Row<Case>],
    (employee, runbook): (&EmployeeId, RunbookVersion),
    now: Timestamp,
) -> Case {
    let kind = EventKind::DateMoved;
    let id = (0..)
        .map(|nth| CaseId::of_nth(kind, employee, effective, nth))
        .find(|id| cases.iter().all(|row| row.item.id != *id));
    Case {
        id: id.unwrap_or_else(|| CaseId::of(kind, employee, effective)),
        kind,
        employee_id: employee.clone(),
        person: later.person.clone(),
        before: None,
        told: None,
        names: later.names.clone(),
        effective,
        confirmed_at: event.occurred_at,
        state: CaseState::Received,
        revision: Revision::FIRST,
        runbook,
        missing: Vec::new(),
        unread: Vec::new(),
        stands_against: Some(later.id.clone()),
        unknown_event: None,
        supersedes: Vec::new(),
        superseded_by: None,
        opened_at: now,
        closed_at: None,
        failed_at: None,
        reason: event.reason.clone(),
        redone_from: None,
        summary_told: Default::default(),
        summary_sent: false,
    }
}
