//! Maps: branches inside a branch. What they give is dropped, and the first that fails ends the execution.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{Core, MAX_DATA_BYTES, Phase};
use crate::{
    error::{DATA_LIMIT, TaskError},
    history::{Details, Happened},
    model::{Kind, Map, State},
    text::Text,
};

/// What runs inside a Map.
pub(super) struct Fork {
    pub(super) children: Vec<u32>,
    /// Items whose turn has not come.
    waiting: VecDeque<Text>,
    /// The next item's position.
    next: u32,
    /// How many have not ended.
    missing: u32,
    /// How long the list of their outputs would be.
    bytes: usize,
    /// The event that each one begins after.
    started: u32,
}

impl Core {
    pub(super) fn fork(
        &mut self,
        key: usize,
        state: &State,
        map: &Map,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let items = map.items_path.items(&self.branches[key].input);
        let items = items.ok_or_else(|| {
            TaskError::runtime(format!(
                "Reference path '{}' must point to a list in the input of `{}`.",
                map.items_path, state.name
            ))
        })?;
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.note(key, now, Happened::MapStateStarted, || {
            Details::Length(length)
        });
        let branch = &mut self.branches[key];
        branch.phase = Phase::Forked;
        branch.fork = Some(Box::new(Fork {
            children: Vec::new(),
            waiting: items.into(),
            next: 0,
            missing: length,
            bytes: 2,
            started: branch.previous,
        }));
        for _ in 0..map.max_concurrency {
            self.next_iteration(key, state, map, now);
        }
        if let Some(fork) = &mut self.branches[key].fork {
            // Parked Maps are many, and most have begun all of their items: their room is given back.
            fork.waiting.shrink_to_fit();
            fork.children.shrink_to_fit();
        }
        self.finished(key, state, now)
    }

    /// Begins the next iteration, if one waits.
    fn next_iteration(&mut self, key: usize, state: &State, map: &Map, now: Timestamp) {
        let branch = &mut self.branches[key];
        let execution = branch.execution as usize;
        let Some(fork) = &mut branch.fork else { return };
        let Some(item) = fork.waiting.pop_front() else {
            return;
        };
        let (index, started) = (fork.next, fork.started);
        fork.next += 1;
        let what = Happened::MapIterationStarted;
        let id = self.record(execution, started, now, what, Some(state.id), || {
            Details::Index(index)
        });
        let start = map.item_processor.start_at.id;
        let child = self.branch(execution, Some((key, index)), start, item, id, now);
        if let Some(fork) = &mut self.branches[key].fork {
            fork.children.push(child as u32);
        }
    }

    /// A branch inside has ended well.
    pub(super) fn joined(&mut self, key: usize, child: usize, output: &Text, now: Timestamp) {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        let Kind::Map(map) = &state.kind else { return };
        let previous = self.iteration_ended(key, child, Happened::MapIterationSucceeded, now);
        self.free(child);
        let branch = &mut self.branches[key];
        branch.previous = previous;
        if let Some(fork) = &mut branch.fork {
            fork.children.retain(|other| *other as usize != child);
            fork.missing -= 1;
            fork.bytes += output.len() + 1;
        }
        self.next_iteration(key, state, map, now);
        if let Err(error) = self.finished(key, state, now) {
            self.failed(key, error, now);
        }
    }

    fn iteration_ended(&mut self, key: usize, child: usize, what: Happened, now: Timestamp) -> u32 {
        let (map, branch) = (&self.branches[key], &self.branches[child]);
        let (execution, state) = (map.execution as usize, map.state);
        let (index, previous) = (branch.index, branch.previous);
        self.record(execution, previous, now, what, Some(state), || {
            Details::Index(index)
        })
    }

    /// Leaves a Map if nothing inside is missing.
    fn finished(&mut self, key: usize, state: &State, now: Timestamp) -> Result<(), TaskError> {
        let branch = &mut self.branches[key];
        let Some(fork) = branch.fork.take_if(|fork| fork.missing == 0) else {
            return Ok(());
        };
        if fork.bytes > MAX_DATA_BYTES {
            let cause = format!(
                "The outputs inside have {} bytes together, more than the {MAX_DATA_BYTES} that Step Functions carries.",
                fork.bytes
            );
            return Err(TaskError::new(DATA_LIMIT, cause));
        }
        self.note(key, now, Happened::MapStateSucceeded, || Details::None);
        self.pass_on(key, state.next(), now);
        Ok(())
    }

    /// A branch inside has failed: so does the whole, and the others end with it.
    pub(super) fn broke(&mut self, key: usize, child: usize, error: TaskError, now: Timestamp) {
        let mut last = self.iteration_ended(key, child, Happened::MapIterationFailed, now);
        let fork = self.branches[key].fork.as_ref();
        for other in fork.map_or_else(Vec::new, |fork| fork.children.clone()) {
            if other as usize != child {
                let what = Happened::MapIterationAborted;
                last = self.iteration_ended(key, other as usize, what, now);
            }
        }
        self.branches[key].previous = last;
        self.note(key, now, Happened::MapStateFailed, || Details::None);
        self.failed(key, error, now);
    }
}
