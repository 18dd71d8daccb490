//! What is told of an execution.

use jiff::Timestamp;
use serde_json::Value;

use super::Core;
use crate::{error::TaskError, text::Text};

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It goes on.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It was stopped.
    Aborted,
}

/// What is known of an execution.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What it was started with.
    pub input: Value,
    /// What it ended with, if well.
    pub output: Option<Value>,
    /// Why it ended, if not well.
    pub error: Option<TaskError>,
    /// How many events its history counts.
    pub events: u32,
}

impl Core {
    pub(crate) fn describe(&self, key: usize) -> Described {
        let execution = &self.executions[key];
        Described {
            name: execution.name.to_string(),
            status: execution.status,
            started: execution.started,
            ended: execution.ended,
            input: execution.input.value(),
            output: execution.output.as_ref().map(Text::value),
            error: execution.error.clone(),
            events: execution.events,
        }
    }
}
