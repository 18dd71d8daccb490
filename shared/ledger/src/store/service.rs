//! DynamoDB by its SDK.

mod table;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{
        AttributeValue, Delete, KeysAndAttributes, Put, PutRequest, TransactWriteItem, WriteRequest,
    },
};

use super::{
    Item, NOTHING_THERE, Page, PageStart, Query, Store, THAT_VERSION, Transacted, VERSION, Write,
    attributes_of,
};
use crate::{
    Ledger, LedgerError,
    every_item::{Attribute, ItemsPage, ItemsToken, WholeItem},
    keys::Key,
};

type Attributes = HashMap<String, AttributeValue>;

/// A table by its name.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    client: Client,
    table: String,
}

impl Ledger {
    /// A ledger on the given table.
    pub fn new(client: Client, table: impl Into<String>) -> Ledger {
        let table = table.into();
        Ledger::of(Store::Service(Service { client, table }))
    }
}

impl LedgerError {
    fn from_sdk<E, R>(call: &'static str, error: SdkError<E, R>) -> LedgerError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        match &error {
            SdkError::ServiceError(e) => {
                let (code, message) = (e.err().code(), e.err().message());
                LedgerError::from_code(
                    call,
                    code.unwrap_or("unknown"),
                    message.unwrap_or("no message"),
                )
            }
            other => LedgerError::Busy(format!("{call}: {}", DisplayErrorContext(other))),
        }
    }
}

