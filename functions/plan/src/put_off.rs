//! Whoever was asked for what opens later now is told so at once: until its window opens nobody asks them again.

use latchkey_ledger::{Asking, TaskRow};
use latchkey_lifecycle::{About, AuditBody, Case, Letter, LetterId, QueuedLetter, Task, What};
use latchkey_questions::{facts::reader_name, letters};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use serde_json::json;

use crate::Deps;

/// Writes a letter for each question that the plan has put off, once for each move: the question keeps that it was
/// written, in the same transaction.
pub(crate) async fn tell(
    deps: &Deps<'_>,
    case: &Case,
    runbook: &Runbook,
    rows: &[TaskRow],
) -> Result<(), Failure> {
    let now = deps.clock.now();
    let tasks: Vec<Task> = rows.iter().map(|row| row.task.clone()).collect();
    for row in rows.iter().filter(|row| is_to_be_told(row)) {
        let task = &row.task;
        if task.window.opens <= now {
            continue;
        }
        let Some(current) = deps.ledger.find_task(&case.id, &task.id).await? else {
            continue;
        };
        let letter = letters::put_off(runbook, case, row, &tasks, now);
        let letters: Vec<QueuedLetter> = letter
            .zip(row.asking.as_ref())
            .map(|(letter, asking)| queued(runbook, task, asking, letter, now))
            .into_iter()
            .collect();
        deps.ledger
            .change_task_and_write(current, &letters, |row| {
                if !is_to_be_told(row) {
                    return Ok::<_, Failure>(None);
                }
                let put_off = row
                    .asking
                    .as_mut()
                    .and_then(|asking| asking.put_off.as_mut());
                if let Some(put_off) = put_off {
                    put_off.told = true;
                }
                Ok(Some(Vec::new()))
            })
            .await?;
    }
    Ok(())
}

fn is_to_be_told(row: &TaskRow) -> bool {
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    let put_off = asking.and_then(|asking| asking.put_off);
    put_off.is_some_and(|put_off| !put_off.told) && !row.task.state.is_ended()
}

fn queued(
    runbook: &Runbook,
    task: &Task,
    asking: &Asking,
    letter: Letter,
    now: jiff::Timestamp,
) -> QueuedLetter {
    let id = LetterId::of(&[
        &task.case_id,
        &task.id,
        &task.revision,
        &asking.serial,
        &"put off",
        &letter.to,
    ]);
    let reader = reader_name(runbook, &letter.team);
    let record = AuditBody {
        at: now,
        by: "plan".into(),
        what: What::PutOff,
        text: format!("Told {reader} that it is put off."),
        detail: json!({
            "step": asking.step,
            "teams": [letter.team],
            "opens": task.window.opens,
            "due": task.window.due,
        }),
    };
    let about = About {
        case: task.case_id.clone(),
        task: Some(task.id.clone()),
        question: Some(asking.serial),
        record: Some(record),
    };
    QueuedLetter::new(id, letter, Some(about), now)
}
