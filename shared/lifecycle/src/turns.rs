//! Turns at a system that takes only so many calls at once. Whoever finds it full is told when its turn comes, by how
//! long the line is and how fast it moves, so nobody has to ask again and again. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Caller, circuit::after};

/// A caller that was cut off gives its place back after this time: longer than a step may take.
const LEASE: SignedDuration = SignedDuration::from_secs(150);
/// The least that a call is taken to last, also before any was measured, in milliseconds. Too short sends a few callers
/// to the end of the line once more; too long leaves the system idle until the turns come that were given out.
const LEAST: i64 = 100;
/// The least that a turn is ahead, in milliseconds, of somebody for whom there was no place at the first one; three
/// times as much at each one after that, up to the most. Nine turns last longer than the place of a caller that was cut
/// off is kept.
const AGAIN: i64 = 100;
const AGAIN_AT_MOST: i64 = 60_000;

/// Who calls a system now, and how far ahead turns are given out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Turns {
    /// Callers, and when each of them counts as cut off (UTC).
    #[serde(default)]
    calling: BTreeMap<String, Timestamp>,
    /// How long it takes lately until one of the places is free again, in microseconds: how long a call lasts, by the
    /// places that were open then. A call lasts longer the more of them are out.
    #[serde(default)]
    each: i64,
    /// The turn that was given out last (UTC): the end of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    /// The last one of those that go first: the end of their line, which is before the other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<Timestamp>,
    /// How many may call while it recovers from a failure; as many as otherwise when there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    places: Option<u32>,
    /// How many of them it has answered, less those that stand for a bad moment.
    #[serde(default, skip_serializing_if = "is_zero")]
    well: u32,
    /// It was down, and has answered everybody since: that few call it says nothing of how many it takes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    comes_back: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Turns {
    /// Enters a caller, or gives the instant of its turn. While there is a line, a fifth of the places is for those
    /// whose turn has come; the others are for whoever comes, so that a line of callers who do not come, or whose turns
    /// were given out while the system was slow, holds nobody up.
    pub(crate) fn enter(
        &mut self,
        now: Timestamp,
        caller: &Caller<'_>,
        at_once: u32,
    ) -> Result<(), Timestamp> {
        self.calling.retain(|_, until| now < *until);
        self.first = self.first.filter(|last| now < *last);
        self.last = self.last.filter(|last| now < *last);
        let places = self.places(at_once);
        let taken = u32::try_from(self.calling.len()).unwrap_or(u32::MAX);
        let may = caller.first || self.first.is_none();
        let line = self.first.is_some() || (!caller.first && self.last.is_some());
        let its_turn = caller.turn.is_some_and(|turn| turn <= now);
        let for_all = (places - places.div_ceil(5)).max(1);
        let free = may && taken < places && (!line || its_turn || taken < for_all);
        if free || self.calling.contains_key(caller.name) {
            let until = after(now, LEASE);
            self.calling.insert(caller.name.to_owned(), until);
            return Ok(());
        }
        Err(self.give(now, caller, at_once))
    }

    /// How many may call now.
    fn places(&self, at_once: u32) -> u32 {
        self.places.map_or(at_once, |few| few.min(at_once)).max(1)
    }

    /// The turn of a caller, at the end of its line, not before an instant. Turns are given out for four fifths of what
    /// the places serve: whoever comes finds one free, nearly always. Whoever looks before its turn keeps it.
    pub(crate) fn give(&mut self, from: Timestamp, caller: &Caller<'_>, at_once: u32) -> Timestamp {
        if let Some(turn) = caller.turn.filter(|turn| from < *turn) {
            return turn;
        }
        let each = self.each.max(LEAST * 1000 / i64::from(at_once.max(1)));
        let each = SignedDuration::from_millis((each * 5 / 4 / 1000).max(1));
        let before = match caller.first {
            true => self.first,
            false => self.first.max(self.last),
        };
        let line = after(before.map_or(from, |last| last.max(from)), each);
        let turn = line.max(after(from, again(caller.turns)));
        match caller.first {
            // Nobody takes the place meanwhile that becomes free for whoever goes first.
            true => self.first = Some(turn),
            false => self.last = Some(line),
        }
        turn
    }

    /// Nobody calls, and nobody will come for a turn that was given out: whoever ran the callers has ended.
    pub(crate) fn abandon(&mut self) {
        self.calling.clear();
        (self.last, self.first) = (None, None);
    }

    /// The caller is done, and was answered.
    pub(crate) fn leave(&mut self, now: Timestamp, caller: &str, at_once: u32) {
        let Some(until) = self.calling.remove(caller) else {
            return;
        };
        let took = LEASE.saturating_sub(until.duration_since(now));
        let took = i64::try_from(took.as_micros()).unwrap_or(0).max(0);
        let places = match self.comes_back {
            true => at_once.max(1),
            false => self.places(at_once),
        };
        let each = took / i64::from(places);
        self.each = match self.each {
            0 => each,
            // One that hung while nobody else called says little about the line.
            before => (before * 7 + each.min(before.max(1000) * 2)) / 8,
        };
    }

    /// The caller is done, and how long it took says nothing.
    pub(crate) fn drop_out(&mut self, caller: &str) {
        self.calling.remove(caller);
    }

    /// It was too much for the system: one fewer may call it. All that it did not take make it as many fewer.
    pub(crate) fn was_too_much(&mut self, at_once: u32) {
        self.leave_open(self.places(at_once) - 1);
        self.comes_back = false;
    }

    /// The system failed. Half as many answers as may call it stand for one bad moment; else it was too much.
    pub(crate) fn went_wrong(&mut self, at_once: u32) {
        let moment = self.places(at_once).div_ceil(2);
        match self.well.checked_sub(moment) {
            Some(left) => self.well = left,
            None => self.was_too_much(at_once),
        }
    }

    /// The system is down: who tries whether it is well is alone, and others follow a few at a time.
    pub(crate) fn went_down(&mut self) {
        self.leave_open(1);
        self.comes_back = true;
    }

    fn leave_open(&mut self, places: u32) {
        self.places = Some(places.max(1));
        self.well = 0;
    }

    /// It answered. Once it has answered as many as may call it, one more may.
    pub(crate) fn went_well(&mut self, at_once: u32) {
        let Some(places) = self.places else { return };
        self.well += 1;
        if self.well >= places {
            self.well = 0;
            self.places = Some(places + 1).filter(|places| *places < at_once);
            self.comes_back &= self.places.is_some();
        }
    }
}

