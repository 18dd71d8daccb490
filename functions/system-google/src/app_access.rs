//! What apps of others may do in somebody's name (OAuth grants), and passwords that apps sign in with. Nothing works while the
//! account is suspended; without deleting them they would work again as soon as it is restored.

use latchkey_systems::{Call, Fault, segment};
use reqwest::Method;
use serde_json::Value;

use crate::google::Google;

/// The lists, and what an item is called by.
const LISTS: [(&str, &str); 2] = [("tokens", "clientId"), ("asps", "codeId")];

impl Google {
    /// Paths of what there is.
    async fn app_access(&self, id: &str) -> Result<Vec<String>, Fault> {
        let mut all = Vec::new();
        for (list, key) in LISTS {
            let path = format!("users/{}/{list}", segment(id));
            let see = |item: &Value| {
                let of = match &item[key] {
                    Value::String(text) => segment(text),
                    other => other.to_string(),
                };
                all.push(format!("{path}/{of}"));
            };
            self.directory.each(&path, Vec::new(), "items", see).await?;
        }
        Ok(all)
    }

    pub(crate) async fn has_app_access(&self, id: &str) -> Result<bool, Fault> {
        Ok(!self.app_access(id).await?.is_empty())
    }

    pub(crate) async fn take_app_access(&self, id: &str) -> Result<(), Fault> {
        for path in self.app_access(id).await? {
            let call = Call::new(Method::DELETE, path);
            self.directory.call_if_there(&call).await?;
        }
        Ok(())
    }
}
