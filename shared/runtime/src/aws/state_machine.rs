//! The state machine on Step Functions.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sfn::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::DateTime,
    types::ExecutionStatus,
};
use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, Revision, execution_name};

use super::{MissingSetting, setting};
use crate::{Begin, Execution, Resume, Word, Workflow, WorkflowError};

/// Step Functions, with the alias under which executions are started.
#[derive(Debug, Clone)]
pub struct StateMachine {
    client: Client,
    arn: String,
}

impl StateMachine {
    /// The state machine that `LATCHKEY_STATE_MACHINE_ARN` names (usually an alias).
    ///
    /// # Errors
    /// [`MissingSetting`] without it.
    pub fn from_env(config: &SdkConfig) -> Result<StateMachine, MissingSetting> {
        let arn = setting("LATCHKEY_STATE_MACHINE_ARN")?;
        Ok(StateMachine {
            client: Client::new(config),
            arn,
        })
    }

    /// For functions that only resume tasks.
    pub fn to_resume(config: &SdkConfig) -> StateMachine {
        StateMachine {
            client: Client::new(config),
            arn: String::new(),
        }
    }

    /// `arn:…:stateMachine:NAME[:ALIAS]` → `arn:…:execution:NAME:EXECUTION`.
    fn execution_arn(&self, execution: &str) -> String {
        let mut parts: Vec<&str> = self.arn.split(':').take(7).collect();
        if let Some(kind) = parts.get_mut(5) {
            *kind = "execution";
        }
        format!("{}:{execution}", parts.join(":"))
    }
}

fn problem<E, R>(error: SdkError<E, R>) -> WorkflowError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let refused = matches!(&error, SdkError::ServiceError(e) if !matches!(
        e.err().code(),
        Some("ThrottlingException" | "TooManyRequestsException" | "ExecutionLimitExceeded" | "ServiceUnavailable"
            | "InternalServerError" | "KmsThrottlingException")
    ));
    let text = DisplayErrorContext(&error).to_string();
    if refused {
        WorkflowError::Refused(text)
    } else {
        WorkflowError::Busy(text)
    }
}

#[async_trait]
impl Workflow for StateMachine {
    async fn start(&self, begin: &Begin) -> Result<(), WorkflowError> {
        let input =
            serde_json::to_string(begin).map_err(|e| WorkflowError::Refused(e.to_string()))?;
        let started = self
            .client
            .start_execution()
            .state_machine_arn(&self.arn)
            .name(begin.name())
            .input(input)
            .send()
            .await;
        match started {
            Ok(_) => Ok(()),
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_execution_already_exists()) =>
            {
                Ok(())
            }
            Err(e) => Err(problem(e)),
        }
    }

    async fn stop(
        &self,
        case: &CaseId,
        revision: Revision,
        why: &str,
    ) -> Result<(), WorkflowError> {
        let stopped = self
            .client
            .stop_execution()
            .execution_arn(self.execution_arn(&execution_name(case, revision)))
            .error("Superseded")
            .cause(why)
            .send()
            .await;
        match stopped {
            Ok(_) => Ok(()),
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_execution_does_not_exist()) =>
            {
                Ok(())
            }
            Err(e) => Err(problem(e)),
        }
    }

    async fn execution(
        &self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Execution, WorkflowError> {
        let described = self
            .client
            .describe_execution()
            .execution_arn(self.execution_arn(&execution_name(case, revision)))
            .send()
            .await;
        let found = match described {
            Ok(found) => found,
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_execution_does_not_exist()) =>
            {
                return Ok(Execution::Absent);
            }
            Err(e) => return Err(problem(e)),
        };
        let instant = |at: &DateTime| {
            Timestamp::from_second(at.secs()).map_err(|e| WorkflowError::Refused(e.to_string()))
        };
        match (&found.status, &found.stop_date) {
            (ExecutionStatus::Running, _) => Ok(Execution::Running {
                since: instant(&found.start_date)?,
            }),
            (ExecutionStatus::Failed, Some(at)) => Ok(Execution::Failed { at: instant(at)? }),
            _ => Ok(Execution::Absent),
        }
    }

    async fn resume(&self, token: &str, word: Word) -> Result<bool, WorkflowError> {
        let output = serde_json::to_string(&Resume { answer: word })
            .map_err(|e| WorkflowError::Refused(e.to_string()))?;
        let sent = self
            .client
            .send_task_success()
            .task_token(token)
            .output(output)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(e)
                if e.as_service_error().is_some_and(|e| {
                    e.is_task_timed_out() || e.is_task_does_not_exist() || e.is_invalid_token()
                }) =>
            {
                Ok(false)
            }
            Err(e) => Err(problem(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn executions_belong_to_the_machine_whatever_the_alias() {
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build();
        let machine = |arn: &str| StateMachine {
            client: Client::new(&config),
            arn: arn.into(),
        };
        let plain = "arn:aws:states:eu-central-1:123456789012:stateMachine:latchkey";
        let want = "arn:aws:states:eu-central-1:123456789012:execution:latchkey:hire-1-r1";
        assert_eq!(machine(plain).execution_arn("hire-1-r1"), want);
        assert_eq!(
            machine(&format!("{plain}:live")).execution_arn("hire-1-r1"),
            want
        );
    }
}
