//! Slack workspaces without SCIM, by the Web API: people by e-mail address, channels, user groups, and on Enterprise
//! plans the admin API. What to set up there stands in docs/SYSTEMS.md.
//!
//! Facts about the API come from Slack's reference (<https://docs.slack.dev/reference/methods>) and the pages that are
//! named where they count. What Slack lets no program do on most plans, making and deactivating accounts, is told to
//! the owner as a refusal that says whom and where; once it is done by hand, the account is found by its e-mail
//! address.

mod answer;
mod channels;
mod entitlements;
mod find;
mod lifecycle;
mod meaning;
mod memberships;
mod paging;
mod probe;
mod slack;
mod user;
mod usergroups;

use std::sync::Arc;

use latchkey_systems::{Fault, Http, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "slack";

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when its address is none, or a setting cannot be.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let choices = slack::Choices::of(settings)?;
    let settings = settings.with_api_at("/api");
    let http = Http::new(http, &settings, secret)?;
    Ok(Arc::new(slack::Slack::new(http, choices)))
}
