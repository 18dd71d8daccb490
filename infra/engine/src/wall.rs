//! The driver for a process that stays up.

use std::{collections::HashMap, panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt as _;
use serde_json::Value;
use tokio::task::{Id, JoinError, JoinSet};

use crate::{
    core::{Call, Room, Target},
    engine::{Engine, Invoker},
    error::TaskError,
    text::Text,
};

/// Waits for timers and changes on tokio's clock, and runs calls side by side on the current runtime.
pub struct Wall {
    engine: Arc<Engine>,
    invoker: Arc<dyn Invoker>,
}

/// The clock is looked at this often at least: tokio's own stands still while a machine sleeps, and knows nothing of a
/// clock that was set. So what fell due meanwhile is done this long after waking up, at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// So many calls are carried out at once, and as many more of those that go first; the others stand in line. Without a
/// limit, thousands of cases that waited for one system meet when it is well, and none comes to its end in time. It is
/// more than a dozen systems are called by at once.
const AT_WORK: usize = 256;
const WITH_FIRST: usize = 2 * AT_WORK;

/// What there is room for beside so many calls.
fn room(out: usize) -> Room {
    match out {
        ..AT_WORK => Room::All,
        AT_WORK..WITH_FIRST => Room::First,
        WITH_FIRST.. => Room::Nothing,
    }
}

/// What was at work when a driver stopped and did not come to its end in time: each call in words, ids only. Nothing of
/// it counts as done; whoever starts the executions again does it again.
pub type CutOff = Vec<String>;

impl Wall {
    /// A driver of an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, invoker: Arc<dyn Invoker>) -> Wall {
        Wall {
            engine,
            invoker: Arc::new(Guarded(invoker)),
        }
    }

    /// The same, and the calls of some executions, told by their names, go before those of the others.
    #[must_use]
    pub fn putting_first(self, goes_first: fn(&str) -> bool) -> Wall {
        self.engine.put_first(goes_first);
        self
    }

    /// Drives the engine for as long as it is polled. Dropped, it takes the calls in flight with it; an engine
    /// has one driver.
    pub async fn run(self) {
        self.run_until(std::future::pending(), Duration::ZERO).await;
    }

    /// Drives the engine until it is to stop. Then no further call is made, and those that are at work have `patience`
    /// to come to their end.
    pub async fn run_until(self, stop: impl Future<Output = ()>, patience: Duration) -> CutOff {
        let mut calls = JoinSet::new();
        let mut at_work = HashMap::new();
        let mut stop = pin!(stop);
        loop {
            while let Some(call) = self.engine.next_call(room(calls.len())) {
                let work = AtWork::of(&call);
                let begun = calls.spawn(self.make(call));
                at_work.insert(begun.id(), work);
            }
            let timer = self.engine.next_timer();
            let sleep = timer.map_or(LOOK_AGAIN, |at| {
                let left = at.duration_since(self.engine.now());
                Duration::try_from(left).unwrap_or_default().min(LOOK_AGAIN)
            });
            tokio::select! {
                () = &mut stop => break,
                () = self.engine.changed(room(calls.len())) => {}
                Some(ended) = calls.join_next_with_id() => forget(&mut at_work, ended),
                () = tokio::time::sleep(sleep) => {}
            }
        }
        let mut over = pin!(tokio::time::sleep(patience));
        loop {
            tokio::select! {
                biased;
                ended = calls.join_next_with_id() => match ended {
                    Some(ended) => forget(&mut at_work, ended),
                    None => return CutOff::new(),
                },
                () = &mut over => break,
            }
        }
        let mut cut_off: CutOff = at_work.values().map(AtWork::words).collect();
        cut_off.sort();
        cut_off
    }

    /// Carries out a call and takes in its answer. When its time is over it is cut off, as a Lambda is, and its place
    /// is free.
    fn make(&self, call: Call) -> impl Future<Output = ()> + use<> {
        let (engine, invoker) = (Arc::clone(&self.engine), Arc::clone(&self.invoker));
        let (key, limit) = (call.key(), call.limit);
        async move {
            let limit = limit.map_or(Duration::MAX, |seconds| Duration::from_secs(seconds.into()));
            let answer = tokio::time::timeout(limit, call.ask(&*invoker)).await;
            engine.take_in(key, answer.unwrap_or_else(|_| Err(TaskError::no_answer())));
        }
    }
}

/// A call that is out.
struct AtWork {
    /// `None`: an alert.
    function: Option<String>,
    payload: Text,
}

impl AtWork {
    fn of(call: &Call) -> AtWork {
        match &call.target {
            Target::Invoke { function, payload } => AtWork {
                function: Some(function.clone()),
                payload: payload.clone(),
            },
            Target::Publish { .. } => AtWork {
                function: None,
                payload: Text::of(&Value::Null),
            },
        }
    }

    /// The function, and the ids of case and task in what it is told; no other value of it.
    fn words(&self) -> String {
        let Some(function) = &self.function else {
            return "an alert".to_owned();
        };
        let payload = self.payload.value();
        let ids: Vec<&str> = ["caseId", "taskId"]
            .into_iter()
            .filter_map(|id| payload.get(id)?.as_str())
            .collect();
        match ids.is_empty() {
            true => function.clone(),
            false => format!("{function} of {}", ids.join(" ")),
        }
    }
}

/// A call has come to its end, well or not.
fn forget(at_work: &mut HashMap<Id, AtWork>, ended: Result<(Id, ()), JoinError>) {
    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
    at_work.remove(&id);
}

/// A panic in a handler is a failed call, as a crash of a Lambda is.
struct Guarded(Arc<dyn Invoker>);

fn crashed<T>(
    caught: Result<Result<T, TaskError>, Box<dyn std::any::Any + Send>>,
) -> Result<T, TaskError> {
    caught.unwrap_or_else(|_| {
        Err(TaskError::new(
            "Lambda.Unknown",
            "The function panicked; its message is in the log.",
        ))
    })
}

#[async_trait]
impl Invoker for Guarded {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        crashed(
            AssertUnwindSafe(self.0.invoke(function, payload))
                .catch_unwind()
                .await,
        )
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        crashed(
            AssertUnwindSafe(self.0.publish(topic, subject, message))
                .catch_unwind()
                .await,
        )
    }
}
