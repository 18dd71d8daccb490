//! The state machine, run by the engine in this process.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_engine::{Engine, StartError, Status, execution_of};
use latchkey_lifecycle::{CaseId, Revision, execution_name};
use latchkey_runtime::{Begin, Execution, Resume, Word, Workflow, WorkflowError};

/// The workflow's definition: the same file that is deployed to AWS.
pub const DEFINITION: &str = include_str!("../../workflow.asl.json");

/// The state machine of this process.
#[derive(Clone)]
pub struct EmbeddedMachine(pub(crate) Arc<Engine>);

impl EmbeddedMachine {
    /// The state machine that this engine runs.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> EmbeddedMachine {
        EmbeddedMachine(engine)
    }
}

fn refused(problem: impl std::fmt::Display) -> WorkflowError {
    WorkflowError::Refused(problem.to_string())
}

#[async_trait]
impl Workflow for EmbeddedMachine {
    async fn start(&self, begin: &Begin) -> Result<(), WorkflowError> {
        let input = serde_json::to_value(begin).map_err(refused)?;
        match self.0.start(&begin.name(), &input) {
            Ok(()) | Err(StartError::ExecutionAlreadyExists(_)) => Ok(()),
            Err(e) => Err(refused(e)),
        }
    }

    async fn stop(
        &self,
        case: &CaseId,
        revision: Revision,
        why: &str,
    ) -> Result<(), WorkflowError> {
        // One that has ended or never was is as good as stopped.
        let _ = self
            .0
            .stop(&execution_name(case, revision), "Superseded", why);
        Ok(())
    }

    async fn execution(
        &self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Execution, WorkflowError> {
        let found = self.0.describe(&execution_name(case, revision));
        Ok(match found.map(|e| (e.status, e.started, e.ended)) {
            Some((Status::Running, since, _)) => Execution::Running { since },
            Some((Status::Failed, _, Some(at))) => Execution::Failed { at },
            _ => Execution::Absent,
        })
    }

    fn lay_still(&self, case: &CaseId, revision: Revision) -> bool {
        self.0.has_slept(&execution_name(case, revision))
    }

    async fn resume(&self, token: &str, word: Word) -> Result<bool, WorkflowError> {
        let output = serde_json::to_value(Resume { answer: word }).map_err(refused)?;
        if self.0.send_task_success(token, output).is_ok() {
            return Ok(true);
        }
        // It waited in a process that has ended. Its execution begins now, and finds in the ledger what it waited for.
        Ok(execution_of(token).is_some_and(|name| self.0.wake(name)))
    }
}
