//! The few calls that access patterns are made of, and the two ways that they go: to DynamoDB by its SDK (the feature
//! `aws`), or straight into a database in the process (the feature `embedded`).

#[cfg(feature = "embedded")]
mod here;
#[cfg(feature = "aws")]
mod service;

use std::collections::BTreeMap;

use crate::{
    LedgerError,
    every_item::{ItemsPage, WholeItem},
    keys::Key,
};

#[cfg(feature = "embedded")]
pub(crate) use here::Here;
#[cfg(feature = "aws")]
use service::Service;

/// The attribute that holds the thing itself, as JSON text. Only what DynamoDB has to look at is an attribute of
/// its own: keys, index keys and the version. Nested attributes cost every reader and writer a multiple.
pub(crate) const BODY: &str = "body";
/// The attribute that a write's condition names.
const VERSION: &str = "version";
/// The condition of a write that replaces nothing.
const NOTHING_THERE: &str = "attribute_not_exists(pk)";
/// The condition of a write that replaces a version.
const THAT_VERSION: &str = "#version = :was";

/// How many items a page has that nobody has said more of: about what DynamoDB puts on one. Without a limit the
/// embedded database reads all that is left of a partition for each page, and going through 50,000 cases takes a
/// hundred times as long as through 5,000.
const PAGE: u16 = 300;

/// An item that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) body: String,
}

impl Item {
    /// An item of its attributes; what is not text, or not there, is empty.
    fn of(mut text: impl FnMut(&str) -> Option<String>) -> Item {
        let mut part = |name: &str| text(name).unwrap_or_default();
        Item {
            key: Key {
                pk: part("pk"),
                sk: part("sk"),
            },
            body: part(BODY),
        }
    }
}

/// The attributes of a key.
fn attributes_of(key: &Key) -> [(String, String); 2] {
    [("pk", &key.pk), ("sk", &key.sk)].map(|(name, value)| (name.to_owned(), value.clone()))
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

impl When {
    /// The version of what is written.
    fn version(self) -> Option<u64> {
        match self {
            When::Version(was) => Some(was + 1),
            When::First => Some(1),
            When::Absent | When::Always => None,
        }
    }

    /// The version that has to be there: `None` asks for nothing, `Some(0)` for no item.
    fn replaces(self) -> Option<u64> {
        match self {
            When::Always | When::First => None,
            When::Absent => Some(0),
            When::Version(was) => Some(was),
        }
    }
}

/// A write of one item.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) key: Key,
    pub(crate) body: String,
    /// Attributes that indexes look at.
    pub(crate) index: Vec<(&'static str, String)>,
    pub(crate) when: When,
}

impl Write {
    /// Its bytes, as far as they count for a transaction: names and values of attributes that are text.
    pub(crate) fn size(&self) -> usize {
        self.texts()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// The attributes that are text.
    fn text(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.texts()
            .map(|(name, value)| (name.to_owned(), value.clone()))
    }

    fn texts(&self) -> impl Iterator<Item = (&str, &String)> {
        let index = self.index.iter().map(|(name, value)| (*name, value));
        [
            ("pk", &self.key.pk),
            ("sk", &self.key.sk),
            (BODY, &self.body),
        ]
        .into_iter()
        .chain(index)
    }
}

/// What became of writes that stand or fall together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transacted {
    Yes,
    /// Cancelled, and DynamoDB's code for each write, `None` where it could have been done.
    Cancelled(Vec<String>),
}

/// Items of one partition of the table or of an index, in the order of their sort keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// The index; the table itself, consistently read, when left out.
    pub(crate) index: Option<&'static str>,
    pub(crate) partition: String,
    /// What their sort keys begin with.
    pub(crate) prefix: Option<String>,
    pub(crate) backwards: bool,
    /// At most so many in a page.
    pub(crate) limit: Option<u16>,
    /// Where the page begins.
    pub(crate) from: Option<PageStart>,
}

