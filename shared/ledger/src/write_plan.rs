//! The checklist of a case's revision, written over what an earlier revision left.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{
    Answer, AuditBody, Audited, Case, CaseState, Step, Task, TaskId, TaskState, What, begins_anew,
    sentence,
};
use serde_json::json;

use crate::{
    Ledger, LedgerError,
    change_case::case_index,
    keys,
    ledger::{BATCH, Committed},
    row::{Asking, PutOff, Row, TaskRow},
    store::Write,
    ways_to_records::{Chain, MOST_WAYS},
};

/// What a plan changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanWritten {
    /// The checklist as it now stands in the ledger, ended tasks included.
    pub tasks: Vec<TaskRow>,
}

/// How many writes the opening of a case is at most: itself, its record, and what leads to that.
const OPENING: usize = 2 + MOST_WAYS;

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
        let mut head = case.clone();
        // Nothing has been written since the case was taken in, so there is nothing to look for.
        let mut untouched = head.version == 1 && head.item.state == CaseState::Received;
        'anew: loop {
            let before = if untouched {
                Vec::new()
            } else {
                self.tasks(id).await?
            };
            let (mut changed, same) = merged(before, planned, &case.item, now);
            let mut tasks: Vec<TaskRow> = changed.iter().map(|(row, _)| row.item.clone()).collect();
            tasks.extend(same);
            tasks.sort_by(|a, b| {
                (a.task.window.opens, &a.task.id).cmp(&(b.task.window.opens, &b.task.id))
            });
            // The case opens with its last tasks.
            let mut opening = match head.item.state {
                CaseState::Received => self.opening(&mut head, &tasks, now)?,
                _ => Vec::new(),
            };
            let mut chunks = chunks(&mut changed);
            let last = chunks.pop();
            let count = chunks.len();
            // Where the case opens in the same transaction, its version stands for all: a new task needs no look
            // of its own.
            let guarded = count == 0 && !opening.is_empty();
            for (n, chunk) in chunks.into_iter().chain(last).enumerate() {
                let mut writes = Vec::with_capacity(2 * chunk.len() + opening.len());
                for (row, audit) in chunk {
                    let task = row.item.task.id.clone();
                    if let Some(body) = audit.take() {
                        let record = row.chain(body);
                        self.put_record(Chain::Task(&row.item.task), &record, &mut writes)?;
                    }
                    match row.version {
                        0 if guarded => {
                            let index = row.item.index();
                            writes.push(self.put_first(&keys::task(id, &task), row, &index)?);
                        }
                        _ => self.put_task(row, &mut writes)?,
                    }
                }
                if n == count {
                    writes.append(&mut opening);
                }
                if !writes.is_empty() && self.commit(writes).await? != Committed::Yes {
                    // Somebody else wrote in between, or a run that was cut off before: look again.
                    head = self.fenced_case(id, revision).await?;
                    head.item.names.clone_from(&case.item.names);
                    untouched = false;
                    continue 'anew;
                }
            }
            return Ok(PlanWritten { tasks });
        }
    }

    fn opening(
        &self,
        head: &mut Row<Case>,
        tasks: &[TaskRow],
        now: Timestamp,
    ) -> Result<Vec<Write>, LedgerError> {
        let case = &mut head.item;
        let (id, revision) = (case.id.clone(), case.revision);
        case.state = CaseState::Open;
        let body = AuditBody {
            at: now,
            by: "plan".into(),
            what: What::Planned,
            text: format!(
                "Checklist of {} tasks written (revision {revision}).",
                tasks.len()
            ),
            detail: json!({
                "revision": revision,
                "runbook": case.runbook,
                "tasks": tasks.iter().map(|row| json!({
                    "id": row.task.id,
                    "owner": row.task.owner,
                    "opens": row.task.window.opens,
                    "due": row.task.window.due,
                    "mark": row.task.mark(),
                })).collect::<Vec<_>>(),
            }),
        };
        let record = head.chain(body);
        let index = case_index(&head.item);
        let mut writes = vec![self.put_row(&keys::case(&id), head, &index)?];
        self.put_record(Chain::Case(&id), &record, &mut writes)?;
        Ok(writes)
    }
}

/// A row to write, and what to record of it.
type Changed = (Row<TaskRow>, Option<AuditBody>);

