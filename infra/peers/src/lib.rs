//! Servers that nobody here wrote, for the demo and for tests. Each is installed by itself, once, into a place
//! of its own; each listens on this machine only, on a free port, and stops when it is dropped.
//! Tests may have one after the other ([`Lender`]).

mod aws;
mod debian;
mod ds389;
mod emulate;
mod jupyterhub;
mod lent;
mod mailman;
mod moto;
mod node;
mod oidc;
mod openldap;
mod postgres;
mod prism;
mod process;
mod python;
mod scim;
mod scim_crate;
mod scimmy;
mod smtp;

pub use aws::{ACCOUNT, AwsServices, EmulatedAws, REGION};
pub use ds389::Ds389;
pub use emulate::Emulate;
pub use jupyterhub::JupyterHub;
pub use lent::{Lender, Lent};
pub use mailman::Mailman;
pub use moto::{Moto, moto};
pub use node::NodeModules;
pub use oidc::OidcProvider;
pub use openldap::{Members, OpenLdap};
pub use postgres::PostgresServer;
pub use prism::Prism;
pub use process::{Process, free_port};
pub use python::{Venv, cache_directory};
pub use scim::ScimServer;
pub use scim_crate::ScimCrate;
pub use scimmy::Scimmy;
pub use smtp::MailServer;

use std::path::PathBuf;

/// A server could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The machine refuses a file or a program.
    #[error("{what}: {problem}")]
    Machine {
        /// What was tried.
        what: String,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// A program ended with an error.
    #[error("{what} failed:\n{output}")]
    Failed {
        /// Which program, for what.
        what: String,
        /// The end of what it printed.
        output: String,
    },
    /// A server does not answer.
    #[error("{what} did not begin to answer at port {port}; its log is {log}")]
    Silent {
        /// Which server.
        what: String,
        /// Its port.
        port: u16,
        /// Its log.
        log: PathBuf,
    },
}

impl PeerError {
    fn machine(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> PeerError {
        let what = what.into();
        move |problem| PeerError::Machine { what, problem }
    }
}
