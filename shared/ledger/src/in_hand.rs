//! Who of a team has a question in hand, and what of it is half done. It counts for nobody but the team's people: what
//! was put aside is no answer, and whoever has not taken a task may answer it all the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::Step;
use serde::{Deserialize, Serialize};

/// Somebody who signed in, or whom the runbook names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Somebody {
    /// Their name.
    pub name: String,
    /// Their work e-mail address, in lower case.
    pub address: String,
}

/// Who has a question in hand, and what of it is half done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InHand {
    /// Which question: who does it is not who confirms it.
    pub step: Step,
    /// Who has it; nobody by name when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has: Option<Holder>,
    /// What was put aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<Aside>,
}

/// Who has it in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// Who.
    pub who: Somebody,
    /// Since when (UTC).
    pub since: Timestamp,
    /// Who handed it over to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Somebody>,
    /// What they should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What somebody put aside, half done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Aside {
    /// Who.
    pub by: Somebody,
    /// When (UTC).
    pub at: Timestamp,
    /// Steps that were ticked off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Fields by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where more of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}
