//! The functions, called in the process instead of as Lambdas.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_engine::{Invoker, TaskError};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::shown::without_values;
use latchkey_runtime::{
    Clock, Failure, Links, Mail, Runbooks, SystemDeps, Systems, TaskRequest, Workflow,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::resume;

/// What stands before a system's kind in the name of its function.
pub(crate) const SYSTEM_FUNCTIONS: &str = "system-";

/// The function that sends letters, and takes alerts.
pub const MAIL: &str = "mail";

/// Names of the functions in the definition, as `template.yaml` gives them on AWS.
pub const SUBSTITUTIONS: [(&str, &str); 6] = [
    ("PlanFunction", "plan"),
    ("AskFunction", "ask"),
    ("VerifyFunction", "verify"),
    ("CloseFunction", "close"),
    ("MailFunction", MAIL),
    ("AlertsTopic", "alerts"),
];

/// The functions and what they stand on.
pub struct Handlers {
    /// The ledger.
    pub ledger: Ledger,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// Checked runbooks.
    pub runbooks: Arc<Runbooks>,
    /// How letters go out.
    pub mail: Arc<dyn Mail>,
    /// Links to task pages.
    pub links: Arc<Links>,
    /// How systems are reached.
    pub systems: Arc<dyn Systems>,
    /// The state machine.
    pub workflow: Arc<dyn Workflow>,
}

impl Handlers {
    fn system_deps(&self) -> SystemDeps<'_> {
        SystemDeps {
            ledger: &self.ledger,
            clock: self.clock.as_ref(),
            runbooks: &self.runbooks,
            systems: self.systems.as_ref(),
        }
    }

    async fn call(&self, function: &str, payload: Value) -> Result<Value, Failure> {
        match function {
            "plan" => {
                let request = request(payload)?;
                self.begin_anew(&request).await?;
                let deps = plan::Deps {
                    ledger: &self.ledger,
                    clock: self.clock.as_ref(),
                    runbooks: &self.runbooks,
                    system_functions: SYSTEM_FUNCTIONS,
                };
                answer(plan::handle(&deps, &request).await?)
            }
            "ask" => {
                let deps = latchkey_questions::Deps {
                    ledger: &self.ledger,
                    clock: self.clock.as_ref(),
                    runbooks: &self.runbooks,
                    workflow: self.workflow.as_ref(),
                    links: &self.links,
                };
                answer(ask::handle(&deps, &request(payload)?).await?)
            }
            "verify" => {
                let deps = verify::Deps {
                    systems: self.system_deps(),
                    workflow: self.workflow.as_ref(),
                };
                answer(verify::handle(&deps, &request(payload)?).await?)
            }
            "close" => {
                let deps = close::Deps {
                    ledger: &self.ledger,
                    clock: self.clock.as_ref(),
                    runbooks: &self.runbooks,
                    workflow: self.workflow.as_ref(),
                };
                answer(close::handle(&deps, &request(payload)?).await?)
            }
            MAIL => {
                let deps = self.mail_deps(std::time::Duration::ZERO);
                answer(mail::handle(&deps, &request(payload)?).await?)
            }
            system if system.starts_with(SYSTEM_FUNCTIONS) => {
                let task: TaskRequest = request(payload)?;
                answer(latchkey_runtime::carry(&self.system_deps(), &task).await?)
            }
            other => Err(Failure::Broken(format!("there is no function `{other}`"))),
        }
    }

    /// Sends letters that are due.
    ///
    /// # Errors
    /// The ledger's: mail that is not taken is no failure.
    pub async fn send_letters(&self, rest: std::time::Duration) -> Result<mail::Report, Failure> {
        mail::handle(&self.mail_deps(rest), &mail::Request::default()).await
    }

    fn mail_deps(&self, rest: std::time::Duration) -> mail::Deps<'_> {
        mail::Deps {
            ledger: &self.ledger,
            clock: self.clock.as_ref(),
            runbooks: &self.runbooks,
            mail: self.mail.as_ref(),
            rest,
        }
    }

    /// A case whose execution lay still since the process began goes on as its next revision.
    async fn begin_anew(&self, request: &plan::Request) -> Result<(), Failure> {
        let plan::Request { case_id, revision } = request;
        if !self.workflow.lay_still(case_id, *revision) {
            return Ok(());
        }
        let at = Some(*revision);
        let (ledger, workflow, clock) = (&self.ledger, &self.workflow, &self.clock);
        resume::plan_anew(ledger, workflow.as_ref(), clock.as_ref(), case_id, at).await?;
        Err(Failure::Fenced(format!(
            "{case_id} was planned anew after a restart"
        )))
    }
}

fn request<T: DeserializeOwned>(payload: Value) -> Result<T, Failure> {
    serde_json::from_value(payload).map_err(|e| {
        Failure::Broken(format!(
            "the request does not fit: {}",
            without_values(&e.to_string())
        ))
    })
}

fn answer<T: Serialize>(value: T) -> Result<Value, Failure> {
    serde_json::to_value(value)
        .map_err(|e| Failure::Broken(format!("the answer does not fit: {e}")))
}

/// What Lambda makes of an error: its name, and as cause its document.
fn task_error(failure: &Failure) -> TaskError {
    let cause = json!({ "errorType": failure.name(), "errorMessage": failure.to_string() });
    TaskError::new(failure.name(), cause.to_string())
}

#[async_trait]
impl Invoker for Handlers {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let result = self.call(function, payload).await;
        result.map_err(|failure| {
            tracing::debug!(function, error = failure.name(), %failure, "failed");
            task_error(&failure)
        })
    }

    async fn publish(
        &self,
        _topic: &str,
        _subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        // On AWS it is a topic that is past the queue of letters. Here both are in one ledger: the queue is tried once
        // more.
        let broken = |e: serde_json::Error| {
            Failure::Broken(format!(
                "the alert does not fit: {}",
                without_values(&e.to_string())
            ))
        };
        let alert: Value = serde_json::from_str(message).map_err(|e| task_error(&broken(e)))?;
        self.invoke(MAIL, json!({ "alert": alert })).await?;
        Ok(format!("alert-{}", self.clock.now()))
    }
}
