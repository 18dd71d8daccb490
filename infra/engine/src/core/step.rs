//! Entering a state, leaving it, and failing in it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Core, Due, Phase, after, within_limit};
use crate::{
    coverage::Way,
    error::{RESULT_PATH, TaskError, means},
    history::{Details, Happened},
    model::{Choice, Kind, State, Target, Wait},
    path::Path,
    text::Text,
};

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
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        if let Err(error) = self.try_run(key, state, now) {
            self.failed(key, error, now);
        }
    }

    fn try_run(&mut self, key: usize, state: &State, now: Timestamp) -> Result<(), TaskError> {
        match &state.kind {
            Kind::Task(task) => return self.attempt(key, task, now),
            Kind::Wait(wait) => self.wait(key, wait, now)?,
            Kind::Choice(choice) => self.choose(key, state, choice, now)?,
            Kind::Map(map) => return self.fork(key, state, map, now),
            Kind::Pass(pass) => match &pass.result {
                None if pass.result_path == Some(Path::root()) => {
                    self.pass_on(key, state.next(), now);
                }
                result => {
                    let input = || self.branches[key].input.value();
                    let result = result
                        .as_ref()
                        .map_or_else(input, |text| text.clone().into());
                    self.leave(key, pass.result_path.as_ref(), result, state.next(), now)?;
                }
            },
            Kind::Succeed => self.pass_on(key, None, now),
            Kind::Fail(fail) => return Err(TaskError::new(&fail.error, &fail.cause)),
        }
        Ok(())
    }

    fn wait(&mut self, key: usize, wait: &Wait, now: Timestamp) -> Result<(), TaskError> {
        let (path, input) = (&wait.timestamp_path, self.branches[key].input.value());
        let value = path.get(&input, "TimestampPath")?;
        let until = value.as_str().and_then(instant).ok_or_else(|| {
            TaskError::runtime(format!(
                "The TimestampPath parameter '{path}' must be an instant such as 2026-03-01T09:00:00Z, not {value}"
            ))
        })?;
        if until <= now {
            self.pass_on(key, wait.next.as_ref(), now);
            return Ok(());
        }
        let timer = self.set_timer(until, Due::Branch(key));
        let branch = &mut self.branches[key];
        branch.phase = Phase::Sleeping;
        branch.timer = Some(timer);
        Ok(())
    }

    /// A Wait is over.
    pub(super) fn awake(&mut self, key: usize, now: Timestamp) {
        let machine = self.machine.clone();
        let state = machine.state(self.branches[key].state);
        self.pass_on(key, state.next(), now);
    }

    fn choose(
        &mut self,
        key: usize,
        state: &State,
        choice: &Choice,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let input = self.branches[key].input.value();
        let (mut next, mut taken) = (&choice.default, None);
        'rules: for (n, rule) in choice.choices.iter().enumerate() {
            for test in &rule.tests {
                if *test.variable.get(&input, "Variable")? != test.equals {
                    continue 'rules;
                }
            }
            (next, taken) = (&rule.next, Some(n));
            break;
        }
        self.coverage.take(state.id, Way::Rule(taken));
        self.exit(key, self.branches[key].input.clone(), Some(next), now);
        Ok(())
    }

    /// Leaves a state with its result.
    pub(super) fn leave(
        &mut self,
        key: usize,
        path: Option<&Path>,
        result: Value,
        next: Option<&Target>,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let output = self.with_result(key, path, result)?;
        self.coverage.take(self.branches[key].state, Way::Next);
        self.exit(key, output, next, now);
        Ok(())
    }

    /// Leaves a state whose output is its input, without touching it.
    pub(super) fn pass_on(&mut self, key: usize, next: Option<&Target>, now: Timestamp) {
        self.coverage.take(self.branches[key].state, Way::Next);
        self.exit(key, self.branches[key].input.clone(), next, now);
    }

    /// `ResultPath`: the result in place of, or within, the state's input.
    fn with_result(
        &self,
        key: usize,
        path: Option<&Path>,
        result: Value,
    ) -> Result<Text, TaskError> {
        let input = &self.branches[key].input;
        // An unchanged input keeps sharing its text.
        let Some(path) = path else {
            return Ok(input.clone());
        };
        let mut output = input.value();
        if !path.put(&mut output, result) {
            let cause = format!("Unable to apply step '{path}' to input '{}'", &**input);
            return Err(TaskError::new(RESULT_PATH, cause));
        }
        within_limit(Text::of(&output), "output")
    }

    fn exit(&mut self, key: usize, output: Text, next: Option<&Target>, now: Timestamp) {
        self.note(key, now, Happened::Exited, || {
            Details::Output(output.clone())
        });
        self.settle(key);
        let branch = &mut self.branches[key];
        let (execution, previous) = (branch.execution as usize, branch.previous);
        match (next, branch.parent) {
            (Some(next), _) => {
                branch.state = next.id;
                branch.phase = Phase::Ready;
                branch.input = output;
                let ready = (key, branch.stamp);
                self.ready.push_back(ready);
            }
            (None, Some(parent)) => self.joined(parent as usize, key, &output, now),
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
        let state = machine.state(self.branches[key].state);
        let mut retriers = state.retry().iter();
        if let Some(index) = retriers.position(|it| means(&it.error_equals, &error.error)) {
            if let Some(seconds) = self.delay(key, state.retry(), index) {
                self.coverage.take(state.id, Way::Retry(index));
                let timer = self.set_timer(after(now, seconds), Due::Branch(key));
                let branch = &mut self.branches[key];
                branch.phase = Phase::Retrying;
                branch.timer = Some(timer);
                return;
            }
            self.coverage.take(state.id, Way::Exhausted(index));
        }
        let mut catchers = state.catch().iter().enumerate();
        let caught = catchers.find(|(_, it)| means(&it.error_equals, &error.error));
        let Some((index, catcher)) = caught else {
            return self.give_up(key, error, now);
        };
        self.coverage.take(state.id, Way::Catch(index));
        let output = json!({ "Error": error.error, "Cause": error.cause });
        match self.with_result(key, catcher.result_path.as_ref(), output) {
            Ok(output) => self.exit(key, output, Some(&catcher.next), now),
            Err(error) => self.give_up(key, error, now),
        }
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

/// An RFC 3339 instant with upper-case `T`, as the Amazon States Language demands.
fn instant(text: &str) -> Option<Timestamp> {
    let strict = text.as_bytes().get(10) == Some(&b'T') && !text.ends_with(']');
    text.parse().ok().filter(|_| strict)
}
