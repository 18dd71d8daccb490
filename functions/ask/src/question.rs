//! The stages of a question: asked, reminded, missed, escalated.

use latchkey_ledger::{Row, TaskRow, Turn};
use latchkey_lifecycle::{AuditBody, Case, Step, TaskState};
use latchkey_runtime::{Failure, Question, Word};
use serde_json::json;

use crate::{Deps, Stage, letters, prepare};

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
            if row.task.state != TaskState::Declined {
                row.task.state = match step {
                    Step::Do | Step::Mend => TaskState::Asked,
                    Step::Confirm => TaskState::Confirming,
                };
            }
            Ok(Some(Vec::new()))
        })
        .await?;
    if let Some(word) = pending {
        deps.workflow.resume(token, word).await?;
        return Ok(());
    }
    let Some(asking) = row.item.asking.as_ref().filter(|_| !late) else {
        return Ok(());
    };
    let name = stage.as_str();
    let now = deps.clock.now();
    // A reminder right after the question, because it came late, only annoys.
    let pointless = stage == Stage::Reminded && row.item.task.checkpoints.remind <= asking.since;
    if asking.sent.iter().any(|sent| sent == name) || pointless {
        return Ok(());
    }
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let letters = letters::question(&runbook, deps.links, case, &row.item, stage);
    let mut told = Vec::new();
    for letter in &letters {
        deps.mail.send(letter).await?;
        told.push(letter.team.clone());
    }
    let serial = asking.serial;
    deps.ledger
        .change_task_read(row, |row| {
            let Some(asking) = row.asking.as_mut().filter(|a| a.serial == serial) else {
                return Ok::<_, Failure>(None);
            };
            if asking.sent.iter().any(|sent| sent == name) {
                return Ok(None);
            }
            asking.sent.push(name.to_owned());
            Ok(Some(vec![AuditBody {
                at: now,
                by: "ask".into(),
                what: name.into(),
                text: format!("{} {}.", stage.words(), told.join(", ")),
                detail: json!({ "step": step, "teams": told }),
            }]))
        })
        .await?;
    Ok(())
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
    match (step, row.task.state) {
        (Step::Confirm, TaskState::Declined) if asking.answered => Some(Word::Refused),
        (Step::Do | Step::Mend, TaskState::Declined) if stage != Stage::Escalated => {
            Some(Word::Declined)
        }
        (_, TaskState::Answered) if asking.answered => Some(Word::Done),
        _ => None,
    }
}

/// Whether the question of a link still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It can be answered.
    Open,
    /// It was answered; the task is being verified.
    Answered,
    /// The task has ended.
    Ended,
    /// A later question took its place.
    Superseded,
}

/// Whether the question of a link still stands.
pub fn standing(row: &Row<TaskRow>, question: &Question) -> Standing {
    let task = &row.item.task;
    if task.state.is_ended() {
        return Standing::Ended;
    }
    let same =
        |a: &&latchkey_ledger::Asking| a.serial == question.serial && a.step == question.step;
    match row.item.asking.as_ref().filter(same) {
        None => Standing::Superseded,
        // What the owner declined, only the escalation contact can still do or leave out.
        Some(a) if a.answered || (task.state == TaskState::Declined && !question.may_waive) => {
            Standing::Answered
        }
        Some(_) => Standing::Open,
    }
}
