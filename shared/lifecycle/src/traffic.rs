//! The traffic to one system, seen by all cases together: its circuit, whose turn it is, whether it takes our credentials. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{circuit::Circuit, turns::Turns};

/// The traffic to a system. The default is that of a system that is well and not called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// How it has answered lately.
    #[serde(default)]
    circuit: Circuit,
    /// What was wrong when it failed last; nothing when it only asked for time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Who calls it, where only so many may at once.
    #[serde(default)]
    turns: Turns,
    /// Whose step told the operators that it refuses our credentials. It is told once until it takes them again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal_told_by: Option<String>,
}

/// Whether a call may go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Go,
    /// Not now: the system fails, or asked for time.
    Rest {
        /// Not before this instant (UTC).
        until: Timestamp,
        /// What was wrong; nothing when it asked for time.
        problem: Option<String>,
    },
    /// Not before this instant: as many as may call it do.
    Turn(Timestamp),
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The system answered, whatever it said.
    Yes,
    /// It did not, or asks to come back after a time.
    No {
        /// The time that it asks for.
        asked: Option<SignedDuration>,
        /// What was wrong; nothing when it only asks for time.
        problem: Option<String>,
    },
    /// It did not accept our credentials.
    Refused,
}

impl Traffic {
    /// Whether a caller may call now; `at_once` is how many may.
    pub fn enter(&mut self, now: Timestamp, caller: &str, at_once: Option<u32>) -> Admission {
        if let Err(until) = self.circuit.enter(now) {
            let problem = self.problem.clone();
            return Admission::Rest { until, problem };
        }
        match at_once.map_or(Ok(()), |n| self.turns.enter(now, caller, n)) {
            Ok(()) => Admission::Go,
            Err(turn) => Admission::Turn(turn),
        }
    }

    /// A caller has called. Gives until when nobody should call again, if so.
    pub fn leave(
        &mut self,
        now: Timestamp,
        caller: &str,
        answered: &Answered,
    ) -> Option<Timestamp> {
        self.turns.leave(now, caller);
        match answered {
            Answered::Yes | Answered::Refused => {
                self.circuit.answered();
                self.problem = None;
            }
            Answered::No { asked, problem } => {
                self.circuit.failed(now, *asked);
                self.problem.clone_from(problem);
            }
        }
        if *answered == Answered::Yes {
            self.refusal_told_by = None;
        }
        self.circuit.open_until(now)
    }

    /// All that called has ended, as when a process was killed that ran every step: their places are free at once.
    pub fn abandon(&mut self) {
        self.turns.abandon();
    }

    /// Whether this caller is the one to tell the operators that the system refuses our credentials: the first one is, also
    /// when it has to begin again.
    pub fn tells_refusal(&mut self, caller: &str) -> bool {
        self.refusal_told_by
            .get_or_insert_with(|| caller.to_owned())
            == caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tells_of_refused_credentials_until_they_are_taken_again() {
        let now = Timestamp::UNIX_EPOCH;
        let mut it = Traffic::default();
        it.leave(now, "a", &Answered::Refused);
        assert!(it.tells_refusal("a") && it.tells_refusal("a") && !it.tells_refusal("b"));
        it.leave(now, "b", &Answered::Refused);
        assert!(!it.tells_refusal("b"));
        it.leave(now, "b", &Answered::Yes);
        assert!(it.tells_refusal("b"));
    }

    #[test]
    fn a_system_that_is_well_leaves_no_trace() {
        let mut it = Traffic::default();
        assert_eq!(it.enter(Timestamp::UNIX_EPOCH, "a", None), Admission::Go);
        it.leave(Timestamp::UNIX_EPOCH, "a", &Answered::Yes);
        assert_eq!(it, Traffic::default());
    }
}
