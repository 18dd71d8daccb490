//! Systems that speak SCIM 2.0: users, groups, PATCH (RFC 7643, RFC 7644). What to set up at each vendor stands in
//! docs/SYSTEMS.md; what a vendor can deviate in, in `dialect`, and who does, in `dialects`.

mod dialect;
mod dialects;
mod find;
mod groups;
mod members;
mod memberships;
mod paging;
mod place;
mod probe;
mod resource;
mod scim;
mod users;
mod whole;

use std::sync::Arc;

use latchkey_systems::{Fault, Faults, Http, Secret, Settings, System};

use crate::dialect::IdAt;

/// The kind's name in runbooks.
pub const KIND: &str = "scim";

/// Names of the dialects, for the runbook's check and the documentation.
pub fn dialects() -> Vec<&'static str> {
    dialects::DIALECTS.iter().map(|d| d.name).collect()
}

/// Opens a system of this kind.
///
/// # Errors
/// [`Fault::Rejected`] when address, dialect or the attribute for the employee id are none.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    let name = settings.dialect.as_deref();
    let mut dialect = dialect::dialect(name).ok_or_else(|| {
        settings.rejected(format!(
            "its dialect `{}` is not known; there are: {}",
            name.unwrap_or_default(),
            dialects().join(", ")
        ))
    })?;
    let id_at = match settings.text("employee_id") {
        None => dialect.id_at,
        Some("externalId") => IdAt::ExternalId,
        Some("employeeNumber") => IdAt::EmployeeNumber,
        Some(other) => {
            return Err(settings.rejected(format!(
                "`{other}` is no attribute for the employee id; there are externalId and employeeNumber"
            )));
        }
    };
    if id_at != dialect.id_at {
        // Nobody says that it can be filtered by.
        (dialect.id_at, dialect.finds_by_id) = (id_at, false);
    }
    dialect.formatted_name = match settings.text("full_name") {
        None => dialect.formatted_name,
        Some("displayName") => false,
        Some("name.formatted") => true,
        Some(other) => {
            return Err(settings.rejected(format!(
                "`{other}` is no attribute for the full name; there are displayName and name.formatted"
            )));
        }
    };
    let http = Http::new(http, settings, secret)?;
    Ok(Arc::new(scim::Scim::new(http, dialect, settings)))
}
