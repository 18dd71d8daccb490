//! Files that people added to a task. The ledger knows what they are; what is in them is kept elsewhere.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Somebody;

/// A file that somebody added to a task as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attached {
    /// The SHA-256 of its bytes, in hexadecimal: by that it is found, and known to be what was added.
    pub sha256: String,
    /// Its name, for people.
    pub name: String,
    /// What it is, for people: `PDF`.
    pub kind: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Who added it.
    pub by: Somebody,
    /// When (UTC).
    pub at: Timestamp,
}
