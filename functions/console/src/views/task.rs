//! A task, as lists and pages show it.

use jiff::Timestamp;
use latchkey_ledger::{Somebody, TaskRow};
use latchkey_lifecycle::{
    Answer, Case, CaseId, Signer, Step, Task, TaskId, TaskState, TeamId, Work,
};
use latchkey_questions::facts::whom_of;

use crate::views::{case::CaseView, state::State};

/// A task of a case.
#[derive(Debug, Clone)]
pub(crate) struct TaskView {
    pub(crate) case: CaseView,
    pub(crate) id: TaskId,
    pub(crate) title: String,
    whom: String,
    pub(crate) state: State,
    /// When the answer, or the task, is due (UTC).
    pub(crate) due: Timestamp,
    /// Whether its window has passed, and it has not ended.
    pub(crate) late: bool,
    /// When it ended (UTC).
    pub(crate) ended_at: Option<Timestamp>,
    /// The team that is asked, or will be.
    pub(crate) team: TeamId,
    /// Who has it in hand.
    pub(crate) has: Option<Somebody>,
    /// Who declined it, by name, where somebody above decides about it now.
    pub(crate) declined: Option<String>,
    /// Whether Latchkey does it by itself.
    pub(crate) by_machine: bool,
    /// Why it is on the checklist.
    pub(crate) why: Option<String>,
    /// What went wrong last.
    pub(crate) trouble: Option<String>,
}

impl TaskView {
    pub(crate) fn of(case: &Case, row: &TaskRow, now: Timestamp) -> TaskView {
        let task = &row.task;
        let asking = row.asking.as_ref().filter(|asking| !asking.answered);
        let step = asking.map_or(Step::Do, |asking| asking.step);
        TaskView {
            case: CaseView::of(case),
            id: task.id.clone(),
            title: match step {
                Step::Do => task.title.clone(),
                Step::Confirm => format!("Confirm: {}", task.title),
                Step::Mend => format!("Mend: {}", task.title),
            },
            whom: match task.id == TaskId::confirm_what_is_held() {
                true => whom_of(case, &task.id),
                false => CaseView::of(case).name,
            },
            state: State::of_task(row, now),
            due: asking.map_or(task.window.due, |asking| asking.due),
            late: task.is_late(now),
            ended_at: task.ended_at,
            team: row.asked_team(step).clone(),
            has: row
                .hands()
                .and_then(|hands| Some(hands.has.as_ref()?.who.clone())),
            declined: declined_by(task),
            by_machine: matches!(task.work, Work::System { .. }),
            why: task.why.clone(),
            trouble: task.trouble.clone(),
        }
    }

    /// Whom it is for: the question about what the brake holds is about all of it, not about the one whose case asks.
    pub(crate) fn whom(&self) -> &str {
        &self.whom
    }

    /// Whether it is about several people.
    pub(crate) fn is_of_many(&self) -> bool {
        self.id == TaskId::confirm_what_is_held()
    }

    /// Whether another is the same task.
    pub(crate) fn is(&self, other: &TaskView) -> bool {
        self.id == other.id && self.case.id == other.case.id
    }

    /// Where its page is.
    pub(crate) fn path(&self) -> String {
        format!("{}/tasks/{}", case_path(&self.case.id), self.id)
    }
}

/// Who declined a task that nobody has decided about yet, by name.
pub(crate) fn declined_by(task: &Task) -> Option<String> {
    let Some(Answer::Declined { by, .. }) = &task.answer else {
        return None;
    };
    (task.state == TaskState::Declined).then(|| Signer::name_in(by).to_owned())
}

/// Where a case's page is.
pub(crate) fn case_path(case: &CaseId) -> String {
    format!("/cases/{case}")
}
