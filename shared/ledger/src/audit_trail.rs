//! The audit trail of a case, and the proof that it is whole.

use latchkey_lifecycle::{AuditRecord, CaseId, ChainFault, TaskId, verify_chain};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError, keys,
    row::{Row, TaskRow},
};

/// One chain: the case's own, or a task's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// The task; `None` for the case's own chain.
    pub task: Option<TaskId>,
    /// Its records in order.
    pub records: Vec<AuditRecord>,
    /// What is wrong with it, in words; `None` when it is whole.
    pub fault: Option<String>,
}

impl Ledger {
    /// Every chain of a case, checked against its head.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or there is no such case.
    pub async fn audit_trail(&self, case: &CaseId) -> Result<Vec<Trail>, LedgerError> {
        let head = self.case(case).await?;
        let mut trails = vec![self.trail(case, None, &head).await?];
        for row in self.tasks(case).await? {
            let row: Row<TaskRow> = row;
            let task = row.item.task.id.clone();
            trails.push(self.trail(case, Some(task), &row).await?);
        }
        Ok(trails)
    }

    async fn trail<T>(
        &self,
        case: &CaseId,
        task: Option<TaskId>,
        head: &Row<T>,
    ) -> Result<Trail, LedgerError> {
        let prefix = keys::audit_chain(task.as_ref());
        let records: Vec<AuditRecord> = self.query(&keys::case_partition(case), &prefix).await?;
        let fault: Option<ChainFault> =
            verify_chain(&records, head.audit_seq, &head.audit_hash).err();
        Ok(Trail {
            task,
            records,
            fault: fault.map(|f| f.to_string()),
        })
    }
}
