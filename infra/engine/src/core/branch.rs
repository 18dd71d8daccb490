//! One line of control: an execution's outermost one, an iteration of a Map, or a branch of a Parallel.

use jiff::Timestamp;

use super::{Core, TimerKey, fork::Fork};
use crate::{model::StateId, text::Text};

/// Where a branch stands. Kept small: half a million of these may be parked.
pub(crate) struct Branch {
    pub(super) execution: u32,
    /// The branch whose Map or Parallel this is a part of.
    pub(super) parent: Option<u32>,
    /// Which item or branch it is there.
    pub(super) index: u32,
    /// The event before the next one of this branch.
    pub(super) previous: u32,
    /// Changes whenever the branch moves on, so that what comes late is known for late.
    pub(super) stamp: u64,
    pub(super) state: StateId,
    pub(super) phase: Phase,
    /// The state's raw input.
    pub(super) input: Text,
    /// The item, in a Map's iteration.
    pub(super) item: Option<Text>,
    pub(super) entered: Timestamp,
    pub(super) timer: Option<TimerKey>,
    /// Rare, so that it costs a pointer only.
    pub(super) heartbeat: Option<Box<TimerKey>>,
    /// Retries so far in this state, by retrier; made at the first one.
    pub(super) retries: Option<Box<[u32]>>,
    /// What runs inside, while the state is a Map or Parallel.
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
    /// In a Map or Parallel.
    Forked,
}

impl Branch {
    pub(super) fn retry_count(&self) -> u32 {
        self.retries.iter().flat_map(|counts| counts.iter()).sum()
    }
}

impl Core {
    /// A new branch, ready to enter its state.
    #[expect(
        clippy::too_many_arguments,
        reason = "one for each thing a branch begins with"
    )]
    pub(super) fn branch(
        &mut self,
        execution: usize,
        parent: Option<usize>,
        index: u32,
        state: StateId,
        input: Text,
        item: Option<Text>,
        previous: u32,
        now: Timestamp,
    ) -> usize {
        let stamp = self.stamp();
        let key = self.branches.insert(Branch {
            execution: execution as u32,
            parent: parent.map(|key| key as u32),
            index,
            previous,
            stamp,
            state,
            phase: Phase::Ready,
            input,
            item,
            entered: now,
            timer: None,
            heartbeat: None,
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

    /// Takes away a branch's timers and makes answers to it late.
    pub(super) fn settle(&mut self, key: usize) {
        let stamp = self.stamp();
        let branch = &mut self.branches[key];
        branch.stamp = stamp;
        let timers = [
            branch.timer.take(),
            branch.heartbeat.take().map(|timer| *timer),
        ];
        timers.into_iter().for_each(|timer| self.clear_timer(timer));
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
