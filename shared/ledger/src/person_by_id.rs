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
