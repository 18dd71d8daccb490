//! The story: every human that a set of events tells of.

use jiff::tz::TimeZone;
use latchkey_lifecycle::{EmployeeId, EventId};

use crate::{heard::Heard, human::Human, humans::humans, order::in_order, want::Want};

/// What follows from a set of events: the people they tell of, what each is on each day, and the cases that should
/// exist.
///
/// It depends on the set alone: not on the order in which events came or how often, nor on any clock.
#[derive(Debug)]
pub struct Story<'a> {
    humans: Vec<Human<'a>>,
    wants: Vec<Want>,
}

impl<'a> Story<'a> {
    /// The story of these events: all of one person, with those of every id that a claim connects (see
    /// [`Heard::claim`]).
    ///
    /// `company`: the time zone of work where no event told another one. Total: no events are refused.
    pub fn of(events: impl IntoIterator<Item = &'a Heard>, company: &TimeZone) -> Story<'a> {
        let groups = humans(in_order(events));
        let mut humans = Vec::with_capacity(groups.len());
        let mut wants = Vec::new();
        for group in groups {
            let mut human = Human::of(group, company);
            wants.extend(human.lay_wants());
            humans.push(human);
        }
        Story { humans, wants }
    }

    /// The cases that should exist.
    pub fn wants(&self) -> &[Want] {
        &self.wants
    }

    /// The humans, in the order in which they were first told of.
    pub fn humans(&self) -> &[Human<'a>] {
        &self.humans
    }

    /// The human with this employee id, if anything was told of it.
    pub fn human(&self, id: &EmployeeId) -> Option<&Human<'a>> {
        self.humans.iter().find(|human| human.has(id))
    }

    /// The human whom an event is about.
    pub fn human_of(&self, event: EventId) -> Option<&Human<'a>> {
        let has = |human: &&Human<'_>| human.said.iter().any(|said| said.decided.id == event);
        self.humans.iter().find(has)
    }

    /// The events whose own time cannot be (T1): HR is told that a clock is wrong.
    pub fn wrong_clocks(&self) -> impl Iterator<Item = &'a Heard> {
        let said = self.humans.iter().flat_map(|human| &human.said);
        said.filter(|said| said.decided.has_wrong_clock())
            .map(|said| said.heard)
    }
}
