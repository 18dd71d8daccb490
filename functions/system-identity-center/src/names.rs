//! Names that seldom change, so that they are not asked for with every account.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

/// What was renamed is seen after this, in a process that lives longer.
const KNOWN_FOR: Duration = Duration::from_secs(600);
/// More than this is not kept.
const MOST: usize = 10_000;

#[derive(Debug)]
struct Known {
    since: Instant,
    names: HashMap<String, String>,
    ids: HashMap<String, String>,
}

impl Known {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < KNOWN_FOR
    }
}

/// Names by ids, and ids by names.
#[derive(Debug)]
pub(crate) struct Names(RwLock<Known>);

impl Default for Names {
    fn default() -> Names {
        Names(RwLock::new(Known {
            since: Instant::now(),
            names: HashMap::new(),
            ids: HashMap::new(),
        }))
    }
}

impl Names {
    /// The name of an id.
    pub(crate) fn name(&self, id: &str) -> Option<String> {
        self.look(Instant::now(), |known| known.names.get(id).cloned())
    }

    /// The id of a name.
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        self.look(Instant::now(), |known| known.ids.get(name).cloned())
    }

    fn look(&self, now: Instant, of: impl Fn(&Known) -> Option<String>) -> Option<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        of(&known).filter(|_| known.is_fresh(now))
    }

    pub(crate) fn know(&self, id: &str, name: &str) {
        self.know_at(Instant::now(), id, name);
    }

    fn know_at(&self, now: Instant, id: &str, name: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !known.is_fresh(now) || known.names.len() >= MOST {
            known.names.clear();
            known.ids.clear();
            known.since = now;
        }
        known.names.insert(id.to_owned(), name.to_owned());
        known.ids.insert(name.to_owned(), id.to_owned());
    }

    /// What was known by this name is something else by now.
    pub(crate) fn forget(&self, name: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known.ids.remove(name) {
            known.names.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_forgotten_both_ways() {
        let names = Names::default();
        names.know("g1", "sales");
        assert_eq!(names.name("g1").as_deref(), Some("sales"));
        assert_eq!(names.id("sales").as_deref(), Some("g1"));
        names.forget("sales");
        assert_eq!((names.name("g1"), names.id("sales")), (None, None));
    }

    #[test]
    fn what_is_old_is_asked_for_anew() {
        let names = Names::default();
        let begun = names.0.read().unwrap().since;
        names.know_at(begun, "g1", "sales");
        let id = |after| names.look(begun + after, |known| known.ids.get("sales").cloned());
        let second = Duration::from_secs(1);
        assert_eq!(id(KNOWN_FOR - second).as_deref(), Some("g1"));
        assert_eq!(id(KNOWN_FOR), None);
        names.know_at(begun + KNOWN_FOR, "g2", "vpn");
        assert_eq!(id(KNOWN_FOR + second), None, "what was old is gone");
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let names = Names::default();
        for n in 0..=MOST {
            names.know(&format!("g{n}"), &format!("group {n}"));
        }
        assert_eq!(names.name("g0"), None);
        assert_eq!(
            names.name(&format!("g{MOST}")),
            Some(format!("group {MOST}"))
        );
    }
}
