//! The stages of a question: asked, reminded, missed, escalated.

use jiff::Timestamp;
use latchkey_ledger::{Asking, Row, TaskRow, Turn};
use latchkey_lifecycle::{
    About, AuditBody, Case, Letter, LetterId, QueuedLetter, Stage, Step, Task, TaskState,
};
use latchkey_questions::{
    Deps,
    facts::{Facts, reader_name},
    letters,
};
use latchkey_runtime::{Failure, Word, release};
use serde_json::json;

use crate::prepare;

pub(crate) async fn ask(
    deps: &Deps<'_>,
    case: &Case,
    row: Row<TaskRow>,
    stage: Stage,
    step: Step,
    (token, turn): (&str, Option<Turn>),
) -> Result<(), Failure> {
    let mut pending = None;
    let mut late = false;
    // The token first, the letter then: an owner who answers at once finds it.
    let row = deps
        .ledger
        .change_task_read(row, |row| {
            pending = answered(row, stage, step);
            if pending.is_some() {
                return Ok::<_, Failure>(None);
            }
            let Some(asking) = row.asking.as_mut().filter(|a| a.step == step) else {
                return Err(Failure::Broken(format!(
                    "{} was asked before it was prepared",
                    row.task.id
                )));
            };
            late = Turn::is_over(turn, asking.turn);
            if late {
                return Ok(None);
            }
            asking.turn = turn;
            asking.token = Some(token.to_owned());
            // What the owner declined stands open again, for the escalation contact.
            asking.answered = false;
            row.task.ask(step);
            Ok(Some(Vec::new()))
        })
        .await?;
    if let Some(word) = pending {
        deps.workflow.resume(token, word).await?;
        if word == Word::Ended {
            // Whoever ended it may have been cut off before what is behind it.
            let now = deps.clock.now();
            release(deps.ledger, deps.workflow, &row.item.task, now).await?;
        }
        return Ok(());
    }
    match late {
        true => Ok(()),
        false => write(deps, case, &row, stage).await,
    }
}

/// Writes the letters of a stage, with the question's record that they were. Written before, they are not written
/// again.
async fn write(
    deps: &Deps<'_>,
    case: &Case,
    row: &Row<TaskRow>,
    stage: Stage,
) -> Result<(), Failure> {
    let Some(asking) = row.item.asking.as_ref() else {
        return Ok(());
    };
    let name = stage.as_str();
    let now = deps.clock.now();
    let task = &row.item.task;
    // A reminder right after the question, because it came late, only annoys.
    let pointless = stage == Stage::Reminded
        && asking.due == task.window.due
        && task.checkpoints.remind <= asking.since;
    // Whoever decides is told again, for as long as it is open.
    let again = stage == Stage::Escalated && asking.has_gone_quiet(now);
    if (asking.sent.iter().any(|sent| sent == name) && !again) || pointless {
        return Ok(());
    }
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let tasks = match task.needed_by.is_empty() {
        true => Vec::new(),
        false => tasks_of(deps, case).await?,
    };
    let facts = Facts::of(&runbook, case, &row.item, &tasks, now);
    let letters = letters::question(&runbook, deps.links, case, &row.item, stage, (&facts, now));
    let first = asking.sent.iter().all(|sent| sent != name);
    let letters: Vec<QueuedLetter> = letters
        .into_iter()
        .map(|letter| {
            let reader = reader_name(&runbook, &letter.team);
            queued(task, asking, (stage, first), (letter, &reader), now)
        })
        .collect();
    let serial = asking.serial;
    deps.ledger
        .change_task_and_write(row.clone(), &letters, |row| {
            let Some(asking) = row.asking.as_mut().filter(|a| a.serial == serial) else {
                return Ok::<_, Failure>(None);
            };
            let first = asking.sent.iter().all(|sent| sent != name);
            if !(first || again && asking.has_gone_quiet(now)) {
                return Ok(None);
            }
            if first {
                asking.sent.push(name.to_owned());
            }
            // Until now it was asked when it was asked first.
            if stage == Stage::Asked && asking.put_off.take().is_some() {
                asking.since = now;
            }
            asking.told = Some(now);
            Ok(Some(Vec::new()))
        })
        .await?;
    Ok(())
}

/// A letter of a question for the queue, with what the task's trail says once it went out.
fn queued(
    task: &Task,
    asking: &Asking,
    (stage, first): (Stage, bool),
    (letter, reader): (Letter, &str),
    now: Timestamp,
) -> QueuedLetter {
    let told = asking.told.map(|told| told.to_string());
    let id = LetterId::of(&[
        &task.case_id,
        &task.id,
        &task.revision,
        &asking.serial,
        &asking.since,
        &stage.as_str(),
        &told.unwrap_or_default(),
        &letter.team,
        &letter.to,
    ]);
    let words = match first {
        true => letters::told(stage),
        false => "Still open; told again:",
    };
    let record = AuditBody {
        at: now,
        by: "ask".into(),
        what: stage.into(),
        text: format!("{words} {reader}."),
        detail: json!({ "step": asking.step, "teams": [letter.team] }),
    };
    let about = About {
        case: task.case_id.clone(),
        task: Some(task.id.clone()),
        question: Some(asking.serial),
        record: Some(record),
    };
    QueuedLetter::new(id, letter, Some(about), now)
}

async fn tasks_of(deps: &Deps<'_>, case: &Case) -> Result<Vec<Task>, Failure> {
    let rows = deps.ledger.tasks(&case.id).await?;
    Ok(rows.into_iter().map(|row| row.item.task).collect())
}

/// The word for an answer that stands in the ledger already: it came between two stages, or before the case
/// was planned anew.
fn answered(row: &TaskRow, stage: Stage, step: Step) -> Option<Word> {
    if row.task.state.is_ended() {
        return Some(Word::Ended);
    }
    if prepare::done_and_confirming(row, step) {
        return Some(Word::Done);
    }
    let asking = row.asking.as_ref().filter(|a| a.step == step)?;
    let decides = row.is_for_the_escalation();
    match (step, row.task.state) {
        (Step::Confirm, TaskState::Declined) if asking.answered && !decides => Some(Word::Refused),
        (_, TaskState::Declined) if stage != Stage::Escalated => Some(Word::Declined),
        // It was mended often enough, and still is not so.
        (Step::Mend, TaskState::Planned) if decides && stage == Stage::Asked => {
            Some(Word::Declined)
        }
        (_, TaskState::Answered) if asking.answered => Some(Word::Done),
        _ => None,
    }
}
