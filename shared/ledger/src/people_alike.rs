//! Whom the ledger knows under ids that differ from others by the noughts before them.

use std::collections::{BTreeSet, HashMap};

use latchkey_lifecycle::{Alike, EmployeeId, PersonDraft};

use crate::{Ledger, LedgerError};

impl Ledger {
    /// Whom the ledger knows under such an id, for each of these people whom it does not know by their own.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn people_alike(
        &self,
        people: impl IntoIterator<Item = &PersonDraft>,
    ) -> Result<HashMap<EmployeeId, Alike>, LedgerError> {
        let beside: Vec<(&EmployeeId, &PersonDraft, Vec<EmployeeId>)> = people
            .into_iter()
            .filter_map(|person| Some((person.employee_id.as_ref()?, person)))
            .map(|(id, person)| (id, person, id.with_other_noughts()))
            .collect();
        let ids: BTreeSet<&EmployeeId> = beside
            .iter()
            .flat_map(|(id, _, others)| others.iter().chain([*id]))
            .collect();
        let ids: Vec<EmployeeId> = ids.into_iter().cloned().collect();
        let records = self.records_of(&ids).await?;
        let mut alike = HashMap::new();
        for (id, person, others) in beside {
            let known = others.iter().filter_map(|other| {
                let record = &records.get(other)?.record;
                Some((other, record))
            });
            let found = person.alike(known).filter(|_| !records.contains_key(id));
            alike.extend(found.map(|one| (id.clone(), one)));
        }
        Ok(alike)
    }
}
