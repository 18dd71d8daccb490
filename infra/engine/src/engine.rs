//! The engine: executions of one machine.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use async_trait::async_trait;
use futures::{StreamExt as _, future::poll_fn, stream::FuturesUnordered, task::AtomicWaker};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    core::{Call, Core, Described, MAX_DATA_BYTES, Room, Status, Target},
    coverage::Transition,
    error::TaskError,
    history::{HistoryEvent, Keep},
    model::Machine,
    text::Text,
};

/// Carries out what Tasks call.
#[async_trait]
pub trait Invoker: Send + Sync {
    /// Invokes a Lambda. An error's name is the Lambda's `errorType`.
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError>;

    /// Publishes a message and gives its id.
    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError>;
}

/// Tells the instant now. Time is a parameter: whoever makes an engine has a clock of their own already.
pub type Clock = dyn Fn() -> Timestamp + Send + Sync;

/// How an engine works.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What jitter and tokens are made from: fixed in rehearsals, from the operating system's randomness otherwise.
    pub seed: u64,
    /// How much of each history is kept.
    pub keep: Keep,
}

/// Why an execution was not started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The name is too long or has characters that AWS does not take
    /// (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>).
    #[error(
        "`{0}` cannot be an execution's name: 1 to 80 characters, none of them a blank, a control character or one of <>{{}}[]?*\"#%\\^|~`$&,;:/"
    )]
    InvalidName(String),
    /// The input is too large.
    #[error(
        "the input of `{0}` has more than {MAX_DATA_BYTES} bytes, the most Step Functions carries"
    )]
    InputTooLarge(String),
    /// There was an execution of that name, with other input or ended already.
    #[error("there already was an execution `{0}`; start the next revision under a new name")]
    ExecutionAlreadyExists(String),
}

/// Why an execution was not stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopError {
    /// There never was one.
    #[error("there is no execution `{0}`")]
    ExecutionDoesNotExist(String),
}

/// Why a callback was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// It is no token of this engine.
    #[error("the task token is not one that this engine gave out")]
    InvalidToken,
    /// Nothing awaits it any more: answered, timed out or stopped.
    #[error("nothing awaits this task token any more: it was answered, timed out or stopped")]
    TaskTimedOut,
    /// The output is too large.
    #[error("the output has more than {MAX_DATA_BYTES} bytes, the most Step Functions carries")]
    InvalidOutput,
}

/// Executions of one machine. Every method is quick; none of them waits, so that they can be called from anywhere,
/// from inside an invocation too.
pub struct Engine {
    core: Mutex<Core>,
    clock: Arc<Clock>,
    changed: AtomicWaker,
}

impl Engine {
    /// An engine without executions.
    #[must_use]
    pub fn new(machine: Machine, clock: Arc<Clock>, options: Options) -> Engine {
        Engine {
            core: Mutex::new(Core::new(machine, options.seed, options.keep)),
            clock,
            changed: AtomicWaker::new(),
        }
    }

    /// The same, and executions that ended so long ago are forgotten: they can be neither described nor told from those
    /// that never were, and their names are free again (AWS: after 90 days).
    #[must_use]
    pub fn forgetting(self, after: SignedDuration) -> Engine {
        self.core().kept = Some(after);
        self
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instant now, by its clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Starts an execution. The same name and input while it runs is no error, and changes nothing; one that sleeps
    /// begins.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(&self, name: &str, input: &Value) -> Result<(), StartError> {
        self.add(name, input, false)
    }

