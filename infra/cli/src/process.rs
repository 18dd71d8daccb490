//! What the Latchkey that runs in a folder says to whoever may read the folder.

use std::{path::Path, time::Duration};

use latchkey_embedded::Endpoint;
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;

use crate::outcome::Problem;

/// Asks it; `None` when there is none. `request` is told where it is; `what` is what it does not say, if it does not.
pub(crate) async fn ask<T: DeserializeOwned>(
    dir: &Path,
    what: &str,
    patience: Duration,
    request: impl FnOnce(Client, String) -> RequestBuilder,
) -> Result<Option<T>, Problem> {
    let Some(endpoint) = Endpoint::noted_in(dir) else {
        return Ok(None);
    };
    let client = Client::builder().no_proxy().timeout(patience).build()?;
    let asked = request(client, endpoint.address).bearer_auth(&endpoint.key);
    let silent = |said: String| {
        Problem::new(format!(
            "a Latchkey runs in {} and does not say {what}: {said}",
            dir.display()
        ))
    };
    match asked.send().await {
        // One that was killed leaves its note behind.
        Err(problem) if problem.is_connect() => Ok(None),
        Err(problem) => Err(silent(format!(
            "{}. Start it again when that stays so",
            problem.without_url()
        ))),
        Ok(answer) if answer.status().is_success() => Ok(Some(answer.json().await?)),
        Ok(answer) => {
            let status = answer.status();
            let said = answer.text().await.unwrap_or_default();
            Err(silent(format!("{status}: {said}")))
        }
    }
}
