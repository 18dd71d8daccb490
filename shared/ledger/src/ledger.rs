//! The handle to the table, and the few calls that access patterns are made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{AttributeValue, Put, TransactWriteItem},
};
use latchkey_lifecycle::{AuditRecord, CaseId, TaskId};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    LedgerError,
    keys::{self, Key},
    row::Row,
};

/// The attribute that holds the thing itself, as JSON text. Only what DynamoDB has to look at is an attribute of
/// its own: keys, index keys and the version. Nested attributes cost every reader and writer a multiple.
const BODY: &str = "body";
/// The attribute that a write's condition names.
const VERSION: &str = "version";

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
    /// It is at this version; 0 when there is none. The write is the next version.
    Version(u64),
    /// Whatever is there.
    Always,
    /// Whatever is there; the write is version 1.
    First,
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
        answer.item.as_ref().map(read).transpose()
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
                all.push(read(&item)?);
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
        let body = serde_json::to_string(thing).map_err(|e| unwritable(e.to_string()))?;
        let text = [("pk", key.pk.clone()), ("sk", key.sk.clone()), (BODY, body)];
        let index = index.iter().map(|(name, value)| (*name, value.clone()));
        let mut item: Item = text
            .into_iter()
            .chain(index)
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
            .collect();
        let put = Put::builder().table_name(&self.table);
        let next = match when {
            When::Version(was) => Some(was + 1),
            When::First => Some(1),
            When::Absent | When::Always => None,
        };
        if let Some(next) = next {
            item.insert(VERSION.to_owned(), AttributeValue::N(next.to_string()));
        }
        let put = match when {
            When::Always | When::First => put,
            When::Absent | When::Version(0) => put.condition_expression("attribute_not_exists(pk)"),
            When::Version(was) => put
                .condition_expression("#version = :was")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":was", AttributeValue::N(was.to_string())),
        };
        let put = put
            .set_item(Some(item))
            .build()
            .map_err(|e| unwritable(e.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The write of a row under its lock: the version it was read at becomes the next one.
    pub(crate) fn put_row<T: Serialize>(
        &self,
        key: &Key,
        row: &mut Row<T>,
        index: &[(&str, String)],
    ) -> Result<TransactWriteItem, LedgerError> {
        let was = row.version;
        row.version += 1;
        self.put(key, row, When::Version(was), index)
    }

    /// The first write of a row that another write of the same transaction guards.
    pub(crate) fn put_first<T: Serialize>(
        &self,
        key: &Key,
        row: &mut Row<T>,
        index: &[(&str, String)],
    ) -> Result<TransactWriteItem, LedgerError> {
        row.version = 1;
        self.put(key, row, When::First, index)
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
        mut writes: Vec<TransactWriteItem>,
    ) -> Result<Committed, LedgerError> {
        // One write needs no transaction, which costs twice as much.
        if let [TransactWriteItem { put: only, .. }] = writes.as_mut_slice()
            && let Some(put) = only.take()
        {
            return self.put_one(put).await;
        }
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

    async fn put_one(&self, put: Put) -> Result<Committed, LedgerError> {
        let sent = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Committed::Yes),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(Committed::No(vec![0]))
            }
            Err(error) => Err(LedgerError::from_sdk("PutItem", error)),
        }
    }
}

/// An item as a thing of ours.
pub(crate) fn read<T: DeserializeOwned>(item: &Item) -> Result<T, LedgerError> {
    let part = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => text.as_str(),
        _ => "",
    };
    serde_json::from_str(part(BODY)).map_err(|e| LedgerError::Unreadable {
        key: format!("{} / {}", part("pk"), part("sk")),
        problem: e.to_string(),
    })
}
