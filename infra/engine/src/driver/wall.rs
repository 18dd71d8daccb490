//! The driver for a process that stays up.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt as _;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    engine::{Engine, Invoker},
    error::TaskError,
};

/// Waits for timers and changes on tokio's clock, and runs calls side by side on the current runtime.
pub struct Wall {
    engine: Arc<Engine>,
    invoker: Arc<dyn Invoker>,
}

/// The clock is looked at this often at least: a laptop that slept, or whose clock was set, is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Wall {
    /// A driver of an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, invoker: Arc<dyn Invoker>) -> Wall {
        Wall {
            engine,
            invoker: Arc::new(Guarded(invoker)),
        }
    }

    /// Drives the engine for as long as it is polled. Dropped, it takes the calls in flight with it; an engine
    /// has one driver.
    pub async fn run(self) {
        let mut calls = JoinSet::new();
        loop {
            while let Some(call) = self.engine.next_call() {
                let (engine, invoker) = (Arc::clone(&self.engine), Arc::clone(&self.invoker));
                calls.spawn(async move { engine.carry_out(call, &*invoker).await });
            }
            let timer = self.engine.next_timer();
            let sleep = timer.map_or(LOOK_AGAIN, |at| {
                self.engine.clock().until(at).min(LOOK_AGAIN)
            });
            tokio::select! {
                () = self.engine.changed() => {}
                Some(_) = calls.join_next() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }
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
