//! Maps and Parallels: branches inside a branch.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Core, MAX_DATA_BYTES, Phase, within_limit};
use crate::{
    error::{DATA_LIMIT, TaskError},
    evaluate::Scene,
    history::{Details, Happened},
    model::{Kind, Map, State, StateId},
    text::Text,
};

/// What runs inside a Map or Parallel.
pub(super) struct Fork {
    pub(super) children: Vec<u32>,
    /// Items of a Map whose turn has not come.
    waiting: VecDeque<Text>,
    /// The next item's position.
    next: u32,
    /// Each one's output, in the order of the items; empty when the result is dropped anyway.
    outputs: Vec<Option<Text>>,
    /// How many have not ended.
    missing: u32,
    bytes: usize,
    /// The event that each one begins after.
    started: u32,
}

impl Core {
    pub(super) fn fork_map(
        &mut self,
        key: usize,
        state: &State,
        map: &Map,
        input: &Value,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        // Items are slices of the input's own text where that is possible.
        let whole = state.input_path.as_ref().is_some_and(crate::Path::is_root);
        let items = if whole && !map.items.context {
            map.items.items(&self.branches[key].input)
        } else {
            let list = self.with_scene(key, input, |scene| scene.get(&map.items, "ItemsPath"))?;
            crate::Path::root().items(&Text::of(&list))
        };
        let items = items.ok_or_else(|| {
            TaskError::runtime(format!(
                "Reference path '{}' must point to a list in the input of `{}`.",
                map.items, state.name
            ))
        })?;
        self.begin(key, state, items.len(), now);
        if let Some(fork) = &mut self.branches[key].fork {
            fork.waiting = items.into();
        }
        for _ in 0..map.max_concurrency {
            self.next_iteration(key, state, map, now)?;
        }
        if let Some(fork) = &mut self.branches[key].fork {
            // Parked Maps are many, and most have begun all of their items: their room is given back.
            fork.waiting.shrink_to_fit();
            fork.children.shrink_to_fit();
        }
        self.finished(key, now)
    }

    pub(super) fn fork_parallel(
        &mut self,
        key: usize,
        state: &State,
        starts: &[StateId],
        input: Value,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let input = match &state.parameters {
            None => input,
            Some(template) => {
                self.with_scene(key, &input, |scene| scene.fill(template, "Parameters"))?
            }
        };
        let input = within_limit(Text::of(&input), "input after Parameters")?;
        self.begin(key, state, starts.len(), now);
        let (execution, started) = (
            self.branches[key].execution as usize,
            self.branches[key].previous,
        );
        for (index, start) in (0..).zip(starts) {
            let child = self.branch(
                execution,
                Some(key),
                index,
                *start,
                input.clone(),
                None,
                started,
                now,
            );
            if let Some(fork) = &mut self.branches[key].fork {
                fork.children.push(child as u32);
            }
        }
        Ok(())
    }

    fn begin(&mut self, key: usize, state: &State, length: usize, now: Timestamp) {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.note(key, now, Happened::ForkStarted, || Details::Length(length));
        let dropped = state.result_path.is_none() && state.result_selector.is_none();
        let branch = &mut self.branches[key];
        branch.phase = Phase::Forked;
        branch.fork = Some(Box::new(Fork {
            children: Vec::new(),
            waiting: VecDeque::new(),
            next: 0,
            outputs: if dropped {
                Vec::new()
            } else {
                vec![None; length as usize]
            },
            missing: length,
            bytes: 2,
            started: branch.previous,
        }));
    }