    /// Adds an execution that sleeps: it counts as running, and begins when it is [woken](Engine::wake),
    /// [started](Engine::start), or at the instant that [`Engine::begin_at`] names. Until then it takes a line of
    /// memory and no branches. One that runs already stays as it is.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_asleep(&self, name: &str, input: &Value) -> Result<(), StartError> {
        self.add(name, input, true)
    }

    /// Says when an execution that sleeps begins by itself. One that has begun meanwhile stays as it is.
    pub fn begin_at(&self, name: &str, at: Timestamp) {
        let mut core = self.core();
        if let Some(key) = core.find(name) {
            core.begin_at(key, at);
        }
        drop(core);
        self.changed.wake();
    }

    /// Lets an execution begin that sleeps; whether there was one.
    pub fn wake(&self, name: &str) -> bool {
        let mut core = self.core();
        let key = core.find(name).filter(|key| core.sleeps(*key));
        if let Some(key) = key {
            core.begin_execution(key, self.now());
        }
        drop(core);
        self.changed.wake();
        key.is_some()
    }

    /// Whether an execution slept before it began.
    #[must_use]
    pub fn has_slept(&self, name: &str) -> bool {
        let core = self.core();
        core.find(name).is_some_and(|key| core.has_slept(key))
    }

    fn add(&self, name: &str, input: &Value, asleep: bool) -> Result<(), StartError> {
        if !is_name(name) {
            return Err(StartError::InvalidName(name.to_owned()));
        }
        let input = Text::of(input);
        if input.len() > MAX_DATA_BYTES {
            return Err(StartError::InputTooLarge(name.to_owned()));
        }
        let now = self.now();
        let mut core = self.core();
        let known = core.find(name);
        match (core.same(name, &input), known) {
            (None, _) | (_, None) => {
                let key = core.add(name, input, now);
                match asleep {
                    true => core.put_to_sleep(key),
                    false => core.begin_execution(key, now),
                }
            }
            (Some((Status::Running, true)), Some(key)) if !asleep && core.sleeps(key) => {
                core.begin_execution(key, now);
            }
            (Some((Status::Running, true)), _) => return Ok(()),
            (Some(_), _) => return Err(StartError::ExecutionAlreadyExists(name.to_owned())),
        }
        drop(core);
        self.changed.wake();
        Ok(())
    }

    /// Stops an execution and everything in it. Whatever its calls answer later is ignored. One that has ended
    /// stays as it is.
    ///
    /// # Errors
    /// When there never was one of that name.
    pub fn stop(&self, name: &str, error: &str, cause: &str) -> Result<(), StopError> {
        let mut core = self.core();
        let key = core.find(name);
        let key = key.ok_or_else(|| StopError::ExecutionDoesNotExist(name.to_owned()))?;
        core.stop(key, TaskError::new(error, cause), self.now());
        drop(core);
        self.changed.wake();
        Ok(())
    }

    /// How an execution stands. `None`: there never was one of that name.
    #[must_use]
    pub fn describe(&self, name: &str) -> Option<Described> {
        let core = self.core();
        core.find(name).map(|key| core.describe(key))
    }

    /// An execution's status alone.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<Status> {
        let core = self.core();
        core.find(name).map(|key| core.status(key))
    }

    /// What has happened in an execution, as far as it is kept. Empty when there never was one of that name.
    #[must_use]
    pub fn history(&self, name: &str) -> Vec<HistoryEvent> {
        let core = self.core();
        core.find(name)
            .map_or_else(Vec::new, |key| core.history(key))
    }

    /// Every way through the machine that any execution has taken so far.
    #[must_use]
    pub fn transitions(&self) -> BTreeSet<Transition> {
        let core = self.core();
        core.coverage.show(core.machine())
    }

    /// How many executions run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.core().running()
    }

    /// How many branches there are in them.
    #[must_use]
    pub fn branches(&self) -> usize {
        self.core().parked()
    }

    /// Answers a waiting task.
    ///
    /// # Errors
    /// When nothing awaits the token, or the output is too large.
    pub fn send_task_success(&self, token: &str, output: Value) -> Result<(), CallbackError> {
        if Text::of(&output).len() > MAX_DATA_BYTES {
            return Err(CallbackError::InvalidOutput);
        }
        let now = self.now();
        let mut core = self.core();
        let key = core.awaiting(token, now)?;
        core.task_succeeded(key, output, now);
        drop(core);
        self.changed.wake();
        Ok(())
    }

    /// When the earliest timer is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.core().next_timer()
    }

    /// Whether nothing can move before a timer or a callback.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.core().is_idle()
    }

    /// The calls of these executions, told by their names, have a line of their own from now on.
    pub(crate) fn put_first(&self, goes_first: fn(&str) -> bool) {
        self.core().goes_first = goes_first;
    }

    /// Moves everything that can move now, timers that are due too, and gives the next call to carry out.
    pub(crate) fn next_call(&self, room: Room) -> Option<Call> {
        let mut core = self.core();
        let now = self.now();
        core.advance(now);
        core.take_call(room, now)
    }

    /// Carries out a call and takes in its answer.
    async fn make(&self, call: Call, invoker: &dyn Invoker) {
        let key = call.key();
        self.take_in(key, call.ask(invoker).await);
    }

    /// Takes in the answer to a call.
    pub(crate) fn take_in(&self, (branch, stamp): (usize, u64), answer: Result<Value, TaskError>) {
        let now = self.now();
        let mut core = self.core();
        // What fell due while the call was out comes first: an answer after the time-out is late.
        core.advance(now);
        core.complete(branch, stamp, answer, now);
        drop(core);
        self.changed.wake();
    }

    /// Fires the timers that are due and runs everything that can run, calls side by side, until nothing is in
    /// flight.
    pub async fn run_until_idle(&self, invoker: &dyn Invoker) {
        let mut calls = FuturesUnordered::new();
        loop {
            while let Some(call) = self.next_call(Room::All) {
                calls.push(self.make(call, invoker));
            }
            if calls.next().await.is_none() && self.is_idle() {
                return;
            }
        }
    }

    /// The same, one call after the other, in the order in which they became due: what happens is then the same
    /// every time, whatever the calls do inside.
    pub async fn run_in_order(&self, invoker: &dyn Invoker) {
        while let Some(call) = self.next_call(Room::All) {
            self.make(call, invoker).await;
        }
    }

    /// Waits until something has changed that a driver with so much room should look at.
    pub(crate) async fn changed(&self, room: Room) {
        let mut registered = false;
        poll_fn(|context| {
            if registered {
                return Poll::Ready(());
            }
            registered = true;
            self.changed.register(context.waker());
            if self.core().can_move(room) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

impl Call {
    pub(crate) async fn ask(self, invoker: &dyn Invoker) -> Result<Value, TaskError> {
        match self.target {
            Target::Invoke { function, payload } => {
                invoker.invoke(&function, payload.value()).await.map(|payload| {
                    json!({ "ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200 })
                })
            }
            Target::Publish { topic, subject, message } => {
                let published = invoker.publish(&topic, Some(&subject), &message).await;
                published.map(|id| json!({ "MessageId": id }))
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    let forbidden =
        |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    (1..=80).contains(&name.chars().count()) && !name.chars().any(forbidden)
}
