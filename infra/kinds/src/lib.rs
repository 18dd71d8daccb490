//! The kinds of system this build knows. **A new kind is one line in [`KINDS`]** and a folder
//! `functions/system-NAME`. The kind `person` has no adapter: its systems are changed by their owners.

use std::sync::Arc;

use latchkey_runtime::WithoutAws;
use latchkey_systems::{Fault, Secret, Settings, System};

/// How a kind opens a system: settings, secret, and the process's HTTP client.
pub type Open = fn(&Settings, Option<Secret>, reqwest::Client) -> Result<Arc<dyn System>, Fault>;

/// The kinds that are reached by AWS's SDKs: only a build with the feature `aws` has their adapters.
pub const ON_AWS: [&str; 2] = ["identity-center", "lambda"];

/// Every kind with an adapter in this build, by its name in runbooks.
pub const KINDS: &[(&str, Open)] = &[
    (system_entra::KIND, system_entra::open),
    (system_github::KIND, system_github::open),
    (system_google::KIND, system_google::open),
    (system_http::KIND, system_http::open),
    #[cfg(feature = "aws")]
    (system_identity_center::KIND, system_identity_center::open),
    #[cfg(feature = "aws")]
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
/// [`Fault::Rejected`] when this build has no adapter for its kind.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let known = KINDS.iter().find(|(kind, _)| *kind == settings.kind);
    let (_, open) = known.ok_or_else(|| Fault::Rejected {
        system: settings.name.clone(),
        problem: missing(&settings.kind),
    })?;
    open(settings, secret, http)
}

/// Why there is no adapter for a kind, and what helps.
fn missing(kind: &str) -> String {
    match left_out(kind) {
        true => format!("systems of the kind `{kind}` are reached by AWS, and {WithoutAws}"),
        false => format!("this Latchkey has no adapter for systems of the kind `{kind}`"),
    }
}

/// Whether a kind has an adapter, and this build was made without it.
pub fn left_out(kind: &str) -> bool {
    cfg!(not(feature = "aws")) && ON_AWS.contains(&kind)
}

#[cfg(test)]
mod tests;
