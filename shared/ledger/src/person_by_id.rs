//! What the ledger knows of a person.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use latchkey_story::Heard;
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, row::Row, store::When};

/// What HR has told about a person so far, in short: all of it is in their events ([`Ledger::heard_of`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonRecord {
    /// The record as HR told it last; empty where only another id's record names this one.
    pub record: PersonDraft,
    /// When the last event was decided (UTC).
    pub as_of: Timestamp,
    /// How many events are kept. Every writer about the person raises it or the row's version, so that two of them meet
    /// here. None are kept by earlier releases.
    #[serde(default)]
    pub events: u32,
    /// Other ids that a record names as the same human's, believed or not: their events are read together.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub linked: BTreeSet<EmployeeId>,
    /// What the person was when an earlier release first heard of them, if they worked here then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<PersonDraft>,
    /// The id under which the HR system knew the person by the word of an earlier release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub became: Option<EmployeeId>,
    /// The id under which they go on after the record's last day, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_on_as: Option<EmployeeId>,
    /// Changes that were to come when the last event was taken in: the first day of each, and what the person is before
    /// it. In the order of the days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<(Date, PersonDraft)>,
}

impl PersonRecord {
    /// A record of which `events` are kept. `as_of`: when the last of them was decided (UTC).
    pub fn new(record: PersonDraft, as_of: Timestamp, events: u32) -> PersonRecord {
        PersonRecord {
            record,
            as_of,
            events,
            linked: BTreeSet::new(),
            origin: None,
            became: None,
            goes_on_as: None,
            until: Vec::new(),
        }
    }

    /// What the person is on a day: of a change that is to come nothing yet.
    pub fn on(&self, day: Date) -> &PersonDraft {
        let before = self.until.iter().find(|(change, _)| day < *change);
        before.map_or(&self.record, |(_, record)| record)
    }

    /// Whether anything was told of the person, and not only of the id by another record.
    pub(crate) fn is_known(&self) -> bool {
        self.record != PersonDraft::default()
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
        let row = self.person_row(employee).await?;
        Ok(row.filter(|row| row.item.is_known()))
    }

    /// The person's row, also where nothing but the id is known by another record.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn person_row(
        &self,
        employee: &EmployeeId,
    ) -> Result<Option<Row<PersonRecord>>, LedgerError> {
        self.get(&keys::person(employee)).await
    }

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
        let mut row = match self.person_row(employee).await? {
            Some(row) if row.item.is_known() => return Ok(()),
            // Another id's record names this one.
            Some(mut row) => {
                row.item.record = record.clone();
                row.item.as_of = as_of;
                row.item.events += 1;
                row
            }
            None => Row::new(PersonRecord::new(record.clone(), as_of, 1)),
        };
        let delivery = format!("import-{employee}");
        let there = Heard::there(employee.clone(), record, as_of, IMPORT, &delivery);
        let mut writes = self.ways_to(employee, &row.item.record)?;
        writes.extend([
            self.put_row(
                &keys::person(employee),
                &mut row,
                &keys::person_index(employee),
            )?,
            self.put(
                &keys::heard(employee, there.id()),
                &there,
                When::Always,
                &[],
            )?,
        ]);
        self.commit(writes).await?;
        Ok(())
    }
}

/// The source of what an import told.
const IMPORT: &str = "import";
