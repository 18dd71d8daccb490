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

impl Settings {
    /// The same, where the API stands below the address. A runbook may say where.
    #[must_use]
    pub fn with_api_at(&self, path: &str) -> Settings {
        let address = self.address.trim_end_matches('/');
        let address = address.strip_suffix(path).unwrap_or(address);
        Settings {
            address: format!("{address}{path}"),
            ..self.clone()
        }
    }

    /// A setting that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name)?.as_str()
    }

    /// A setting that is a whole number.
    pub fn number(&self, name: &str) -> Option<usize> {
        usize::try_from(self.settings.get(name)?.as_u64()?).ok()
    }

    /// A setting that is `true` or `false`; `false` when it is not there.
    pub fn flag(&self, name: &str) -> bool {
        self.settings
            .get(name)
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(false)
    }

    /// A setting that is a list of texts; empty when it is not there.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let all = self
            .settings
            .get(name)
            .and_then(serde_json::Value::as_array);
        all.into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect()
    }

    /// A setting of names and texts; empty when it is not there.
    pub fn map(&self, name: &str) -> BTreeMap<&str, &str> {
        let all = self
            .settings
            .get(name)
            .and_then(serde_json::Value::as_object);
        let all = all.into_iter().flatten();
        all.filter_map(|(k, v)| Some((k.as_str(), v.as_str()?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_api_may_be_written_and_need_not_be() {
        for address in [
            "https://x.example",
            "https://x.example/",
            "https://x.example/api",
        ] {
            let settings = Settings {
                address: address.to_owned(),
                ..Settings::default()
            };
            let address = settings.with_api_at("/api").address;
            assert_eq!(address, "https://x.example/api");
        }
    }
}
