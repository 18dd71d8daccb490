//! Groups by their names. Several may be called the same, and no server has to forbid it (RFC 7643 section 4.2).

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
};

/// The groups of one name. Ids do not change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) ids: BTreeSet<String>,
    /// Whether these are all of that name, or only some that were met.
    pub(crate) all: bool,
}

/// What is known of groups.
#[derive(Debug, Default)]
pub(crate) struct Groups(RwLock<HashMap<String, Named>>);

impl Groups {
    pub(crate) fn of(&self, name: &str) -> Option<Named> {
        let groups = self.0.read().unwrap_or_else(PoisonError::into_inner);
        groups.get(name).cloned()
    }

    /// A group of that name was met.
    pub(crate) fn meet(&self, name: &str, id: &str) {
        let mut groups = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let named = groups.entry(name.to_owned()).or_default();
        // One that was not there when all were asked for.
        named.all &= !named.ids.insert(id.to_owned());
    }

    /// These are all of that name.
    pub(crate) fn know(&self, name: &str, ids: BTreeSet<String>) {
        let mut groups = self.0.write().unwrap_or_else(PoisonError::into_inner);
        groups.insert(name.to_owned(), Named { ids, all: true });
    }

    pub(crate) fn forget(&self, name: &str) {
        let mut groups = self.0.write().unwrap_or_else(PoisonError::into_inner);
        groups.remove(name);
    }
}
