//! Every person that the ledger knows, page by page, in the order of their ids.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use latchkey_lifecycle::{EmployeeId, Standing, SystemId};

use crate::{
    Ledger, LedgerError, PersonRecord, keys,
    ledger::{Item, read},
    row::Row,
    table::CASES_INDEX,
};

/// How many items one call takes.
/// Source: DynamoDB API reference, BatchGetItem.
const BATCH: usize = 100;

/// How often what a call left out is asked for again before the caller's own retry takes over.
const BATCH_ATTEMPTS: usize = 8;

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
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let start = after.map(|employee| {
            let key = keys::person(employee);
            Item::from([
                ("pk".to_owned(), AttributeValue::S(key.pk)),
                ("sk".to_owned(), AttributeValue::S(key.sk)),
                ("gsi1pk".to_owned(), text(keys::PEOPLE_SHELF)),
                ("gsi1sk".to_owned(), text(employee.as_str())),
            ])
        });
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(CASES_INDEX)
            .key_condition_expression("gsi1pk = :shelf")
            .expression_attribute_values(":shelf", text(keys::PEOPLE_SHELF))
            .limit(i32::from(limit))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("Query", e))?;
        let mut people = Vec::new();
        for item in page.items.unwrap_or_default() {
            let employee = employee_of(&item)?;
            people.push((employee, read::<Row<PersonRecord>>(&item)?.item));
        }
        let next = match page.last_evaluated_key {
            Some(last) if !last.is_empty() => Some(employee_of(&last)?),
            _ => None,
        };
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
            for item in self.batch(wanted.collect()).await? {
                let Some(of) = known.get_mut(&employee_of(&item)?) else {
                    continue;
                };
                match item.get("sk") {
                    Some(AttributeValue::S(sk)) if sk.starts_with(keys::STANDING_PREFIX) => {
                        of.standing = read::<Row<Standing>>(&item)?.item;
                    }
                    _ => of.record = Some(read::<Row<PersonRecord>>(&item)?.item),
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
            for item in self.batch(wanted).await? {
                records.insert(employee_of(&item)?, read::<Row<PersonRecord>>(&item)?.item);
            }
        }
        Ok(records)
    }

    /// The items of at most [`BATCH`] keys, without those that are not there.
    async fn batch(&self, wanted: Vec<keys::Key>) -> Result<Vec<Item>, LedgerError> {
        let refused = |problem: String| LedgerError::Refused {
            call: "BatchGetItem",
            problem,
        };
        let key = |key: keys::Key| {
            Item::from([
                ("pk".to_owned(), AttributeValue::S(key.pk)),
                ("sk".to_owned(), AttributeValue::S(key.sk)),
            ])
        };
        let mut left: Vec<Item> = wanted.into_iter().map(key).collect();
        let mut found = Vec::with_capacity(left.len());
        for _ in 0..BATCH_ATTEMPTS {
            if left.is_empty() {
                return Ok(found);
            }
            let asked = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut left)))
                .consistent_read(true)
                .build()
                .map_err(|e| refused(e.to_string()))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, asked)
                .send()
                .await
                .map_err(|e| LedgerError::from_sdk("BatchGetItem", e))?;
            let items = answer.responses.and_then(|mut all| all.remove(&self.table));
            found.extend(items.unwrap_or_default());
            let rest = answer.unprocessed_keys;
            let rest = rest.and_then(|mut all| all.remove(&self.table));
            left = rest.map(|rest| rest.keys).unwrap_or_default();
        }
        Err(LedgerError::Busy(
            "it leaves out part of what is read at once".to_owned(),
        ))
    }
}

fn employee_of(item: &Item) -> Result<EmployeeId, LedgerError> {
    let pk = match item.get("pk") {
        Some(AttributeValue::S(pk)) => pk.as_str(),
        _ => "",
    };
    let id = keys::employee_of(pk).and_then(|id| EmployeeId::new(id).ok());
    id.ok_or_else(|| LedgerError::Unreadable {
        key: pk.to_owned(),
        problem: "it is not a person's".to_owned(),
    })
}
