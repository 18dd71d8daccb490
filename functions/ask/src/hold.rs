//! A task that needs others waits for them with its token in the ledger.

use jiff::Timestamp;
use latchkey_ledger::{Row, TaskRow, Turn};
use latchkey_lifecycle::{About, AuditBody, Case, Letter, LetterId, QueuedLetter, Task, What};
use latchkey_questions::{
    Deps,
    facts::{reader_name, team_name},
    letters,
};
use latchkey_runtime::{Failure, Needs, Word, leave_out, needs_of, release};
use serde_json::json;

use crate::HoldStage;

pub(crate) async fn hold(
    deps: &Deps<'_>,
    case: &Case,
    row: Row<TaskRow>,
    stage: HoldStage,
    (token, turn): (&str, Option<Turn>),
) -> Result<(), Failure> {
    let mut late = false;
    // The token first, the needs then: see `latchkey_runtime::release`.
    let row = deps
        .ledger
        .change_task_read(row, |row| {
            if row.task.state.is_ended() || row.holding.as_deref() == Some(token) {
                return Ok::<_, Failure>(None);
            }
            late = Turn::is_over(turn, row.turn);
            if late {
                return Ok(None);
            }
            row.turn = turn;
            row.holding = Some(token.to_owned());
            Ok(Some(Vec::new()))
        })
        .await?;
    if late {
        return Ok(());
    }
    let now = deps.clock.now();
    if row.item.task.state.is_ended() {
        return end(deps, &row.item.task, token, now).await;
    }
    let waits_for = match needs_of(deps.ledger, &row.item.task).await? {
        Needs::Open(waits_for) => waits_for,
        Needs::Met => {
            deps.workflow.resume(token, Word::Go).await?;
            return Ok(());
        }
        Needs::LeftOut(omission) => {
            let row = leave_out(deps.ledger, row, &omission, now).await?;
            return end(deps, &row.item.task, token, now).await;
        }
    };
    if stage == HoldStage::Held || row.item.told_late {
        return Ok(());
    }
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let names: Vec<String> = waits_for
        .iter()
        .map(|r| {
            format!(
                "“{}” ({})",
                r.task.title,
                team_name(&runbook, &r.task.owner)
            )
        })
        .collect();
    let task = &row.item.task;
    let letters: Vec<QueuedLetter> = letters::held_back(&runbook, case, task, &names, now)
        .into_iter()
        .map(|letter| {
            let reader = reader_name(&runbook, &letter.team);
            queued(task, (letter, &reader), &names, now)
        })
        .collect();
    deps.ledger
        .change_task_and_write(row.clone(), &letters, |row| {
            if row.told_late {
                return Ok::<_, Failure>(None);
            }
            row.told_late = true;
            Ok(Some(Vec::new()))
        })
        .await?;
    Ok(())
}

/// A letter that says that it waits, for the queue.
fn queued(
    task: &Task,
    (letter, reader): (Letter, &str),
    waits_for: &[String],
    now: Timestamp,
) -> QueuedLetter {
    let id = LetterId::of(&[
        &task.case_id,
        &task.id,
        &task.revision,
        &task.window.due,
        &"held back",
        &letter.team,
        &letter.to,
    ]);
    let record = AuditBody {
        at: now,
        by: "ask".into(),
        what: What::Missed,
        text: format!(
            "Missed: it still waits for {}; told {reader}.",
            waits_for.join(", "),
        ),
        detail: json!({ "waitsFor": waits_for, "teams": [letter.team] }),
    };
    let about = About {
        case: task.case_id.clone(),
        task: Some(task.id.clone()),
        question: None,
        record: Some(record),
    };
    QueuedLetter::new(id, letter, Some(about), now)
}

/// Nothing is left to do of it. Whoever left it out may have been cut off before those behind it.
async fn end(deps: &Deps<'_>, task: &Task, token: &str, now: Timestamp) -> Result<(), Failure> {
    deps.workflow.resume(token, Word::Ended).await?;
    release(deps.ledger, deps.workflow, task, now).await
}
