//! Every item of the table as it is, to take a ledger to another place: none of them is understood here, so that none
//! is forgotten.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Ledger, LedgerError,
    keys::{self, Key},
    store::{BODY, PageStart, When},
};

/// How many items one write takes.
/// Source: DynamoDB API reference, BatchWriteItem.
pub const WRITTEN_AT_ONCE: usize = 25;

/// An attribute, as DynamoDB's JSON has it: `{"S": "text"}` or `{"N": "7"}`. Latchkey writes no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attribute {
    /// A text.
    S(String),
    /// A number, in digits.
    N(String),
}

/// An item with all of its attributes, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WholeItem(pub BTreeMap<String, Attribute>);

impl WholeItem {
    /// A text among its attributes; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Attribute::S(text)) => text,
            _ => "",
        }
    }

    /// What is kept in it.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text(BODY))
    }

    pub(crate) fn key(&self) -> Key {
        Key {
            pk: self.text("pk").to_owned(),
            sk: self.text("sk").to_owned(),
        }
    }

    /// Whether it has the key that every item has.
    pub fn has_key(&self) -> bool {
        !self.text("pk").is_empty() && !self.text("sk").is_empty()
    }

    /// Whether it stands in an index, where somebody may find it who looks for what is to be done.
    pub fn is_indexed(&self) -> bool {
        self.0.contains_key("gsi1pk")
    }

    /// Whether it says that what has this checksum was brought here.
    pub fn is_arrival_of(&self, checksum: &str) -> bool {
        self.key() == keys::arrival(checksum)
    }
}

/// A page of all items.
#[derive(Debug, Clone, Default)]
pub struct ItemsPage {
    /// The items, in no order.
    pub items: Vec<WholeItem>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<ItemsToken>,
}

/// Where a page of all items begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemsToken(pub(crate) PageStart);

/// That a ledger was brought here from another place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrival {
    /// The checksum of what was brought.
    pub checksum: String,
    /// How many items.
    pub items: u64,
    /// When it began (UTC).
    pub began: Timestamp,
    /// When all of it was there (UTC); none while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Timestamp>,
}

impl Ledger {
    /// A page of all items of the table, each as it is at the time of the call.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read, or has something that Latchkey does not write.
    pub async fn every_item(&self, from: Option<ItemsToken>) -> Result<ItemsPage, LedgerError> {
        let page = self.store.every_item(from.map(|ItemsToken(place)| place));
        page.await.map_err(|e| e.at("(one of all items)"))
    }

    /// Writes at most [`WRITTEN_AT_ONCE`] items as they are, whatever is there. Gives those that the table did not take
    /// yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn put_items(&self, items: Vec<WholeItem>) -> Result<Vec<WholeItem>, LedgerError> {
        self.store.put_items(items).await
    }

    /// Those of the items whose place is free.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn not_there(&self, items: Vec<WholeItem>) -> Result<Vec<WholeItem>, LedgerError> {
        let there = self.get_all(items.iter().map(WholeItem::key).collect());
        let there: Vec<Key> = there.await?.into_iter().map(|item| item.key).collect();
        let free = items
            .into_iter()
            .filter(|item| !there.contains(&item.key()));
        Ok(free.collect())
    }

    /// What is known of the bringing of what has this checksum.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn arrival(&self, checksum: &str) -> Result<Option<Arrival>, LedgerError> {
        self.get(&keys::arrival(checksum)).await
    }

    /// Notes how far the bringing is.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_arrival(&self, arrival: &Arrival) -> Result<(), LedgerError> {
        let key = keys::arrival(&arrival.checksum);
        self.commit(vec![self.put(&key, arrival, When::Always, &[])?])
            .await?;
        Ok(())
    }
}
