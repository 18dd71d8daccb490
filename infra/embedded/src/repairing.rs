//! What is asked for on the page of findings is done at once: here the pages run beside what reaches the systems.

use std::sync::Arc;

use async_trait::async_trait;
use console::Repairs;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::FindingId;
use latchkey_runtime::{Clock, Failure, Runbooks, Systems};
use sweep::{Deps, RepairError, repair_asked};

/// What setting a difference right stands on.
pub(crate) struct Repairing {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runbooks: Arc<Runbooks>,
    pub(crate) systems: Arc<dyn Systems>,
}

#[async_trait]
impl Repairs for Repairing {
    async fn repair(
        &self,
        id: &FindingId,
        by: &str,
    ) -> Result<Result<Vec<String>, String>, Failure> {
        let deps = Deps {
            ledger: &self.ledger,
            clock: self.clock.as_ref(),
            runbooks: &self.runbooks,
            systems: self.systems.as_ref(),
            workflow: None,
            subscriptions: None,
            hr: None,
            pages: None,
            heard: None,
        };
        match repair_asked(&deps, id, by).await {
            Ok(repaired) => Ok(Ok(repaired.changes)),
            Err(RepairError::Failure(failure)) => Err(failure),
            Err(other) => Ok(Err(other.to_string())),
        }
    }
}
