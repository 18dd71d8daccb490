//! An execution's history, as AWS keeps it.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    error::TaskError,
    model::{Kind, Machine, StateId},
    text::Text,
};

/// How much of the history is kept. Events are counted, and limited, all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Everything, with inputs and outputs.
    #[default]
    Full,
    /// Everything but inputs and outputs.
    Compact,
    /// Nothing.
    Off,
}

/// One event of a history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEvent {
    /// 1, 2, 3, …
    pub id: u32,
    /// The event before it in the same branch; 0 for the first.
    pub previous_event_id: u32,
    /// When.
    pub timestamp: Timestamp,
    /// AWS's name for it, e.g. `TaskStateEntered`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The state it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `input`, `output`, `error`, `cause`, `index`, `length`, `resource`, `parameters`: what applies.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// What happened, by AWS's name; that a state is entered and exited is told with its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionFailed,
    ExecutionAborted,
    Entered,
    Exited,
    TaskScheduled,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TaskFailed,
    TaskTimedOut,
    MapStateStarted,
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted,
    MapIterationSucceeded,
    MapIterationFailed,
    MapIterationAborted,
}

impl Happened {
    pub(crate) fn ends_execution(self) -> bool {
        matches!(
            self,
            Happened::ExecutionSucceeded | Happened::ExecutionFailed | Happened::ExecutionAborted
        )
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Details {
    None,
    Input(Text),
    Output(Text),
    Failed(TaskError),
    Index(u32),
    Length(u32),
    Scheduled {
        parameters: Text,
        timeout: Option<u32>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) previous: u32,
    pub(crate) at: Timestamp,
    pub(crate) what: Happened,
    pub(crate) state: Option<StateId>,
    pub(crate) details: Option<Box<Details>>,
}

impl Event {
    pub(crate) fn show(&self, id: u32, machine: &Machine) -> HistoryEvent {
        let state = self.state.map(|id| machine.state(id));
        let kind = state.map_or("", |state| state.kind.name());
        let name = match self.what {
            Happened::Entered => format!("{kind}StateEntered"),
            Happened::Exited => format!("{kind}StateExited"),
            other => format!("{other:?}"),
        };
        let mut details = match self.details.as_deref() {
            None | Some(Details::None) => Value::Null,
            Some(Details::Input(text)) => json!({ "input": text.value() }),
            Some(Details::Output(text)) => json!({ "output": text.value() }),
            Some(Details::Failed(error)) => json!({ "error": error.error, "cause": error.cause }),
            Some(Details::Index(index)) => json!({ "index": index }),
            Some(Details::Length(length)) => json!({ "length": length }),
            Some(Details::Scheduled {
                parameters,
                timeout,
            }) => json!({ "parameters": parameters.value(), "timeoutInSeconds": timeout }),
        };
        if let Some(Kind::Task(task)) = state.map(|state| &state.kind)
            && self.what == Happened::TaskScheduled
        {
            details["resource"] = json!(task.resource);
        }
        HistoryEvent {
            id,
            previous_event_id: self.previous,
            timestamp: self.at,
            kind: name,
            state: state.map(|state| state.name.to_string()),
            details,
        }
    }
}
