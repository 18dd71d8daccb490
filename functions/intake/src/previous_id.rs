//! The same human under another employee id: a contractor who becomes an employee. The accounts go over to the new id,
//! and what HR says of the old one afterwards is about somebody who is known otherwise now.

use jiff::civil::Date;
use latchkey_ledger::{PersonRecord, Row};
use latchkey_lifecycle::{Case, CaseState, EmployeeId, Event, EventKind, Person, PersonDraft};
use latchkey_runtime::Failure;

use crate::{
    Looks,
    decide::{Decision, cases_of, decide},
    record::employee_of,
    stands::{known_otherwise, overruled_by},
    supersedes::taken_back,
};

/// Who somebody was before.
pub(crate) struct Previous {
    employee: EmployeeId,
    record: Row<PersonRecord>,
    /// As the ledger knows them; `None` when that is not complete.
    pub(crate) person: Option<Person>,
    /// Their cases under the old id.
    pub(crate) cases: Vec<Row<Case>>,
}

impl Previous {
    /// The old record, leading to the new id.
    pub(crate) fn leads_to(mut self, employee: EmployeeId) -> (EmployeeId, Row<PersonRecord>) {
        self.record.item.became = Some(employee);
        (self.employee, self.record)
    }
}

/// Who a person that is hired was before, when they work here under another id and go on doing so. Who has left under the old
/// id comes back by a hire, which finds the old accounts. `since`: their cases under the new id.
pub(crate) async fn previous(
    deps: Looks<'_>,
    event: &Event,
    record: &PersonDraft,
    since: &[Row<Case>],
) -> Result<Option<Previous>, Failure> {
    let (true, Some(employee)) = (event.kind.joins(), &record.previous_id) else {
        return Ok(None);
    };
    if record.employee_id.as_ref() == Some(employee) {
        return Ok(None);
    }
    let Some(record) = deps.ledger.find_person(employee).await? else {
        return Ok(None);
    };
    let went_before = record.item.became.is_some();
    let left = taken_back(EventKind::ExitWithdrawn, since).filter(|_| went_before);
    if left.is_some_and(|exit| exit.item.confirmed_at < event.occurred_at) {
        // They went over, and left since: this is another hire.
        return Ok(None);
    }
    let cases = cases_of(deps, employee).await?;
    let cut = |row: &&Row<Case>| {
        row.item.state == CaseState::Closed || row.item.kind == EventKind::UrgentExit
    };
    let other = record.item.became.is_some() && record.item.became != event.person.employee_id;
    if other
        || taken_back(EventKind::ExitWithdrawn, &cases)
            .filter(cut)
            .is_some()
    {
        return Ok(None);
    }
    Ok(Some(Previous {
        employee: employee.clone(),
        person: record.item.record.clone().complete().ok(),
        record,
        cases,
    }))
}

/// The case by which somebody went over to the new id: of this day, or the open one.
pub(crate) fn case(effective: Option<Date>, cases: &[Row<Case>]) -> Option<Row<Case>> {
    let went_over = |case: &Case| {
        let before = case.before.as_ref();
        before.is_some_and(|before| before.employee_id != case.employee_id)
    };
    let mut rows = cases.iter().filter(|row| went_over(&row.item));
    let fits = |row: &&Row<Case>| row.item.effective == effective || !row.item.state.is_ended();
    rows.find(fits).cloned()
}

/// What an event about the old id does: an urgent exit is about the person, whatever they are called; the end of the old
/// contract, or a change of the old record, concerns nobody's access. An exit that is not the end of the old contract, by its day, may
/// be about the person: HR is asked.
pub(crate) async fn about(
    deps: Looks<'_>,
    event: &Event,
    now_known_as: EmployeeId,
    into: Option<&latchkey_lifecycle::CaseId>,
) -> Result<Decision, Failure> {
    if event.kind == EventKind::UrgentExit {
        let mut event = event.clone();
        event.person = PersonDraft {
            employee_id: Some(now_known_as),
            ..PersonDraft::default()
        };
        return Box::pin(decide(deps, &event, into)).await;
    }
    let cases = cases_of(deps, &now_known_as).await?;
    match case(None, &cases).or_else(|| cases.last().cloned()) {
        Some(row) => {
            let note = known_otherwise(&now_known_as);
            let last = event.effective.or(event.person.last_day);
            let ends_before = last.is_some_and(|last| Some(last) <= row.item.effective);
            if event.kind == EventKind::Exit && !ends_before {
                let employee = employee_of(event);
                let (version, _) = deps.runbooks.current(deps.ledger).await?;
                let old = cases_of(deps, &employee).await?;
                let of = (&employee, version);
                let now = deps.clock.now();
                return Ok(overruled_by(&row.item, event, last, &old, of, now, note));
            }
            Ok(Decision {
                note: Some(note),
                ..Decision::nothing_new(&row.item)
            })
        }
        None => Err(Failure::Broken(format!(
            "the ledger has no case of {now_known_as}, whom a previous id leads to"
        ))),
    }
}
