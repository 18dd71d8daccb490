//! Google Workspace, by the Admin SDK: users, sign-in and sessions, groups, organizational units, licences, and the
//! hand-over of files before an account is deleted. What to set up there stands in docs/SYSTEMS.md.
//!
//! Facts about the APIs come from their references
//! (<https://developers.google.com/workspace/admin/directory/reference/rest>, …/licensing/reference/rest,
//! …/data-transfer/reference/rest), their discovery documents, and the pages that are named where they count.

mod answer;
mod app_access;
mod batch;
mod choices;
mod entitlements;
mod find;
mod google;
mod groups;
mod hand_over;
mod known;
mod licences;
mod lifecycle;
mod memberships;
mod paging;
mod probe;
mod user;

use std::sync::Arc;

use latchkey_systems::{Fault, Faults, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "google";

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when its address is none, or a setting cannot be; [`Fault::Unauthorized`] when the secret is a
/// private key and does not say whom it acts for.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let choices = choices::Choices::of(settings)?;
    if let Some(Secret::PrivateKey { subject: None, .. }) = secret {
        return Err(settings.unauthorized(
            "its secret has no `subject`: the administrator that the service account acts as",
        ));
    }
    Ok(Arc::new(google::Google::new(
        &http, settings, secret, choices,
    )?))
}
