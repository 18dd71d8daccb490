//! The brake: more exits, or hires, than a runbook allows in a time are held until a named person confirms them
//! (promise 8). An integration gone wild, or a list uploaded to the wrong field, then cuts off a few people and not
//! everybody, and opens a few doors and not three hundred. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{CaseId, EventKind};

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Load {
    /// Exits and rescinded hires.
    Exits,
    /// Urgent exits, which have a number of their own.
    UrgentExits,
    /// Transfers that take access away.
    Transfers,
    /// Hires, of people who come back, too.
    Hires,
}

impl Load {
    /// What a case counts as; nothing when it neither opens a door to somebody nor takes access away.
    pub fn of(kind: EventKind, takes_access: bool) -> Option<Load> {
        match kind {
            EventKind::Exit | EventKind::HireRescinded => Some(Load::Exits),
            EventKind::UrgentExit => Some(Load::UrgentExits),
            EventKind::Transfer if takes_access => Some(Load::Transfers),
            EventKind::Hire | EventKind::Rehire => Some(Load::Hires),
            _ => None,
        }
    }
}

/// How many pass in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// So many.
    pub most: usize,
    /// Counted back from the present instant.
    pub within: SignedDuration,
}

/// What a person decides about everything that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ruling {
    /// It is meant: carry it out.
    Confirmed {
        /// Who says so.
        by: String,
    },
    /// It is a mistake: leave it out.
    LeftOut {
        /// Who says so.
        by: String,
        /// Why.
        reason: String,
    },
}

/// A ruling that is being carried out. It is written down in one piece with what it is about, so that whoever is cut
/// off half-way leaves nothing undecided: who comes next goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ruled {
    /// What was decided.
    pub ruling: Ruling,
    /// About which cases.
    pub cases: BTreeSet<CaseId>,
    /// The one of them by which the confirmers were asked.
    pub asked: CaseId,
}

/// How finely what passed is counted: an instant that is over is forgotten at most this part of the limit's time later.
const FINELY: i32 = 240;

/// How many may be held. The brake is one item of the ledger, which takes 400 KB; an id and what stands around it are
/// at most 52 bytes.
/// Source: DynamoDB developer guide, "Service, account, and table quotas", item size.
const MOST_HELD: usize = 7_000;

/// What the brake says of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It goes on, and is counted.
    Counted,
    /// It goes on, as it did not long ago: it is counted already.
    Again,
    /// It waits for a confirmation.
    Held,
    /// Neither: as many are held as can be. Whoever sends it has to send it again, once somebody has decided.
    Full,
}

/// What passed lately and what is held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brake {
    /// How many passed, by when: an instant stands for a part of the limit's time.
    #[serde(default)]
    counts: BTreeMap<Load, BTreeMap<Timestamp, u32>>,
    /// What passed, each by itself, as earlier versions counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    passed: BTreeMap<Load, BTreeMap<CaseId, Timestamp>>,
    held: BTreeSet<CaseId>,
    /// The held case by which the confirmers are asked about all of them.
    asking: Option<CaseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ruled: Option<Ruled>,
}

impl Brake {
    /// Whether a case may go on. One that passed within the limit's time passes again, one that is held stays held.
    /// `counted`: when it was counted last (UTC).
    pub fn lets_pass(
        &mut self,
        load: Load,
        case: &CaseId,
        counted: Option<Timestamp>,
        now: Timestamp,
        limit: Limit,
    ) -> Passage {
        if self.held.contains(case) {
            return Passage::Held;
        }
        let since = now.saturating_sub(limit.within).unwrap_or(Timestamp::MIN);
        let before = self.passed_since(load, since, limit);
        let known = self
            .passed
            .get(&load)
            .is_some_and(|passed| passed.contains_key(case));
        if known || counted.is_some_and(|at| at > since) {
            return Passage::Again;
        }
        if before < limit.most {
            let part = now.as_second() / part(limit) * part(limit);
            let at = Timestamp::from_second(part).unwrap_or(now);
            *self.counts.entry(load).or_default().entry(at).or_default() += 1;
            return Passage::Counted;
        }
        let ruled = self.ruled.as_ref().map_or(0, |ruled| ruled.cases.len());
        if self.held.len() + ruled >= MOST_HELD {
            return Passage::Full;
        }
        self.held.insert(case.clone());
        self.asking.get_or_insert_with(|| case.clone());
        Passage::Held
    }

