//! Two clocks: the wall clock, which goes on while the machine sleeps and can be set, and the machine's own, which does
//! neither. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What both clocks show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now {
    /// The wall clock (UTC).
    pub(crate) wall: Timestamp,
    /// The machine's own, since some instant of its.
    pub(crate) own: Duration,
}

/// When something is due that is done every so often: as soon as one of the clocks says so. After a sleep that is at
/// once, and a clock that was set back puts nothing off.
#[derive(Debug, Clone)]
pub(crate) struct Rhythm {
    period: Duration,
    next: Now,
}

impl Rhythm {
    /// First after `first`, then every `period`.
    pub(crate) fn new(now: Now, first: Duration, period: Duration) -> Rhythm {
        let next = after(now, first);
        Rhythm { period, next }
    }

    /// Whether it is due now.
    pub(crate) fn is_due(&self, now: Now) -> bool {
        now.wall >= self.next.wall || now.own >= self.next.own
    }

    /// It was done; the next time counts from now.
    pub(crate) fn done(&mut self, now: Now) {
        self.next = after(now, self.period);
    }
}

fn after(now: Now, wait: Duration) -> Now {
    let by_wall = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    Now {
        wall: now.wall.saturating_add(by_wall).unwrap_or(Timestamp::MAX),
        own: now.own.saturating_add(wait),
    }
}

/// Clocks that differ by less have only been corrected.
const LITTLE: SignedDuration = SignedDuration::from_secs(60);

/// What became of the wall clock since it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jump {
    /// The machine slept, or the clock was set ahead.
    Ahead(SignedDuration),
    /// It was set back.
    Back(SignedDuration),
}

/// Looks at the wall clock again and again.
#[derive(Debug, Clone)]
pub(crate) struct Watch(Now);

impl Watch {
    pub(crate) fn new(now: Now) -> Watch {
        Watch(now)
    }

    /// What became of it since the last look.
    pub(crate) fn look(&mut self, now: Now) -> Option<Jump> {
        let own = now.own.saturating_sub(self.0.own);
        let own = SignedDuration::try_from(own).unwrap_or(SignedDuration::MAX);
        let drift = now.wall.duration_since(self.0.wall).saturating_sub(own);
        self.0 = now;
        match drift {
            ahead if ahead > LITTLE => Some(Jump::Ahead(ahead)),
            back if -back > LITTLE => Some(Jump::Back(-back)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(wall: i64, own: u64) -> Now {
        Now {
            wall: Timestamp::from_second(1_795_000_000 + wall).unwrap(),
            own: Duration::from_secs(own),
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn it_is_due_at_once_after_a_sleep_and_not_put_off_by_a_clock_that_is_set_back() {
        let mut rhythm = Rhythm::new(at(0, 0), Duration::from_secs(300), HOUR);
        assert!(!rhythm.is_due(at(299, 299)));
        assert!(rhythm.is_due(at(300, 300)));
        rhythm.done(at(300, 300));
        assert!(!rhythm.is_due(at(3899, 3899)));
        assert!(rhythm.is_due(at(8 * 3600, 310)), "it slept");
        assert!(!rhythm.is_due(at(-86_400, 3899)), "set back, and not due");
        assert!(rhythm.is_due(at(-86_400, 3900)), "set back, and due");
    }

    #[test]
    fn a_sleep_a_correction_and_a_clock_that_was_set_back_are_told_apart() {
        let mut watch = Watch::new(at(0, 0));
        assert_eq!(watch.look(at(5, 5)), None);
        let slept = SignedDuration::from_secs(3600);
        assert_eq!(watch.look(at(3610, 10)), Some(Jump::Ahead(slept)));
        assert_eq!(watch.look(at(3600, 15)), None, "corrected by 15 seconds");
        let back = SignedDuration::from_secs(7205);
        assert_eq!(watch.look(at(-3600, 20)), Some(Jump::Back(back)));
        assert_eq!(watch.look(at(-3595, 25)), None, "told once");
    }
}
