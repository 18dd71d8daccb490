//! Systems that the company reaches by a function of its own: the three verbs and the probe as JSON. What is said and
//! answered stands in docs/SYSTEMS.md; `sample/handler.py` is one to begin with.

mod own;
mod told;

use std::sync::Arc;

use aws_sdk_lambda::Client;
use latchkey_systems::{Fault, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "lambda";

/// Opens a system of this kind. Credentials and region are those of the environment.
///
/// # Errors
/// [`Fault::Rejected`] when the runbook names no function.
pub fn open(
    settings: &Settings,
    _secret: Option<Secret>,
    _http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    Ok(Arc::new(own::Own::new(settings, None)?))
}

/// Opens a system of this kind with a client that is there already.
///
/// # Errors
/// [`Fault::Rejected`] when the runbook names no function.
pub fn open_with(settings: &Settings, client: Client) -> Result<Arc<dyn System>, Fault> {
    Ok(Arc::new(own::Own::new(settings, Some(client))?))
}
