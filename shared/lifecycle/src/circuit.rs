//! The circuit of one system: after several failures in a row, or when the system asks for it, nobody calls it for a
//! while. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many failures in a row open the circuit.
const LIMIT: u32 = 5;
/// How long it stays open at first; twice as long each time the system fails again.
const FIRST: SignedDuration = SignedDuration::from_secs(15);
/// The longest: one call a minute harms nobody, and a system that is well again is not left alone for longer, while
/// thousands who ask meanwhile would each begin a longer pause.
const LONGEST: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait that a system is given when it asks for one.
const ASKED: SignedDuration = SignedDuration::from_hours(1);
/// How long whoever tries first has, before the next one may try.
const PROBE: SignedDuration = SignedDuration::from_secs(10);

/// How a system has answered lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Circuit {
    /// Failures in a row.
    failures: u32,
    /// Nobody calls before this instant (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Somebody is trying whether it is well again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    tried: bool,
}

/// Why nobody calls, and until when (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shut {
    /// The system failed, or asked for time.
    Open(Timestamp),
    /// Somebody tries whether it is well again: that is known soon.
    Tried(Timestamp),
}

impl Circuit {
    /// Until when nobody calls, at this instant. What is further ahead than anybody waits was said by a clock that has
    /// been set back since, and says nothing any more.
    pub(crate) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        let farthest = after(now, ASKED);
        self.until
            .filter(|until| now < *until && *until <= farthest)
    }

    /// Whoever comes when the time is over tries whether the system is well again; for others it stays shut a little
    /// longer.
    pub(crate) fn enter(&mut self, now: Timestamp) -> Result<(), Shut> {
        match self.open_until(now) {
            Some(until) if self.tried => Err(Shut::Tried(until)),
            Some(until) => Err(Shut::Open(until)),
            None => {
                self.tried = self.until.is_some();
                self.until = self.until.map(|_| after(now, PROBE));
                Ok(())
            }
        }
    }

    /// The system did not answer, or asked to come back after a time.
    pub(crate) fn failed(&mut self, now: Timestamp, asked: Option<SignedDuration>) {
        let asked = asked.map(|wait| after(now, wait.min(ASKED)));
        // Of calls that were out when it shut, the last ones say nothing new.
        let known = !self.tried && self.open_until(now).is_some();
        if known {
            self.until = self.until.max(asked);
            return;
        }
        self.tried = false;
        self.failures = self.failures.saturating_add(1);
        let doubled = self.failures.saturating_sub(LIMIT).min(10);
        let own = self
            .is_down()
            .then(|| FIRST.saturating_mul(1 << doubled).min(LONGEST));
        self.until = own.map(|wait| after(now, wait)).max(asked);
    }

    /// Whether it failed often enough in a row to be down, and has not answered since.
    pub(crate) fn is_down(&self) -> bool {
        self.failures >= LIMIT
    }

    /// The system answered, whatever it said.
    pub(crate) fn answered(&mut self) {
        *self = Circuit::default();
    }
}

pub(crate) fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    #[test]
    fn it_opens_after_five_failures_lets_one_try_and_closes_when_that_works() {
        let mut it = Circuit::default();
        for n in 0..4 {
            it.failed(at(n), None);
            assert_eq!(it.enter(at(n)), Ok(()));
        }
        it.failed(at(4), None);
        assert_eq!(it.enter(at(5)), Err(Shut::Open(at(19))));
        assert_eq!(it.enter(at(19)), Ok(()));
        assert_eq!(it.enter(at(20)), Err(Shut::Tried(at(29))));
        it.answered();
        assert_eq!(it.enter(at(20)), Ok(()));
    }

    #[test]
    fn a_system_that_asks_for_time_gets_it_at_once() {
        let mut it = Circuit::default();
        it.failed(at(0), Some(SignedDuration::from_secs(120)));
        assert_eq!(it.enter(at(119)), Err(Shut::Open(at(120))));
        assert_eq!(it.enter(at(120)), Ok(()));
        it.failed(at(121), Some(SignedDuration::from_hours(100)));
        assert_eq!(it.enter(at(122)), Err(Shut::Open(at(121 + 3600))));
    }

    #[test]
    fn calls_that_were_out_when_it_failed_do_not_keep_it_shut_for_longer() {
        let mut it = Circuit::default();
        for _ in 0..20 {
            it.failed(at(0), None);
        }
        assert_eq!(it.enter(at(1)), Err(Shut::Open(at(15))));
        // The next try that fails does.
        assert_eq!(it.enter(at(15)), Ok(()));
        it.failed(at(16), None);
        it.failed(at(16), None);
        assert_eq!(it.enter(at(17)), Err(Shut::Open(at(46))));
    }

    #[test]
    fn a_system_that_is_well_again_is_known_to_be_within_a_minute_however_long_it_was_down() {
        let mut it = Circuit::default();
        let hour = 3600;
        let mut last = 0;
        for second in 0..hour {
            if it.enter(at(second)) == Ok(()) {
                assert!(second - last <= 60, "nobody tried from {last} to {second}");
                last = second;
                it.failed(at(second), None);
            }
        }
        assert!(hour - last <= 60);
    }

    #[test]
    fn a_clock_that_was_ahead_keeps_nobody_away() {
        let mut it = Circuit::default();
        let ahead = 4 * 365 * 24 * 3600;
        for n in 0..5 {
            it.failed(at(ahead + n), None);
        }
        assert!(it.enter(at(ahead + 5)).is_err());
        assert_eq!(it.enter(at(5)), Ok(()));
    }

    proptest! {
        /// However it fails, nobody is kept away for longer than an hour, and a system that answers is called again at
        /// once.
        #[test]
        fn nobody_is_kept_away_for_ever(steps in prop::collection::vec((0u8..4, 0i64..4000), 0..60)) {
            let mut it = Circuit::default();
            let mut now = 0;
            for (what, wait) in steps {
                now += wait;
                match what {
                    0 => it.failed(at(now), None),
                    1 => it.failed(at(now), Some(SignedDuration::from_secs(wait * 10))),
                    2 => { let _ = it.enter(at(now)); }
                    _ => {
                        it.answered();
                        prop_assert_eq!(it.enter(at(now)), Ok(()));
                    }
                }
                if let Err(Shut::Open(until) | Shut::Tried(until)) = it.clone().enter(at(now)) {
                    prop_assert!(until <= at(now + 3600));
                }
            }
        }
    }
}
