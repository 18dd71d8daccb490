//! A clock that stands still until it is told to jump: sixty days pass in seconds.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use latchkey_runtime::Clock;

/// A clock that stands still until it is told to jump.
#[derive(Debug, Clone)]
pub struct JumpClock(Arc<Mutex<Timestamp>>);

impl JumpClock {
    /// A clock that stands at the given instant.
    pub fn at(now: Timestamp) -> JumpClock {
        JumpClock(Arc::new(Mutex::new(now)))
    }

    /// Jumps forward; it never goes back.
    pub fn jump_to(&self, to: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(to);
    }
}

impl Clock for JumpClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
