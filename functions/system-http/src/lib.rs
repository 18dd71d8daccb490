//! Systems with a REST API that a file beside the runbook describes: no code for each. What a description says stands
//! in `latchkey-http-api` and in docs/SYSTEMS.md; here it is carried out.

mod account;
mod answer;
mod api;
mod apply;
mod call;
mod entitlements;
mod find;
mod lines;
mod names;
mod pages;
mod probe;

use std::sync::Arc;

use latchkey_http_api::Description;
use latchkey_systems::{Fault, Faults, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "http";

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when its address is none or its API is not described; [`Fault::Unauthorized`] when the secret
/// has not the form that the description asks for.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let described = settings.settings.get("api").cloned().unwrap_or_default();
    let description: Description = serde_json::from_value(described).map_err(|e| {
        settings.rejected(format!(
            "the description of its API cannot be read ({e}); run `latchkey check`"
        ))
    })?;
    if let Some(mistake) = description.mistakes().first() {
        let (at, message) = (mistake.at.join("."), &mistake.message);
        return Err(settings.rejected(format!(
            "the description of its API is not in order: {at}: {message}; run `latchkey check`"
        )));
    }
    Ok(Arc::new(api::Api::new(
        settings,
        description,
        secret,
        http,
    )?))
}
