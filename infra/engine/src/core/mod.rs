//! Executions as data, and what moves them. Nothing here waits, calls out, or knows the time by itself.

mod attempt;
mod branch;
mod context;
mod described;
mod map;
mod sleep;
mod step;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use slab::Slab;

pub use attempt::execution_of;
pub(crate) use attempt::{Call, Target};
use branch::{Branch, Phase};
pub use described::{Described, Status};

use crate::{
    coverage::Coverage,
    error::{RUNTIME, TIMEOUT, TaskError},
    history::{Details, Event, Happened, HistoryEvent, Keep},
    model::{Machine, StateId},
    text::Text,
};

/// The most input or output of a state, in bytes of UTF-8
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>).
pub const MAX_DATA_BYTES: usize = 256 * 1024;
/// The most events in a history (the same page).
pub const MAX_EVENTS: u32 = 25_000;
/// The most iterations of an inline Map at once
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>).
pub(crate) const MAX_MAP_CONCURRENCY: u32 = 40;

/// How many places queues keep when they are empty.
const IDLE_ROOM: usize = 256;

pub(crate) struct Execution {
    name: Arc<str>,
    /// Whether it was put to sleep before it began.
    slept: bool,
    input: Text,
    started: Timestamp,
    ended: Option<Timestamp>,
    status: Status,
    output: Option<Text>,
    error: Option<TaskError>,
    /// The outermost branch, while it runs.
    root: Option<usize>,
    timer: Option<TimerKey>,
    history: Vec<Event>,
    events: u32,
}

/// When, and a number that keeps timers of one instant in the order in which they were set.
pub(crate) type TimerKey = (Timestamp, u64);

#[derive(Debug, Clone, Copy)]
enum Due {
    /// An execution that sleeps begins.
    Begin(usize),
    /// A Wait or a delay before a retry is over, or a task has taken too long.
    Branch(usize),
}

/// Which calls a driver has room for: from how many of the lines it takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Nothing = 0,
    /// Those that go first.
    First = 1,
    All = 2,
}

pub(crate) struct Core {
    machine: Arc<Machine>,
    keep: Keep,
    seed: u64,
    random: u64,
    executions: Slab<Execution>,
    /// Those that have ended, in the order in which they did.
    ended: VecDeque<(Timestamp, usize)>,
    /// How long an ended one is kept; `None` for ever.
    pub(crate) kept: Option<SignedDuration>,
    names: HashMap<Arc<str>, usize>,
    branches: Slab<Branch>,
    /// Branches that are about to enter their state.
    ready: VecDeque<(usize, u64)>,
    timers: BTreeMap<TimerKey, Due>,
    /// Calls that no driver has taken: those that go first, and the others.
    calls: [VecDeque<Call>; 2],
    /// Whether an execution's calls go first, by its name.
    pub(crate) goes_first: fn(&str) -> bool,
    /// Calls that a driver has taken and not brought back.
    pub(crate) in_flight: usize,
    /// Executions whose history is full.
    overflowed: Vec<usize>,
    /// Numbers stamps and timers.
    counter: u64,
    running: usize,
    pub(crate) coverage: Coverage,
}

impl Core {
    pub(crate) fn new(machine: Machine, seed: u64, keep: Keep) -> Core {
        Core {
            machine: Arc::new(machine),
            keep,
            seed,
            random: seed,
            executions: Slab::new(),
            ended: VecDeque::new(),
            kept: None,
            names: HashMap::new(),
            branches: Slab::new(),
            ready: VecDeque::new(),
            timers: BTreeMap::new(),
            calls: Default::default(),
            goes_first: |_| false,
            in_flight: 0,
            overflowed: Vec::new(),
            counter: 0,
            running: 0,
            coverage: Coverage::default(),
        }
    }

    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    pub(crate) fn running(&self) -> usize {
        self.running
    }

    pub(crate) fn parked(&self) -> usize {
        self.branches.len()
    }

