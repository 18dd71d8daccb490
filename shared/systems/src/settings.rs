//! How a system is reached, as the runbook says it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a system is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Its name in the runbook.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its kind, e.g. `scim`.
    pub kind: String,
    /// The base address of its API.
    pub address: String,
    /// The name of its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// How it deviates from its standard; `None` for not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// Whatever else its kind takes; each kind documents its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, serde_json::Value>,
}
