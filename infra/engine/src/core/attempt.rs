//! Attempts at a Task: its call, its answer, its token, its time-out and retries.

use jiff::Timestamp;
use serde_json::Value;

use super::{Core, Due, Phase, Status, after, mix, within_limit};
use crate::{
    engine::CallbackError,
    error::{TIMEOUT, TaskError},
    history::{Details, Happened},
    model::{Kind, Resource, Retrier, Task},
    parse::MAX_SECONDS,
    path::Path,
    text::Text,
};

/// A call that a driver carries out.
pub(crate) struct Call {
    pub(super) branch: usize,
    pub(super) stamp: u64,
    /// How long it may take from when it is taken, in seconds. A question's time counts from when it is asked, not from
    /// here.
    pub(crate) limit: Option<u32>,
    pub(crate) target: Target,
}

/// What is called.
pub(crate) enum Target {
    /// The payload as text: many calls may stand in line.
    Invoke { function: String, payload: Text },
    Publish {
        topic: String,
        subject: String,
        message: String,
    },
}

impl Target {
    /// Reads filled-in `Parameters`.
    fn of(resource: Resource, parameters: &Value) -> Result<Target, TaskError> {
        let text = |name: &str| match &parameters[name] {
            Value::String(text) => Ok(text.clone()),
            other => Err(TaskError::runtime(format!(
                "{name} must be a text, not {other}"
            ))),
        };
        if resource != Resource::Publish {
            let function = text("FunctionName")?;
            let payload = Text::of(&parameters["Payload"]);
            return Ok(Target::Invoke { function, payload });
        }
        Ok(Target::Publish {
            topic: text("TopicArn")?,
            subject: text("Subject")?,
            message: match &parameters["Message"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        })
    }
}

/// A number of seconds, as many as AWS takes.
fn seconds(path: &Path, input: &Value) -> Result<u32, TaskError> {
    let value = path.get(input, "TimeoutSecondsPath")?;
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let number = number.filter(|number| (1..=MAX_SECONDS).contains(number));
    number.ok_or_else(|| {
        TaskError::runtime(format!(
            "The TimeoutSecondsPath parameter '{path}' must be a whole number from 1 to {MAX_SECONDS}, not {value}"
        ))
    })
}

impl Core {
    pub(super) fn attempt(
        &mut self,
        key: usize,
        task: &Task,
        now: Timestamp,
    ) -> Result<(), TaskError> {
        let input = self.branches[key].input.value();
        let parameters = self.fill(key, &task.parameters, "Parameters", &input)?;
        let timeout = task.timeout_seconds_path.as_ref();
        let timeout = timeout.map(|path| seconds(path, &input)).transpose()?;
        let text = within_limit(Text::of(&parameters), "input after Parameters")?;
        let target = Target::of(task.resource, &parameters)?;
        self.note(key, now, Happened::TaskScheduled, || Details::Scheduled {
            parameters: text,
            timeout,
        });
        self.note(key, now, Happened::TaskStarted, || Details::None);
        let asks = task.resource == Resource::InvokeAndWait;
        let timer = timeout
            .filter(|_| asks)
            .map(|seconds| self.set_timer(after(now, f64::from(seconds)), Due::Branch(key)));
        let branch = &mut self.branches[key];
        branch.phase = if asks { Phase::Waiting } else { Phase::Calling };
        branch.timer = timer;
        let (stamp, execution) = (branch.stamp, branch.execution as usize);
        let first = (self.goes_first)(&self.executions[execution].name);
        self.calls[usize::from(!first)].push_back(Call {
            branch: key,
            stamp,
            limit: timeout.filter(|_| !asks),
            target,
        });
        Ok(())
    }

    /// A driver brings a call back.
    pub(crate) fn complete(
        &mut self,
        key: usize,
        stamp: u64,
        result: Result<Value, TaskError>,
        now: Timestamp,
    ) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(branch) = self
            .branches
            .get(key)
            .filter(|branch| branch.stamp == stamp)
        else {
            return;
        };
        let waits = branch.phase == Phase::Waiting;
        match result {
            Err(error) if error.is_no_answer() => {}
            Err(error) => self.task_failed(key, error, now),
            Ok(answer) if waits => {
                self.note(key, now, Happened::TaskSubmitted, || {
                    Details::Output(Text::of(&answer))
                });
            }
            Ok(answer) => self.task_succeeded(key, answer, now),
        }
    }

    pub(super) fn task_failed(&mut self, key: usize, error: TaskError, now: Timestamp) {
        let happened = match error.error == TIMEOUT {
            true => Happened::TaskTimedOut,
            false => Happened::TaskFailed,
        };
        self.note(key, now, happened, || Details::Failed(error.clone()));
        self.failed(key, error, now);
    }

