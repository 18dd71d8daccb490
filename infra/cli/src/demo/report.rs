//! The closing table: case, tasks, on time, verified, closed.

use latchkey_embedded::Stack;
use latchkey_lifecycle::{CaseId, TaskState};
use serde::Serialize;

use crate::{
    outcome::Problem,
    table::{instant, table},
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) case: CaseId,
    pub(crate) person: String,
    pub(crate) event: String,
    pub(crate) tasks: usize,
    pub(crate) on_time: usize,
    pub(crate) verified: usize,
    pub(crate) waived: usize,
    pub(crate) state: String,
    pub(crate) closed: Option<String>,
}

pub(crate) async fn of(stack: &Stack, cases: &[CaseId]) -> Result<Vec<Report>, Problem> {
    let mut all = Vec::with_capacity(cases.len());
    for id in cases {
        let case = stack.ledger.case(id).await?.item;
        let runbook = stack.runbooks.get(&stack.ledger, &case.runbook).await?;
        let tasks = stack.ledger.tasks(id).await?;
        let count = |state| tasks.iter().filter(|t| t.item.task.state == state).count();
        all.push(Report {
            case: id.clone(),
            person: latchkey_questions::facts::whom(&case),
            event: latchkey_questions::facts::event(&case),
            tasks: tasks.len(),
            on_time: tasks
                .iter()
                .filter(|t| t.item.task.on_time() == Some(true))
                .count(),
            verified: count(TaskState::Verified),
            waived: count(TaskState::Waived),
            state: case.state.to_string(),
            closed: case.closed_at.map(|at| instant(at, runbook.time_zone())),
        });
    }
    Ok(all)
}

pub(crate) fn show(reports: &[Report]) {
    let mut rows = table(&[
        "Case", "For", "Event", "Tasks", "On time", "Verified", "Left out", "Closed",
    ]);
    for r in reports {
        rows.add_row([
            r.case.to_string(),
            r.person.clone(),
            r.event.clone(),
            r.tasks.to_string(),
            r.on_time.to_string(),
            r.verified.to_string(),
            r.waived.to_string(),
            r.closed
                .clone()
                .unwrap_or_else(|| format!("no: {}", r.state)),
        ]);
    }
    println!("{rows}\n");
}
