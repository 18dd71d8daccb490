//! Whether the question of a link can still be answered.

use latchkey_ledger::{Asking, Row, TaskRow};
use latchkey_lifecycle::TaskState;
use latchkey_runtime::Question;

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
