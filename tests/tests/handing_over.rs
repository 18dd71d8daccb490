//! The exchange of token, completion, time-out and re-plan between two tasks of which one needs the other, tried in
//! every order. The steps are those of `ask` (hold), `runtime::release`, `verify` and intake, call by call; the ledger
//! and the workflow do one call at a time.
//!
//! The task that waits: stores its token, then looks at what it needs; resumes itself when that has ended. Its wait
//! times out once, and is then entered again with another token (the late stage). The task that is needed: stores its
//! ending, then looks for a token; resumes it. Each step may be cut off and run again once. A re-plan raises the
//! revision at any time, and both tasks begin anew.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::{HashSet, VecDeque};

/// How the protocol is broken, to see that this finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    AsBuilt,
    /// Looks at the needs before it stores the token.
    LooksBeforeStoring,
    /// Looks for a token before it stores the ending.
    ReleasesBeforeEnding,
    /// A step does not look at the revision when it writes.
    Unfenced,
}

/// Where a step of the waiting task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Hold {
    /// Reads the revision, first call.
    Fence,
    First,
    Second {
        saw_open: bool,
    },
    Resume,
    /// Answered: the workflow awaits the token.
    Parked,
    /// Resumed, and on its way.
    Gone,
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Fence,
    First,
    Second,
    Resume { token: u8 },
    Done,
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    // The ledger.
    revision: u8,
    ended: bool,
    token: Option<u8>,
    // The workflow: the token that is awaited, and how often the task went on in the current revision.
    awaits: u8,
    went_on: u8,
    hold: Hold,
    hold_revision: u8,
    end: End,
    end_revision: u8,
    timeouts: u8,
    holds_cut: u8,
    ends_cut: u8,
    /// A write of a revision that was over.
    unfenced: bool,
    /// It went on before what it needs had ended.
    early: bool,
}

const START: State = State {
    revision: 1,
    ended: false,
    token: None,
    awaits: 1,
    went_on: 0,
    hold: Hold::Fence,
    hold_revision: 1,
    end: End::Fence,
    end_revision: 1,
    timeouts: 0,
    holds_cut: 0,
    ends_cut: 0,
    unfenced: false,
    early: false,
};

impl State {
    fn resume(&mut self, token: u8) {
        // The workflow takes a token once, while it is awaited.
        if token == self.awaits && !matches!(self.hold, Hold::Gone | Hold::Stopped) {
            self.went_on += 1;
            self.early |= !self.ended;
            self.hold = Hold::Gone;
        }
    }

    fn write(&mut self, revision: u8, protocol: Protocol) -> bool {
        if revision == self.revision {
            return true;
        }
        self.unfenced |= protocol == Protocol::Unfenced;
        protocol == Protocol::Unfenced
    }

    fn hold_steps(self, protocol: Protocol) -> Vec<State> {
        let mut next = self;
        let stores = protocol != Protocol::LooksBeforeStoring;
        match self.hold {
            Hold::Fence if self.hold_revision != self.revision => next.hold = Hold::Stopped,
            Hold::Fence => next.hold = Hold::First,
            Hold::First if stores => {
                if next.write(self.hold_revision, protocol) {
                    next.token = Some(self.awaits);
                    next.hold = Hold::Second { saw_open: true };
                } else {
                    next.hold = Hold::Stopped;
                }
            }
            Hold::First => {
                next.hold = Hold::Second {
                    saw_open: !self.ended,
                }
            }
            Hold::Second { .. } if stores => {
                next.hold = if self.ended {
                    Hold::Resume
                } else {
                    Hold::Parked
                };
            }
            Hold::Second { saw_open } => {
                if next.write(self.hold_revision, protocol) {
                    next.token = Some(self.awaits);
                }
                next.hold = if saw_open { Hold::Parked } else { Hold::Resume };
            }
            Hold::Resume => next.resume(self.awaits),
            Hold::Parked | Hold::Gone | Hold::Stopped => return Vec::new(),
        }
        let mut all = vec![next];
        // Cut off after its call; the workflow runs it again with another token.
        if self.holds_cut < 1 && !matches!(next.hold, Hold::Gone | Hold::Stopped) {
            let mut cut = next;
            cut.holds_cut += 1;
            cut.awaits += 1;
            cut.hold = Hold::Fence;
            all.push(cut);
        }
        all
    }

