//! A clock that jumps from one timer of an engine to the next.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use latchkey_engine::{Clock, Engine, Invoker};

/// Stands still until it is told to jump.
#[derive(Clone)]
pub struct JumpClock(Arc<Mutex<Timestamp>>);

impl JumpClock {
    pub fn at(now: Timestamp) -> JumpClock {
        JumpClock(Arc::new(Mutex::new(now)))
    }

    pub fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    /// Never back.
    pub fn jump_to(&self, to: Timestamp) {
        let mut now = self.0.lock().unwrap();
        *now = to.max(*now);
    }

    /// The same clock, as an engine takes it.
    pub fn shared(&self) -> Arc<Clock> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    /// Runs an engine that lives by this clock until nothing will happen any more, or, if given, until that instant,
    /// at which the clock then stands.
    pub fn run(&self, engine: &Engine, invoker: &dyn Invoker, until: Option<Timestamp>) {
        loop {
            futures::executor::block_on(engine.run_in_order(invoker));
            match engine.next_timer() {
                Some(timer) if until.is_none_or(|until| timer <= until) => self.jump_to(timer),
                _ => break,
            }
        }
        until.into_iter().for_each(|until| self.jump_to(until));
    }
}
