//! Segments: the spells that stand, cut where another one goes on. Those of one human never overlap.

use crate::{
    day::{Day, First},
    human::Human,
    spell::{SaidNo, SpellNo},
};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) spell: SpellNo,
    pub(crate) first: First,
    /// The first day after it.
    pub(crate) end: Option<Day>,
    /// It follows the one before without a day between, and no urgent exit stands there: one continuous employment (C1,
    /// C5).
    pub(crate) goes_on: bool,
}

impl Segment {
    pub(crate) fn has(&self, day: Day) -> bool {
        self.first <= First::On(day) && self.ends_after(day)
    }

    pub(crate) fn ends_after(&self, day: Day) -> bool {
        self.end.is_none_or(|end| day < end)
    }
}

impl Human<'_> {
    pub(crate) fn lay_segments(&self) -> Vec<Segment> {
        let working = self.numbered().filter(|(_, x)| x.works());
        let working = working.map(|(n, x)| (x.first, x.founder, n, self.bound(n)));
        // What is over before it begins is no time of work.
        let mut working: Vec<_> = working
            .filter(|(first, .., end)| end.is_none_or(|end| end > *first))
            .collect();
        working.sort_by_key(|(first, founder, ..)| (*first, *founder));
        // C2: of ids that follow each other in a circle one remains.
        let is_in_a_circle = |n: SpellNo| self.is_swallowed(self.spell(n));
        if working.iter().any(|(.., n, _)| !is_in_a_circle(*n)) {
            working.retain(|(.., n, _)| !is_in_a_circle(*n));
        } else if let Some(last) = working.pop() {
            working = vec![last];
        }
        let mut segments: Vec<Segment> = Vec::with_capacity(working.len());
        for (first, _, spell, end) in working {
            let goes_on = segments.last().is_some_and(|last| {
                let gap = last.end.is_none_or(|end| First::On(end) < first);
                let cut = self.spell(last.spell);
                let cut_there = cut.is_cut() && cut.end() == last.end;
                !gap && !cut_there
            });
            segments.push(Segment {
                spell,
                first,
                end: end.and_then(First::day),
                goes_on,
            });
        }
        segments
    }

    /// The segment of a spell.
    pub(crate) fn segment_of(&self, x: SpellNo) -> Option<&Segment> {
        self.segments.iter().find(|g| g.spell == x)
    }

    /// The segment of a day.
    pub(crate) fn segment(&self, day: Day) -> Option<&Segment> {
        self.segments.iter().find(|g| g.has(day))
    }

    /// The segment that goes on from this one.
    pub(crate) fn next(&self, segment: &Segment) -> Option<&Segment> {
        let end = First::On(segment.end?);
        self.segments.iter().find(|g| g.first == end && g.goes_on)
    }

    /// The first day after a segment and after whatever goes on from it; none while no end is known.
    pub(crate) fn over(&self, segment: &Segment) -> Option<Day> {
        let mut last = segment;
        while let Some(next) = self.next(last) {
            last = next;
        }
        last.end
    }

    pub(crate) fn founder_of(&self, segment: &Segment) -> SaidNo {
        self.spell(segment.spell).founder
    }
}
