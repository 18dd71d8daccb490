//! Systems that speak SCIM 2.0: users, groups, PATCH (RFC 7643, RFC 7644). What to set up at each vendor stands in
//! docs/SYSTEMS.md; how vendors deviate, in `dialect`.

mod dialect;
mod groups;
mod memberships;
mod paging;
mod probe;
mod resource;
mod scim;

use std::sync::Arc;

use latchkey_systems::{Fault, Http, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "scim";

/// Names of the dialects, for the runbook's check and the documentation.
pub fn dialects() -> Vec<&'static str> {
    dialect::DIALECTS.iter().map(|d| d.name).collect()
}

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when address or dialect are none.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let name = settings.dialect.as_deref();
    let dialect = dialect::dialect(name).ok_or_else(|| Fault::Rejected {
        system: settings.name.clone(),
        problem: format!(
            "its dialect `{}` is not known; there are: {}",
            name.unwrap_or_default(),
            dialects().join(", ")
        ),
    })?;
    Ok(Arc::new(scim::Scim::new(
        Http::new(http, settings, secret)?,
        dialect,
        settings.number("page"),
    )))
}
