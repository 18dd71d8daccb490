//! A link that a named person of the runbook, or a manager, signs in with, once: for one machine that has no sign-in provider. Whoever
//! runs the machine has it made; nothing that comes over the network can.

use jiff::{SignedDuration, Timestamp};
use latchkey_decisions::who_is;
use latchkey_ledger::{Ledger, LedgerError, SignInLink};
use latchkey_questions::facts::name_of;
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

use crate::sign_in::cookie::Secret;

/// How long such a link is good.
pub const LINK_GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Why no link was made.
#[derive(Debug, thiserror::Error)]
pub enum LinkRefused {
    /// The runbook does not name the address, nor is it that of a manager by HR's records.
    #[error(
        "the runbook names {0} in no team, nor under `sign_in`, and by HR's records nobody reports to {0}: write the \
         address under `members` of a team, publish the runbook, and ask again"
    )]
    NotNamed(String),
    /// By HR's records whoever has the address has left.
    #[error(
        "by HR's records whoever has {0} has left, or has left and begins again only later, and the pages let nobody in \
         who has: if that is wrong, have HR put the record right, and ask again"
    )]
    HasLeft(String),
    /// The machine has no randomness to give.
    #[error("the machine gives no random numbers: {0}")]
    NoRandomness(getrandom::Error),
    /// The ledger does not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What HR told cannot be read.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Makes a link for a person whom the runbook, or HR's record of who reports to them, names by this address. `base`: scheme, host and port of the pages.
///
/// # Errors
/// [`LinkRefused`].
pub async fn sign_in_link(
    ledger: &Ledger,
    runbook: &Runbook,
    now: Timestamp,
    (base, address): (&str, &str),
) -> Result<String, LinkRefused> {
    let address = address.trim().to_lowercase();
    if runbook.belongs(&address, &[]).roles.is_empty() && !ledger.has_reports(&address).await? {
        return Err(LinkRefused::NotNamed(address));
    }
    if who_is(ledger, runbook, &address, now).await?.has_left {
        return Err(LinkRefused::HasLeft(address));
    }
    let secret = Secret::new().map_err(LinkRefused::NoRandomness)?;
    let link = SignInLink {
        name: name_of(&address),
        address,
        until: now + LINK_GOOD_FOR,
        used: None,
    };
    ledger.keep_sign_in_link(&secret.digest(), &link).await?;
    Ok(format!(
        "{}/sign-in/{}",
        base.trim_end_matches('/'),
        secret.text()
    ))
}
