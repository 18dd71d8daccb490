//! Roles of PostgreSQL servers, 13 or newer: who may sign in, and which roles they are members of. What to set up
//! stands in docs/SYSTEMS.md.
//!
//! Sources named in this crate are chapters of the PostgreSQL 18 documentation, unless they say otherwise.

mod address;
mod changes;
mod comment;
mod connection;
mod faults;
mod names;
mod postgres;
mod probe;
mod roles;
mod tls;

use std::sync::Arc;

use latchkey_systems::{Fault, Secret, Settings, System};

/// The kind's name in runbooks.
pub const KIND: &str = "postgres";

/// Opens a system of this kind. It speaks no HTTP; a connection is made when it is needed first.
///
/// # Errors
/// [`Fault::Rejected`] when address, certificates or a name among the settings are none; [`Fault::Unauthorized`] when
/// the secret is no user name and password.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    _http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    Ok(Arc::new(postgres::Postgres::new(settings, secret)?))
}