/// The rows in parts that fit into one transaction each, the case's opening besides; one part at least.
/// Source: DynamoDB API reference, TransactWriteItems: 100 writes.
fn chunks(changed: &mut [Changed]) -> Vec<&mut [Changed]> {
    let mut all = Vec::new();
    let mut rest = changed;
    loop {
        let (mut length, mut writes) = (0, OPENING);
        for (row, audit) in rest.iter() {
            writes += 1 + usize::from(row.item.in_hand.is_some());
            writes += audit.as_ref().map_or(0, |_| 1 + MOST_WAYS);
            if writes > BATCH {
                break;
            }
            length += 1;
        }
        let (chunk, others) = rest.split_at_mut(length);
        all.push(chunk);
        rest = others;
        if rest.is_empty() {
            return all;
        }
    }
}

/// The rows to write, and those that stand already.
fn merged(
    before: Vec<Row<TaskRow>>,
    planned: &[Task],
    case: &Case,
    now: Timestamp,
) -> (Vec<Changed>, Vec<TaskRow>) {
    let revision = case.revision;
    let mut before: BTreeMap<TaskId, Row<TaskRow>> = before
        .into_iter()
        .map(|row| (row.item.task.id.clone(), row))
        .collect();
    let (mut changed, mut same) = (Vec::new(), Vec::new());
    for task in planned {
        match before.remove(&task.id) {
            None => {
                let audit = left_out(task, now);
                changed.push((Row::new(TaskRow::from(task.clone())), audit));
            }
            Some(row) if row.item.task.revision == revision => same.push(row.item),
            Some(mut row) => {
                let audit = replan(&mut row.item, task, case, now);
                changed.push((row, audit));
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
            close_question(&mut row.item);
            let text = "No longer on the checklist after the case was planned anew.".to_owned();
            let detail = json!({ "revision": revision });
            row.item.task.drop_out(text, detail, now)
        });
        changed.push((row, audit));
    }
    (changed, same)
}

/// What the plan itself leaves out is on record from the beginning.
fn left_out(task: &Task, now: Timestamp) -> Option<AuditBody> {
    match &task.answer {
        Some(Answer::Waived { by, reason }) if task.left_out.is_some() => Some(AuditBody {
            at: now,
            by: by.clone(),
            what: What::Waived,
            text: format!("Left out: {}", sentence(reason)),
            detail: json!({ "answer": task.answer }),
        }),
        _ => None,
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

/// Takes over what was done so far under the new plan. What is asked for otherwise now begins anew.
fn replan(row: &mut TaskRow, planned: &Task, case: &Case, now: Timestamp) -> Option<AuditBody> {
    row.holding = None;
    // The revision fences late copies of before; the clock may have been set back since, and no call of now is late.
    row.turn = None;
    if let Some(asking) = &mut row.asking {
        (asking.token, asking.opened, asking.turn) = (None, None, None);
    }
    if let Some(why) = begins_anew(&row.task, planned, case.redone_from) {
        close_question(row);
        row.task = planned.clone();
        (row.refusals, row.mends, row.done_again) = (0, 0, false);
        // Nobody has it any more; that it was in somebody's hands is written over with it.
        if let Some(hand) = &mut row.in_hand {
            (hand.has, hand.aside) = (None, None);
        }
        if let Some(audit) = left_out(planned, now) {
            return Some(audit);
        }
        return Some(AuditBody {
            at: now,
            by: "plan".into(),
            what: What::PlannedAnew,
            text: why.into(),
            detail: json!({ "revision": planned.revision }),
        });
    }
    let was = &row.task;
    let again = case.asked_again_from;
    let again = again.is_some_and(|from| was.revision < from);
    if let Some(asking) = row.asking.as_mut().filter(|asking| !asking.answered) {
        move_question(asking, (was, planned), again, now);
    }
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
    None
}

/// The question stands, and whoever was asked is told the other day: at once that it is put off, where its window does
/// not open before later; else by asking again.
fn move_question(asking: &mut Asking, (was, planned): (&Task, &Task), again: bool, now: Timestamp) {
    let (before, due) = (was.window.due, planned.window.due);
    // Who was asked late from the start had a while of their own, which is over when there is more time.
    let more_time = asking.step == Step::Do && before < asking.due && asking.due < due;
    let moved = before != due && (asking.due == before || more_time);
    let knows = asking.put_off.is_some() || asking.sent.iter().any(|sent| sent == "asked");
    let later = planned.window.opens > now && was.state != TaskState::Declined;
    if moved && knows && later && !again {
        asking.put_off = Some(PutOff {
            was_due: asking.due,
            told: false,
        });
        asking.sent.clear();
    } else if moved || again {
        asking.put_off = None;
        asking.since = now;
        asking.sent.clear();
    }
    if moved {
        asking.due = due;
    }
}

/// Its link is dead from now on; another question gets another one.
fn close_question(row: &mut TaskRow) {
    if let Some(asking) = &mut row.asking {
        asking.token = None;
        asking.opened = None;
        asking.turn = None;
        asking.answered = true;
    }
}
