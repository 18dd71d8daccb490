//! Systems: what a kind of system has to offer, what can go wrong, and the one way to change and to verify an
//! account.
//!
//! **A new kind of system** implements [`System`] in its own folder `functions/system-NAME` and gets one line
//! in `infra/kinds`. It reads, lists and applies one change; order, comparison, retries and the audit trail are
//! not its business.

mod accounts;
mod assertion;
mod bound;
mod carry_out;
mod carrying;
mod escaping;
mod fault;
mod faults;
mod http;
mod known;
mod known_account;
mod leafing;
mod link;
mod memberships;
mod password;
mod resolver;
mod said;
mod secret;
mod settings;
pub mod simulated;
mod system;
mod theirs;
mod whole;

pub use accounts::Accounts;
pub use bound::Bound;
pub use carry_out::{Comparison, Outcome, carry_out, carry_out_into, compare};
pub use escaping::{quoted, segment};
pub use fault::Fault;
pub use faults::Faults;
pub use http::{Call, FORM, Http, JSON, Query, Reply, client, query};
pub use known::{Kept, Known, Namesakes};
pub use known_account::find;
pub use leafing::{Leafing, Lines, Part, Turn};
pub use link::{next_link, parsed_query, query_of};
pub use memberships::{KeptMemberships, Memberships};
pub use password::unknown_password;
pub use resolver::places;
pub use said::{text, without_addresses};
pub use secret::{ClientAuth, Secret, SecretError, Secrets};
pub use settings::Settings;
pub use system::{Found, Page, PageToken, Probe, Sight, Sought, System};
pub use theirs::theirs;
pub use whole::Whole;

impl SecretError {
    /// What a secret that cannot be shown is to the system that it is for.
    pub fn for_system(&self, system: &str) -> Fault {
        let problem = self.to_string();
        match self {
            SecretError::OutOfReach { .. } => system.unreachable(problem),
            SecretError::Absent { .. }
            | SecretError::Unreadable { .. }
            | SecretError::Unbound { .. }
            | SecretError::Elsewhere { .. }
            | SecretError::TokenUrl { .. } => system.unauthorized(problem),
        }
    }
}
