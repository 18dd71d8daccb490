//! What a kind remembers while a process lives, so that it is not asked for with every account.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
};

/// One thing that is kept until it is forgotten, or another one takes its place.
#[derive(Debug)]
pub struct Kept<T>(RwLock<Option<T>>);

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept(RwLock::new(None))
    }
}

impl<T: Clone> Kept<T> {
    /// What is kept.
    pub fn get(&self) -> Option<T> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    /// Keeps it, and gives it back.
    pub fn keep(&self, what: T) -> T {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert(what).clone()
    }

    /// It is no good any more.
    pub fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What is known of things by what they are called: the ids of groups and roles, which do not change. Whoever finds
/// that a known id leads nowhere forgets it, since the thing may have been made anew, and asks again.
#[derive(Debug)]
pub struct Known<T>(RwLock<HashMap<String, T>>);

impl<T> Default for Known<T> {
    fn default() -> Known<T> {
        Known(RwLock::default())
    }
}

impl<T: Clone> Known<T> {
    /// What is known of what is called so.
    pub fn of(&self, name: impl ToString) -> Option<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&name.to_string()).cloned()
    }

    /// This is what is called so.
    pub fn know(&self, name: impl ToString, what: impl Into<T>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_string(), what.into());
    }

    /// What was called so may be something else by now.
    pub fn forget(&self, name: impl ToString) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&name.to_string());
    }
}

/// The ids of things of one name, where several may be called the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namesakes {
    /// The ids.
    pub ids: BTreeSet<String>,
    /// Whether these are all of that name, or only some that were met.
    pub all: bool,
}

impl Known<Namesakes> {
    /// One of that name was met.
    pub fn meet(&self, name: impl ToString, id: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let named = known.entry(name.to_string()).or_default();
        // One that was not there when all were asked for.
        named.all &= !named.ids.insert(id.to_owned());
    }

    /// These are all of that name.
    pub fn know_all(&self, name: impl ToString, ids: BTreeSet<String>) {
        self.know(name, Namesakes { ids, all: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_was_met_later_shows_that_not_all_were_known() {
        let known = Known::<Namesakes>::default();
        known.know_all("group:sales", ["1".to_owned()].into());
        known.meet("group:sales", "1");
        assert!(known.of("group:sales").unwrap().all);
        known.meet("group:sales", "2");
        let named = known.of("group:sales").unwrap();
        assert_eq!((named.ids.len(), named.all), (2, false));
        known.forget("group:sales");
        assert_eq!(known.of("group:sales"), None);
    }

    #[test]
    fn what_is_kept_is_kept_until_it_is_forgotten() {
        let kept = Kept::default();
        assert_eq!((kept.get(), kept.keep(1)), (None, 1));
        assert_eq!((kept.keep(2), kept.get()), (2, Some(2)));
        kept.forget();
        assert_eq!(kept.get(), None);
    }
}
