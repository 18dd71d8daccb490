//! Every person that the ledger knows, page by page, in the order of their ids.

use std::collections::HashMap;

use latchkey_lifecycle::{EmployeeId, Standing, SystemId};

use crate::{
    Ledger, LedgerError, PersonRecord, keys,
    ledger::{BATCH, read},
    row::Row,
    store::{PageStart, Query},
    table::CASES_INDEX,
};

/// A page of people.
#[derive(Debug, Clone, PartialEq)]
pub struct PeoplePage {
    /// The people.
    pub people: Vec<(EmployeeId, PersonRecord)>,
    /// After whom the next page begins; `None` on the last.
    pub next: Option<EmployeeId>,
}

/// What the ledger knows of a person and one system.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownPerson {
    /// What HR has told; `None` when the ledger does not know the person.
    pub record: Option<PersonRecord>,
    /// Why they have what they have in the system.
    pub standing: Standing,
}

impl Ledger {
    /// A page of people, at most `limit` of them. The index is eventually consistent: somebody who was taken in a
    /// moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn people(
        &self,
        after: Option<&EmployeeId>,
        limit: u16,
    ) -> Result<PeoplePage, LedgerError> {
        let from = after.map(|employee| {
            let key = keys::person(employee);
            let [shelf, id] = keys::person_index(employee);
            let keys = [("pk", key.pk), ("sk", key.sk), shelf, id];
            PageStart(keys.map(|(name, value)| (name.to_owned(), value)).into())
        });
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::PEOPLE_SHELF.to_owned(),
            limit: Some(limit),
            from,
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let mut people = Vec::new();
        for item in &page.items {
            let record = read::<Row<PersonRecord>>(item)?.item;
            people.push((employee_of(&item.key.pk)?, record));
        }
        let next = page
            .next
            .and_then(|PageStart(keys)| keys.get("pk").cloned());
        let next = next.map(|pk| employee_of(&pk)).transpose()?;
        Ok(PeoplePage { people, next })
    }

    /// What the ledger knows of these people in one system, in few calls.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn known_in(
        &self,
        system: &SystemId,
        people: impl IntoIterator<Item = &EmployeeId>,
    ) -> Result<HashMap<EmployeeId, KnownPerson>, LedgerError> {
        let mut known: HashMap<EmployeeId, KnownPerson> = people
            .into_iter()
            .map(|employee| (employee.clone(), KnownPerson::default()))
            .collect();
        let ids: Vec<EmployeeId> = known.keys().cloned().collect();
        for chunk in ids.chunks(BATCH / 2) {
            let wanted = chunk.iter().flat_map(|employee| {
                [
                    keys::person(employee),
                    keys::persons_standing(employee, system),
                ]
            });
            for item in self.get_all(wanted.collect()).await? {
                let Some(of) = known.get_mut(&employee_of(&item.key.pk)?) else {
                    continue;
                };
                if item.key.sk.starts_with(keys::STANDING_PREFIX) {
                    of.standing = read::<Row<Standing>>(&item)?.item;
                } else {
                    let record = read::<Row<PersonRecord>>(&item)?.item;
                    of.record = Some(record).filter(PersonRecord::is_known);
                }
            }
        }
        Ok(known)
    }

    /// Which of these people the ledger knows.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn records_of(
        &self,
        people: &[EmployeeId],
    ) -> Result<HashMap<EmployeeId, PersonRecord>, LedgerError> {
        let mut records = HashMap::new();
        for chunk in people.chunks(BATCH) {
            let wanted = chunk.iter().map(keys::person).collect();
            for item in self.get_all(wanted).await? {
                let record = read::<Row<PersonRecord>>(&item)?.item;
                if record.is_known() {
                    records.insert(employee_of(&item.key.pk)?, record);
                }
            }
        }
        Ok(records)
    }
}

pub(crate) fn employee_of(pk: &str) -> Result<EmployeeId, LedgerError> {
    let id = keys::employee_of(pk).and_then(|id| EmployeeId::new(id).ok());
    id.ok_or_else(|| LedgerError::Unreadable {
        key: pk.to_owned(),
        problem: "it is not a person's".to_owned(),
    })
}
