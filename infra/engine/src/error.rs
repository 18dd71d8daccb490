//! Errors of tasks and states, and which of them a retrier or catcher means.

use serde::{Deserialize, Serialize};

/// A task ran too long.
pub(crate) const TIMEOUT: &str = "States.Timeout";
/// Something that is wrong with the definition or its input; it always ends the execution.
pub(crate) const RUNTIME: &str = "States.Runtime";
/// More than [`crate::MAX_DATA_BYTES`] of input or output.
pub(crate) const DATA_LIMIT: &str = "States.DataLimitExceeded";
/// A result could not be put where `ResultPath` says.
pub(crate) const RESULT_PATH: &str = "States.ResultPathMatchFailure";
/// Any error, except those that always end the execution.
pub(crate) const ALL: &str = "States.ALL";

/// Why a task or a state failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TaskError {
    /// The error's name, as retriers and catchers name it. For a Lambda this is its `errorType`.
    #[serde(rename = "Error")]
    pub error: String,
    /// The whole reason. AWS puts the Lambda's error document here, as text.
    #[serde(rename = "Cause")]
    pub cause: String,
}

impl TaskError {
    /// An error with a name and its cause.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> TaskError {
        TaskError {
            error: error.into(),
            cause: cause.into(),
        }
    }

    /// For invokers of simulations: the call went out and no answer will ever come. The task stays open until it
    /// times out.
    #[must_use]
    pub fn no_answer() -> TaskError {
        TaskError::new("", "no answer will come")
    }

    pub(crate) fn is_no_answer(&self) -> bool {
        self.error.is_empty()
    }

    pub(crate) fn runtime(cause: impl Into<String>) -> TaskError {
        TaskError::new(RUNTIME, cause)
    }
}

/// Whether the names of a retrier or catcher mean this error.
///
/// `States.ALL` does not mean `States.DataLimitExceeded`, and nothing means `States.Runtime`, which always ends
/// the execution (<https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>).
pub(crate) fn means(names: &[String], error: &str) -> bool {
    error != RUNTIME
        && names.iter().any(|name| match name.as_str() {
            ALL => error != DATA_LIMIT,
            name => name == error,
        })
}