    /// A call or a callback has brought the task's result.
    pub(crate) fn task_succeeded(&mut self, key: usize, result: Value, now: Timestamp) {
        let text = match within_limit(Text::of(&result), "result") {
            Ok(text) => text,
            Err(error) => return self.task_failed(key, error, now),
        };
        self.note(key, now, Happened::TaskSucceeded, || Details::Output(text));
        let machine = self.machine.clone();
        let Kind::Task(task) = &machine.state(self.branches[key].state).kind else {
            return;
        };
        let selected = match &task.result_selector {
            None => Ok(result),
            Some(template) => self.fill(key, template, "ResultSelector", &result),
        };
        let (path, next) = (task.result_path.as_ref(), task.next.as_ref());
        let left = selected.and_then(|result| self.leave(key, path, result, next, now));
        if let Err(error) = left {
            self.failed(key, error, now);
        }
    }

    /// The token of the attempt that a branch is making: where it is, a check that nobody guesses, and the execution,
    /// for when the engine that gave it out is gone ([`execution_of`](crate::execution_of)).
    pub(super) fn token(&self, key: usize) -> String {
        let branch = &self.branches[key];
        let (stamp, name) = (
            branch.stamp,
            &self.executions[branch.execution as usize].name,
        );
        format!(
            "{key:08x}{stamp:016x}{:016x}.{name}",
            self.check(key, stamp, name)
        )
    }

    fn check(&self, key: usize, stamp: u64, name: &str) -> u64 {
        let place = mix(mix(self.seed ^ stamp.rotate_left(32)) ^ key as u64);
        name.bytes()
            .fold(place, |sum, byte| mix(sum ^ u64::from(byte)))
    }

    /// The branch that awaits a token. A deadline that has passed is passed, even when no driver has noticed yet;
    /// an answer at the very instant is in time.
    pub(crate) fn awaiting(&self, token: &str, now: Timestamp) -> Result<usize, CallbackError> {
        let (place, name) = token.split_once('.').unwrap_or((token, ""));
        let number = |from: usize, to: usize| {
            let digits = place.get(from..to).filter(|_| place.len() == 40);
            let digits = digits.filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok())
        };
        let (Some(key), Some(stamp), Some(check)) = (number(0, 8), number(8, 24), number(24, 40))
        else {
            return Err(CallbackError::InvalidToken);
        };
        let key = usize::try_from(key).map_err(|_| CallbackError::InvalidToken)?;
        if check != self.check(key, stamp, name) {
            return Err(CallbackError::InvalidToken);
        }
        let branch = self.branches.get(key);
        let awaits = branch.is_some_and(|branch| {
            let late = branch.timer.is_some_and(|timer| timer.0 < now);
            branch.stamp == stamp && branch.phase == Phase::Waiting && !late
        });
        if awaits {
            Ok(key)
        } else {
            Err(CallbackError::TaskTimedOut)
        }
    }

    /// Seconds before the next retry; `None` when there are no more of this retrier.
    pub(super) fn delay(&mut self, key: usize, retriers: &[Retrier], index: usize) -> Option<f64> {
        let retrier = retriers.get(index)?;
        let counts = self.branches[key]
            .retries
            .get_or_insert_with(|| vec![0; retriers.len()].into());
        let count = counts.get_mut(index)?;
        if *count >= retrier.max_attempts {
            return None;
        }
        let exponent = i32::try_from(*count).unwrap_or(i32::MAX);
        *count += 1;
        let grown = f64::from(retrier.interval_seconds) * retrier.backoff_rate.powi(exponent);
        let seconds = grown.min(f64::from(retrier.max_delay_seconds));
        // 53 random bits, as many as a double holds.
        let part = (self.random() >> 11) as f64 / (1_u64 << 53) as f64;
        Some(seconds * part)
    }

    /// Stops an execution. `false`: it has ended already.
    pub(crate) fn stop(&mut self, key: usize, error: TaskError, now: Timestamp) -> bool {
        let execution = &self.executions[key];
        if execution.status != Status::Running {
            return false;
        }
        let last = execution.events;
        self.end(key, Happened::ExecutionAborted, Err(error), last, now);
        true
    }
}

/// The execution in which a task token was given out, by this engine or by another one.
#[must_use]
pub fn execution_of(token: &str) -> Option<&str> {
    token.split_once('.').map(|(_, name)| name)
}

impl Call {
    pub(crate) fn key(&self) -> (usize, u64) {
        (self.branch, self.stamp)
    }
}
