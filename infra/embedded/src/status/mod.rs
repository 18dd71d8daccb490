//! How a Latchkey is: what its process does, what its ledger says, and what of it needs somebody. Ids of cases, systems
//! and sources; no person's id and no name.

mod condition;
mod files;
mod metrics;
mod observer;
mod trouble;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vitals::LastSweep;

pub use condition::{Cases, Condition, Findings, Heard, Letters, Rest, SEEN, Troubled, condition};
pub use files::Files;
pub use observer::{Observer, STATUS};

/// How a Latchkey is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The process that runs its cases; `None` when none does, or when it is on AWS.
    #[serde(default)]
    pub process: Option<Process>,
    /// Its folder; `None` on AWS.
    #[serde(default)]
    pub files: Option<Files>,
    /// What its ledger says.
    pub ledger: Condition,
    /// What needs somebody, a sentence each.
    #[serde(default)]
    pub needs_somebody: Vec<String>,
}

/// The process that runs the cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// Latchkey's version.
    pub version: String,
    /// When it was started (UTC).
    pub started: Timestamp,
    /// Seconds since then.
    pub up_seconds: i64,
    /// What is not well with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwell: Option<String>,
    /// Executions that run.
    pub executions: usize,
    /// Minutes between sweeps; 0 for never.
    pub sweep_every: u32,
    /// The last sweep; `None` before the first.
    #[serde(default)]
    pub last_sweep: Option<LastSweep>,
}

impl Status {
    /// Looks at what is known of it, at an instant, and says what needs somebody.
    #[must_use]
    pub fn of(
        process: Option<Process>,
        files: Option<Files>,
        ledger: Condition,
        now: Timestamp,
    ) -> Status {
        let mut status = Status {
            process,
            files,
            ledger,
            needs_somebody: Vec::new(),
        };
        status.needs_somebody = trouble::of(&status, now);
        status
    }
}
