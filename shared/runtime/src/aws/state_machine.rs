//! The state machine on Step Functions.

use std::collections::HashMap;

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

/// Executions that one call lists, as many as it may: 5,000 cases are five calls, while `DescribeExecution` takes 250
/// to 300 at once and 10 to 15 a second of an account.
/// Source: Step Functions API reference, ListExecutions, maxResults; developer guide, "Quotas related to API action
/// throttling".
const PAGE: i32 = 1000;

/// Step Functions, with the alias under which executions are started.
#[derive(Debug, Clone)]
pub struct StateMachine {
    client: Client,
    arn: String,
}

impl StateMachine {
    /// The state machine (usually an alias) of this ARN.
    pub fn new(config: &SdkConfig, arn: impl Into<String>) -> StateMachine {
        StateMachine {
            client: Client::new(config),
            arn: arn.into(),
        }
    }

    /// The state machine that `LATCHKEY_STATE_MACHINE_ARN` names (usually an alias).
    ///
    /// # Errors
    /// [`MissingSetting`] without it.
    pub fn from_env(config: &SdkConfig) -> Result<StateMachine, MissingSetting> {
        Ok(StateMachine::new(
            config,
            setting("LATCHKEY_STATE_MACHINE_ARN")?,
        ))
    }

    /// For functions that only resume tasks.
    pub fn to_resume(config: &SdkConfig) -> StateMachine {
        StateMachine::new(config, "")
    }

    /// `arn:…:stateMachine:NAME[:ALIAS]` → `arn:…:stateMachine:NAME`: what is asked of it is asked of all of its
    /// versions.
    fn machine_arn(&self) -> String {
        self.arn.split(':').take(7).collect::<Vec<_>>().join(":")
    }

    /// `arn:…:stateMachine:NAME[:ALIAS]` → `arn:…:execution:NAME:EXECUTION`.
    fn execution_arn(&self, execution: &str) -> String {
        let machine = self
            .machine_arn()
            .replacen(":stateMachine:", ":execution:", 1);
        format!("{machine}:{execution}")
    }
}

fn instant(at: &DateTime) -> Result<Timestamp, WorkflowError> {
    Timestamp::from_second(at.secs()).map_err(|e| WorkflowError::Refused(e.to_string()))
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
        match (&found.status, &found.stop_date) {
            (ExecutionStatus::Running, _) => Ok(Execution::Running {
                since: instant(&found.start_date)?,
            }),
            (ExecutionStatus::Failed, Some(at)) => Ok(Execution::Failed { at: instant(at)? }),
            _ => Ok(Execution::Absent),
        }
    }

    async fn running(&self) -> Result<HashMap<String, Timestamp>, WorkflowError> {
        let mut all = HashMap::new();
        let mut pages = self
            .client
            .list_executions()
            .state_machine_arn(self.machine_arn())
            .status_filter(ExecutionStatus::Running)
            .max_results(PAGE)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for one in page.map_err(problem)?.executions {
                all.insert(one.name, instant(&one.start_date)?);
            }
        }
        Ok(all)
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
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::canned::Canned;

    fn machine(aws: &Canned) -> StateMachine {
        let arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:latchkey:live";
        StateMachine::new(&aws.config(), arn)
    }

    /// 3,000 cases that run.
    #[tokio::test]
    async fn what_runs_is_listed_a_thousand_a_call_whatever_version_it_began_with() {
        let aws = Canned::new(|body| {
            let asked: Value = serde_json::from_str(body).unwrap();
            let from: usize = asked["nextToken"]
                .as_str()
                .map_or(0, |token| token.parse().unwrap());
            let one = |n: usize| {
                json!({ "executionArn": "arn", "stateMachineArn": "arn", "status": "RUNNING",
                    "name": format!("hire-{n}-r1"), "startDate": 1_795_417_200.25 })
            };
            let most = usize::try_from(asked["maxResults"].as_u64().unwrap()).unwrap();
            let to = (from + most).min(3000);
            let mut page = json!({ "executions": (from..to).map(one).collect::<Vec<_>>() });
            if to < 3000 {
                page["nextToken"] = json!(to.to_string());
            }
            (200, page.to_string())
        });
        let running = machine(&aws).running().await.unwrap();
        assert_eq!(running.len(), 3000);
        assert_eq!(
            running["hire-2999-r1"],
            "2026-11-23T07:00:00Z".parse().unwrap()
        );
        let calls = aws.calls();
        assert_eq!(calls.len(), 3, "{calls:?}");
        for call in calls {
            let asked: Value = serde_json::from_str(&call).unwrap();
            assert_eq!(asked["statusFilter"], "RUNNING");
            let arn = asked["stateMachineArn"].as_str().unwrap();
            assert!(arn.ends_with(":latchkey"), "{arn}");
        }
    }

    #[tokio::test]
    async fn a_throttled_look_is_a_busy_state_machine_and_a_refused_one_is_not() {
        let case = CaseId::new("hire-1").unwrap();
        for (error, busy) in [
            ("ThrottlingException", true),
            ("AccessDeniedException", false),
        ] {
            let answer = json!({ "__type": error, "message": "Rate exceeded" }).to_string();
            let aws = Canned::new(move |_| (400, answer.clone()));
            let told = machine(&aws).execution(&case, Revision::FIRST).await;
            assert_eq!(
                matches!(told, Err(WorkflowError::Busy(_))),
                busy,
                "{told:?}"
            );
        }
    }

    #[tokio::test]
    async fn executions_belong_to_the_machine_whatever_the_alias() {
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build();
        let machine = |arn: &str| StateMachine::new(&config, arn);
        let plain = "arn:aws:states:eu-central-1:123456789012:stateMachine:latchkey";
        let want = "arn:aws:states:eu-central-1:123456789012:execution:latchkey:hire-1-r1";
        assert_eq!(machine(plain).execution_arn("hire-1-r1"), want);
        assert_eq!(
            machine(&format!("{plain}:live")).execution_arn("hire-1-r1"),
            want
        );
    }
}
