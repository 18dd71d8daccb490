//! One finding, its changes, each with its audit records in the same transaction, and its trail.

use latchkey_lifecycle::{AuditBody, AuditRecord, Finding, FindingId, FindingState, verify_chain};

use crate::{
    Ledger, LedgerError, Trail, keys, ledger::Committed, row::Row, ways_to_records::Chain,
};

impl Ledger {
    /// The finding, if there is one.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn find_finding(&self, id: &FindingId) -> Result<Option<Row<Finding>>, LedgerError> {
        self.get(&keys::finding(id)).await
    }

    /// Changes a finding, or opens it. `change` gets the finding as it is now, and returns it as it should be with
    /// what to record, or `None` to leave it. It runs again when somebody else wrote in between. Gives the finding as
    /// it is then, and what was recorded.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn change_finding(
        &self,
        id: &FindingId,
        change: impl Fn(Option<&Finding>) -> Option<(Finding, AuditBody)>,
    ) -> Result<(Option<Finding>, Option<AuditBody>), LedgerError> {
        loop {
            let before = self.find_finding(id).await?;
            let Some((after, body)) = change(before.as_ref().map(|row| &row.item)) else {
                return Ok((before.map(|row| row.item), None));
            };
            let mut row = match before {
                Some(row) => Row { item: after, ..row },
                None => Row::new(after),
            };
            let record = row.chain(body.clone());
            let index = index(&row.item);
            let mut writes = Vec::new();
            self.put_record(Chain::Finding(&row.item), &record, &mut writes)?;
            writes.push(self.put_row(&keys::finding(id), &mut row, &index)?);
            if self.commit(writes).await? == Committed::Yes {
                return Ok((Some(row.item), Some(body)));
            }
        }
    }

    /// What happened with a finding, checked against its head.
    ///
    /// # Errors
    /// [`LedgerError::Absent`] when there is no such finding.
    pub async fn finding_trail(&self, id: &FindingId) -> Result<Trail, LedgerError> {
        let absent = || LedgerError::Absent {
            what: format!("finding {id}"),
        };
        let head = self.find_finding(id).await?.ok_or_else(absent)?;
        let records: Vec<AuditRecord> = self
            .query(&keys::finding(id).pk, keys::AUDIT_PREFIX)
            .await?;
        let fault = verify_chain(&records, head.audit_seq, &head.audit_hash).err();
        Ok(Trail {
            task: None,
            records,
            fault: fault.map(|f| f.to_string()),
        })
    }
}

/// Where a finding stands in the index.
pub(crate) fn index(finding: &Finding) -> [(&'static str, String); 2] {
    // What was accepted is looked at by every sweep, as what is open.
    let open = finding.state != FindingState::Closed;
    let place = keys::finding_place(finding.seen.system.as_ref());
    [
        ("gsi1pk", keys::findings_shelf(open).to_owned()),
        (
            "gsi1sk",
            format!("{place}{}#{}", finding.window.opens, finding.id),
        ),
    ]
}
