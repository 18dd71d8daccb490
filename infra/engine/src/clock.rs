//! Clocks: time is a parameter of the engine.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

/// What time it is.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// How long it really takes until that instant.
    fn until(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO)
    }
}

/// The real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that runs faster than the real one, for demonstrations.
#[derive(Debug, Clone)]
pub struct FastClock {
    start: Timestamp,
    begun: Instant,
    factor: f64,
}

impl FastClock {
    /// A clock that shows `start` now, and on which `factor` seconds pass in each real one.
    #[must_use]
    pub fn new(start: Timestamp, factor: f64) -> FastClock {
        FastClock {
            start,
            begun: Instant::now(),
            factor: factor.max(f64::MIN_POSITIVE),
        }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = self.begun.elapsed().as_secs_f64() * self.factor;
        let passed = SignedDuration::try_from_secs_f64(passed).unwrap_or(SignedDuration::MAX);
        self.start.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn until(&self, at: Timestamp) -> Duration {
        let seconds = at.duration_since(self.now()).as_secs_f64() / self.factor;
        Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct VirtualClock(Mutex<Timestamp>);

impl VirtualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> VirtualClock {
        VirtualClock(Mutex::new(start))
    }

    /// Moves on to that instant; never back.
    pub fn advance_to(&self, at: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
