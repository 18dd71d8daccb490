//! The checklist of a case's revision, written over what an earlier revision left.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{AuditBody, Case, CaseState, Task, TaskId, TaskState};
use serde_json::json;

use crate::{
    Ledger, LedgerError,
    change_task::task_index,
    keys,
    ledger::Committed,
    row::{Row, TaskRow},
};

/// What a plan changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanWritten {
    /// The checklist as it now stands in the ledger, ended tasks included.
    pub tasks: Vec<TaskRow>,
}

/// A transaction takes 100 writes.
/// Source: DynamoDB API reference, TransactWriteItems.
const TRANSACTION_LIMIT: usize = 100;

impl Ledger {
    /// Writes the checklist of the case's current revision. Ended tasks stay as they are, answers and
    /// letters already sent are kept, tasks that are no longer wanted are left out by name. Running it
    /// again for the same revision changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] when the case moved on meanwhile.
    pub async fn write_plan(
        &self,
        case: &Row<Case>,
        planned: &[Task],
        now: Timestamp,
    ) -> Result<PlanWritten, LedgerError> {
        let revision = case.item.revision;
        let id = &case.item.id;
        let planned = &needed_by(planned);
        'anew: loop {
            let mut before: BTreeMap<TaskId, Row<TaskRow>> = self
                .tasks(id)
                .await?
                .into_iter()
                .map(|row| (row.item.task.id.clone(), row))
                .collect();
            let mut after: Vec<(Row<TaskRow>, Option<AuditBody>)> = Vec::new();
            let mut same = Vec::new();
            for task in planned {
                match before.remove(&task.id) {
                    None => after.push((Row::new(TaskRow::from(task.clone())), None)),
                    Some(row) if row.item.task.revision == revision => same.push(row.item),
                    Some(mut row) => {
                        replan(&mut row.item, task);
                        after.push((row, None));
                    }
                }
            }
            for (_, mut row) in before {
                let task = &mut row.item.task;
                if task.revision == revision {
                    same.push(row.item);
                    continue;
                }
                task.revision = revision;
                row.item.holding = None;
                let audit = (!row.item.task.state.is_ended()).then(|| {
                    row.item.asking = None;
                    row.item.task.state = TaskState::Waived;
                    row.item.task.ended_at = Some(now);
                    AuditBody {
                        at: now,
                        by: "plan".into(),
                        what: "waived".into(),
                        text: "No longer on the checklist after the case was planned anew.".into(),
                        detail: json!({ "revision": revision }),
                    }
                });
                after.push((row, audit));
            }
            for chunk in after.chunks_mut(TRANSACTION_LIMIT / 2) {
                let mut writes = Vec::with_capacity(chunk.len());
                for (row, audit) in chunk {
                    let task = row.item.task.id.clone();
                    if let Some(body) = audit.take() {
                        let record = row.chain(body);
                        writes.push(self.put_audit(id, Some(&task), &record)?);
                    }
                    let index = task_index(&row.item);
                    writes.push(self.put_row(&keys::task(id, &task), row, &index)?);
                }
                if self.commit(writes).await? != Committed::Yes {
                    // A step of the revision before wrote in between: look again.
                    self.fenced_case(id, revision).await?;
                    continue 'anew;
                }
            }
            let mut tasks: Vec<TaskRow> = after.into_iter().map(|(row, _)| row.item).collect();
            tasks.extend(same);
            tasks.sort_by(|a, b| {
                (a.task.window.opens, &a.task.id).cmp(&(b.task.window.opens, &b.task.id))
            });
            self.open_case(case, &tasks, now).await?;
            return Ok(PlanWritten { tasks });
        }
    }

    async fn open_case(
        &self,
        case: &Row<Case>,
        tasks: &[TaskRow],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let revision = case.item.revision;
        self.change_case::<LedgerError>(&case.item.id, |now_case| {
            if now_case.revision != revision {
                return Err(LedgerError::Fenced {
                    what: now_case.id.to_string(),
                    was: revision,
                    is: now_case.revision,
                });
            }
            if now_case.state != CaseState::Received {
                return Ok(None);
            }
            now_case.state = CaseState::Open;
            Ok(Some(vec![AuditBody {
                at: now,
                by: "plan".into(),
                what: "planned".into(),
                text: format!(
                    "Checklist of {} tasks written (revision {revision}).",
                    tasks.len()
                ),
                detail: json!({
                    "revision": revision,
                    "runbook": now_case.runbook,
                    "tasks": tasks.iter().map(|row| json!({
                        "id": row.task.id,
                        "owner": row.task.owner,
                        "opens": row.task.window.opens,
                        "due": row.task.window.due,
                    })).collect::<Vec<_>>(),
                }),
            }]))
        })
        .await?;
        Ok(())
    }
}

/// The tasks with the other side of their needs filled in: whoever ends one knows whom it lets go on.
fn needed_by(planned: &[Task]) -> Vec<Task> {
    let mut all = planned.to_vec();
    for task in &mut all {
        let needing = planned
            .iter()
            .filter(|other| other.needs.contains(&task.id));
        task.needed_by = needing.map(|other| other.id.clone()).collect();
    }
    all
}

/// Takes over what was done so far under the new plan.
fn replan(row: &mut TaskRow, planned: &Task) {
    row.holding = None;
    if let Some(asking) = &mut row.asking {
        asking.token = None;
    }
    let was = &row.task;
    let kept = if was.state.is_ended() {
        Task {
            revision: planned.revision,
            needed_by: planned.needed_by.clone(),
            ..was.clone()
        }
    } else {
        Task {
            state: was.state,
            ended_at: None,
            answer: was.answer.clone(),
            trouble: was.trouble.clone(),
            ..planned.clone()
        }
    };
    row.task = kept;
}
