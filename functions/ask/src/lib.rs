//! **ask**: asks a task's owner by e-mail, with a link and a task token that waits in the ledger; reminds,
//! says that it was missed, escalates; holds tasks back until those they need have ended. Answers: `shared/questions`.

mod hold;
mod prepare;
mod question;
mod refused;

use jiff::Timestamp;
use latchkey_ledger::Turn;
use latchkey_lifecycle::{CaseId, Revision, Stage, Step, TaskId};
use latchkey_questions::Deps;
use latchkey_runtime::Failure;
use serde::{Deserialize, Serialize};

/// What the workflow sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Which case.
    pub case_id: CaseId,
    /// Which revision of it.
    pub revision: Revision,
    /// Which task.
    pub task_id: TaskId,
    /// When the state was entered that calls (UTC); nothing from executions that began before this was said.
    #[serde(default)]
    pub entered: Option<Timestamp>,
    /// How often that state was tried before.
    #[serde(default)]
    pub retry: u32,
    /// What is to be done.
    #[serde(flatten)]
    pub action: Action,
}

impl Request {
    /// Whose turn it is: a copy of the call that comes late changes nothing.
    fn turn(&self) -> Option<Turn> {
        let retry = self.retry;
        self.entered.map(|entered| Turn { entered, retry })
    }
}

/// What is to be done.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
pub enum Action {
    /// Keep the token until the tasks that this one needs have ended.
    Hold {
        /// `held`, or `late` when it is past due.
        stage: HoldStage,
        /// The task token.
        token: String,
    },
    /// Open a question and work out the seconds between its checkpoints.
    Prepare {
        /// What will be asked.
        step: Step,
        /// Name of the error that led here; empty for none.
        #[serde(default)]
        problem: String,
    },
    /// Send the stage's letters and keep the token until the owner answers.
    Ask {
        /// Which checkpoint.
        stage: Stage,
        /// What is asked.
        step: Step,
        /// The task token.
        token: String,
    },
}

/// Where a task that needs others stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HoldStage {
    /// Within its window.
    Held,
    /// Past due.
    Late,
}

/// Seconds between the checkpoints of a question; each is at least one, as Step Functions wants it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// From asking to the reminder.
    pub until_reminder: i64,
    /// From the reminder to due.
    pub until_due: i64,
    /// From due to the escalation.
    pub until_escalation: i64,
    /// From the escalation until the operators are alerted.
    pub patience: i64,
}

/// Carries out an action. Each is safe to run twice: a letter that went out is not sent again.
///
/// # Errors
/// [`Failure::Fenced`] when the case has a later revision, [`Failure::Busy`] when ledger or state machine do not answer
/// now.
pub async fn handle(deps: &Deps<'_>, request: &Request) -> Result<Response, Failure> {
    let (case, row) = deps
        .ledger
        .fenced_step(&request.case_id, &request.task_id, request.revision)
        .await?;
    let case = case.item;
    let turn = request.turn();
    match &request.action {
        Action::Hold { stage, token } => {
            hold::hold(deps, &case, row, *stage, (token, turn)).await?;
            Ok(Response::default())
        }
        Action::Prepare { step, problem } => {
            prepare::prepare(deps, &case, row, *step, problem, request.entered).await
        }
        Action::Ask { stage, step, token } => {
            question::ask(deps, &case, row, *stage, *step, (token, turn)).await?;
            Ok(Response::default())
        }
    }
}
