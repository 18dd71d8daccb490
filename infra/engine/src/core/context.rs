//! What a state can see of its execution.

use jiff::Timestamp;
use serde_json::Value;

use super::Core;
use crate::{
    error::TaskError,
    template::{Context, Template},
};

/// What stands in for an ARN on one machine.
const EXECUTION_ARN: &str = "arn:aws:states:local:000000000000:execution:workflow:";

impl Core {
    fn context(&self, key: usize, what: Context) -> Value {
        let branch = &self.branches[key];
        let name = &self.executions[branch.execution as usize].name;
        match what {
            Context::ExecutionId => format!("{EXECUTION_ARN}{name}").into(),
            Context::EnteredTime => instant(branch.entered).into(),
            Context::RetryCount => branch.retry_count().into(),
            Context::TaskToken => self.token(key).into(),
        }
    }

    /// Fills in what a state's template looks up.
    pub(super) fn fill(
        &self,
        key: usize,
        template: &Template,
        field: &str,
        input: &Value,
    ) -> Result<Value, TaskError> {
        template.fill(field, input, &|what| self.context(key, what))
    }
}

/// An instant as AWS writes it, with milliseconds.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
