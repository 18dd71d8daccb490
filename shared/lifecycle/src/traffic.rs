//! The traffic to one system, seen by all cases together: its circuit, whose turn it is, whether it takes our
//! credentials. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    circuit::{Circuit, Shut},
    turns::Turns,
};

/// How many may call a system at once of which the runbook does not say it: as many as most take, and few enough for
/// what a machine of a small company serves. A system that takes fewer says so by failing, and fewer call it then.
pub const AT_ONCE: u32 = 20;

/// Who wants to call a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller<'a> {
    /// Which task's step.
    pub name: &'a str,
    /// It takes access away, and goes before those that give it.
    pub first: bool,
    /// The turn that it was given when it came last (UTC).
    pub turn: Option<Timestamp>,
    /// How many turns it was given since it came first.
    pub turns: u32,
    /// It was kept away from a system that fails for as long as a step may be: it calls once more, when its turn comes.
    pub waited: bool,
}

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
    /// Who calls it, and who stands in line.
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
    /// As many as may call it do: there is a place at this instant (UTC), and perhaps before.
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
    pub fn enter(&mut self, now: Timestamp, caller: &Caller<'_>, at_once: u32) -> Admission {
        match self.circuit.enter(now) {
            Ok(()) => {}
            Err(_) if caller.waited => {}
            Err(Shut::Open(until)) => {
                let problem = self.problem.clone();
                return Admission::Rest { until, problem };
            }
            // Whether it is well is known in a moment: nobody is sent away for minutes because somebody else was first
            // to ask.
            Err(Shut::Tried(until)) => {
                return Admission::Turn(self.turns.give(until, caller, at_once));
            }
        }
        match self.turns.enter(now, caller, at_once) {
            Ok(()) => Admission::Go,
            Err(turn) => Admission::Turn(turn),
        }
    }

    /// A caller has called. Gives until when nobody should call again, if so.
    pub fn leave(
        &mut self,
        now: Timestamp,
        caller: &str,
        at_once: u32,
        answered: &Answered,
    ) -> Option<Timestamp> {
        match answered {
            Answered::Yes | Answered::Refused => {
                self.turns.leave(now, caller, at_once);
                self.turns.went_well(at_once);
                self.circuit.answered();
                self.problem = None;
            }
            Answered::No { asked, problem } => {
                self.turns.drop_out(caller);
                match problem {
                    Some(_) => self.turns.went_wrong(at_once),
                    None => self.turns.was_too_much(at_once),
                }
                self.circuit.failed(now, *asked);
                if self.circuit.is_down() {
                    self.turns.went_down();
                }
                self.problem.clone_from(problem);
            }
        }
        if *answered == Answered::Yes {
            self.refusal_told_by = None;
        }
        self.circuit.open_until(now)
    }

    /// Until when nobody calls (UTC), and what was wrong; `None` when it may be called.
    pub fn rests(&self, now: Timestamp) -> Option<(Timestamp, Option<String>)> {
        let until = self.circuit.open_until(now)?;
        Some((until, self.problem.clone()))
    }

    /// Whether it refuses our credentials, as far as is known.
    pub fn is_refused(&self) -> bool {
        self.refusal_told_by.is_some()
    }

    /// All that called has ended, as when a process was killed that ran every step: their places are free at once.
    pub fn abandon(&mut self) {
        self.turns.abandon();
    }

    /// Whether this caller is the one to tell the operators that the system refuses our credentials: the first one is,
    /// also when it has to begin again.
    pub fn tells_refusal(&mut self, caller: &str) -> bool {
        self.refusal_told_by
            .get_or_insert_with(|| caller.to_owned())
            == caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(name: &str) -> Caller<'_> {
        Caller {
            name,
            first: false,
            turn: None,
            turns: 0,
            waited: false,
        }
    }

    #[test]
    fn one_tells_of_refused_credentials_until_they_are_taken_again() {
        let now = Timestamp::UNIX_EPOCH;
        let mut it = Traffic::default();
        it.leave(now, "a", AT_ONCE, &Answered::Refused);
        assert!(it.tells_refusal("a") && it.tells_refusal("a") && !it.tells_refusal("b"));
        it.leave(now, "b", AT_ONCE, &Answered::Refused);
        assert!(!it.tells_refusal("b"));
        it.leave(now, "b", AT_ONCE, &Answered::Yes);
        assert!(it.tells_refusal("b"));
    }

    #[test]
    fn a_system_that_is_well_leaves_no_trace() {
        let (now, mut it) = (Timestamp::UNIX_EPOCH, Traffic::default());
        assert_eq!(it.enter(now, &caller("a"), AT_ONCE), Admission::Go);
        it.leave(now, "a", AT_ONCE, &Answered::Yes);
        assert_eq!(it, Traffic::default());
    }

    #[test]
    fn what_was_paused_while_it_was_down_comes_back_a_few_at_a_time() {
        let at = |seconds: i64| Timestamp::from_second(1_795_000_000 + seconds).unwrap();
        let mut it = Traffic::default();
        let no = Answered::No {
            asked: None,
            problem: None,
        };
        for n in 0..5 {
            it.leave(at(n), "a", AT_ONCE, &no);
        }
        let names: Vec<String> = (0..AT_ONCE).map(|n| n.to_string()).collect();
        let admitted = |it: &mut Traffic, now: Timestamp| {
            let entering = names
                .iter()
                .map(|name| it.enter(now, &caller(name), AT_ONCE));
            entering.filter(|it| *it == Admission::Go).count()
        };
        assert_eq!(admitted(&mut it, at(60)), 1);
        it.leave(at(61), "0", AT_ONCE, &Answered::Yes);
        assert_eq!(admitted(&mut it.clone(), at(120)), 2);
        for _ in 0..2 + 3 + 4 {
            it.leave(at(61), "0", AT_ONCE, &Answered::Yes);
        }
        assert_eq!(admitted(&mut it, at(120)), 5);
    }

    #[test]
    fn while_one_tries_whether_it_is_well_the_others_are_not_sent_away_for_minutes() {
        let at = |seconds: i64| Timestamp::from_second(1_795_000_000 + seconds).unwrap();
        let mut it = Traffic::default();
        let no = Answered::No {
            asked: Some(SignedDuration::from_secs(60)),
            problem: Some("it is down".into()),
        };
        it.leave(at(0), "a", 2, &no);
        let rest = it.enter(at(59), &caller("b"), 2);
        assert!(matches!(rest, Admission::Rest { until, .. } if until == at(60)));
        assert_eq!(it.enter(at(60), &caller("b"), 2), Admission::Go);
        let turn = it.enter(at(60), &caller("c"), 2);
        assert!(
            matches!(turn, Admission::Turn(turn) if turn < at(75)),
            "{turn:?}"
        );
        // Who has waited for as long as a step may needs a place, too.
        let waited = Caller {
            waited: true,
            ..caller("d")
        };
        let turn = it.enter(at(61), &waited, 1);
        assert!(matches!(turn, Admission::Turn(_)), "{turn:?}");
    }
}