    /// Begins the next iteration, if one waits.
    fn next_iteration(
        &mut self,
        key: usize,
        state: &State,
        map: &Map,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let branch = &mut self.branches[key];
        let execution = branch.execution as usize;
        let Some(fork) = &mut branch.fork else {
            return Ok(());
        };
        let Some(item) = fork.waiting.pop_front() else {
            return Ok(());
        };
        let (index, started) = (fork.next, fork.started);
        fork.next += 1;
        let input = match &state.parameters {
            None => item.clone(),
            Some(template) => {
                let raw = branch.input.value();
                let input = self.with_scene(key, &raw, |scene| {
                    crate::evaluate::select(state.input_path.as_ref(), scene, "InputPath")
                })?;
                let context = || {
                    let mut context = self.context(key);
                    context["Map"] = json!({ "Item": { "Index": index, "Value": item.value() } });
                    context
                };
                let scene = Scene {
                    input: &input,
                    context: &context,
                };
                let filled = scene.fill(template, "ItemSelector")?;
                within_limit(Text::of(&filled), "input after ItemSelector")?
            }
        };
        let id = self.record(
            execution,
            started,
            now,
            Happened::IterationStarted,
            Some(state.id),
            || Details::Index(index),
        );
        let child = self.branch(
            execution,
            Some(key),
            index,
            map.start,
            input,
            Some(item),
            id,
            now,
        );
        if let Some(fork) = &mut self.branches[key].fork {
            fork.children.push(child as u32);
        }
        Ok(())
    }

    /// A branch inside has ended well.
    pub(super) fn joined(&mut self, key: usize, child: usize, output: Text, now: Timestamp) {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        let (index, mut previous) = (self.branches[child].index, self.branches[child].previous);
        let execution = self.branches[key].execution as usize;
        if let Kind::Map(_) = state.kind {
            let what = Happened::IterationSucceeded;
            previous = self.record(execution, previous, now, what, Some(state.id), || {
                Details::Index(index)
            });
        }
        self.free(child);
        let branch = &mut self.branches[key];
        branch.previous = previous;
        if let Some(fork) = &mut branch.fork {
            fork.children.retain(|other| *other as usize != child);
            fork.missing -= 1;
            fork.bytes += output.len() + 1;
            if let Some(place) = fork.outputs.get_mut(index as usize) {
                *place = Some(output);
            }
        }
        let next = match &state.kind {
            Kind::Map(map) => self.next_iteration(key, state, map, now),
            _ => Ok(()),
        };
        if let Err(error) = next.and_then(|()| self.finished(key, now)) {
            self.failed(key, error, now);
        }
    }

    /// Leaves a Map or Parallel if nothing inside is missing.
    fn finished(&mut self, key: usize, now: Timestamp) -> Result<(), TaskError> {
        let branch = &mut self.branches[key];
        if branch.fork.as_ref().is_none_or(|fork| fork.missing > 0) {
            return Ok(());
        }
        let Some(fork) = branch.fork.take() else {
            return Ok(());
        };
        if fork.bytes > MAX_DATA_BYTES {
            let cause = format!(
                "The outputs inside have {} bytes together, more than the {MAX_DATA_BYTES} that Step Functions carries.",
                fork.bytes
            );
            return Err(TaskError::new(DATA_LIMIT, cause));
        }
        self.note(key, now, Happened::ForkSucceeded, || Details::None);
        let outputs = fork.outputs.iter().flatten().map(Text::value).collect();
        self.resulted(key, Value::Array(outputs), now)
    }

    /// A branch inside has failed: so does the whole, and the others end.
    pub(super) fn broke(&mut self, key: usize, child: usize, error: TaskError, now: Timestamp) {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        let execution = self.branches[key].execution as usize;
        let mut last = self.branches[child].previous;
        if let Kind::Map(_) = state.kind {
            let children = self.branches[key]
                .fork
                .as_ref()
                .map_or(&[][..], |fork| &fork.children);
            let mut ends = vec![(child, Happened::IterationFailed)];
            let others = children
                .iter()
                .map(|other| *other as usize)
                .filter(|other| *other != child);
            ends.extend(others.map(|other| (other, Happened::IterationAborted)));
            for (ended, what) in ends {
                let branch = &self.branches[ended];
                let (index, previous) = (branch.index, branch.previous);
                last = self.record(execution, previous, now, what, Some(state.id), || {
                    Details::Index(index)
                });
            }
        }
        self.branches[key].previous = last;
        self.note(key, now, Happened::ForkFailed, || Details::None);
        self.failed(key, error, now);
    }
}
