//! A database in this process, asked what DynamoDB is asked, without the SDK: its marshalling would take more than half
//! of the time of a call, and a laptop would compile it for nothing.

mod worker;

use std::{collections::HashMap, future::pending, io, sync::Arc};

use dynoxide::{
    AttributeValue, Database, DynoxideError,
    actions::{
        batch_get_item::{BatchGetItemRequest, KeysAndAttributes},
        batch_write_item::{BatchWriteItemRequest, PutRequest, WriteRequest},
        create_table::CreateTableRequest,
        delete_item::DeleteItemRequest,
        get_item::GetItemRequest,
        put_item::PutItemRequest,
        query::QueryRequest,
        scan::ScanRequest,
        transact_write_items::{
            TransactDelete, TransactPut, TransactWriteItem, TransactWriteItemsRequest,
        },
    },
};
use serde_json::{Value, json};

use self::worker::Worker;
use super::{
    BODY, Item, NOTHING_THERE, Page, PageStart, Query, THAT_VERSION, Transacted, VERSION, Write,
    attributes_of,
};
use crate::{
    LedgerError,
    embedded::{Gate, Passage, TABLE, refused},
    every_item::{Attribute, ItemsPage, ItemsToken, WholeItem},
    keys::Key,
    table::{INDEXES, KEY_ATTRIBUTES},
};

type Attributes = HashMap<String, AttributeValue>;

/// Who works the database, and what decides about calls to it.
#[derive(Clone)]
pub(crate) struct Here {
    worker: Worker,
    gate: Option<Arc<dyn Gate>>,
}

impl std::fmt::Debug for Here {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Here")
    }
}

impl Here {
    /// Works in the thread of whoever calls.
    pub(crate) fn new(database: Database, gate: Option<Arc<dyn Gate>>) -> Here {
        Here {
            worker: Worker::Caller(database),
            gate,
        }
    }

    /// Works in a thread of its own.
    pub(crate) fn in_thread(database: Database) -> io::Result<Here> {
        Ok(Here {
            worker: Worker::thread(database)?,
            gate: None,
        })
    }

    /// The same database through another gate.
    pub(crate) fn through(&self, gate: Arc<dyn Gate>) -> Here {
        Here {
            worker: self.worker.clone(),
            gate: Some(gate),
        }
    }

    /// Tells the gate what was read.
    fn has_read(&self, operation: &str, items: &[Item]) {
        if let Some(gate) = &self.gate {
            let size = |item: &Item| item.key.pk.len() + item.key.sk.len() + item.body.len();
            let sizes: Vec<usize> = items.iter().map(size).collect();
            gate.has_read(operation, &sizes);
        }
    }

