//! Microsoft Entra ID and Microsoft 365, by Microsoft Graph v1.0: users, sign-in sessions, groups, licences and
//! directory roles. What to set up there stands in docs/SYSTEMS.md.
//!
//! Facts about the API come from Microsoft's reference (<https://learn.microsoft.com/graph/api/overview>) and the pages
//! that are named where they count.

mod answer;
mod ask;
mod delta;
mod entitlements;
mod entra;
mod find;
mod groups;
mod licences;
mod lifecycle;
mod memberships;
mod paging;
mod probe;
mod user;

use std::sync::Arc;

use latchkey_systems::{Fault, Http, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "entra";

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when its address is none, or a setting cannot be.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let choices = entra::Choices::of(settings)?;
    let settings = settings.with_api_at("/v1.0");
    let http = Http::new(http, &settings, secret)?;
    Ok(Arc::new(entra::Entra::new(http, settings.address, choices)))
}