    /// The status of the execution of that name and whether it has that input.
    pub(crate) fn same(&self, name: &str, input: &Text) -> Option<(Status, bool)> {
        let execution = &self.executions[*self.names.get(name)?];
        Some((execution.status, execution.input == *input))
    }

    /// Adds an execution that has not begun.
    pub(crate) fn add(&mut self, name: &str, input: Text, now: Timestamp) -> usize {
        let name: Arc<str> = name.into();
        let key = self.executions.insert(Execution {
            name: Arc::clone(&name),
            slept: false,
            input,
            started: now,
            ended: None,
            status: Status::Running,
            output: None,
            error: None,
            root: None,
            timer: None,
            history: Vec::new(),
            events: 0,
        });
        self.names.insert(name, key);
        self.running += 1;
        key
    }

    /// An execution enters the machine's first state.
    pub(crate) fn begin_execution(&mut self, key: usize, now: Timestamp) {
        let execution = &mut self.executions[key];
        let (input, timer) = (execution.input.clone(), execution.timer.take());
        self.clear_timer(timer);
        self.record(key, 0, now, Happened::ExecutionStarted, None, || {
            Details::Input(input.clone())
        });
        let start = self.machine.start;
        let root = self.branch(key, None, start, input, 0, now);
        self.executions[key].root = Some(root);
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(crate) fn status(&self, key: usize) -> Status {
        self.executions[key].status
    }

    pub(crate) fn history(&self, key: usize) -> Vec<HistoryEvent> {
        (1..)
            .zip(&self.executions[key].history)
            .map(|(id, event)| event.show(id, &self.machine))
            .collect()
    }

    /// Ends an execution: its branches, their timers, tokens and calls go with it.
    pub(crate) fn end(
        &mut self,
        key: usize,
        happened: Happened,
        outcome: Result<Text, TaskError>,
        previous: u32,
        now: Timestamp,
    ) {
        if self.executions[key].status != Status::Running {
            return;
        }
        self.record(key, previous, now, happened, None, || match &outcome {
            Ok(output) => Details::Output(output.clone()),
            Err(error) => Details::Failed(error.clone()),
        });
        let execution = &mut self.executions[key];
        execution.status = match happened {
            Happened::ExecutionSucceeded => Status::Succeeded,
            Happened::ExecutionAborted => Status::Aborted,
            _ => Status::Failed,
        };
        execution.ended = Some(now);
        match outcome {
            Ok(output) => execution.output = Some(output),
            Err(error) => execution.error = Some(error),
        }
        let (timer, root) = (execution.timer.take(), execution.root.take());
        self.running -= 1;
        self.clear_timer(timer);
        if let Some(root) = root {
            self.free(root);
        }
        if self.kept.is_some() {
            self.ended.push_back((now, key));
        }
    }

    /// Forgets those that ended long enough ago. Nothing refers to them any more: their branches and timers went when
    /// they ended.
    fn forget(&mut self, now: Timestamp) {
        let Some(kept) = self.kept else { return };
        while let Some(&(at, key)) = self.ended.front()
            && now.duration_since(at) >= kept
        {
            self.ended.pop_front();
            let execution = self.executions.remove(key);
            self.names.remove(&execution.name);
        }
    }

    /// Moves everything that can move, until all of it waits for time, for a call or for a callback.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        loop {
            while let Some(key) = self.overflowed.pop() {
                let cause = format!(
                    "The execution reached the maximum number of history events ({MAX_EVENTS})."
                );
                let last = self.executions[key].events;
                let error = TaskError::new(RUNTIME, cause);
                self.end(key, Happened::ExecutionFailed, Err(error), last, now);
            }
            if let Some((key, stamp)) = self.ready.pop_front() {
                if self
                    .branches
                    .get(key)
                    .is_some_and(|branch| branch.stamp == stamp)
                {
                    self.enter(key, now);
                }
                continue;
            }
            match self.timers.first_key_value() {
                Some((&timer, &due)) if timer.0 <= now => {
                    self.timers.remove(&timer);
                    self.fire(due, now);
                }
                _ => break,
            }
        }
        self.forget(now);
        // After a burst its room is given back.
        self.ready.shrink_to(IDLE_ROOM);
    }

    fn fire(&mut self, due: Due, now: Timestamp) {
        match due {
            Due::Begin(key) => {
                self.executions[key].timer = None;
                self.begin_execution(key, now);
            }
            Due::Branch(key) => {
                self.branches[key].timer = None;
                match self.branches[key].phase {
                    Phase::Sleeping => self.awake(key, now),
                    Phase::Retrying => self.run(key, now),
                    _ => self.task_failed(key, TaskError::new(TIMEOUT, ""), now),
                }
            }
        }
    }

    pub(crate) fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first_key_value().map(|(timer, _)| timer.0)
    }

    /// A call that a driver is to carry out, and its time begins. Those whose branch is gone are dropped.
    pub(crate) fn take_call(&mut self, room: Room, now: Timestamp) -> Option<Call> {
        for line in 0..room as usize {
            while let Some(call) = self.calls[line].pop_front() {
                let (key, stamp) = call.key();
                if self.branches.get(key).is_none_or(|it| it.stamp != stamp) {
                    continue;
                }
                if let Some(seconds) = call.limit {
                    let timer = self.set_timer(after(now, f64::from(seconds)), Due::Branch(key));
                    self.branches[key].timer = Some(timer);
                }
                self.in_flight += 1;
                return Some(call);
            }
            self.calls[line].shrink_to(IDLE_ROOM);
        }
        None
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight == 0 && !self.can_move(Room::All)
    }

    /// Whether a driver has something to do at once.
    pub(crate) fn can_move(&self, room: Room) -> bool {
        let lines = &self.calls[..room as usize];
        !self.ready.is_empty() || lines.iter().any(|line| !line.is_empty())
    }

    fn set_timer(&mut self, at: Timestamp, due: Due) -> TimerKey {
        self.counter += 1;
        self.timers.insert((at, self.counter), due);
        (at, self.counter)
    }

    fn clear_timer(&mut self, timer: Option<TimerKey>) {
        if let Some(timer) = timer {
            self.timers.remove(&timer);
        }
    }

    /// Counts an event, keeps it as far as asked for, and gives its id.
    fn record(
        &mut self,
        key: usize,
        previous: u32,
        at: Timestamp,
        what: Happened,
        state: Option<StateId>,
        details: impl FnOnce() -> Details,
    ) -> u32 {
        let execution = &mut self.executions[key];
        if execution.events + 1 >= MAX_EVENTS && !what.ends_execution() {
            if !self.overflowed.contains(&key) {
                self.overflowed.push(key);
            }
            return execution.events;
        }
        execution.events += 1;
        if self.keep != Keep::Off {
            let details = match details() {
                Details::None => None,
                Details::Input(_) | Details::Output(_) | Details::Scheduled { .. }
                    if self.keep == Keep::Compact =>
                {
                    None
                }
                details => Some(Box::new(details)),
            };
            execution.history.push(Event {
                previous,
                at,
                what,
                state,
                details,
            });
        }
        execution.events
    }

    /// The next of a fixed sequence of random numbers (SplitMix64).
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.random)
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

pub(crate) fn after(now: Timestamp, seconds: f64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs_f64(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// Refuses data that AWS would not carry.
fn within_limit(text: Text, what: &str) -> Result<Text, TaskError> {
    if text.len() <= MAX_DATA_BYTES {
        return Ok(text);
    }
    let cause = format!(
        "The state's {what} has {} bytes, more than the {MAX_DATA_BYTES} that Step Functions carries.",
        text.len()
    );
    Err(TaskError::new(crate::error::DATA_LIMIT, cause))
}