    /// A call, as the gate lets it pass.
    async fn call<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Database) -> Result<T, DynoxideError> + Send + 'static,
    ) -> Result<T, DynoxideError> {
        let passage = self
            .gate
            .as_ref()
            .map_or(Passage::Answered, |gate| gate.pass(operation));
        match passage {
            Passage::Answered => self.worker.work(work).await,
            Passage::Throttled => Err(DynoxideError::ProvisionedThroughputExceededException(
                "simulated".to_owned(),
            )),
            Passage::Lost => pending().await,
            Passage::AnswerLost => {
                let _ = self.worker.work(work).await;
                pending().await
            }
        }
    }

    /// Changes the body of an item past everything that guards it, or takes the item away.
    pub(crate) async fn by_hand(
        &self,
        key: &Key,
        change: impl FnOnce(Value) -> Option<Value>,
    ) -> Result<(), LedgerError> {
        let request = GetItemRequest {
            table_name: TABLE.to_owned(),
            key: attributes(key),
            ..GetItemRequest::default()
        };
        let found = self.worker.work(move |database| database.get_item(request));
        let found = found.await.map_err(|e| refused("GetItem", &e))?;
        let mut item = found.item.unwrap_or_default();
        let body = item.remove(BODY).and_then(text_of);
        let body = body.and_then(|body| serde_json::from_str(&body).ok());
        let Some(body) = change(body.unwrap_or_default()) else {
            let request = DeleteItemRequest {
                table_name: TABLE.to_owned(),
                key: attributes(key),
                ..DeleteItemRequest::default()
            };
            let deleted = self
                .worker
                .work(move |database| database.delete_item(request));
            deleted.await.map_err(|e| refused("DeleteItem", &e))?;
            return Ok(());
        };
        item.extend(attributes(key));
        item.insert(BODY.to_owned(), text(body.to_string()));
        let request = PutItemRequest {
            table_name: TABLE.to_owned(),
            item,
            ..PutItemRequest::default()
        };
        let put = self.worker.work(move |database| database.put_item(request));
        put.await.map_err(|e| refused("PutItem", &e))?;
        Ok(())
    }

    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        let request = GetItemRequest {
            table_name: TABLE.to_owned(),
            key: attributes(key),
            consistent_read: Some(true),
            ..GetItemRequest::default()
        };
        let answer = self.call("GetItem", move |database| database.get_item(request));
        let answer = answer.await.map_err(|e| refused("GetItem", &e))?;
        let found = answer.item.map(item);
        self.has_read("GetItem", found.as_slice());
        Ok(found)
    }

    pub(crate) async fn get_all(
        &self,
        keys: Vec<Key>,
    ) -> Result<(Vec<Item>, Vec<Key>), LedgerError> {
        let asked = KeysAndAttributes {
            keys: keys.iter().map(attributes).collect(),
            consistent_read: Some(true),
            ..KeysAndAttributes::default()
        };
        let request = BatchGetItemRequest {
            request_items: HashMap::from([(TABLE.to_owned(), asked)]),
            ..BatchGetItemRequest::default()
        };
        let answer = self.call("BatchGetItem", move |database| {
            database.batch_get_item(request)
        });
        let mut answer = answer.await.map_err(|e| refused("BatchGetItem", &e))?;
        let items = answer.responses.remove(TABLE).unwrap_or_default();
        let items: Vec<Item> = items.into_iter().map(item).collect();
        self.has_read("BatchGetItem", &items);
        let left = if answer.unprocessed_keys.is_empty() {
            Vec::new()
        } else {
            let found = |key: &Key| items.iter().any(|item| item.key == *key);
            keys.into_iter().filter(|key| !found(key)).collect()
        };
        Ok((items, left))
    }

    pub(crate) async fn query(&self, query: Query) -> Result<Page, LedgerError> {
        let values = query.values().map(|(name, value)| (name, text(value)));
        let request = QueryRequest {
            table_name: TABLE.to_owned(),
            index_name: query.index.map(str::to_owned),
            key_condition_expression: Some(query.condition().to_owned()),
            expression_attribute_values: Some(values.collect()),
            scan_index_forward: !query.backwards,
            limit: query.limit.map(usize::from),
            consistent_read: Some(query.index.is_none()),
            exclusive_start_key: query.from.clone().map(|PageStart(keys)| {
                let keys = keys.into_iter().map(|(name, value)| (name, text(value)));
                keys.collect()
            }),
            ..QueryRequest::default()
        };
        let answer = self.call("Query", move |database| database.query(request));
        let answer = answer.await.map_err(|e| refused("Query", &e))?;
        let last = answer
            .last_evaluated_key
            .map(|keys| keys.into_iter().map(|(name, value)| (name, text_of(value))));
        let items = answer.items.unwrap_or_default();
        let items: Vec<Item> = items.into_iter().map(item).collect();
        self.has_read("Query", &items);
        Ok(Page {
            items,
            next: PageStart::after(last),
        })
    }

    pub(crate) async fn put(&self, write: Write) -> Result<bool, LedgerError> {
        let put = put_of(write);
        let request = PutItemRequest {
            table_name: put.table_name,
            item: put.item,
            condition_expression: put.condition_expression,
            expression_attribute_names: put.expression_attribute_names,
            expression_attribute_values: put.expression_attribute_values,
            ..PutItemRequest::default()
        };
        match self
            .call("PutItem", move |database| database.put_item(request))
            .await
        {
            Ok(_) => Ok(true),
            Err(DynoxideError::ConditionalCheckFailedException(..)) => Ok(false),
            Err(error) => Err(refused("PutItem", &error)),
        }
    }

    pub(crate) async fn transact(&self, writes: Vec<Write>) -> Result<Transacted, LedgerError> {
        let items = writes.into_iter().map(|write| TransactWriteItem {
            put: Some(put_of(write)),
            ..TransactWriteItem::default()
        });
        let request = TransactWriteItemsRequest {
            transact_items: items.collect(),
            ..TransactWriteItemsRequest::default()
        };
        let answer = self.call("TransactWriteItems", move |database| {
            database.transact_write_items(request)
        });
        match answer.await {
            Ok(_) => Ok(Transacted::Yes),
            Err(DynoxideError::TransactionCanceledException(_, reasons)) => Ok(
                Transacted::Cancelled(reasons.into_iter().map(|reason| reason.code).collect()),
            ),
            Err(error) => Err(refused("TransactWriteItems", &error)),
        }
    }

    pub(crate) async fn every_item(
        &self,
        from: Option<PageStart>,
    ) -> Result<ItemsPage, LedgerError> {
        let request = ScanRequest {
            table_name: TABLE.to_owned(),
            consistent_read: Some(true),
            exclusive_start_key: from.map(|PageStart(keys)| {
                let keys = keys.into_iter().map(|(name, value)| (name, text(value)));
                keys.collect()
            }),
            ..ScanRequest::default()
        };
        let answer = self.call("Scan", move |database| database.scan(request));
        let answer = answer.await.map_err(|e| refused("Scan", &e))?;
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

    /// It takes all of them.
    pub(crate) async fn put_items(
        &self,
        items: Vec<WholeItem>,
    ) -> Result<Vec<WholeItem>, LedgerError> {
        let puts = items.into_iter().map(|WholeItem(attributes)| {
            let item = attributes.into_iter().map(|(name, value)| match value {
                Attribute::S(text) => (name, AttributeValue::S(text)),
                Attribute::N(digits) => (name, AttributeValue::N(digits)),
            });
            WriteRequest {
                put_request: Some(PutRequest {
                    item: item.collect(),
                }),
                ..WriteRequest::default()
            }
        });
        let request = BatchWriteItemRequest {
            request_items: HashMap::from([(TABLE.to_owned(), puts.collect())]),
            ..BatchWriteItemRequest::default()
        };
        let answer = self.call("BatchWriteItem", move |database| {
            database.batch_write_item(request)
        });
        answer.await.map_err(|e| refused("BatchWriteItem", &e))?;
        Ok(Vec::new())
    }

    pub(crate) async fn remove(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        let items = keys.iter().map(|key| TransactWriteItem {
            delete: Some(TransactDelete {
                table_name: TABLE.to_owned(),
                key: attributes(key),
                ..TransactDelete::default()
            }),
            ..TransactWriteItem::default()
        });
        let request = TransactWriteItemsRequest {
            transact_items: items.collect(),
            ..TransactWriteItemsRequest::default()
        };
        let answer = self.call("TransactWriteItems", move |database| {
            database.transact_write_items(request)
        });
        let removed = answer.await;
        removed.map_err(|e| refused("TransactWriteItems", &e))?;
        Ok(())
    }

    /// Whether it is there is not asked first: the database counts every item to describe a table, and a start would take
    /// the longer the more there is in it.
    pub(crate) async fn create_table(&self) -> Result<(), LedgerError> {
        let request: CreateTableRequest =
            serde_json::from_value(described()).map_err(|e| LedgerError::Refused {
                call: "CreateTable",
                problem: e.to_string(),
            })?;
        let made = self
            .worker
            .work(move |database| database.create_table(request));
        match made.await {
            Ok(_) | Err(DynoxideError::ResourceInUseException(_)) => Ok(()),
            Err(error) => Err(refused("CreateTable", &error)),
        }
    }
}

