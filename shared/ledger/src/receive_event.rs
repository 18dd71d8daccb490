//! A delivery taken in: event, case, person and delivery in one transaction (promise 4).

use latchkey_lifecycle::{AuditBody, Brake, Case, CaseId, EmployeeId, Event};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError, cases_of_person::PersonsCase, change_case::case_index, keys,
    ledger::Committed, person_by_id::PersonRecord, row::Row, store::When,
};

/// What intake wants written for one event.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The event as translated.
    pub event: Event,
    /// The case that it begins, or the existing one with the event applied (`version` > 0).
    pub case: Row<Case>,
    /// What is recorded in the case's audit chain.
    pub audit: AuditBody,
    /// The person's record after the event.
    pub person: Option<Row<PersonRecord>>,
    /// Other cases of the person that the event changes or ends, as they are from now on, and what is recorded of each.
    pub others: Vec<(Row<Case>, AuditBody)>,
    /// The record under the person's previous id, which leads to this one from now on.
    pub previous: Option<(EmployeeId, Row<PersonRecord>)>,
    /// The brake, where the case counts for it.
    pub brake: Option<Row<Brake>>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Written.
    Written,
    /// The case, the person or the delivery was written by somebody else meanwhile: look again.
    Again,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    case_id: CaseId,
}

impl Ledger {
    /// The case that a delivery already led to.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn case_of_delivery(
        &self,
        source: &str,
        delivery: &str,
    ) -> Result<Option<CaseId>, LedgerError> {
        let found: Option<Delivery> = self.get(&keys::delivery(source, delivery)).await?;
        Ok(found.map(|d| d.case_id))
    }

    /// Notes that a delivery said nothing new about a case.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_delivery(
        &self,
        source: &str,
        delivery: &str,
        case: &CaseId,
    ) -> Result<(), LedgerError> {
        let note = Delivery {
            case_id: case.clone(),
        };
        let key = keys::delivery(source, delivery);
        self.commit(vec![self.put(&key, &note, When::Absent, &[])?])
            .await?;
        Ok(())
    }

    /// Keeps an event with a case that is not changed by it, and does not count its delivery as taken in. Keeping it again changes
    /// nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn keep_event(&self, case: &CaseId, event: &Event) -> Result<(), LedgerError> {
        let key = keys::event(case, &event.source, &event.delivery_id);
        self.commit(vec![self.put(&key, event, When::Absent, &[])?])
            .await?;
        Ok(())
    }

    /// Writes event, case, person and delivery, all or nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn receive(&self, receipt: &mut Receipt) -> Result<Received, LedgerError> {
        let Receipt {
            event,
            case,
            audit,
            person,
            others,
            previous,
            brake,
        } = receipt;
        let id = case.item.id.clone();
        let employee: EmployeeId = case.item.employee_id.clone();
        let delivery = Delivery {
            case_id: id.clone(),
        };
        let persons_case = PersonsCase {
            case_id: id.clone(),
            kind: case.item.kind,
        };

        let record = case.chain(audit.clone());
        let index = case_index(&case.item);
        let mut writes = vec![
            self.put_row(&keys::case(&id), case, &index)?,
            self.put(
                &keys::event(&id, &event.source, &event.delivery_id),
                event,
                When::Absent,
                &[],
            )?,
            self.put(
                &keys::delivery(&event.source, &event.delivery_id),
                &delivery,
                When::Absent,
                &[],
            )?,
            self.put(
                &keys::persons_case(&employee, &id),
                &persons_case,
                When::Always,
                &[],
            )?,
            self.put_audit(&id, None, &record)?,
        ];
        if let Some(person) = person {
            let index = keys::person_index(&employee);
            writes.push(self.put_row(&keys::person(&employee), person, &index)?);
        }
        for (case, audit) in others {
            let record = case.chain(audit.clone());
            let (id, index) = (case.item.id.clone(), case_index(&case.item));
            writes.push(self.put_audit(&id, None, &record)?);
            writes.push(self.put_row(&keys::case(&id), case, &index)?);
        }
        if let Some((employee, record)) = previous {
            writes.push(self.put_row(&keys::person(employee), record, &[])?);
        }
        if let Some(brake) = brake {
            writes.push(self.put_row(&keys::brake(), brake, &[])?);
        }
        match self.commit(writes).await? {
            Committed::Yes => Ok(Received::Written),
            Committed::No(_) => Ok(Received::Again),
        }
    }
}
