//! What is within reach of the systems, where the pages themselves are not.

use async_trait::async_trait;
use latchkey_lifecycle::FindingId;
use latchkey_runtime::Failure;

/// Sets findings right at once. On AWS the console reaches no system: there the sweep does it.
#[async_trait]
pub trait Repairs: Send + Sync {
    /// Sets a finding right that somebody asked for. Gives what was changed, in order; or, in plain words, why it was not
    /// done.
    async fn repair(
        &self,
        id: &FindingId,
        by: &str,
    ) -> Result<Result<Vec<String>, String>, Failure>;
}