/// The table as `CreateTable` takes it.
fn described() -> Value {
    let schema = |pk: &str, sk: &str| {
        json!([
            { "AttributeName": pk, "KeyType": "HASH" },
            { "AttributeName": sk, "KeyType": "RANGE" },
        ])
    };
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema("pk", "sk"),
        "AttributeDefinitions": KEY_ATTRIBUTES
            .map(|name| json!({ "AttributeName": name, "AttributeType": "S" })),
        "GlobalSecondaryIndexes": INDEXES.map(|(name, pk, sk, projection)| json!({
            "IndexName": name,
            "KeySchema": schema(pk, sk),
            "Projection": { "ProjectionType": projection },
        })),
    })
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

fn put_of(write: Write) -> TransactPut {
    let mut item: Attributes = write
        .text()
        .map(|(name, value)| (name, text(value)))
        .collect();
    if let Some(version) = write.when.version() {
        item.insert(VERSION.to_owned(), number(version));
    }
    let put = TransactPut {
        table_name: TABLE.to_owned(),
        item,
        ..TransactPut::default()
    };
    match write.when.replaces() {
        None => put,
        Some(0) => TransactPut {
            condition_expression: Some(NOTHING_THERE.to_owned()),
            ..put
        },
        Some(was) => TransactPut {
            condition_expression: Some(THAT_VERSION.to_owned()),
            expression_attribute_names: Some(HashMap::from([(
                "#version".to_owned(),
                VERSION.to_owned(),
            )])),
            expression_attribute_values: Some(HashMap::from([(":was".to_owned(), number(was))])),
            ..put
        },
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

fn item(mut attributes: Attributes) -> Item {
    Item::of(|name| attributes.remove(name).and_then(text_of))
}
