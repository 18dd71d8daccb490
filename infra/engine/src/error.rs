//! Errors of tasks and states, and which of them a retrier or catcher means.

use serde::{Deserialize, Serialize};

/// A task or state ran too long.
pub const TIMEOUT: &str = "States.Timeout";
/// A task's heartbeat stayed away too long.
pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
/// Something that is wrong with the definition or its input; it always ends the execution.
pub const RUNTIME: &str = "States.Runtime";
/// More than [`crate::MAX_DATA_BYTES`] of input or output.
pub const DATA_LIMIT: &str = "States.DataLimitExceeded";
/// No rule of a Choice held and it has no default.
pub const NO_CHOICE: &str = "States.NoChoiceMatched";
/// A result could not be put where `ResultPath` says.
pub const RESULT_PATH: &str = "States.ResultPathMatchFailure";
/// Any error, except those that always end the execution.
pub const ALL: &str = "States.ALL";
/// Any error of a task except [`TIMEOUT`].
pub const TASK_FAILED: &str = "States.TaskFailed";

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
/// the execution; `States.TaskFailed` means every error but `States.Timeout`
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>). `States.Timeout` also
/// means a heartbeat that stayed away, by its definition there.
#[must_use]
pub fn means<S: AsRef<str>>(names: &[S], error: &str) -> bool {
    error != RUNTIME
        && names.iter().map(AsRef::as_ref).any(|name| match name {
            ALL => error != DATA_LIMIT,
            TASK_FAILED => error == TASK_FAILED || (error != TIMEOUT && error != DATA_LIMIT),
            TIMEOUT => error == TIMEOUT || error == HEARTBEAT_TIMEOUT,
            name => name == error,
        })
}
