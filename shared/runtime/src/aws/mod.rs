//! The edges to AWS: clients built once per process from the environment that `template.yaml` sets.

#[cfg(test)]
mod canned;
mod environment;
mod lambda;
mod post;
mod secrets;
mod ses;
mod state_machine;
mod subscribers;
mod system;
mod topic;

pub use environment::config;
pub use lambda::{run, start_tracing};
pub use post::mail;
pub use secrets::SecretsManager;
pub use ses::Mailbox;
pub use state_machine::StateMachine;
pub use subscribers::Subscribers;
pub use system::serve_system;
pub use topic::Topic;

pub use aws_config::{Region, SdkConfig};
use latchkey_address::Loopback;
use latchkey_ledger::Ledger;

use crate::Links;

/// A setting that the environment lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the environment variable {name} is not set; template.yaml sets it on every function that needs it"
)]
pub struct MissingSetting {
    /// Which variable.
    pub name: &'static str,
}

/// A setting from the environment.
///
/// # Errors
/// [`MissingSetting`] names the variable.
pub fn setting(name: &'static str) -> Result<String, MissingSetting> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or(MissingSetting { name })
}

/// Whether systems on this machine may be called in the open: only where `LATCHKEY_LOOPBACK` is `true`, as in tests
/// with emulators. `template.yaml` does not set it.
pub fn loopback() -> Loopback {
    Loopback::open(setting("LATCHKEY_LOOPBACK").is_ok_and(|value| value == "true"))
}

/// The ledger on the table that the environment names.
///
/// # Errors
/// [`MissingSetting`] without `LATCHKEY_TABLE`.
pub fn ledger(config: &SdkConfig) -> Result<Ledger, MissingSetting> {
    Ok(Ledger::new(
        aws_sdk_dynamodb::Client::new(config),
        setting("LATCHKEY_TABLE")?,
    ))
}

/// Links to task pages, below `LATCHKEY_PUBLIC_URL`, signed with the secret that `LATCHKEY_LINK_SECRET` names.
///
/// # Errors
/// When a setting or the secret is missing.
pub async fn links(config: &SdkConfig) -> Result<Links, Box<dyn std::error::Error + Send + Sync>> {
    let (url, name) = (
        setting("LATCHKEY_PUBLIC_URL")?,
        setting("LATCHKEY_LINK_SECRET")?,
    );
    let key = SecretsManager::new(config, "").text(&name).await?;
    let key = key.ok_or_else(|| format!("there is no secret {name} to sign links with"))?;
    Ok(Links::new(url, key)?)
}
