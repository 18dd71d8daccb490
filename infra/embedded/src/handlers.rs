//! The functions, called in the process instead of as Lambdas.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_engine::{Invoker, TaskError};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::shown::without_values;
use latchkey_runtime::{
    Clock, Failure, Letter, Links, Mail, Runbooks, SystemDeps, Systems, TaskRequest, Workflow,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// What stands before a system's kind in the name of its function.
pub(crate) const SYSTEM_FUNCTIONS: &str = "system-";

/// Names of the functions in the definition, as `template.yaml` gives them on AWS.
pub const SUBSTITUTIONS: [(&str, &str); 5] = [
    ("PlanFunction", "plan"),
    ("AskFunction", "ask"),
    ("VerifyFunction", "verify"),
    ("CloseFunction", "close"),
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
    /// Letters.
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
                let deps = plan::Deps {
                    ledger: &self.ledger,
                    clock: self.clock.as_ref(),
                    runbooks: &self.runbooks,
                    system_functions: SYSTEM_FUNCTIONS,
                };
                answer(plan::handle(&deps, &request(payload)?).await?)
            }
            "ask" => {
                let deps = ask::Deps {
                    ledger: &self.ledger,
                    clock: self.clock.as_ref(),
                    runbooks: &self.runbooks,
                    mail: self.mail.as_ref(),
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
                    mail: self.mail.as_ref(),
                    workflow: self.workflow.as_ref(),
                };
                answer(close::handle(&deps, &request(payload)?).await?)
            }
            system if system.starts_with(SYSTEM_FUNCTIONS) => {
                let task: TaskRequest = request(payload)?;
                answer(latchkey_runtime::carry(&self.system_deps(), &task).await?)
            }
            other => Err(Failure::Broken(format!("there is no function `{other}`"))),
        }
    }

    /// What needs an operator goes to the runbook's operations team.
    async fn alert(&self, subject: &str, message: &str) -> Result<(), Failure> {
        tracing::error!(subject, message, "alert");
        let (_, runbook) = self.runbooks.current(&self.ledger).await?;
        let team = runbook.operations_team();
        let to = ask::address_of(&runbook, team);
        let text = format!("{message}\n\nLook at it with: latchkey cases\n");
        let letter = Letter::new(team.to_string(), to, subject, text);
        self.mail.send(&letter).await?;
        Ok(())
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
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        let subject = subject.unwrap_or("Latchkey needs an operator");
        self.alert(subject, message)
            .await
            .map_err(|failure| task_error(&failure))?;
        Ok(format!("alert-{}", self.clock.now()))
    }
}
