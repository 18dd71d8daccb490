//! Whether the question of a link can still be answered.

use latchkey_ledger::{Asking, Row, TaskRow};
use latchkey_lifecycle::{AuditBody, TaskState};
use latchkey_runtime::Question;

use crate::{AnswerError, Deps};

/// Whether the question of a link still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionState {
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
pub fn state_of(row: &Row<TaskRow>, question: &Question) -> QuestionState {
    let task = &row.item.task;
    if task.state.is_ended() {
        return QuestionState::Ended;
    }
    let same = |a: &&Asking| a.serial == question.serial && a.step == question.step;
    match row.item.asking.as_ref().filter(same) {
        None => QuestionState::Superseded,
        // What the owner declined, only the escalation contact can still do or leave out.
        Some(a) if a.answered || (task.state == TaskState::Declined && !question.may_waive) => {
            QuestionState::Answered
        }
        Some(_) => QuestionState::Open,
    }
}

/// Changes a task while its question stands. `change` gets it, and as it is now, and says what to record; nothing, where
/// there is nothing to change. It runs again when somebody else wrote in between.
///
/// # Errors
/// [`AnswerError::NotOpen`] when the question does not stand, or what `change` says.
pub(crate) async fn change_open(
    deps: &Deps<'_>,
    question: &Question,
    change: impl Fn(&mut TaskRow, &TaskRow) -> Result<Option<Vec<AuditBody>>, AnswerError>,
) -> Result<Row<TaskRow>, AnswerError> {
    let (case, task) = (&question.case, &question.task);
    let row = deps.ledger.find_task(case, task).await?;
    let row = row.ok_or(AnswerError::NotOpen(QuestionState::Superseded))?;
    deps.ledger
        .change_task_read(row.clone(), |task_row| {
            let current = Row {
                item: task_row.clone(),
                ..row.clone()
            };
            match state_of(&current, question) {
                QuestionState::Open => change(task_row, &current.item),
                closed => Err(AnswerError::NotOpen(closed)),
            }
        })
        .await
}
