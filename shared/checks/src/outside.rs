//! What is outside, by the names under which the ledger keeps what was tried of it.

use latchkey_lifecycle::SystemId;

/// The mail server.
pub(crate) const MAIL: &str = "mail";
/// The sign-in provider.
pub(crate) const SIGN_IN: &str = "sign-in";

/// A system.
pub(crate) fn system(id: &SystemId) -> String {
    format!("system/{id}")
}
