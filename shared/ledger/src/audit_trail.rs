//! The audit trail of a case, and the proof that it is whole.

use std::collections::BTreeMap;

use latchkey_lifecycle::{
    AuditRecord, CaseId, ChainFault, TaskId, Trailed, verify_chain, verify_retired,
};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::read, row::Row};

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
    /// Every chain of a case, checked against its head. Records of a task that is not there are a chain, too, and a
    /// fault.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or there is no such case.
    pub async fn audit_trail(&self, case: &CaseId) -> Result<Vec<Trail>, LedgerError> {
        let head = self.case(case).await?;
        let partition = keys::case_partition(case);
        let mut chains: BTreeMap<String, Vec<AuditRecord>> = BTreeMap::new();
        for item in self.items(&partition, keys::AUDIT_PREFIX).await? {
            let chain = keys::audit_chain_of(&item.key).to_owned();
            chains.entry(chain).or_default().push(read(&item)?);
        }
        let mut trails = vec![trail(&mut chains, None, &head)];
        if head.item.retired_at.is_some() {
            // What came before is in the archive.
            let [own] = trails.as_mut_slice() else {
                return Ok(trails);
            };
            let kept = Trailed {
                item: &head.item,
                records: &own.records,
                seq: head.audit_seq,
                head: &head.audit_hash,
            };
            own.fault = verify_retired(&kept).err().map(|fault| fault.to_string());
        }
        for row in self.tasks(case).await? {
            let task = row.item.task.id.clone();
            trails.push(trail(&mut chains, Some(task), &row));
        }
        trails.extend(chains.into_iter().map(|(chain, records)| Trail {
            task: keys::task_of_chain(&chain),
            records,
            fault: Some(format!("what {chain} belongs to is not there any more")),
        }));
        Ok(trails)
    }
}

/// The chain of a row, taken out of all chains.
fn trail<T>(
    chains: &mut BTreeMap<String, Vec<AuditRecord>>,
    task: Option<TaskId>,
    head: &Row<T>,
) -> Trail {
    let records = chains
        .remove(&keys::audit_chain(task.as_ref()))
        .unwrap_or_default();
    let fault: Option<ChainFault> = verify_chain(&records, head.audit_seq, &head.audit_hash).err();
    Trail {
        task,
        records,
        fault: fault.map(|f| f.to_string()),
    }
}
