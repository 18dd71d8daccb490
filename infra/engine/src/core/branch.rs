//! One line of control: an execution's outermost one, or an iteration of a Map.

use jiff::Timestamp;

use super::{Core, TimerKey, map::Fork};
use crate::{model::StateId, text::Text};

/// Where a branch stands. Kept small: half a million of these may be parked.
pub(crate) struct Branch {
    pub(super) execution: u32,
    /// The branch whose Map this is a part of.
    pub(super) parent: Option<u32>,
    /// Which item it is there.
    pub(super) index: u32,
    /// The event before the next one of this branch.
    pub(super) previous: u32,
    /// Changes whenever the branch moves on, so that what comes late is known for late.
    pub(super) stamp: u64,
    pub(super) state: StateId,
    pub(super) phase: Phase,
    /// The state's input.
    pub(super) input: Text,
    pub(super) entered: Timestamp,
    pub(super) timer: Option<TimerKey>,
    /// Retries so far in this state, by retrier; made at the first one.
    pub(super) retries: Option<Box<[u32]>>,
    /// What runs inside, while the state is a Map.
    pub(super) fork: Option<Box<Fork>>,
}

/// What a branch is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// About to enter its state.
    Ready,
    /// In a Wait.
    Sleeping,
    /// Waiting before it tries again.
    Retrying,
    /// A call is out.
    Calling,
    /// A call is out or answered, and the token is awaited.
    Waiting,
    /// In a Map.
    Forked,
}

impl Branch {
    pub(super) fn retry_count(&self) -> u32 {
        self.retries.iter().flat_map(|counts| counts.iter()).sum()
    }
}

impl Core {
    /// A new branch, ready to enter its state; the parent is given with the item's position there.
    pub(super) fn branch(
        &mut self,
        execution: usize,
        parent: Option<(usize, u32)>,
        state: StateId,
        input: Text,
        previous: u32,
        now: Timestamp,
    ) -> usize {
        let stamp = self.stamp();
        let key = self.branches.insert(Branch {
            execution: execution as u32,
            parent: parent.map(|(key, _)| key as u32),
            index: parent.map_or(0, |(_, index)| index),
            previous,
            stamp,
            state,
            phase: Phase::Ready,
            input,
            entered: now,
            timer: None,
            retries: None,
            fork: None,
        });
        self.ready.push_back((key, stamp));
        key
    }

    pub(super) fn stamp(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Takes away a branch's timer and makes answers to it late.
    pub(super) fn settle(&mut self, key: usize) {
        let stamp = self.stamp();
        let branch = &mut self.branches[key];
        branch.stamp = stamp;
        let timer = branch.timer.take();
        self.clear_timer(timer);
    }

    /// Removes a branch and everything inside it.
    pub(super) fn free(&mut self, key: usize) {
        self.settle(key);
        let branch = self.branches.remove(key);
        if let Some(fork) = branch.fork {
            fork.children
                .into_iter()
                .for_each(|child| self.free(child as usize));
        }
    }
}
