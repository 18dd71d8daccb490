//! The state machine, as handlers see it.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use latchkey_lifecycle::{CaseId, Revision};

/// Seconds that a step may take before the workflow gives it up and tries again.
pub const STEP_LIMIT_SECONDS: u32 = 120;

/// What an execution begins with: ids and limits only (promise 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begin {
    /// Which case.
    pub case_id: CaseId,
    /// Which revision of it.
    pub revision: Revision,
    /// Time limits.
    pub limits: BeginLimits,
}

/// Time limits of an execution's own steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeginLimits {
    /// Seconds for one step.
    pub step: u32,
}

impl Begin {
    /// The input of an execution.
    pub fn new(case_id: CaseId, revision: Revision) -> Begin {
        Begin {
            case_id,
            revision,
            limits: BeginLimits {
                step: STEP_LIMIT_SECONDS,
            },
        }
    }

    /// The execution's name: the case id and revision, so that starting twice is starting once.
    pub fn name(&self) -> String {
        latchkey_lifecycle::execution_name(&self.case_id, self.revision)
    }
}

/// What a waiting task is resumed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Word {
    /// The tasks it needs have ended: begin.
    Go,
    /// The owner says that it is done.
    Done,
    /// The owner declined; it goes to the escalation contact.
    Declined,
    /// The second team did not confirm; it goes back to its owner.
    Refused,
    /// The task has ended: nothing is left to do.
    Ended,
}

/// The output that resumes a waiting task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The answer, in one word.
    pub answer: Word,
}

/// Why the state machine did not take a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkflowError {
    /// It is out of reach or throttled; the same call may go through later.
    #[error("the state machine is busy: {0}")]
    Busy(String),
    /// It refuses the call.
    #[error("the state machine refused: {0}")]
    Refused(String),
}

/// How the execution of a case's revision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// It goes on.
    Running {
        /// Since when (UTC).
        since: Timestamp,
    },
    /// It ended by itself, badly; operators were alerted then.
    Failed {
        /// When (UTC).
        at: Timestamp,
    },
    /// There is none: it was never started, was stopped, ran out of time, or ended well.
    Absent,
}

/// Starting, stopping and resuming executions.
#[async_trait]
pub trait Workflow: Send + Sync {
    /// Starts the execution of a case's revision; the same one again is no error.
    async fn start(&self, begin: &Begin) -> Result<(), WorkflowError>;

    /// Stops the execution of a case's revision; one that has ended or never was is no error.
    async fn stop(&self, case: &CaseId, revision: Revision, why: &str)
    -> Result<(), WorkflowError>;

    /// How the execution of a case's revision stands.
    async fn execution(
        &self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Execution, WorkflowError>;

    /// Executions that run, by name, and since when (UTC): for whoever looks at many, where looking at each is dear.
    /// One that is not among them may run nevertheless, since it was started meanwhile: [`Workflow::execution`] tells.
    /// A state machine at which each look costs nothing lists none.
    async fn running(&self) -> Result<HashMap<String, Timestamp>, WorkflowError> {
        Ok(HashMap::new())
    }

    /// Whether an execution stands for one of a process that has ended: it lay still until something had to be done,
    /// and plans its case anew when it begins. There are none where executions outlive processes.
    fn lay_still(&self, _case: &CaseId, _revision: Revision) -> bool {
        false
    }

    /// Resumes a waiting task. `false` when nothing waits with this token any more: what it waited for is
    /// in the ledger, and whoever waits next reads it there.
    async fn resume(&self, token: &str, word: Word) -> Result<bool, WorkflowError>;
}

impl From<WorkflowError> for crate::Failure {
    fn from(error: WorkflowError) -> crate::Failure {
        match error {
            WorkflowError::Busy(_) => crate::Failure::Busy(error.to_string()),
            WorkflowError::Refused(_) => crate::Failure::Broken(error.to_string()),
        }
    }
}
