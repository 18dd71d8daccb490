//! Leaves and returns (rules L1 to L5).

use latchkey_lifecycle::{EmployeeId, Reason};

use crate::{
    day::{Day, First},
    human::{Ask, Dated, Human},
    spell::SaidNo,
};

/// A time away.
#[derive(Debug, Clone)]
pub(crate) struct Leave<'a> {
    pub(crate) id: &'a EmployeeId,
    /// What told of it.
    pub(crate) words: Vec<SaidNo>,
    pub(crate) start: Day,
    /// The first day back.
    pub(crate) back: Option<Day>,
    /// What told of the first day back.
    pub(crate) returns: Vec<SaidNo>,
}

impl Leave<'_> {
    /// It has a return on or before its first day.
    fn is_off(&self) -> bool {
        self.back.is_some_and(|back| back <= self.start)
    }

    fn is_back_by(&self, day: Day) -> bool {
        self.back.is_some_and(|back| back <= day)
    }

    /// Whether somebody is away on the day.
    pub(crate) fn covers(&self, day: Day) -> bool {
        self.start <= day && !self.is_back_by(day)
    }
}

impl Human<'_> {
    pub(crate) fn leave(&mut self, s: SaidNo) {
        let said = self.say(s);
        let id = &said.heard.employee_id;
        let Some(day) = said.day() else {
            return self.idle(s, Reason::FirstDayNotTold, None, Ask::Hr);
        };
        if self.spells_of(id).is_empty() {
            return self.idle(s, Reason::NobodyKnown, None, Ask::Hr);
        }
        let goes_on = |x: &&mut Leave<'_>| x.id == id && !x.is_off() && !x.is_back_by(day);
        let Some(away) = self.leaves.iter_mut().rfind(goes_on) else {
            // L1
            return self.leaves.push(Leave {
                id,
                words: vec![s],
                start: day,
                back: None,
                returns: Vec::new(),
            });
        };
        // L2
        away.words.push(s);
        let begun = said.today >= away.start;
        away.start = if begun { away.start.min(day) } else { day };
    }

    pub(crate) fn return_from_leave(&mut self, s: SaidNo) {
        let said = self.say(s);
        let id = &said.heard.employee_id;
        let day = said.day().unwrap_or(said.today);
        if self.spells_of(id).is_empty() {
            return self.idle(s, Reason::NobodyKnown, None, Ask::Hr);
        }
        let is_away = |x: &&mut Leave<'_>| {
            let back_before = x.back.is_some_and(|back| back < said.today);
            x.id == id && !x.is_off() && !back_before
        };
        if let Some(away) = self.leaves.iter_mut().rfind(is_away) {
            // L3; on or before the first day: it is off
            away.returns.push(s);
            away.back = Some(day.max(away.start));
            return;
        }
        // L4
        let same = |r: &&Dated| self.say(r.said).heard.employee_id == *id && r.day == day;
        match self.returns.iter().find(same).map(|r| r.said) {
            Some(by) => self.idle(s, Reason::SaysWhatIsKnown, Some(by), Ask::Nobody),
            None => self.returns.push(Dated { said: s, day }),
        }
    }

    /// L5: the segment in which a leave counts: the one of its first day, or the next one if that was known by then.
    pub(crate) fn segment_of_leave(&self, leave: &Leave<'_>) -> Option<usize> {
        let mine = self.segments.iter().position(|g| {
            let ends_before = g.end.is_some_and(|end| end <= leave.start);
            self.spell(g.spell).id == leave.id && !ends_before
        })?;
        let g = &self.segments[mine];
        let known = Some(&self.spell(g.spell).founder) < leave.words.first();
        (g.first <= First::On(leave.start) || known).then_some(mine)
    }
}
