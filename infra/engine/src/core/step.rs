//! Entering a state, leaving it, and failing in it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Core, Due, Phase, after, within_limit};
use crate::{
    coverage::Way,
    error::{NO_CHOICE, TaskError, means},
    evaluate::{merge, select},
    history::{Details, Happened},
    model::{Fail, Kind, State, StateId, Wait},
    parse::instant,
    path::Path,
    text::Text,
};

/// Whether neither `InputPath` nor `OutputPath` takes anything away.
fn is_whole(state: &State) -> bool {
    let paths = [&state.input_path, &state.output_path];
    paths
        .into_iter()
        .all(|path| path.as_ref().is_some_and(Path::is_root))
}

impl Core {
    /// A branch arrives at its state.
    pub(super) fn enter(&mut self, key: usize, now: Timestamp) {
        let branch = &mut self.branches[key];
        branch.entered = now;
        branch.retries = None;
        let input = branch.input.clone();
        self.note(key, now, Happened::Entered, || Details::Input(input));
        self.run(key, now);
    }

    /// Does what the state is for, for the first time or again.
    pub(super) fn run(&mut self, key: usize, now: Timestamp) {
        self.settle(key);
        if let Err(error) = self.try_run(key, now) {
            self.failed(key, error, now);
        }
    }

    fn try_run(&mut self, key: usize, now: Timestamp) -> Result<(), TaskError> {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        if let Kind::Succeed = state.kind
            && is_whole(state)
        {
            self.pass_on(key, None, now);
            return Ok(());
        }
        let raw = self.branches[key].input.value();
        let input = match &state.input_path {
            Some(path) if path.is_root() => Cow::Borrowed(&raw),
            path => Cow::Owned(
                self.with_scene(key, &raw, |scene| select(path.as_ref(), scene, "InputPath"))?,
            ),
        };
        match &state.kind {
            Kind::Task(task) => self.attempt(key, state, task, &input, now),
            Kind::Wait(wait) => {
                let until = self.until(key, wait, &input, now)?;
                self.branches[key].phase = Phase::Sleeping;
                if until <= now {
                    self.awake(key, now);
                } else {
                    let timer = self.set_timer(until, Due::Branch(key));
                    self.branches[key].timer = Some(timer);
                }
                Ok(())
            }
            Kind::Choice(choice) => {
                let mut target = choice.default;
                let mut taken = None;
                for (n, (rule, next)) in choice.rules.iter().enumerate() {
                    if self.with_scene(key, &input, |scene| scene.holds(rule))? {
                        (target, taken) = (Some(*next), Some(n));
                        break;
                    }
                }
                if target.is_some() {
                    self.coverage.take(state.id, Way::Rule(taken));
                }
                let target = target.ok_or_else(|| {
                    let cause = format!("No rule of `{}` holds and it has no Default.", state.name);
                    TaskError::new(NO_CHOICE, cause)
                })?;
                if is_whole(state) {
                    self.pass_on(key, Some(target), now);
                    return Ok(());
                }
                self.leave(key, input.into_owned(), Some(target), now)
            }
            Kind::Map(map) => self.fork_map(key, state, map, &input, now),
            Kind::Parallel(starts) => {
                self.fork_parallel(key, state, starts, input.into_owned(), now)
            }
            Kind::Pass(result) => {
                let result = match (result, &state.parameters) {
                    (Some(result), _) => result.clone(),
                    (None, Some(template)) => {
                        self.with_scene(key, &input, |scene| scene.fill(template, "Parameters"))?
                    }
                    (None, None) => input.into_owned(),
                };
                let merged = merge(state.result_path.as_ref(), raw, result)?;
                self.leave(key, merged, state.next, now)
            }
            Kind::Succeed => self.leave(key, input.into_owned(), None, now),
            Kind::Fail(fail) => Err(self.fail(key, fail, &input)?),
        }
    }

    fn until(
        &self,
        key: usize,
        wait: &Wait,
        input: &Value,
        now: Timestamp,
    ) -> Result<Timestamp, TaskError> {
        self.with_scene(key, input, |scene| match wait {
            Wait::For(seconds) => {
                Ok(after(now, f64::from(scene.seconds(seconds, "SecondsPath", 0)?)))
            }
            Wait::Until(at) => Ok(*at),
            Wait::UntilAt(path) => {
                let value = scene.get(path, "TimestampPath")?;
                value.as_str().and_then(instant).ok_or_else(|| {
                    TaskError::runtime(format!(
                        "The TimestampPath parameter '{path}' must be an instant such as 2026-03-01T09:00:00Z, not {value}"
                    ))
                })
            }
        })
    }

    fn fail(&self, key: usize, fail: &Fail, input: &Value) -> Result<TaskError, TaskError> {
        self.with_scene(key, input, |scene| {
            let error = scene.words(fail.error.as_ref(), "ErrorPath")?;
            let cause = scene.words(fail.cause.as_ref(), "CausePath")?;
            Ok(TaskError::new(error, cause))
        })
    }

    /// A Wait is over.
    pub(super) fn awake(&mut self, key: usize, now: Timestamp) {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        if is_whole(state) {
            return self.pass_on(key, state.next, now);
        }
        let raw = self.branches[key].input.value();
        let input = self.with_scene(key, &raw, |scene| {
            select(state.input_path.as_ref(), scene, "InputPath")
        });
        let left = input.and_then(|input| self.leave(key, input, state.next, now));
        if let Err(error) = left {
            self.failed(key, error, now);
        }
    }

