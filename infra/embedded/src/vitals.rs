//! What a process has done since it was started: counts and instants, no ids and no names of people.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use jiff::Timestamp;
use latchkey_engine::{Invoker, TaskError};
use latchkey_hris::source;
use latchkey_lifecycle::SystemId;
use latchkey_runtime::Clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// A webhook that was answered.
    Webhook {
        /// Its source; `other` for names that nobody has shown to have.
        source: String,
        /// The answer's status.
        status: u16,
    },
    /// A step of a task or a case.
    Step {
        /// The function.
        function: String,
        /// `done`, or the error's name.
        outcome: String,
    },
    /// A sweep.
    Sweep {
        /// `done`, or the error's name.
        outcome: String,
    },
}

/// A sweep that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastSweep {
    /// When it began (UTC).
    pub began: Timestamp,
    /// When it ended (UTC).
    pub ended: Timestamp,
    /// The name of what it failed with; some of it was done all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Findings that were opened by it.
    pub opened: usize,
    /// Findings that were there before and still are.
    pub kept: usize,
    /// Cases that it started again.
    pub restarted: usize,
    /// Systems that it could not read to their end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_read: Vec<SystemId>,
}

/// What a process has done since it was started.
pub struct Vitals {
    clock: Arc<dyn Clock>,
    started: Timestamp,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    counts: BTreeMap<Count, u64>,
    /// Sources that a company describes itself and that have shown to be one.
    sources: BTreeSet<String>,
    sweep: Option<LastSweep>,
    /// When it was started, where that is later than when it was made (UTC).
    anew: Option<Timestamp>,
}

impl Vitals {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Vitals {
        let started = clock.now();
        Vitals {
            clock,
            started,
            noted: Mutex::default(),
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the process was started (UTC).
    pub fn started(&self) -> Timestamp {
        self.noted().anew.unwrap_or(self.started)
    }

    /// What was before now was told by another clock, or is somebody else's: it counts as started now.
    pub fn start_anew(&self) {
        let now = self.clock.now();
        self.noted().anew = Some(now);
    }

    /// The last sweep; `None` before the first.
    pub fn last_sweep(&self) -> Option<LastSweep> {
        self.noted().sweep.clone()
    }

    /// Everything that was counted.
    pub fn counts(&self) -> BTreeMap<Count, u64> {
        self.noted().counts.clone()
    }

    fn count(&self, what: Count) {
        *self.noted().counts.entry(what).or_default() += 1;
    }

    /// A sweep that began then is over.
    pub fn swept(&self, began: Timestamp, done: &Result<sweep::Report, latchkey_runtime::Failure>) {
        let failure = done.as_ref().err().map(|failure| failure.name().to_owned());
        let report = done.as_ref().ok();
        let sum = |of: fn(&sweep::Swept) -> usize| {
            report.map_or(0, |report| report.systems.iter().map(of).sum())
        };
        let systems = report.map_or(&[][..], |report| &report.systems[..]);
        let not_read = systems.iter().filter(|swept| swept.fault.is_some());
        let last = LastSweep {
            began,
            ended: self.clock.now(),
            opened: sum(|swept| swept.opened),
            kept: sum(|swept| swept.kept),
            restarted: report.map_or(0, |report| report.restarted.len()),
            not_read: not_read.filter_map(|swept| swept.system.clone()).collect(),
            failure: failure.clone(),
        };
        self.noted().sweep = Some(last);
        let outcome = failure.unwrap_or_else(|| DONE.to_owned());
        self.count(Count::Sweep { outcome });
    }

    /// A webhook of this name was answered. Anybody may post to any name: those that nobody has shown to have are
    /// counted as one.
    fn answered(&self, name: &str, status: u16) {
        let mut noted = self.noted();
        let described = source(name).is_err();
        if described && matches!(status, 200 | 202) {
            noted.sources.insert(name.to_owned());
        }
        let known = !described || noted.sources.contains(name);
        let source = if known { name } else { "other" }.to_owned();
        *noted
            .counts
            .entry(Count::Webhook { source, status })
            .or_default() += 1;
    }
}

const DONE: &str = "done";

/// Counts what the engine calls.
pub struct Counted {
    inner: Arc<dyn Invoker>,
    vitals: Arc<Vitals>,
}

impl Counted {
    /// Around whoever carries the calls out.
    pub fn new(inner: Arc<dyn Invoker>, vitals: Arc<Vitals>) -> Counted {
        Counted { inner, vitals }
    }

    fn count<T>(&self, function: &str, answer: &Result<T, TaskError>) {
        let outcome = answer
            .as_ref()
            .map_or_else(|e| e.error.clone(), |_| DONE.to_owned());
        let function = function.to_owned();
        self.vitals.count(Count::Step { function, outcome });
    }
}

#[async_trait]
impl Invoker for Counted {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let answer = self.inner.invoke(function, payload).await;
        self.count(function, &answer);
        answer
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        let answer = self.inner.publish(topic, subject, message).await;
        self.count("alert", &answer);
        answer
    }
}

/// Counts the webhooks among requests.
pub(crate) fn counting(routes: Router, vitals: Arc<Vitals>) -> Router {
    routes.layer(from_fn_with_state(vitals, count))
}

async fn count(State(vitals): State<Arc<Vitals>>, request: Request, next: Next) -> Response {
    let source = request
        .uri()
        .path()
        .strip_prefix("/hooks/")
        .map(str::to_owned);
    let response = next.run(request).await;
    if let Some(source) = source {
        vitals.answered(&source, response.status().as_u16());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    #[test]
    fn names_that_a_stranger_makes_up_are_counted_as_one() {
        let vitals = Vitals::new(Arc::new(Still));
        for n in 0..1000 {
            vitals.answered(&format!("made-up-{n}"), 404);
        }
        vitals.answered("papaya", 401);
        vitals.answered("papaya", 202);
        vitals.answered("papaya", 401);
        vitals.answered("generic", 401);
        let webhook = |source: &str, status| Count::Webhook {
            source: source.to_owned(),
            status,
        };
        let expected = BTreeMap::from([
            (webhook("other", 404), 1000),
            (webhook("other", 401), 1),
            (webhook("papaya", 202), 1),
            (webhook("papaya", 401), 1),
            (webhook("generic", 401), 1),
        ]);
        assert_eq!(vitals.counts(), expected);
    }
}