/// The least that the next turn is ahead after so many.
fn again(turns: u32) -> SignedDuration {
    let least = match turns {
        0 => 0,
        more => AGAIN.saturating_mul(3_i64.saturating_pow(more - 1)),
    };
    SignedDuration::from_millis(least.min(AGAIN_AT_MOST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_000_000_000 + millis).unwrap()
    }

    fn caller(name: &str) -> Caller<'_> {
        Caller {
            name,
            first: false,
            turn: None,
            turns: 0,
            waited: false,
        }
    }

    fn promised(name: &str, turn: i64) -> Caller<'_> {
        Caller {
            turn: Some(at(turn)),
            ..caller(name)
        }
    }

    fn exit(name: &str) -> Caller<'_> {
        Caller {
            first: true,
            ..caller(name)
        }
    }

    /// Places, so many of them, at which a call lasts a second.
    fn a_second_each(places: i64) -> Turns {
        Turns {
            each: 1_000_000 / places,
            ..Turns::default()
        }
    }

    #[test]
    fn whoever_finds_it_full_is_told_its_turn_one_after_the_other() {
        let mut it = a_second_each(2);
        assert_eq!(it.enter(at(0), &caller("a"), 2), Ok(()));
        assert_eq!(it.enter(at(0), &caller("b"), 2), Ok(()));
        assert_eq!(it.enter(at(0), &caller("b"), 2), Ok(()), "the same again");
        assert_eq!(it.enter(at(0), &caller("c"), 2), Err(at(625)));
        assert_eq!(it.enter(at(0), &caller("d"), 2), Err(at(1250)));
        it.leave(at(400), "a", 2);
        // Half of the places are taken, and there is a line: who comes now is its end.
        assert_eq!(it.enter(at(500), &caller("e"), 2), Err(at(1828)));
        assert_eq!(it.enter(at(625), &promised("c", 625), 2), Ok(()));
        assert_eq!(it.enter(at(1250), &promised("d", 1250), 2), Err(at(2406)));
    }

    #[test]
    fn who_takes_access_away_goes_before_who_gives_it() {
        let mut it = a_second_each(1);
        assert_eq!(it.enter(at(0), &caller("a"), 1), Ok(()));
        assert_eq!(it.enter(at(0), &caller("hire"), 1), Err(at(1250)));
        assert_eq!(it.enter(at(0), &exit("exit"), 1), Err(at(1250)));
        assert_eq!(it.enter(at(0), &exit("exit 2"), 1), Err(at(2500)));
        it.leave(at(1000), "a", 1);
        // The hire's turn has come, and there are exits in line.
        assert_eq!(
            it.enter(at(1250), &promised("hire", 1250), 1),
            Err(at(3750))
        );
        let turn = Some(at(1250));
        let comes = Caller {
            turn,
            ..exit("exit")
        };
        assert_eq!(it.enter(at(1250), &comes, 1), Ok(()));
    }

    #[test]
    fn turns_of_callers_who_do_not_come_keep_nobody_waiting() {
        let mut it = a_second_each(1);
        assert_eq!(it.enter(at(0), &caller("a"), 1), Ok(()));
        assert_eq!(it.enter(at(0), &caller("gone"), 1), Err(at(1250)));
        assert_eq!(it.enter(at(0), &caller("gone too"), 1), Err(at(2500)));
        it.leave(at(100), "a", 1);
        assert_eq!(it.enter(at(200), &caller("b"), 1), Ok(()));
        assert!(it.enter(at(200), &caller("c"), 1).is_err());
        it.abandon();
        assert_eq!(it.enter(at(300), &caller("c"), 1), Ok(()));
    }

    #[test]
    fn who_looks_before_its_turn_keeps_it_and_takes_a_place_that_nobody_came_for() {
        let mut it = a_second_each(4);
        for name in ["a", "b", "c", "d"] {
            assert_eq!(it.enter(at(0), &caller(name), 4), Ok(()));
        }
        let (mut last, mut line) = (0, Vec::new());
        for n in 0..100 {
            let name = format!("hire {n}");
            let turn = it.enter(at(0), &caller(&name), 4).unwrap_err();
            last = i64::try_from(turn.duration_since(at(0)).as_millis()).unwrap();
            line.push(turn);
        }
        assert_eq!(
            it.enter(at(10), &promised("hire 99", last), 4),
            Err(line[99])
        );
        assert_eq!(it.enter(at(10), &caller("new"), 4), Err(at(last + 312)));
        for name in ["a", "b", "c"] {
            it.leave(at(1000), name, 4);
        }
        assert_eq!(it.enter(at(1000), &promised("hire 99", last), 4), Ok(()));
    }

    #[test]
    fn who_was_cut_off_gives_the_place_back() {
        let mut it = Turns::default();
        assert_eq!(it.enter(at(0), &caller("a"), 1), Ok(()));
        assert!(it.enter(at(149_000), &caller("b"), 1).is_err());
        assert_eq!(it.enter(at(150_000), &caller("b"), 1), Ok(()));
    }

    #[test]
    fn after_a_failure_fewer_call_and_with_each_answer_more() {
        let mut it = Turns::default();
        let names: Vec<String> = (0..8).map(|n| n.to_string()).collect();
        let admitted = |it: &Turns| {
            let mut it = it.clone();
            let entering = names.iter().map(|name| it.enter(at(0), &caller(name), 8));
            entering.filter(Result::is_ok).count()
        };
        assert_eq!(admitted(&it), 8);
        it.went_wrong(8);
        it.went_wrong(8);
        assert_eq!(admitted(&it), 6);
        for _ in 0..8 {
            it.went_wrong(8);
        }
        assert_eq!(admitted(&it), 1);
        it.went_well(8);
        assert_eq!(admitted(&it), 2);
        it.went_down();
        assert_eq!(admitted(&it), 1);
        for _ in 0..1 + 2 + 3 + 4 + 5 + 6 + 7 {
            it.went_well(8);
        }
        assert_eq!(it, Turns::default());
    }

    /// How a line went.
    #[derive(Debug, Default)]
    struct Went {
        /// Until the last one was answered, in milliseconds.
        took: i64,
        /// The most that called at once.
        most: u32,
        /// The most turns that one of them was given.
        turns: u32,
    }

    /// So many callers come at the same moment. Each call lasts 200 ms; so many of a hundred fail, and what is more
    /// than the system takes is turned away at once. Their callers come again after two seconds.
    fn line(mut it: Turns, callers: usize, at_once: u32, takes: u32, fail: u64) -> Went {
        enum Next {
            Comes(Option<i64>),
            /// Not taken, or whether it went well.
            Called {
                well: Result<bool, ()>,
            },
        }
        let mut went = Went::default();
        let (mut out, mut calls) = (0, 0_u64);
        let mut given = vec![0; callers];
        let mut next: BTreeMap<(i64, usize), Next> =
            (0..callers).map(|n| ((0, n), Next::Comes(None))).collect();
        while let Some(((now, who), what)) = next.pop_first() {
            let name = who.to_string();
            match what {
                Next::Comes(turn) => {
                    let comes = Caller {
                        turn: turn.map(at),
                        turns: given[who],
                        ..caller(&name)
                    };
                    match it.enter(at(now), &comes, at_once) {
                        Ok(()) => {
                            (out, calls) = (out + 1, calls + 1);
                            went.most = went.most.max(out);
                            // No order of its own: a fixed sequence that looks like chance.
                            let fails = calls.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                            let taken = out <= takes;
                            let (well, lasts) = match taken {
                                true => (Ok(fails % 100 >= fail), 200),
                                false => (Err(()), 5),
                            };
                            next.insert((now + lasts, who), Next::Called { well });
                        }
                        Err(turn) => {
                            let turn = turn.duration_since(at(0)).as_millis();
                            let turn = i64::try_from(turn).unwrap();
                            given[who] += 1;
                            next.insert((turn, who), Next::Comes(Some(turn)));
                        }
                    }
                }
                Next::Called { well: Ok(true) } => {
                    out -= 1;
                    it.leave(at(now), &name, at_once);
                    it.went_well(at_once);
                    went.took = now;
                }
                Next::Called { well } => {
                    out -= 1;
                    it.drop_out(&name);
                    match well {
                        Ok(_) => it.went_wrong(at_once),
                        Err(()) => it.was_too_much(at_once),
                    }
                    next.insert((now + 2000, who), Next::Comes(Some(now)));
                }
            }
        }
        went.turns = given.into_iter().max().unwrap_or(0);
        went
    }

    #[test]
    fn a_line_of_thousands_moves_about_as_fast_as_the_system_answers() {
        let ideal = |callers: i64, places: i64| callers * 200 / places;
        for (fail, hundredths) in [(0, 130), (1, 130), (2, 130), (5, 160), (8, 200)] {
            let went = line(Turns::default(), 5000, 20, 20, fail);
            let most = ideal(5000, 20) * hundredths / 100;
            assert!(went.took < most, "{fail} %: {went:?}");
            assert!(went.most <= 20 && went.turns <= 5, "{fail} %: {went:?}");
        }
        // It takes a fifth of what the runbook says.
        let went = line(Turns::default(), 5000, 20, 4, 1);
        assert!(went.took < 2 * ideal(5000, 4), "{went:?}");
        assert!(went.turns <= 5, "{went:?}");
        // All come while one tries whether it is well again.
        let mut down = Turns {
            each: 10_000,
            ..Turns::default()
        };
        down.went_down();
        let went = line(down, 5000, 20, 20, 1);
        assert!(went.took < 2 * ideal(5000, 20), "{went:?}");
    }

    proptest! {
        /// There are never more than the limit, and turns are never given out for the past.
        #[test]
        fn never_more_at_once(steps in prop::collection::vec((0usize..8, 0u8..4, 0i64..5000), 0..80), limit in 1u32..4) {
            let mut it = Turns::default();
            let mut turns: BTreeMap<String, Timestamp> = BTreeMap::new();
            let mut now = 0;
            for (who, does, wait) in steps {
                now += wait;
                let name = format!("case-{who}");
                match does {
                    0 | 1 => {
                        let turn = turns.get(&name).copied();
                        let caller = Caller { name: &name, first: who % 3 == 0, turn, turns: 0, waited: false };
                        if let Err(turn) = it.enter(at(now), &caller, limit) {
                            prop_assert!(turn > at(now));
                            turns.insert(name, turn);
                        }
                    }
                    2 => it.leave(at(now), &name, limit),
                    _ => it.went_wrong(limit),
                }
                prop_assert!(it.calling.len() <= limit as usize);
            }
        }
    }
}
