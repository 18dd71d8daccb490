//! What the command line reaches on AWS. Its SDKs take longer to compile than all else, and who looks at Latchkey on a
//! laptop calls none of them: so they are in it by the feature `aws` only, and without it [`aws`] says how to get them.

#[cfg(feature = "aws")]
mod account;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_ledger::Ledger;
use latchkey_runtime::{Failure, WithoutAws, Workflow};
use latchkey_systems::Secrets;

/// An account of AWS, as whoever runs the command may use it.
#[async_trait]
pub trait Aws: Send + Sync {
    /// The ledger on a table.
    fn ledger(&self, table: &str) -> Ledger;

    /// The secrets whose names begin with a prefix.
    fn secrets(&self, prefix: &str) -> Arc<dyn StackSecrets>;

    /// The state machine (usually an alias) of an ARN.
    fn machine(&self, arn: &str) -> Arc<dyn Workflow>;

    /// Has a stack await the secret that a source offers. Whether there is a place for it.
    async fn await_offer(
        &self,
        stack: &str,
        source: &str,
        until: Timestamp,
    ) -> Result<bool, Failure>;
}

/// Secrets of a stack, to be looked at and changed.
#[async_trait]
pub trait StackSecrets: Secrets {
    /// A secret's text; `None` when there is none of that name.
    async fn text(&self, name: &str) -> Result<Option<String>, Failure>;

    /// Puts a new value into a secret that there is. Whether there is one.
    async fn put(&self, name: &str, text: &str) -> Result<bool, Failure>;
}

/// The account that the environment, a profile or a sign-in of this machine gives.
///
/// # Errors
/// [`WithoutAws`] in a build without the feature `aws`.
#[cfg(feature = "aws")]
pub async fn aws() -> Result<Box<dyn Aws>, WithoutAws> {
    Ok(Box::new(account::Account::of_environment().await))
}

/// What stands in the place of AWS in a build without the feature `aws`.
///
/// # Errors
/// [`WithoutAws`], always: it says how to build one with it.
#[cfg(not(feature = "aws"))]
pub async fn aws() -> Result<Box<dyn Aws>, WithoutAws> {
    Err(WithoutAws)
}

#[cfg(test)]
mod tests {
    /// By `cargo test -p latchkey-aws`; with the whole workspace AWS is there.
    #[tokio::test]
    async fn a_build_without_aws_says_how_to_build_one_with_it() {
        let told = super::aws().await.err().map(|e| e.to_string());
        let how = told.map(|told| told.contains("--features aws"));
        let want = match cfg!(feature = "aws") {
            true => None,
            false => Some(true),
        };
        assert_eq!(how, want);
    }
}