impl Query {
    /// What DynamoDB is asked, in its words: `:pk` is the partition, `:prefix` the prefix.
    fn condition(&self) -> &'static str {
        match (self.index.is_some(), self.prefix.is_some()) {
            (false, false) => "pk = :pk",
            (false, true) => "pk = :pk AND begins_with(sk, :prefix)",
            (true, false) => "gsi1pk = :pk",
            (true, true) => "gsi1pk = :pk AND begins_with(gsi1sk, :prefix)",
        }
    }

    fn values(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let prefix = self.prefix.as_ref().map(|prefix| (":prefix", prefix));
        [(":pk", &self.partition)]
            .into_iter()
            .chain(prefix)
            .map(|(name, value)| (name.to_owned(), value.clone()))
    }
}

/// Where a page begins: after the item with these keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageStart(pub(crate) BTreeMap<String, String>);

impl PageStart {
    /// The place that a page ended at; `None` when it was the last.
    fn after(
        keys: Option<impl IntoIterator<Item = (String, Option<String>)>>,
    ) -> Option<PageStart> {
        let texts = keys?
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)));
        let keys: BTreeMap<String, String> = texts.collect();
        (!keys.is_empty()).then_some(PageStart(keys))
    }
}

/// A page of a query.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) items: Vec<Item>,
    /// Where the next one begins; `None` on the last.
    pub(crate) next: Option<PageStart>,
}

/// Where the table is.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    /// Behind the SDK.
    #[cfg(feature = "aws")]
    Service(Service),
    /// In this process.
    #[cfg(feature = "embedded")]
    Here(Here),
    /// In crates that are built alone and bring no way to a table there is no ledger.
    #[cfg(not(any(feature = "aws", feature = "embedded")))]
    Nowhere(std::convert::Infallible),
}

/// Calls the same method of whichever it is.
macro_rules! whichever {
    ($store:expr, $it:ident => $call:expr) => {
        match $store {
            #[cfg(feature = "aws")]
            Store::Service($it) => $call,
            #[cfg(feature = "embedded")]
            Store::Here($it) => $call,
            #[cfg(not(any(feature = "aws", feature = "embedded")))]
            Store::Nowhere(never) => match *never {},
        }
    };
}

impl Store {
    /// An item, consistently read.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        whichever!(self, it => it.get(key).await)
    }

    /// The items of at most 100 keys, consistently read, without those that are not there; and the keys that it left
    /// out.
    pub(crate) async fn get_all(
        &self,
        keys: Vec<Key>,
    ) -> Result<(Vec<Item>, Vec<Key>), LedgerError> {
        whichever!(self, it => it.get_all(keys).await)
    }

    /// A page of a query.
    pub(crate) async fn query(&self, query: Query) -> Result<Page, LedgerError> {
        let limit = query.limit.or(Some(PAGE));
        let query = Query { limit, ..query };
        whichever!(self, it => it.query(query).await)
    }

    /// Writes an item. Whether its condition held.
    pub(crate) async fn put(&self, write: Write) -> Result<bool, LedgerError> {
        whichever!(self, it => it.put(write).await)
    }

    /// Writes all of at most 100 items, or none.
    pub(crate) async fn transact(&self, writes: Vec<Write>) -> Result<Transacted, LedgerError> {
        whichever!(self, it => it.transact(writes).await)
    }

    /// A page of all items.
    pub(crate) async fn every_item(
        &self,
        from: Option<PageStart>,
    ) -> Result<ItemsPage, LedgerError> {
        whichever!(self, it => it.every_item(from).await)
    }

    /// Writes at most 25 items as they are. Gives those that it left out.
    pub(crate) async fn put_items(
        &self,
        items: Vec<WholeItem>,
    ) -> Result<Vec<WholeItem>, LedgerError> {
        whichever!(self, it => it.put_items(items).await)
    }

    /// Takes away all of at most 100 items, or none. Those that are not there are no error.
    pub(crate) async fn remove(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        whichever!(self, it => it.remove(keys).await)
    }

    /// Makes the table when it is not there yet.
    pub(crate) async fn create_table(&self) -> Result<(), LedgerError> {
        whichever!(self, it => it.create_table().await)
    }
}
