//! The handle to the table, and the few calls that access patterns are made of.

use std::sync::Arc;

use latchkey_lifecycle::shown::without_values;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{
    LedgerError,
    keys::{self, Key},
    row::{Row, TaskRow},
    store::{Item, Query, Store, Transacted, When, Write},
};

/// How many items one read takes.
/// Source: DynamoDB API reference, BatchGetItem.
pub(crate) const BATCH: usize = 100;

/// How often what a read left out is asked for again before the caller's own retry takes over.
const BATCH_ATTEMPTS: usize = 8;

/// How often a transaction that met another one is tried anew before the caller's own retry takes over.
const TRANSACTION_ATTEMPTS: u32 = 4;

/// How many bytes a transaction takes.
/// Source: DynamoDB API reference, TransactWriteItems.
const TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// The handle to the table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) store: Store,
    /// Held while a system's traffic is changed. All that call a system change one row: hundreds in one process would
    /// read it again for each write of another.
    pub(crate) traffic: Arc<Mutex<()>>,
    /// See [`Ledger::in_line`].
    line: Arc<Mutex<()>>,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Committed {
    Yes,
    /// The conditions of these writes (by position) did not hold; nothing was written.
    No(Vec<usize>),
}

impl Ledger {
    pub(crate) fn of(store: Store) -> Ledger {
        Ledger {
            store,
            traffic: Arc::default(),
            line: Arc::default(),
        }
    }

    /// Makes the table when it is not there yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the table can be neither found nor made.
    pub async fn create_table(&self) -> Result<(), LedgerError> {
        self.store.create_table().await
    }

    /// A place in line, held by whoever was overtaken by another writer until its own write is done: those of one
    /// process that want one row, as the brake's, go on one after the other then, instead of overtaking each other.
    pub async fn in_line(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.line).lock_owned().await
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<T>, LedgerError> {
        self.store.get(key).await?.as_ref().map(read).transpose()
    }

    /// The items of these keys, in few calls, without those that are not there. In no order.
    pub(crate) async fn get_all(&self, keys: Vec<Key>) -> Result<Vec<Item>, LedgerError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH) {
            let mut left = chunk.to_vec();
            for _ in 0..BATCH_ATTEMPTS {
                let (items, rest) = self.store.get_all(left.clone()).await.map_err(|e| {
                    let asked: Vec<String> = left.iter().map(Key::to_string).collect();
                    e.at(&format!("(one of {})", asked.join(", ")))
                })?;
                found.extend(items);
                left = rest;
                if left.is_empty() {
                    break;
                }
            }
            if !left.is_empty() {
                let told = "it leaves out part of what is read at once".to_owned();
                return Err(LedgerError::Busy(told));
            }
        }
        Ok(found)
    }

    /// All items of a partition whose sort key has the prefix, in order, page by page.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        pk: &str,
        prefix: &str,
    ) -> Result<Vec<T>, LedgerError> {
        self.items(pk, prefix).await?.iter().map(read).collect()
    }

    /// The same, with their keys.
    pub(crate) async fn items(&self, pk: &str, prefix: &str) -> Result<Vec<Item>, LedgerError> {
        self.items_of(pk, Some(prefix.to_owned())).await
    }

    /// All items of a partition, with their keys, in order.
    pub(crate) async fn partition(&self, pk: &str) -> Result<Vec<Item>, LedgerError> {
        self.items_of(pk, None).await
    }

    async fn items_of(&self, pk: &str, prefix: Option<String>) -> Result<Vec<Item>, LedgerError> {
        let mut all = Vec::new();
        let mut query = Query {
            partition: pk.to_owned(),
            prefix,
            ..Query::default()
        };
        loop {
            let page = self.store.query(query.clone()).await;
            let page = page.map_err(|e| e.at(pk))?;
            all.extend(page.items);
            match page.next {
                Some(next) => query.from = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// A write of one item, for [`Ledger::commit`].
    pub(crate) fn put<T: Serialize>(
        &self,
        key: &Key,
        thing: &T,
        when: When,
        index: &[(&'static str, String)],
    ) -> Result<Write, LedgerError> {
        let body = serde_json::to_string(thing).map_err(|e| LedgerError::Unreadable {
            key: key.to_string(),
            problem: without_values(&e.to_string()),
        })?;
        Ok(Write {
            key: key.clone(),
            body,
            index: index.to_vec(),
            when,
        })
    }

    /// The write of a row under its lock: the version it was read at becomes the next one.
    pub(crate) fn put_row<T: Serialize>(
        &self,
        key: &Key,
        row: &mut Row<T>,
        index: &[(&'static str, String)],
    ) -> Result<Write, LedgerError> {
        let was = row.version;
        row.version += 1;
        self.put(key, row, When::Version(was), index)
    }

    /// The writes of a task, and of where the pages find it; where somebody had it in hand, by them, too.
    pub(crate) fn put_task(
        &self,
        row: &mut Row<TaskRow>,
        writes: &mut Vec<Write>,
    ) -> Result<(), LedgerError> {
        let (case, task) = (&row.item.task.case_id, &row.item.task.id);
        let (key, hands) = (keys::task(case, task), keys::hands(case, task));
        let index = row.item.index();
        writes.push(self.put_row(&key, row, &index)?);
        if row.item.in_hand.is_some() {
            let (has, index) = (row.item.has(), row.item.index_by_hands());
            writes.push(self.put(&hands, &has, When::Always, &index)?);
        }
        Ok(())
    }

    /// The first write of a row that another write of the same transaction guards.
    pub(crate) fn put_first<T: Serialize>(
        &self,
        key: &Key,
        row: &mut Row<T>,
        index: &[(&'static str, String)],
    ) -> Result<Write, LedgerError> {
        row.version = 1;
        self.put(key, row, When::First, index)
    }

    /// Writes all or nothing.
    pub(crate) async fn commit(&self, mut writes: Vec<Write>) -> Result<Committed, LedgerError> {
        // One write needs no transaction, which costs twice as much.
        if writes.len() == 1
            && let Some(only) = writes.pop()
        {
            return Ok(match self.store.put(only).await? {
                true => Committed::Yes,
                false => Committed::No(vec![0]),
            });
        }
        let bytes: usize = writes.iter().map(Write::size).sum();
        if writes.len() > BATCH || bytes > TRANSACTION_BYTES {
            let writes = writes.len();
            return Err(LedgerError::TooMuchAtOnce { writes, bytes });
        }
        for _ in 0..TRANSACTION_ATTEMPTS {
            let codes = match self.store.transact(writes.clone()).await? {
                Transacted::Yes => return Ok(Committed::Yes),
                Transacted::Cancelled(codes) => codes,
            };
            let failed = codes.iter().enumerate();
            let failed = failed.filter(|(_, code)| *code == "ConditionalCheckFailed");
            let failed: Vec<usize> = failed.map(|(n, _)| n).collect();
            if !failed.is_empty() {
                return Ok(Committed::No(failed));
            }
            let contended = codes.iter().any(|code| {
                matches!(
                    code.as_str(),
                    "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
                )
            });
            if !contended {
                return Err(LedgerError::Refused {
                    call: "TransactWriteItems",
                    problem: format!("cancelled: {}", codes.join(", ")),
                });
            }
        }
        Err(LedgerError::Busy("transactions met".to_owned()))
    }
}

/// An item as a thing of ours.
pub(crate) fn read<T: DeserializeOwned>(item: &Item) -> Result<T, LedgerError> {
    serde_json::from_str(&item.body).map_err(|e| LedgerError::Unreadable {
        key: item.key.to_string(),
        problem: without_values(&e.to_string()),
    })
}
