//! Turns at a system that takes only so many calls at once. Whoever finds it full is told when its turn comes, so nobody
//! has to ask again and again. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::circuit::after;

/// A caller that was cut off gives its place back after this time: longer than a step may take.
const LEASE: SignedDuration = SignedDuration::from_secs(150);
/// How long a call is taken to last before any was measured, in milliseconds; and the least.
const LEAST: i64 = 1000;

/// Who calls a system now, and how far ahead turns are given out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Turns {
    /// Callers, and when each of them counts as cut off (UTC).
    #[serde(default)]
    calling: BTreeMap<String, Timestamp>,
    /// How long a call lasts lately, in milliseconds.
    #[serde(default)]
    typical: i64,
    /// The turn that was given out last (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
}

impl Turns {
    /// Enters a caller, or gives the instant of its turn.
    pub(crate) fn enter(
        &mut self,
        now: Timestamp,
        caller: &str,
        at_once: u32,
    ) -> Result<(), Timestamp> {
        self.calling.retain(|_, until| now < *until);
        // Nobody calls: turns further ahead are of callers that will not come any more, or that need not wait for each other.
        if self.calling.is_empty() {
            self.last = None;
        }
        let full = self.calling.len() >= usize::try_from(at_once.max(1)).unwrap_or(usize::MAX);
        if full && !self.calling.contains_key(caller) {
            let each = self.typical.max(LEAST) / i64::from(at_once.max(1));
            let from = self.last.map_or(now, |last| last.max(now));
            let turn = after(from, SignedDuration::from_millis(each.max(1)));
            self.last = Some(turn);
            return Err(turn);
        }
        self.calling.insert(caller.to_owned(), after(now, LEASE));
        self.last = self.last.filter(|last| now < *last);
        Ok(())
    }

    /// Nobody calls, and nobody will come for a turn that was given out: whoever ran the callers has ended.
    pub(crate) fn abandon(&mut self) {
        self.calling.clear();
        self.last = None;
    }

    /// The caller is done.
    pub(crate) fn leave(&mut self, now: Timestamp, caller: &str) {
        let Some(until) = self.calling.remove(caller) else {
            return;
        };
        let took = LEASE.saturating_sub(until.duration_since(now));
        let took = i64::try_from(took.as_millis()).unwrap_or(LEAST).max(0);
        self.typical = (self.typical * 3 + took) / 4;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_000_000_000 + millis).unwrap()
    }

    #[test]
    fn whoever_finds_it_full_is_told_its_turn_one_after_the_other() {
        let mut it = Turns::default();
        assert_eq!(it.enter(at(0), "a", 2), Ok(()));
        assert_eq!(it.enter(at(0), "b", 2), Ok(()));
        assert_eq!(it.enter(at(0), "b", 2), Ok(()), "the same caller again");
        assert_eq!(it.enter(at(0), "c", 2), Err(at(500)));
        assert_eq!(it.enter(at(0), "d", 2), Err(at(1000)));
        it.leave(at(400), "a");
        assert_eq!(it.enter(at(500), "c", 2), Ok(()));
        assert_eq!(it.enter(at(1000), "d", 2), Err(at(1500)));
    }

    #[test]
    fn turns_of_callers_who_do_not_come_keep_nobody_waiting() {
        let mut it = Turns::default();
        assert_eq!(it.enter(at(0), "a", 1), Ok(()));
        assert_eq!(it.enter(at(0), "gone", 1), Err(at(1000)));
        assert_eq!(it.enter(at(0), "gone too", 1), Err(at(2000)));
        it.leave(at(100), "a");
        assert_eq!(it.enter(at(200), "b", 1), Ok(()));
        assert_eq!(it.enter(at(200), "c", 1), Err(at(1200)));
        it.abandon();
        assert_eq!(it.enter(at(300), "c", 1), Ok(()));
    }

    #[test]
    fn who_was_cut_off_gives_the_place_back() {
        let mut it = Turns::default();
        assert_eq!(it.enter(at(0), "a", 1), Ok(()));
        assert!(it.enter(at(149_000), "b", 1).is_err());
        assert_eq!(it.enter(at(150_000), "b", 1), Ok(()));
    }

    proptest! {
        /// There are never more than the limit, and turns are never given out for the past.
        #[test]
        fn never_more_at_once(steps in prop::collection::vec((0usize..8, any::<bool>(), 0i64..5000), 0..80), limit in 1u32..4) {
            let mut it = Turns::default();
            let mut now = 0;
            for (who, comes, wait) in steps {
                now += wait;
                let who = format!("case-{who}");
                if comes {
                    if let Err(turn) = it.enter(at(now), &who, limit) {
                        prop_assert!(turn > at(now));
                    }
                } else {
                    it.leave(at(now), &who);
                }
                prop_assert!(it.calling.len() <= limit as usize);
            }
        }
    }
}