    /// A Task, Map or Parallel has its result.
    pub(super) fn resulted(
        &mut self,
        key: usize,
        result: Value,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        let result = match &state.result_selector {
            None => result,
            Some(template) => {
                self.with_scene(key, &result, |scene| scene.fill(template, "ResultSelector"))?
            }
        };
        let raw = self.branches[key].input.value();
        let merged = merge(state.result_path.as_ref(), raw, result)?;
        self.leave(key, merged, state.next, now)
    }

    /// Leaves a state with its output before `OutputPath`.
    fn leave(
        &mut self,
        key: usize,
        output: Value,
        next: Option<StateId>,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        // An unchanged output keeps sharing the input's text.
        let output = match &state.output_path {
            Some(path) if path.is_root() => output,
            path => self.with_scene(key, &output, |scene| {
                select(path.as_ref(), scene, "OutputPath")
            })?,
        };
        let text = within_limit(Text::of(&output), "output")?;
        let text = if *text == *self.branches[key].input {
            self.branches[key].input.clone()
        } else {
            text
        };
        self.went_on(key);
        self.exit(key, text, next, now);
        Ok(())
    }

    /// Leaves a state whose output is its input, without touching it.
    fn pass_on(&mut self, key: usize, next: Option<StateId>, now: Timestamp) {
        let output = self.branches[key].input.clone();
        self.went_on(key);
        self.exit(key, output, next, now);
    }

    /// A Choice has said by which rule.
    fn went_on(&mut self, key: usize) {
        let state = self.branches[key].state;
        if !matches!(self.machine.state(state).kind, Kind::Choice(_)) {
            self.coverage.take(state, Way::Next);
        }
    }

    fn exit(&mut self, key: usize, output: Text, next: Option<StateId>, now: Timestamp) {
        self.note(key, now, Happened::Exited, || {
            Details::Output(output.clone())
        });
        self.settle(key);
        let branch = &mut self.branches[key];
        let (execution, previous) = (branch.execution as usize, branch.previous);
        match (next, branch.parent) {
            (Some(next), _) => {
                branch.state = next;
                branch.phase = Phase::Ready;
                branch.input = output;
                let ready = (key, branch.stamp);
                self.ready.push_back(ready);
            }
            (None, Some(parent)) => self.joined(parent as usize, key, output, now),
            (None, None) => self.end(
                execution,
                Happened::ExecutionSucceeded,
                Ok(output),
                previous,
                now,
            ),
        }
    }

    /// The state failed: tried again, caught, or handed to what holds the branch.
    pub(super) fn failed(&mut self, key: usize, error: TaskError, now: Timestamp) {
        self.settle(key);
        let machine = self.machine.clone();
        let branch = &mut self.branches[key];
        let state = machine.state(branch.state);
        if let Some(fork) = branch.fork.take() {
            fork.children
                .into_iter()
                .for_each(|child| self.free(child as usize));
        }
        let retrier = state
            .retry
            .iter()
            .position(|retrier| means(&retrier.errors, &error.error));
        let delay = retrier
            .and_then(|index| self.delay(key, &state.retry[index], index, state.retry.len()));
        if let Some(index) = retrier {
            let way = match delay {
                Some(_) => Way::Retry(index),
                None => Way::Exhausted(index),
            };
            self.coverage.take(state.id, way);
        }
        if let Some(seconds) = delay {
            let timer = self.set_timer(after(now, seconds), Due::Branch(key));
            let branch = &mut self.branches[key];
            branch.phase = Phase::Retrying;
            branch.timer = Some(timer);
            return;
        }
        for (index, catcher) in state.catch.iter().enumerate() {
            if means(&catcher.errors, &error.error) {
                self.coverage.take(state.id, Way::Catch(index));
                let output = json!({ "Error": error.error, "Cause": error.cause });
                match self.caught(key, catcher.result_path.as_ref(), output) {
                    Ok(output) => self.exit(key, output, Some(catcher.next), now),
                    Err(error) => self.give_up(key, error, now),
                }
                return;
            }
        }
        self.give_up(key, error, now);
    }

    fn caught(&self, key: usize, path: Option<&Path>, output: Value) -> Result<Text, TaskError> {
        let merged = merge(path, self.branches[key].input.value(), output)?;
        within_limit(Text::of(&merged), "output")
    }

    /// Nothing here deals with the error.
    fn give_up(&mut self, key: usize, error: TaskError, now: Timestamp) {
        let branch = &self.branches[key];
        let (execution, previous) = (branch.execution as usize, branch.previous);
        self.coverage.take(branch.state, Way::Fails);
        match branch.parent {
            Some(parent) => self.broke(parent as usize, key, error, now),
            None => self.end(
                execution,
                Happened::ExecutionFailed,
                Err(error),
                previous,
                now,
            ),
        }
    }

    /// Records an event of a branch.
    pub(super) fn note(
        &mut self,
        key: usize,
        now: Timestamp,
        what: Happened,
        details: impl FnOnce() -> Details,
    ) {
        let branch = &self.branches[key];
        let (execution, previous, state) =
            (branch.execution as usize, branch.previous, branch.state);
        let id = self.record(execution, previous, now, what, Some(state), details);
        self.branches[key].previous = id;
    }
}
