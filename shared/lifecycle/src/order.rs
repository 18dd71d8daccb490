//! Which of two decisions about a person is the later one. Pure.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{Case, EventKind, Until};

/// Which of two decisions about a person is the later one: by the first day of the new state, then by confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub(crate) effective: Date,
    pub(crate) confirmed: Timestamp,
    /// Somebody comes, or stays after all: after a last day if it was confirmed later or begins later. Any other
    /// decision has to be both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) comes: bool,
    /// Until when it counts by the person's story; of an exit: the first day without work. `Never`: it is not wanted
    /// any more.
    #[serde(default, skip_serializing_if = "Until::is_ever")]
    pub(crate) until: Until,
    /// The person's story says so: nothing but `until` ends it. What an import found, and what an earlier release
    /// entered, is not told of there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) by_story: bool,
}

impl Order {
    /// The order of a case's decision.
    pub fn of(case: &Case) -> Order {
        let grounds = case.grounds.as_ref();
        let wanted = grounds.map_or(Until::Ever, |grounds| grounds.until);
        let day = |day: Option<Date>| day.map_or(Until::Ever, Until::Day);
        // What corrects or moves it later makes what is given no later decision; what is taken is taken by the last
        // word.
        let decided = grounds
            .and_then(|grounds| grounds.decided)
            .filter(|_| !case.kind.takes_all());
        Order {
            until: match case.kind {
                _ if wanted == Until::Never => Until::Never,
                EventKind::Exit => day(case.effective.and_then(|last| last.tomorrow().ok())),
                EventKind::UrgentExit => day(case.effective),
                _ => wanted,
            },
            by_story: grounds.is_some(),
            ..Order::at(
                case.kind,
                case.effective,
                decided.unwrap_or(case.confirmed_at),
            )
        }
    }

    /// The order of a decision of this kind, for this day, confirmed then.
    pub fn at(kind: EventKind, effective: Option<Date>, confirmed: Timestamp) -> Order {
        Order {
            effective: match kind {
                // Whatever was confirmed before it is over, also what would have begun later.
                EventKind::UrgentExit | EventKind::HireRescinded => Date::MAX,
                _ => effective.unwrap_or(Date::MIN),
            },
            confirmed,
            comes: kind.joins() || kind == EventKind::ExitWithdrawn,
            until: Until::Ever,
            by_story: false,
        }
    }

    /// The order of what somebody had already when the ledger first heard of them.
    pub fn of_old(first_day: Date, known_since: Timestamp) -> Order {
        Order {
            effective: first_day,
            confirmed: known_since,
            comes: true,
            until: Until::Ever,
            by_story: false,
        }
    }

    /// Whether it is the same decision for the same day, whatever has become of its end.
    pub(crate) fn is_of(&self, other: &Order) -> bool {
        (self.effective, self.confirmed) == (other.effective, other.confirmed)
    }

    pub(crate) fn is_before(&self, other: &Order) -> bool {
        (self.effective, self.confirmed) < (other.effective, other.confirmed)
    }

    /// Whether it is not wanted any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.until == Until::Never
    }

    /// Whether it is over with an exit.
    pub fn ends_with(&self, exit: &Order) -> bool {
        match (self.until, exit.until) {
            (_, Until::Never) => return false,
            (Until::Never, _) => return true,
            (Until::Day(until), Until::Day(end)) if until <= end => return true,
            _ if self.by_story => return false,
            _ => {}
        }
        let later_day = self.effective > exit.effective;
        // Of whom the story tells, any exit after their beginning ends what they had before anybody told of them.
        let later_word = self.confirmed > exit.confirmed && !(self.comes && exit.by_story);
        // An urgent exit ends what was confirmed before it, and has no day that another decision could come after.
        let urgent = exit.effective == Date::MAX;
        match self.comes || urgent {
            true => !later_day && !later_word,
            false => !later_day || !later_word,
        }
    }
}