    /// How many passed since an instant, or shortly before; what is over is forgotten.
    fn passed_since(&mut self, load: Load, since: Timestamp, limit: Limit) -> usize {
        let each = self.passed.entry(load).or_default();
        each.retain(|_, at| *at > since);
        let each = each.len();
        self.passed.retain(|_, passed| !passed.is_empty());
        let counts = self.counts.entry(load).or_default();
        let width = SignedDuration::from_secs(part(limit));
        counts.retain(|at, _| at.saturating_add(width).unwrap_or(Timestamp::MAX) > since);
        let counted = counts
            .values()
            .map(|count| usize::try_from(*count).unwrap_or(usize::MAX));
        counted.fold(each, usize::saturating_add)
    }

    /// The cases that wait for a confirmation.
    pub fn held(&self) -> &BTreeSet<CaseId> {
        &self.held
    }

    /// The one of them by which the confirmers are asked.
    pub fn asking(&self) -> Option<&CaseId> {
        self.asking.as_ref()
    }

    /// A case is not held any more. The next one by which the confirmers are asked, when it was this one.
    pub fn release(&mut self, case: &CaseId) -> Option<&CaseId> {
        self.held.remove(case);
        if self.asking.as_ref() != Some(case) {
            return None;
        }
        self.asking = self.held.first().cloned();
        self.asking.as_ref()
    }

    /// Takes down what a person decides about everything that is held. Nothing is held any more, and counting begins
    /// anew: whoever decided has seen what is going on. `false` when nothing is held, or an earlier ruling is not
    /// carried out yet.
    pub fn rule(&mut self, ruling: Ruling) -> bool {
        if self.ruled.is_some() {
            return false;
        }
        let Some(asked) = self.asking.take() else {
            return false;
        };
        self.ruled = Some(Ruled {
            ruling,
            cases: std::mem::take(&mut self.held),
            asked,
        });
        self.counts.clear();
        self.passed.clear();
        true
    }

    /// The ruling that is to be carried out.
    pub fn ruled(&self) -> Option<&Ruled> {
        self.ruled.as_ref()
    }

    /// The ruling is carried out.
    pub fn carried_out(&mut self) {
        self.ruled = None;
    }
}

