//! The handle to the table, and the few calls that access patterns are made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem},
};
use latchkey_lifecycle::{AuditRecord, CaseId, TaskId};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    LedgerError,
    keys::{self, Key},
    row::Row,
};

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// How often a transaction that met another one is tried anew before the caller's own retry takes over.
const TRANSACTION_ATTEMPTS: u32 = 4;

/// The handle to the table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) client: Client,
    pub(crate) table: String,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Committed {
    Yes,
    /// The conditions of these writes (by position) did not hold; nothing was written.
    No(Vec<usize>),
}

/// A condition on the row that a write replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// There is none.
    Absent,
    /// It is at this version.
    Version(u64),
    /// Whatever is there.
    Always,
}

impl Ledger {
    /// A ledger on the given table.
    pub fn new(client: Client, table: impl Into<String>) -> Ledger {
        Ledger {
            client,
            table: table.into(),
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<T>, LedgerError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(key.pk.clone()))
            .key("sk", AttributeValue::S(key.sk.clone()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("GetItem", e))?;
        answer.item.map(|item| read(item)).transpose()
    }

    /// All items of a partition whose sort key has the prefix, in order, page by page.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        pk: &str,
        prefix: &str,
    ) -> Result<Vec<T>, LedgerError> {
        let mut all = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(start.take())
                .send()
                .await
                .map_err(|e| LedgerError::from_sdk("Query", e))?;
            for item in page.items.unwrap_or_default() {
                all.push(read(item)?);
            }
            match page.last_evaluated_key {
                Some(last) if !last.is_empty() => start = Some(last),
                _ => return Ok(all),
            }
        }
    }

    /// A write of one item, for [`Ledger::commit`].
    pub(crate) fn put<T: Serialize>(
        &self,
        key: &Key,
        thing: &T,
        when: When,
        index: &[(&str, String)],
    ) -> Result<TransactWriteItem, LedgerError> {
        let unwritable = |problem: String| LedgerError::Unreadable {
            key: key.to_string(),
            problem,
        };
        let mut item: Item = serde_dynamo::to_item(thing).map_err(|e| unwritable(e.to_string()))?;
        item.insert("pk".into(), AttributeValue::S(key.pk.clone()));
        item.insert("sk".into(), AttributeValue::S(key.sk.clone()));
        for (name, value) in index {
            item.insert((*name).to_owned(), AttributeValue::S(value.clone()));
        }
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match when {
            When::Always => put,
            When::Absent => put.condition_expression("attribute_not_exists(pk)"),
            When::Version(version) => put
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        let put = put.build().map_err(|e| unwritable(e.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The write of a row under its lock: the version it was read at becomes the next one.
    pub(crate) fn put_row<T: Serialize>(
        &self,
        key: &Key,
        row: &mut Row<T>,
        index: &[(&str, String)],
    ) -> Result<TransactWriteItem, LedgerError> {
        let when = if row.version == 0 {
            When::Absent
        } else {
            When::Version(row.version)
        };
        row.version += 1;
        self.put(key, row, when, index)
    }

    /// The write of an audit record. Records are never overwritten.
    pub(crate) fn put_audit(
        &self,
        case: &CaseId,
        task: Option<&TaskId>,
        record: &AuditRecord,
    ) -> Result<TransactWriteItem, LedgerError> {
        self.put(
            &keys::audit(case, task, record.seq),
            record,
            When::Absent,
            &[],
        )
    }

    /// Writes all or nothing.
    pub(crate) async fn commit(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Committed, LedgerError> {
        let mut attempt = 1;
        loop {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .send()
                .await;
            let error = match sent {
                Ok(_) => return Ok(Committed::Yes),
                Err(error) => error,
            };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(LedgerError::from_sdk("TransactWriteItems", error));
            };
            let reasons = cancelled.cancellation_reasons();
            let with = |code: &str| -> Vec<usize> {
                let is = |r: &&str| *r == code;
                let codes = reasons
                    .iter()
                    .map(|r| r.code().unwrap_or("None"))
                    .enumerate();
                codes.filter(|(_, c)| is(c)).map(|(n, _)| n).collect()
            };
            let failed = with("ConditionalCheckFailed");
            if !failed.is_empty() {
                return Ok(Committed::No(failed));
            }
            let codes: Vec<&str> = reasons.iter().filter_map(|r| r.code()).collect();
            let contended = codes.iter().any(|c| {
                matches!(
                    *c,
                    "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
                )
            });
            if !contended {
                return Err(LedgerError::Refused {
                    call: "TransactWriteItems",
                    problem: format!("cancelled: {}", codes.join(", ")),
                });
            }
            if attempt == TRANSACTION_ATTEMPTS {
                return Err(LedgerError::Busy("transactions met".to_owned()));
            }
            attempt += 1;
        }
    }
}

/// An item as a thing of ours.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, LedgerError> {
    let part = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => text.clone(),
        _ => "?".to_owned(),
    };
    let key = Key {
        pk: part("pk"),
        sk: part("sk"),
    }
    .to_string();
    serde_dynamo::from_item(item).map_err(|e| LedgerError::Unreadable {
        key,
        problem: e.to_string(),
    })
}
