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
    /// Somebody comes, or stays after all: after a last day if it was confirmed later or begins later. Any other decision
    /// has to be both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) comes: bool,
    /// Until when it counts by the person's story; of an exit: the first day without work.
    #[serde(default, skip_serializing_if = "Until::is_ever")]
    pub(crate) until: Until,
}

impl Order {
    /// The order of a case's decision.
    pub fn of(case: &Case) -> Order {
        let grounds = case.grounds.as_ref();
        let day = |day: Option<Date>| day.map_or(Until::Ever, Until::Day);
        Order {
            until: match case.kind {
                EventKind::Exit => day(case.effective.and_then(|last| last.tomorrow().ok())),
                EventKind::UrgentExit => day(case.effective),
                _ => grounds.map_or(Until::Ever, |grounds| grounds.until),
            },
            // What corrects or moves it later makes it no later decision.
            ..Order::at(
                case.kind,
                case.effective,
                grounds
                    .and_then(|grounds| grounds.decided)
                    .unwrap_or(case.confirmed_at),
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
        }
    }

    /// The order of what somebody had already when the ledger first heard of them.
    pub fn of_old(first_day: Date, known_since: Timestamp) -> Order {
        Order {
            effective: first_day,
            confirmed: known_since,
            comes: true,
            until: Until::Ever,
        }
    }

    /// Whether it is the same decision for the same day, whatever has become of its end.
    pub(crate) fn is_of(&self, other: &Order) -> bool {
        (self.effective, self.confirmed) == (other.effective, other.confirmed)
    }

    pub(crate) fn is_before(&self, other: &Order) -> bool {
        (self.effective, self.confirmed) < (other.effective, other.confirmed)
    }

    /// Whether it is over with an exit.
    pub fn ends_with(&self, last_day: &Order) -> bool {
        if let (Until::Day(until), Until::Day(end)) = (self.until, last_day.until)
            && until <= end
        {
            return true;
        }
        let later_day = self.effective > last_day.effective;
        let later_word = self.confirmed > last_day.confirmed;
        // An urgent exit ends what was confirmed before it, and has no day that another decision could come after.
        let urgent = last_day.effective == Date::MAX;
        match self.comes || urgent {
            true => !later_day && !later_word,
            false => !later_day || !later_word,
        }
    }
}
