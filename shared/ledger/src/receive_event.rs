//! A delivery taken in: event, person, cases and delivery in one transaction (promise 4).

use latchkey_lifecycle::{
    AuditBody, Brake, Case, CaseId, EmployeeId, Event, QueuedLetter, digest_of,
};
use latchkey_story::Heard;
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError,
    cases_of_person::PersonsCase,
    change_case::case_index,
    keys,
    ledger::{BATCH, Committed},
    person_by_id::PersonRecord,
    row::Row,
    store::{When, Write},
    ways_to_records::Chain,
};

/// What is written because of one event, all or nothing.
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    /// The event, as it is kept with its person.
    pub heard: Option<Heard>,
    /// The delivery that it came by, and what that led to.
    pub delivery: Option<(DeliveryKey, Delivered)>,
    /// People as they are from now on.
    pub people: Vec<(EmployeeId, Row<PersonRecord>)>,
    /// Cases that begin (`version` 0), change or end, as they are from now on, and what is recorded of each.
    pub cases: Vec<(Row<Case>, AuditBody)>,
    /// An event that nobody knows, which is kept with the case that asks about it.
    pub unknown: Option<(CaseId, Event)>,
    /// The brake, where a case counts for it.
    pub brake: Option<Row<Brake>>,
    /// What people are told of it at once. A letter that is there already stays as it is.
    pub letters: Vec<QueuedLetter>,
}

/// What became of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Written.
    Written,
    /// A case, a person or the delivery was written by somebody else meanwhile: look again.
    Again,
}

/// Which delivery: an id is unique within its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The source.
    pub source: String,
    /// The delivery's own id.
    pub id: String,
}

impl DeliveryKey {
    /// The delivery of an event.
    pub fn of(source: &str, id: &str) -> DeliveryKey {
        DeliveryKey {
            source: source.to_owned(),
            id: id.to_owned(),
        }
    }
}

/// What a delivery led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// The case that it is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<CaseId>,
    /// Whom it is about. Not kept by earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
    /// The digest of the words that it brought, where they were new. Not kept by earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl Ledger {
    /// What a delivery already led to.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn delivered(
        &self,
        source: &str,
        delivery: &str,
    ) -> Result<Option<Delivered>, LedgerError> {
        self.get(&keys::delivery(source, delivery)).await
    }

    /// Notes that a delivery said again what was taken in by another one.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_delivery(
        &self,
        delivery: &DeliveryKey,
        led_to: &Delivered,
    ) -> Result<(), LedgerError> {
        let key = keys::delivery(&delivery.source, &delivery.id);
        self.commit(vec![self.put(&key, led_to, When::Absent, &[])?])
            .await?;
        Ok(())
    }

    /// Keeps an event with a case that is not changed by it, and does not count its delivery as taken in. Keeping it
    /// again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn keep_event(&self, case: &CaseId, event: &Event) -> Result<(), LedgerError> {
        let key = keys::event(case, &event.source, &event.delivery_id);
        self.commit(vec![self.put(&key, event, When::Absent, &[])?])
            .await?;
        Ok(())
    }

    /// Writes a receipt, all or nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn receive(&self, receipt: &mut Receipt) -> Result<Received, LedgerError> {
        let (mut writes, mut ways) = (Vec::new(), Vec::new());
        if let Some(heard) = &receipt.heard {
            let key = keys::heard(&heard.employee_id, heard.id());
            writes.push(self.put(&key, heard, When::Absent, &[])?);
        }
        if let Some((delivery, led_to)) = &mut receipt.delivery {
            led_to.words = receipt.heard.as_ref().map(digest_of);
            let key = keys::delivery(&delivery.source, &delivery.id);
            writes.push(self.put(&key, led_to, When::Absent, &[])?);
        }
        if let Some((case, event)) = &receipt.unknown {
            let key = keys::event(case, &event.source, &event.delivery_id);
            writes.push(self.put(&key, event, When::Absent, &[])?);
        }
        for (employee, person) in &mut receipt.people {
            let index = match person.item.is_known() {
                true => keys::person_index(employee).to_vec(),
                false => Vec::new(),
            };
            ways.append(&mut self.ways_to(employee, &person.item.record)?);
            writes.push(self.put_row(&keys::person(employee), person, &index)?);
        }
        for (case, audit) in &mut receipt.cases {
            self.put_case(case, audit, (&mut writes, &mut ways))?;
        }
        if let Some(brake) = &mut receipt.brake {
            writes.push(self.put_row(&keys::brake(), brake, &[])?);
        }
        writes.append(&mut self.new_letters(&receipt.letters).await?);
        if writes.len() + ways.len() <= BATCH {
            writes.append(&mut ways);
        }
        // What leads to nobody, or to no record, does no harm, so where there is no room for them they come first.
        for some in ways.chunks(BATCH) {
            self.commit(some.to_vec()).await?;
        }
        match self.commit(writes).await? {
            Committed::Yes => Ok(Received::Written),
            Committed::No(_) => Ok(Received::Again),
        }
    }

    fn put_case(
        &self,
        case: &mut Row<Case>,
        audit: &AuditBody,
        (writes, ways): (&mut Vec<Write>, &mut Vec<Write>),
    ) -> Result<(), LedgerError> {
        let record = case.chain(audit.clone());
        let (id, index) = (case.item.id.clone(), case_index(&case.item));
        let persons_case = PersonsCase {
            case_id: id.clone(),
            kind: case.item.kind,
        };
        let key = keys::persons_case(&case.item.employee_id, &id);
        writes.push(self.put(&key, &persons_case, When::Always, &[])?);
        self.put_record_apart(Chain::Case(&id), &record, writes, ways)?;
        writes.push(self.put_row(&keys::case(&id), case, &index)?);
        Ok(())
    }
}
