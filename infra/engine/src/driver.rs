//! What drives an engine: a clock that jumps, or the real one.

#[cfg(feature = "wall")]
mod wall;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
#[cfg(feature = "wall")]
pub use wall::{CutOff, Wall};

use crate::{
    clock::{Clock as _, VirtualClock},
    engine::{Engine, Invoker},
};

/// Somebody who does things at instants of their own: people in a rehearsal.
#[async_trait]
pub trait Actor: Send {
    /// When they act next. `None`: not before something else has happened.
    fn next(&mut self) -> Option<Timestamp>;

    /// They act. Afterwards [`Actor::next`] must be later than `now`, or nothing else ever happens.
    async fn act(&mut self, now: Timestamp);
}

/// Nobody acts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

#[async_trait]
impl Actor for Nobody {
    fn next(&mut self) -> Option<Timestamp> {
        None
    }

    async fn act(&mut self, _now: Timestamp) {}
}

/// Jumps from one instant at which something happens to the next. Calls are carried out one after the other, so
/// that a run with the same seed is the same run. The clock must be the engine's.
pub struct Virtual {
    engine: Arc<Engine>,
    clock: Arc<VirtualClock>,
}

impl Virtual {
    /// A driver of an engine that lives by this clock.
    #[must_use]
    pub fn new(engine: Arc<Engine>, clock: Arc<VirtualClock>) -> Virtual {
        Virtual { engine, clock }
    }

    /// Runs until nothing will happen any more, or, if given, until that instant, at which the clock then stands.
    /// At one and the same instant the actor comes before the timers: who answers at the very deadline is in time.
    pub async fn run(
        &self,
        invoker: &dyn Invoker,
        actor: &mut dyn Actor,
        until: Option<Timestamp>,
    ) {
        loop {
            self.engine.run_in_order(invoker).await;
            let (timer, act) = (self.engine.next_timer(), actor.next());
            let next = match (timer, act) {
                (Some(timer), Some(act)) => timer.min(act),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => until.unwrap_or_else(|| self.clock.now()),
            };
            if until.is_some_and(|until| next > until) || (timer, act) == (None, None) {
                until
                    .into_iter()
                    .for_each(|until| self.clock.advance_to(until));
                return;
            }
            // Not yet firing the timers of that instant: nothing runs before `run_in_order` above.
            self.clock.advance_to(next);
            if act.is_some_and(|act| act <= next) {
                actor.act(self.clock.now()).await;
            }
        }
    }
}