/// The part of a limit's time that is counted together, in seconds.
fn part(limit: Limit) -> i64 {
    (limit.within / FINELY).as_secs().max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(n: usize) -> CaseId {
        CaseId::new(format!("exit-{n}")).unwrap()
    }

    const LIMIT: Limit = Limit {
        most: 3,
        within: SignedDuration::from_hours(24),
    };

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minutes * 60).unwrap()
    }

    /// A brake, and when each case was counted.
    #[derive(Default)]
    struct Met {
        brake: Brake,
        counted: BTreeMap<CaseId, Timestamp>,
    }

    impl Met {
        fn lets_pass(&mut self, load: Load, case: &CaseId, now: Timestamp, limit: Limit) -> bool {
            let counted = self.counted.get(case).copied();
            match self.brake.lets_pass(load, case, counted, now, limit) {
                Passage::Counted => drop(self.counted.insert(case.clone(), now)),
                Passage::Again => {}
                Passage::Held | Passage::Full => return false,
            }
            true
        }
    }

    impl std::ops::Deref for Met {
        type Target = Brake;
        fn deref(&self) -> &Brake {
            &self.brake
        }
    }

    impl std::ops::DerefMut for Met {
        fn deref_mut(&mut self) -> &mut Brake {
            &mut self.brake
        }
    }

    /// An item of the ledger takes 400 KB.
    #[test]
    fn it_stays_within_an_item_whatever_comes() {
        let mut it = Brake::default();
        let most = Limit {
            most: 1_000_000,
            within: SignedDuration::from_hours(24),
        };
        for n in 0..100_000 {
            let now = at(n as i64 / 50);
            assert_eq!(
                it.lets_pass(Load::Hires, &case(n), None, now, most),
                Passage::Counted
            );
        }
        let long = |n: usize| CaseId::new(format!("hire-rescinded-{n:024}-5f0c2a91")).unwrap();
        let mut full = 0;
        for n in 0..20_000 {
            let said = it.lets_pass(Load::Exits, &long(n), None, at(2_000), LIMIT);
            full += usize::from(said == Passage::Full);
            if n == 5_000 {
                it.rule(Ruling::Confirmed { by: "Ada".into() });
            }
        }
        assert!(full > 10_000);
        let bytes = serde_json::to_string(&it).unwrap().len();
        assert!(bytes < 390_000, "{bytes}");
    }

    #[test]
    fn what_an_earlier_version_counted_counts() {
        let passed = serde_json::json!({
            "passed": { "exits": { "exit-0": at(0), "exit-1": at(0), "exit-2": at(0) } }, "held": [], "asking": null,
        });
        let mut it: Brake = serde_json::from_value(passed).unwrap();
        let mut says = |n, minute| it.lets_pass(Load::Exits, &case(n), None, at(minute), LIMIT);
        assert_eq!(says(1, 10), Passage::Again);
        assert_eq!(says(3, 10), Passage::Held);
        assert_eq!(says(4, 24 * 60 + 10), Passage::Counted);
    }

    #[test]
    fn so_many_pass_and_the_others_wait_for_one_question() {
        let mut it = Met::default();
        let passes: Vec<bool> = (0..5)
            .map(|n| it.lets_pass(Load::Exits, &case(n), at(0), LIMIT))
            .collect();
        assert_eq!(passes, [true, true, true, false, false]);
        assert_eq!((it.held().len(), it.asking()), (2, Some(&case(3))));
        assert!(it.lets_pass(Load::UrgentExits, &case(9), at(0), LIMIT));
        assert!(it.lets_pass(Load::Exits, &case(0), at(1), LIMIT));
        assert!(!it.lets_pass(Load::Exits, &case(3), at(10_000), LIMIT));
        assert_eq!(it.release(&case(4)), None);
        assert_eq!(it.release(&case(3)), None);
        assert_eq!(it.asking(), None);
    }

    #[test]
    fn the_question_goes_over_to_the_next_case_that_is_held() {
        let mut it = Met::default();
        for n in 0..5 {
            it.lets_pass(Load::Exits, &case(n), at(0), LIMIT);
        }
        assert_eq!(it.release(&case(3)), Some(&case(4)));
        assert_eq!(it.asking(), Some(&case(4)));
    }

    #[test]
    fn a_ruling_is_about_what_was_held_then_and_counting_begins_anew() {
        let mut it = Met::default();
        let yes = || Ruling::Confirmed { by: "Ada".into() };
        assert!(!it.rule(yes()), "nothing is held");
        for n in 0..5 {
            it.lets_pass(Load::Exits, &case(n), at(0), LIMIT);
        }
        assert!(it.rule(yes()));
        for n in 5..9 {
            assert_eq!(it.lets_pass(Load::Exits, &case(n), at(1), LIMIT), n < 8);
        }
        // What came since is another question, and waits for its own answer.
        assert_eq!(it.asking(), Some(&case(8)));
        assert!(!it.rule(yes()), "the first ruling is not carried out yet");
        let ruled = it.ruled().unwrap();
        assert_eq!(ruled.cases, [case(3), case(4)].into());
        assert_eq!(ruled.asked, case(3));
        it.carried_out();
        assert_eq!(it.held(), &[case(8)].into());
        assert!(it.rule(yes()));
    }

    proptest! {
        /// In no 24 hours do more pass than the limit says, in whatever order and however often they come.
        #[test]
        fn never_more_than_the_limit(came in prop::collection::vec((0usize..40, 0i64..4_000), 0..80)) {
            let mut came = came;
            came.sort_by_key(|(_, minute)| *minute);
            let mut it = Met::default();
            let mut passed: BTreeMap<CaseId, i64> = BTreeMap::new();
            for (n, minute) in came {
                if it.lets_pass(Load::Exits, &case(n), at(minute), LIMIT) {
                    let first = passed.get(&case(n)).is_none_or(|was| minute - was >= 24 * 60);
                    if first {
                        passed.insert(case(n), minute);
                    }
                }
                let lately = passed.values().filter(|at| minute - **at < 24 * 60).count();
                prop_assert!(lately <= LIMIT.most, "{lately}");
            }
        }
    }
}
