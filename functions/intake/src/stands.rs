//! What an event stands against that changes nothing: a decision that was confirmed later. Pure.

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::{Receipt, Row};
use latchkey_lifecycle::{Case, CaseId, EmployeeId, Event, EventKind, RunbookVersion};

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

/// An event that another decision overruled: `note` says which. An exit that does nothing is kept as a case of its own, which HR is
/// asked to look at: somebody may be leaving all the same.
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
    let case = too_late(later, event, effective, cases, of, now);
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
    let id = id.unwrap_or_else(|| CaseId::of(kind, employee, effective));
    let at = event.occurred_at;
    Case {
        person: later.person.clone(),
        names: later.names.clone(),
        effective,
        stands_against: Some(later.id.clone()),
        reason: event.reason.clone(),
        ..Case::received(id, kind, employee.clone(), runbook, at, now)
    }
}
