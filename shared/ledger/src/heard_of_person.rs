//! What HR confirmed of a person: every event that was taken in, append-only.

use latchkey_lifecycle::{Case, EmployeeId};
use latchkey_story::Heard;

use crate::{
    Ledger, LedgerError, keys,
    ledger::{BATCH, read},
    store::When,
};

impl Ledger {
    /// All that HR confirmed of somebody under one id, in no order that means anything.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn heard_of(&self, employee: &EmployeeId) -> Result<Vec<Heard>, LedgerError> {
        self.query(&keys::person_partition(employee), keys::HEARD_PREFIX)
            .await
    }

    /// The events that cases stand on, in few calls, in no order that means anything.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn heard_by_cases(
        &self,
        cases: impl IntoIterator<Item = &Case>,
    ) -> Result<Vec<Heard>, LedgerError> {
        let mut keys = Vec::new();
        for case in cases {
            let events = case.grounds.iter().flat_map(|grounds| &grounds.events);
            keys.extend(events.map(|event| keys::heard(&case.employee_id, *event)));
        }
        keys.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        keys.dedup();
        self.get_all(keys).await?.iter().map(read).collect()
    }

    /// Keeps events as what an earlier release knew of somebody. Until the person's row counts them they are not read;
    /// keeping them again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn keep_heard(&self, events: &[Heard]) -> Result<(), LedgerError> {
        for event in events {
            let key = keys::heard(&event.employee_id, event.id());
            self.commit(vec![self.put(&key, event, When::Always, &[])?])
                .await?;
        }
        Ok(())
    }

    /// Takes away what HR confirmed of somebody all of whose cases were retired. How many events there were stays with
    /// the person.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written. Run again, it goes on.
    pub async fn forget_heard(&self, employee: &EmployeeId) -> Result<(), LedgerError> {
        let partition = keys::person_partition(employee);
        let items = self.items(&partition, keys::HEARD_PREFIX).await?;
        for some in items.chunks(BATCH) {
            let keys = some.iter().map(|item| item.key.clone()).collect();
            self.store.remove(keys).await?;
        }
        Ok(())
    }
}
