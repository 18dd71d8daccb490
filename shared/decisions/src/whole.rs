//! All that is known of a human, for whoever shows it. Reads, and changes nothing.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use latchkey_ledger::{Ledger, PersonRecord};
use latchkey_lifecycle::{Case, EmployeeId, EventId};
use latchkey_runtime::Failure;
use latchkey_story::{Heard, Story};

use crate::known::Known;

/// What HR confirmed of somebody under every id that a record names as theirs, and their cases.
pub struct Whole(Known);

impl Whole {
    /// Reads it, beginning with one id. `company`: the time zone of work where no event tells another one.
    ///
    /// # Errors
    /// [`Failure`] when the ledger does not answer.
    pub async fn of(
        ledger: &Ledger,
        employee: &EmployeeId,
        company: &TimeZone,
    ) -> Result<Whole, Failure> {
        let known = Box::pin(Known::of(ledger, [employee.clone()], company)).await?;
        Ok(Whole(known))
    }

    /// The record of an id as HR told it last; `None` where nothing was told of it.
    pub fn record(&self, id: &EmployeeId) -> Option<&PersonRecord> {
        let record = &self.0.people.get(id)?.as_ref()?.item;
        (record.record != Default::default()).then_some(record)
    }

    /// All that was confirmed, also what somebody left out by name.
    pub fn heard(&self) -> &[Heard] {
        &self.0.heard
    }

    /// What follows from it.
    pub fn story(&self, company: &TimeZone) -> Story<'_> {
        Story::of(self.0.told(), company)
    }

    /// The events that somebody left out by name while they were held.
    pub fn left_out(&self) -> BTreeSet<EventId> {
        let counted: BTreeSet<EventId> = self.0.told().map(Heard::id).collect();
        let all = self.0.heard.iter().map(Heard::id);
        all.filter(|id| !counted.contains(id)).collect()
    }

    /// The cases that are kept here, the oldest first.
    pub fn cases(&self) -> impl DoubleEndedIterator<Item = &Case> {
        self.0.cases.iter().map(|row| &row.item)
    }

    /// How many cases there were besides: in the archive by now, or about no event of theirs.
    pub fn cases_elsewhere(&self) -> usize {
        self.0.taken.len().saturating_sub(self.0.cases.len())
    }
}