    fn end_steps(self, protocol: Protocol) -> Vec<State> {
        let mut next = self;
        let ends_first = protocol != Protocol::ReleasesBeforeEnding;
        let release = |state: &State, otherwise: End| match state.token {
            Some(token) => End::Resume { token },
            None => otherwise,
        };
        match self.end {
            End::Fence if self.end_revision != self.revision => next.end = End::Stopped,
            End::Fence => next.end = End::First,
            End::First if ends_first => {
                if next.write(self.end_revision, protocol) {
                    next.ended = true;
                    next.end = End::Second;
                } else {
                    next.end = End::Stopped;
                }
            }
            // Broken: it looks now, and stores later.
            End::First => next.end = release(&self, End::Second),
            End::Second if ends_first => next.end = release(&self, End::Done),
            End::Second => {
                next.ended |= next.write(self.end_revision, protocol);
                next.end = End::Done;
            }
            End::Resume { token } => {
                next.resume(token);
                next.end = if ends_first { End::Done } else { End::Second };
            }
            End::Done | End::Stopped => return Vec::new(),
        }
        let mut all = vec![next];
        if self.ends_cut < 1 && !matches!(next.end, End::Stopped) {
            let mut cut = next;
            cut.ends_cut += 1;
            cut.end = End::Fence;
            all.push(cut);
        }
        all
    }

    fn next(self, protocol: Protocol) -> Vec<State> {
        let mut all = self.hold_steps(protocol);
        all.extend(self.end_steps(protocol));
        if self.hold == Hold::Parked && self.timeouts < 1 {
            let mut late = self;
            late.timeouts += 1;
            late.awaits += 1;
            late.hold = Hold::Fence;
            all.push(late);
        }
        if self.revision == 1 {
            // The ledger says it first; what ran of the old revision goes on until it meets the fence.
            all.push(State {
                revision: 2,
                ..self
            });
        }
        if self.revision == 2 && self.hold_revision == 1 {
            // Then the execution is stopped and the next one begins; a step of the old one may still be under way.
            let fresh = State {
                awaits: self.awaits + 1,
                went_on: 0,
                hold: Hold::Fence,
                hold_revision: 2,
                ..self
            };
            let both = State {
                end: End::Fence,
                end_revision: 2,
                ..fresh
            };
            all.push(both);
            if !matches!(self.end, End::Done | End::Stopped) {
                all.push(fresh);
            }
        }
        if self.hold_revision == 2
            && self.end_revision == 1
            && matches!(self.end, End::Done | End::Stopped)
        {
            all.push(State {
                end: End::Fence,
                end_revision: 2,
                ..self
            });
        }
        all
    }

    fn wrong(&self) -> Option<&'static str> {
        if self.went_on > 1 {
            return Some("it went on twice");
        }
        if self.early {
            return Some("it went on before what it needs had ended");
        }
        if self.unfenced {
            return Some("a revision that was over wrote");
        }
        None
    }
}

fn explore(protocol: Protocol) -> Result<usize, &'static str> {
    let mut seen = HashSet::from([START]);
    let mut open = VecDeque::from([START]);
    while let Some(state) = open.pop_front() {
        if let Some(wrong) = state.wrong() {
            return Err(wrong);
        }
        let next = state.next(protocol);
        let stuck = next
            .iter()
            .all(|next| next.timeouts > state.timeouts || next.revision > state.revision);
        let waits = state.hold == Hold::Parked && state.ended && state.end == End::Done;
        if stuck && waits {
            return Err("a wake-up was lost");
        }
        open.extend(next.into_iter().filter(|next| seen.insert(*next)));
    }
    Ok(seen.len())
}

#[test]
fn no_wake_up_is_lost_in_any_order() {
    let states = explore(Protocol::AsBuilt).unwrap();
    println!("{states} states");
    assert!(states > 500, "{states}");
}

#[test]
fn a_broken_protocol_is_found() {
    for (protocol, wrong) in [
        (Protocol::LooksBeforeStoring, "a wake-up was lost"),
        (
            Protocol::ReleasesBeforeEnding,
            "it went on before what it needs had ended",
        ),
        (Protocol::Unfenced, "a revision that was over wrote"),
    ] {
        assert_eq!(explore(protocol), Err(wrong), "{protocol:?}");
    }
}
