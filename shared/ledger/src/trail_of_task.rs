//! The last records of a task's trail.

use latchkey_lifecycle::{AuditRecord, CaseId, TaskId};

use crate::{Ledger, LedgerError, keys, ledger::read, store::Query};

impl Ledger {
    /// The last records of a task's trail, the newest first; at most `limit`. They are not compared with the chain's
    /// head: [`Ledger::audit_trail`] does.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn last_of_trail(
        &self,
        case: &CaseId,
        task: &TaskId,
        limit: u16,
    ) -> Result<Vec<AuditRecord>, LedgerError> {
        let query = Query {
            partition: keys::case_partition(case),
            prefix: Some(keys::audit_chain(Some(task))),
            backwards: true,
            limit: Some(limit),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        page.items.iter().map(read).collect()
    }
}
