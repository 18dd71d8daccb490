//! Okta, by its management API: users, their lifecycle and sessions, groups, apps and administrator roles. What to set
//! up there stands in docs/SYSTEMS.md.
//!
//! Facts about the API come from Okta's reference
//! (<https://developer.okta.com/docs/api/openapi/okta-management/management>), its list of errors
//! (<https://developer.okta.com/docs/reference/error-codes>), and the pages that are named where they count.

mod answer;
mod entitlements;
mod find;
mod lifecycle;
mod memberships;
mod okta;
mod paging;
mod probe;
mod user;

use std::sync::Arc;

use latchkey_systems::{Fault, Http, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "okta";

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when its address is none, or a setting cannot be.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let choices = okta::Choices::of(settings)?;
    let settings = settings.with_api_at("/api/v1");
    // A token of Okta's own is shown as SSWS: https://developer.okta.com/docs/reference/core-okta-api/#authentication.
    // One that OAuth gave goes as Bearer all the same.
    let http = Http::new(http, &settings, secret)?.with_scheme("SSWS");
    Ok(Arc::new(okta::Okta::new(http, choices)))
}
