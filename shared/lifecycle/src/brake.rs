//! The brake: more exits, or hires, than a runbook allows in a time are held until a named person confirms them
//! (promise 8). An integration gone wild, or a list uploaded to the wrong field, then cuts off a few people and not
//! everybody, and opens a few doors and not three hundred. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{CaseId, EventKind};

mod ruled;

pub use ruled::{Decided, OneByOne, Ruled, Ruling, Waiting};

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
    /// How many one person alone decided about since nothing was held: what needs two is not taken apart.
    #[serde(default, skip_serializing_if = "is_zero")]
    alone: usize,
    /// A decision that counts once a second person confirms it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &usize) -> bool {
    *count == 0
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
        let ruled = self.ruled.as_ref().map_or(0, Ruled::left);
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
        self.begin_anew_once_empty();
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
        if self.ruled.is_some() || self.asking.is_none() {
            return false;
        }
        self.ruled = Some(Ruled {
            ruling,
            cases: std::mem::take(&mut self.held),
            left_out: BTreeSet::new(),
            asked: self.asking.take(),
            each: None,
        });
        (self.counts, self.passed) = Default::default();
        self.begin_anew_once_empty();
        true
    }

    /// Takes down what was decided about some of what is held, each by itself; the others stay held, and what passed
    /// stays counted as long as there are any. What is not held any more is left alone. The first of the others asks
    /// from now on, where the one that asked is decided. `false` when nothing of it is held, or an earlier ruling is not
    /// carried out yet.
    pub fn rule_each(&mut self, decided: Decided) -> bool {
        if self.ruled.is_some() {
            return false;
        }
        let held = |id: &CaseId| self.held.contains(id);
        let cases: BTreeSet<CaseId> = decided.goes_on.into_iter().filter(held).collect();
        let left_out: BTreeSet<CaseId> = decided.left_out.into_iter().filter(held).collect();
        if cases.is_empty() && left_out.is_empty() {
            return false;
        }
        self.held
            .retain(|id| !cases.contains(id) && !left_out.contains(id));
        let is_decided = |id: &CaseId| cases.contains(id) || left_out.contains(id);
        let asked = self.asking.take_if(|asking| is_decided(asking));
        if asked.is_some() {
            self.asking = self.held.first().cloned();
        }
        if decided.second.is_none() {
            self.alone += cases.len() + left_out.len();
        }
        let by = match &decided.second {
            Some(second) => format!("{} and {second}", decided.by),
            None => decided.by,
        };
        self.ruled = Some(Ruled {
            ruling: Ruling::Confirmed { by },
            each: Some(OneByOne {
                go_on: cases.len(),
                leave_out: left_out.len(),
                ..decided.each
            }),
            cases,
            left_out,
            asked,
        });
        self.waiting = None;
        if self.held.is_empty() {
            (self.counts, self.passed) = Default::default();
        }
        self.begin_anew_once_empty();
        true
    }

    /// What was decided one by one, and who waits for whom, is over once nothing is held.
    fn begin_anew_once_empty(&mut self) {
        if self.held.is_empty() {
            (self.alone, self.waiting) = Default::default();
        }
    }

    /// Whether a decision about so many more takes two people, where the runbook lets one person alone decide about
    /// `most`.
    pub fn takes_two(&self, cases: usize, most: Option<usize>) -> bool {
        most.is_some_and(|most| self.alone.saturating_add(cases) > most)
    }

    /// How many one person alone decided about since nothing was held.
    pub fn decided_alone(&self) -> usize {
        self.alone
    }

    /// A decision that counts once a second person confirms it.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// Keeps a decision until a second person confirms it, or takes it back.
    pub fn wait_for_a_second(&mut self, waiting: Option<Waiting>) {
        self.waiting = waiting;
    }

    /// The ruling that is to be carried out.
    pub fn ruled(&self) -> Option<&Ruled> {
        self.ruled.as_ref()
    }

    /// The ruling is carried out for these cases. Whether it is for all of them: then there is none any more.
    pub fn carried_out<'a>(&mut self, cases: impl IntoIterator<Item = &'a CaseId>) -> bool {
        let Some(ruled) = &mut self.ruled else {
            return true;
        };
        for id in cases {
            ruled.cases.remove(id);
            ruled.left_out.remove(id);
        }
        let over = ruled.left() == 0;
        if over {
            self.ruled = None;
        }
        over
    }
}

/// The part of a limit's time that is counted together, in seconds.
fn part(limit: Limit) -> i64 {
    (limit.within / FINELY).as_secs().max(1)
}

#[cfg(test)]
mod tests;