impl Service {
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("GetItem", e))?;
        Ok(answer.item.map(item))
    }

    pub(crate) async fn get_all(
        &self,
        keys: Vec<Key>,
    ) -> Result<(Vec<Item>, Vec<Key>), LedgerError> {
        let asked = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(attributes).collect()))
            .consistent_read(true)
            .build()
            .map_err(|e| LedgerError::Refused {
                call: "BatchGetItem",
                problem: e.to_string(),
            })?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.table, asked)
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("BatchGetItem", e))?;
        let items = answer.responses.and_then(|mut all| all.remove(&self.table));
        let left = answer.unprocessed_keys;
        let left = left.and_then(|mut all| all.remove(&self.table));
        let left = left.map(|left| left.keys).unwrap_or_default();
        Ok((
            items.unwrap_or_default().into_iter().map(item).collect(),
            left.into_iter().map(|key| item(key).key).collect(),
        ))
    }

    pub(crate) async fn query(&self, query: Query) -> Result<Page, LedgerError> {
        let values = query.values().map(|(name, value)| (name, text(value)));
        let from = query.from.clone().map(|PageStart(keys)| {
            let keys = keys.into_iter().map(|(name, value)| (name, text(value)));
            keys.collect::<Attributes>()
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(query.index.map(str::to_owned))
            .key_condition_expression(query.condition())
            .set_expression_attribute_values(Some(values.collect()))
            .scan_index_forward(!query.backwards)
            .set_limit(query.limit.map(i32::from))
            .set_exclusive_start_key(from)
            // An index has no consistent reads.
            .consistent_read(query.index.is_none())
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("Query", e))?;
        let last = answer
            .last_evaluated_key
            .map(|keys| keys.into_iter().map(|(name, value)| (name, text_of(value))));
        Ok(Page {
            items: answer
                .items
                .unwrap_or_default()
                .into_iter()
                .map(item)
                .collect(),
            next: PageStart::after(last),
        })
    }

    pub(crate) async fn put(&self, write: Write) -> Result<bool, LedgerError> {
        let put = self.put_of(write)?;
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
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(LedgerError::from_sdk("PutItem", error)),
        }
    }

    pub(crate) async fn transact(&self, writes: Vec<Write>) -> Result<Transacted, LedgerError> {
        let writes = writes.into_iter().map(|write| {
            let put = self.put_of(write)?;
            Ok(TransactWriteItem::builder().put(put).build())
        });
        let writes: Vec<TransactWriteItem> = writes.collect::<Result<_, LedgerError>>()?;
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await;
        let error = match sent {
            Ok(_) => return Ok(Transacted::Yes),
            Err(error) => error,
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(LedgerError::from_sdk("TransactWriteItems", error));
        };
        let reasons = cancelled.cancellation_reasons().iter();
        let codes = reasons.map(|reason| reason.code().unwrap_or("None").to_owned());
        Ok(Transacted::Cancelled(codes.collect()))
    }

    pub(crate) async fn every_item(
        &self,
        from: Option<PageStart>,
    ) -> Result<ItemsPage, LedgerError> {
        let from = from.map(|PageStart(keys)| {
            let keys = keys.into_iter().map(|(name, value)| (name, text(value)));
            keys.collect::<Attributes>()
        });
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .set_exclusive_start_key(from)
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("Scan", e))?;
        let last = answer
            .last_evaluated_key
            .map(|keys| keys.into_iter().map(|(name, value)| (name, text_of(value))));
        let items = answer.items.unwrap_or_default();
        let items = items.into_iter().map(whole_item);
        Ok(ItemsPage {
            items: items.collect::<Result<_, LedgerError>>()?,
            next: PageStart::after(last).map(ItemsToken),
        })
    }

    pub(crate) async fn put_items(
        &self,
        items: Vec<WholeItem>,
    ) -> Result<Vec<WholeItem>, LedgerError> {
        let mut puts = Vec::with_capacity(items.len());
        for WholeItem(attributes) in items {
            let item = attributes.into_iter().map(|(name, value)| match value {
                Attribute::S(text) => (name, AttributeValue::S(text)),
                Attribute::N(digits) => (name, AttributeValue::N(digits)),
            });
            let put = PutRequest::builder().set_item(Some(item.collect()));
            let put = put.build().map_err(|e| LedgerError::Refused {
                call: "BatchWriteItem",
                problem: e.to_string(),
            })?;
            puts.push(WriteRequest::builder().put_request(put).build());
        }
        let answer = self
            .client
            .batch_write_item()
            .request_items(&self.table, puts)
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("BatchWriteItem", e))?;
        let left = answer.unprocessed_items;
        let left = left.and_then(|mut all| all.remove(&self.table));
        let left = left.unwrap_or_default().into_iter();
        left.filter_map(|write| write.put_request)
            .map(|put| whole_item(put.item))
            .collect()
    }

    pub(crate) async fn remove(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        let deletes = keys.iter().map(|key| {
            let delete = Delete::builder().table_name(&self.table);
            let delete = delete.set_key(Some(attributes(key))).build();
            let delete = delete.map_err(|e| LedgerError::Refused {
                call: "TransactWriteItems",
                problem: e.to_string(),
            })?;
            Ok(TransactWriteItem::builder().delete(delete).build())
        });
        let deletes: Vec<TransactWriteItem> = deletes.collect::<Result<_, LedgerError>>()?;
        self.client
            .transact_write_items()
            .set_transact_items(Some(deletes))
            .send()
            .await
            .map_err(|e| LedgerError::from_sdk("TransactWriteItems", e))?;
        Ok(())
    }

    pub(crate) async fn create_table(&self) -> Result<(), LedgerError> {
        table::create(&self.client, &self.table).await
    }

    fn put_of(&self, write: Write) -> Result<Put, LedgerError> {
        let mut item: Attributes = write
            .text()
            .map(|(name, value)| (name, text(value)))
            .collect();
        if let Some(version) = write.when.version() {
            item.insert(VERSION.to_owned(), number(version));
        }
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match write.when.replaces() {
            None => put,
            Some(0) => put.condition_expression(NOTHING_THERE),
            Some(was) => put
                .condition_expression(THAT_VERSION)
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":was", number(was)),
        };
        put.build().map_err(|e| LedgerError::Refused {
            call: "PutItem",
            problem: e.to_string(),
        })
    }
}

fn text(value: String) -> AttributeValue {
    AttributeValue::S(value)
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The text of an attribute that is one.
fn text_of(value: AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) => Some(text),
        _ => None,
    }
}

fn attributes(key: &Key) -> Attributes {
    attributes_of(key)
        .map(|(name, value)| (name, text(value)))
        .into()
}

fn whole_item(attributes: Attributes) -> Result<WholeItem, LedgerError> {
    let key = item(attributes.clone()).key;
    let whole = attributes.into_iter().map(|(name, value)| match value {
        AttributeValue::S(text) => Ok((name, Attribute::S(text))),
        AttributeValue::N(digits) => Ok((name, Attribute::N(digits))),
        _ => Err(LedgerError::no_kind_of_ours(&key, &name)),
    });
    Ok(WholeItem(whole.collect::<Result<_, LedgerError>>()?))
}

fn item(mut attributes: Attributes) -> Item {
    Item::of(|name| attributes.remove(name).and_then(text_of))
}
