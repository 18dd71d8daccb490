//! AWS IAM Identity Center: users, groups and assignments to accounts. What to set up there stands in docs/SYSTEMS.md.
//!
//! Facts about the APIs come from AWS's references of the Identity Store
//! (<https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/welcome.html>) and of IAM Identity
//! Center (<https://docs.aws.amazon.com/singlesignon/latest/APIReference/welcome.html>), from the models that the SDK
//! is made of, and from the pages that are named where they count.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

mod answer;
mod assignments;
mod center;
mod change;
mod clients;
mod exit;
mod find;
mod groups;
mod instance;
mod memberships;
mod names;
mod permission_sets;
mod probe;
mod requests;
mod user;

use std::sync::Arc;

use latchkey_systems::{Fault, Secret, Settings, System};

pub use clients::Clients;

/// The kind's name in runbooks.
pub const KIND: &str = "identity-center";

/// Opens a system of this kind. Credentials are those of the environment, or of the role that the runbook names.
///
/// # Errors
/// [`Fault::Rejected`] when a setting cannot be.
pub fn open(
    settings: &Settings,
    _secret: Option<Secret>,
    _http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    Ok(Arc::new(center::Center::new(settings, None)?))
}

/// Opens a system of this kind with clients that are there already.
///
/// # Errors
/// [`Fault::Rejected`] when a setting cannot be.
pub fn open_with(settings: &Settings, clients: Clients) -> Result<Arc<dyn System>, Fault> {
    Ok(Arc::new(center::Center::new(settings, Some(clients))?))
}
