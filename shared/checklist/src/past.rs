//! What was before a case, where its checklist depends on it.

use std::collections::BTreeSet;

use latchkey_ledger::{Ledger, Row};
use latchkey_lifecycle::{
    Case, CaseState, EventKind, Order, Revision, SystemId, Task, TaskState, Work, withheld,
};
use latchkey_runbook::Withholdings;
use latchkey_runtime::Failure;

/// What was before a case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// What was done in the cases that it takes back.
    pub touched: Vec<Task>,
    /// Whether the person works here as far as the ledger knows. Only looked up for a rescission that takes no case
    /// back.
    pub works_here: bool,
    /// The systems in which an earlier plan of the case has acted already. Only looked up for a transfer.
    pub acted: BTreeSet<SystemId>,
    /// What earlier cases of the person were to give and did not. Only looked up for a transfer: what was decided
    /// before is not decided again.
    pub withheld: Withholdings,
    /// The case's own approvals in which an earlier plan was told no to something.
    pub decided: Vec<Task>,
}

impl Past {
    /// Before this case; nothing was touched yet.
    ///
    /// # Errors
    /// [`Failure`] when the ledger does not answer.
    pub async fn before(ledger: &Ledger, case: &Case) -> Result<Past, Failure> {
        let asks = case.kind == EventKind::HireRescinded && case.supersedes.is_empty();
        if !asks {
            let own = own_tasks(ledger, case).await?;
            return Ok(Past {
                acted: acted_in(case, &own),
                withheld: withheld_before(ledger, case).await?,
                decided: own.into_iter().filter(is_decided).collect(),
                ..Past::default()
            });
        }
        let known = ledger.find_person(&case.employee_id).await?;
        let of_old = known.is_some_and(|row| row.item.origin.is_some());
        let all = ledger.each_case_of(&case.employee_id).await?;
        let others = all
            .iter()
            .map(|row| &row.item)
            .filter(|other| other.id != case.id);
        Ok(Past {
            works_here: works_here(of_old, others),
            ..Past::default()
        })
    }
}

async fn withheld_before(ledger: &Ledger, case: &Case) -> Result<Withholdings, Failure> {
    if case.kind != EventKind::Transfer {
        return Ok(Withholdings::new());
    }
    let mut cases = Vec::new();
    for Row { item: earlier, .. } in ledger.each_case_of(&case.employee_id).await? {
        let counts = earlier.id != case.id
            && earlier.state != CaseState::Superseded
            && Order::of(&earlier) < Order::of(case);
        if counts {
            let rows = ledger.tasks(&earlier.id).await?;
            let tasks: Vec<Task> = rows.into_iter().map(|row| row.item.task).collect();
            cases.push((Order::of(&earlier), tasks));
        }
    }
    cases.sort_by_key(|(order, _)| *order);
    Ok(withheld(cases.iter().map(|(_, tasks)| tasks.as_slice())))
}

/// The tasks of the case's earlier plan.
async fn own_tasks(ledger: &Ledger, case: &Case) -> Result<Vec<Task>, Failure> {
    if case.revision == Revision::FIRST {
        return Ok(Vec::new());
    }
    let rows = ledger.tasks(&case.id).await?;
    Ok(rows.into_iter().map(|row| row.item.task).collect())
}

/// Whether somebody said no to a part of what this approval is about.
fn is_decided(task: &Task) -> bool {
    !task.refused().is_empty()
}

fn acted_in(case: &Case, own: &[Task]) -> BTreeSet<SystemId> {
    if case.kind != EventKind::Transfer {
        return BTreeSet::new();
    }
    let acted = |task: &&Task| match task.state {
        TaskState::Planned => false,
        // An earlier plan had no use for it.
        TaskState::Waived => task.answer.is_some() && task.left_out.is_none(),
        _ => true,
    };
    let systems = own
        .iter()
        .filter(acted)
        .filter_map(|task| match &task.work {
            Work::System { system, .. } => Some(system.clone()),
            Work::Person { .. } => None,
        });
    systems.collect()
}

/// By the last decision that was carried out: who came, or changed departments, and has not left since. Before the
/// first one, whoever was there when the ledger first heard of them.
fn works_here<'a>(of_old: bool, cases: impl Iterator<Item = &'a Case>) -> bool {
    let says = |case: &&Case| {
        let counts = case.kind.joins() || case.kind.takes_all() || case.kind == EventKind::Transfer;
        counts && case.state == CaseState::Closed
    };
    let last = cases
        .filter(says)
        .max_by_key(|case| (case.confirmed_at, &case.id));
    last.map_or(of_old, |case| !case.kind.takes_all())
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::{CaseId, EmployeeId};

    use super::*;

    fn case(kind: EventKind, state: &str, confirmed: &str) -> Case {
        let who = EmployeeId::new("1042").unwrap();
        serde_json::from_value(serde_json::json!({
            "id": CaseId::of(kind, &who, None), "kind": kind, "employeeId": who, "state": state,
            "confirmedAt": confirmed, "openedAt": confirmed, "revision": 1, "runbook": "v",
        }))
        .unwrap()
    }

    #[test]
    fn the_last_decision_that_was_carried_out_says_who_works_here() {
        let hire = case(EventKind::Hire, "closed", "2026-11-02T07:00:00Z");
        let exit = case(EventKind::Exit, "closed", "2026-11-09T07:00:00Z");
        let dropped = case(EventKind::Rehire, "superseded", "2026-11-16T07:00:00Z");
        let leave = case(EventKind::Leave, "closed", "2026-11-23T07:00:00Z");
        let of = |of_old: bool, cases: &[&Case]| works_here(of_old, cases.iter().copied());
        assert!(!of(false, &[]));
        assert!(of(true, &[]));
        assert!(of(false, &[&hire, &leave]));
        assert!(!of(true, &[&exit, &hire, &dropped, &leave]));
    }
}
