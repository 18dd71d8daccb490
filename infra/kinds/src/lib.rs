//! The kinds of system this build knows. **A new kind is one line in [`KINDS`]** and a folder
//! `functions/system-NAME`. The kind `person` has no adapter: its systems are changed by their owners.

use std::sync::Arc;

use latchkey_systems::{Fault, Secret, Settings, System};

/// How a kind opens a system: settings, secret, and the process's HTTP client.
pub type Open = fn(&Settings, Option<Secret>, reqwest::Client) -> Result<Arc<dyn System>, Fault>;

/// Every kind with an adapter, by its name in runbooks.
pub const KINDS: &[(&str, Open)] = &[
    (system_entra::KIND, system_entra::open),
    (system_github::KIND, system_github::open),
    (system_google::KIND, system_google::open),
    (system_http::KIND, system_http::open),
    (system_identity_center::KIND, system_identity_center::open),
    (system_lambda::KIND, system_lambda::open),
    (system_ldap::KIND, system_ldap::open),
    (system_okta::KIND, system_okta::open),
    (system_postgres::KIND, system_postgres::open),
    (system_scim::KIND, system_scim::open),
    (system_slack::KIND, system_slack::open),
];

/// Opens a system of any kind.
///
/// # Errors
/// [`Fault::Rejected`] when this build does not know its kind.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let known = KINDS.iter().find(|(kind, _)| *kind == settings.kind);
    let (_, open) = known.ok_or_else(|| Fault::Rejected {
        system: settings.name.clone(),
        problem: format!(
            "this Latchkey has no adapter for systems of the kind `{}`",
            settings.kind
        ),
    })?;
    open(settings, secret, http)
}

#[cfg(test)]
mod tests;
