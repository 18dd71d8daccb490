//! Changes of one case, each with its audit records in the same transaction.

use latchkey_lifecycle::{AuditBody, Case, CaseId, QueuedLetter};

use crate::{
    Ledger, LedgerError, keys, ledger::Committed, letters_to_send::without, row::Row,
    ways_to_records::Chain,
};

impl Ledger {
    /// Changes a case. `change` gets the case as it is now and returns what to record, or `None` to leave
    /// it; it runs again when somebody else wrote in between, so it must depend on nothing but its argument.
    ///
    /// # Errors
    /// What `change` returns, or [`LedgerError`] as that error.
    pub async fn change_case<E: From<LedgerError>>(
        &self,
        id: &CaseId,
        change: impl FnMut(&mut Case) -> Result<Option<Vec<AuditBody>>, E>,
    ) -> Result<Row<Case>, E> {
        self.change_case_and_write(id, &[], change).await
    }

    /// The same, with letters that are written in the same transaction: when the case is left as it is, they are not.
    ///
    /// # Errors
    /// As [`Ledger::change_case`].
    pub async fn change_case_and_write<E: From<LedgerError>>(
        &self,
        id: &CaseId,
        letters: &[QueuedLetter],
        mut change: impl FnMut(&mut Case) -> Result<Option<Vec<AuditBody>>, E>,
    ) -> Result<Row<Case>, E> {
        let mut letters: Vec<&QueuedLetter> = letters.iter().collect();
        loop {
            let mut row = self.case(id).await?;
            let Some(records) = change(&mut row.item)? else {
                return Ok(row);
            };
            let mut writes = Vec::with_capacity(records.len() + 1);
            for body in records {
                let record = row.chain(body);
                self.put_record(Chain::Case(id), &record, &mut writes)?;
            }
            let index = case_index(&row.item);
            writes.push(self.put_row(&keys::case(id), &mut row, &index)?);
            let first = writes.len();
            for letter in &letters {
                writes.push(self.put_letter(letter)?);
            }
            match self.commit(writes).await? {
                Committed::Yes => return Ok(row),
                Committed::No(failed) => without(&mut letters, first, &failed),
            }
        }
    }
}

pub(crate) fn case_index(case: &Case) -> Vec<(&'static str, String)> {
    let open = !case.is_settled();
    vec![
        ("gsi1pk", keys::cases_shelf(open).to_owned()),
        ("gsi1sk", place_on_shelf(case)),
    ]
}

/// Where a case stands on its shelf: open ones by when they were opened, closed ones by when they were closed.
pub(crate) fn place_on_shelf(case: &Case) -> String {
    let closed = case.closed_at.filter(|_| case.is_settled());
    keys::case_place(closed.unwrap_or(case.opened_at), &case.id)
}
