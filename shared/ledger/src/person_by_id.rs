//! What the ledger knows of a person.

use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, row::Row};

/// What HR has told about a person so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonRecord {
    /// The record, as complete as HR has made it.
    pub record: PersonDraft,
    /// The event that last changed it happened at this instant (UTC).
    pub as_of: Timestamp,
    /// What the person was when the ledger first heard of them, if they worked here then: before all of their cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<PersonDraft>,
    /// The id under which the HR system knows the person now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub became: Option<EmployeeId>,
}

impl PersonRecord {
    /// Of somebody who worked here before the ledger heard of them.
    pub fn of_old(record: PersonDraft, as_of: Timestamp) -> PersonRecord {
        PersonRecord {
            origin: Some(record.clone()),
            record,
            as_of,
            became: None,
        }
    }
}

impl Ledger {
    /// The person, if the ledger knows them.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn find_person(
        &self,
        employee: &EmployeeId,
    ) -> Result<Option<Row<PersonRecord>>, LedgerError> {
        self.get(&keys::person(employee)).await
    }
}

impl Ledger {
    /// Takes over what HR knew of a person before Latchkey, e.g. from an export. A person that the ledger knows
    /// already stays as it is.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn import_person(
        &self,
        employee: &EmployeeId,
        record: PersonDraft,
        as_of: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut row = Row::new(PersonRecord::of_old(record, as_of));
        self.commit(vec![self.put_row(
            &keys::person(employee),
            &mut row,
            &keys::person_index(employee),
        )?])
        .await?;
        Ok(())
    }
}
