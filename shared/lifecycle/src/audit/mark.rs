//! What a record says of the item that it was written with, so that the two can be compared later.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Case, Finding, OwnSettings, Task, TaskState};

/// What a case, a task or a finding was once a record was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// Where it stood, in the words of its states.
    pub state: String,
    /// The first 32 hexadecimal digits of the SHA-256 of what only a record may change.
    pub digest: String,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.state, self.digest)
    }
}

/// What has an audit trail.
pub trait Audited {
    /// What a record that is written with it says of it.
    fn mark(&self) -> Mark;
}

impl Audited for Case {
    fn mark(&self) -> Mark {
        // To whom the summary went out is noted beside the trail: it decides nothing.
        mark(
            self.state.to_string(),
            self,
            &["summarySent", "summaryTold"],
        )
    }
}

/// What of a task changes without a record of its own: what a plan writes anew (the case's own trail has that), and
/// what is asked meanwhile. The end of a task and its evidence never do.
const UNRECORDED: [&str; 3] = ["revision", "neededBy", "trouble"];
const UNRECORDED_WHILE_OPEN: [&str; 6] = [
    "revision", "neededBy", "trouble", "state", "endedAt", "answer",
];

impl Audited for Task {
    fn mark(&self) -> Mark {
        let without: &[&str] = match self.state.is_ended() {
            true => &UNRECORDED,
            false => &UNRECORDED_WHILE_OPEN,
        };
        mark(self.state.to_string(), self, without)
    }
}

impl Audited for Finding {
    fn mark(&self) -> Mark {
        mark(format!("{:?}", self.state).to_lowercase(), self, &[])
    }
}

impl Audited for OwnSettings {
    fn mark(&self) -> Mark {
        mark("own".to_owned(), self, &[])
    }
}

impl TaskState {
    /// Whether a task gets there without a record: somebody is asked, or asked anew. What says that something was done
    /// has one.
    pub(crate) fn is_unrecorded(self) -> bool {
        matches!(
            self,
            TaskState::Planned | TaskState::Asked | TaskState::Confirming
        )
    }

    /// Whether a mark says of a task that it had not ended.
    pub(crate) fn is_open_word(state: &str) -> bool {
        [TaskState::Verified, TaskState::Waived]
            .iter()
            .all(|ended| ended.to_string() != state)
    }
}

/// The first 32 hexadecimal digits of the SHA-256 of all that a thing says.
pub fn digest_of<T: Serialize>(thing: &T) -> String {
    mark(String::new(), thing, &[]).digest
}

fn mark<T: Serialize>(state: String, item: &T, without: &[&str]) -> Mark {
    let mut value = serde_json::to_value(item).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !without.contains(&name.as_str()));
    }
    let digest = Sha256::digest(bare(value).to_string());
    let mut digest = hex::encode(digest);
    digest.truncate(32);
    Mark { state, digest }
}

/// A value without what says nothing. A later version of Latchkey may know more fields, and writes them empty.
fn bare(value: Value) -> Value {
    let says = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    };
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, bare(value)))
            .filter(|(_, value)| says(value))
            .collect(),
        Value::Array(list) => list.into_iter().map(bare).collect(),
        other => other,
    }
}
