//! What a person should have on a day.

use jiff::civil::Date;
use latchkey_lifecycle::PersonDraft;

use crate::{day::Day, human::Human};

/// What a person should have on a day. Windows (granting before the first day, overlap, the hour of the last day) are
/// laid around these days by the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Nothing: they do not work here on that day, or the record is incomplete.
    None,
    /// What the permissions matrix gives to somebody who is this.
    Have(PersonDraft),
    /// The same, suspended: they are away.
    Suspended(PersonDraft),
}

impl Human<'_> {
    /// What the person should have on a day where they work.
    pub fn access(&self, day: Date) -> Access {
        let day = Day::from(day);
        let is = self.told_on(day);
        let here = self.segments.iter().position(|g| g.has(day));
        let Some(here) = here.filter(|_| is.is_complete()) else {
            return Access::None;
        };
        let away = |leave: &crate::leave::Leave<'_>| {
            leave.covers(day) && self.segment_of_leave(leave) == Some(here)
        };
        match self.leaves.iter().any(away) {
            true => Access::Suspended(is.draft()),
            false => Access::Have(is.draft()),
        }
    }
}
