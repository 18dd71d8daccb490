//! A day as a number, so that the arithmetic of the rules has no ends at which it could fail.

use jiff::{ToSpan, civil::Date};

/// A calendar day, counted from the first of January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(i32);

const FIRST: Date = Date::constant(1970, 1, 1);

impl Day {
    /// The day that many days later, or earlier.
    pub(crate) fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    pub(crate) fn next(self) -> Day {
        self.plus(1)
    }

    pub(crate) fn before(self) -> Day {
        self.plus(-1)
    }

    /// The day in the calendar; its last one for what is later (the day after 9999-12-31 has no name).
    pub(crate) fn date(self) -> Date {
        FIRST.saturating_add(self.0.days())
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        let hours = date.duration_since(FIRST).as_hours();
        // A calendar of twenty thousand years has fewer days than an i32.
        Day(i32::try_from(hours / 24).unwrap_or(i32::MAX))
    }
}

/// The first day of a spell of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum First {
    /// Before anybody told: the person was there already.
    LongAgo,
    /// This day.
    On(Day),
    /// HR has not told it yet.
    NotTold,
}

impl First {
    /// The day, where it is a day.
    pub(crate) fn day(self) -> Option<Day> {
        match self {
            First::On(day) => Some(day),
            First::LongAgo | First::NotTold => None,
        }
    }

    pub(crate) fn is_told(self) -> bool {
        self != First::NotTold
    }
}

impl From<Option<Day>> for First {
    fn from(day: Option<Day>) -> First {
        day.map_or(First::NotTold, First::On)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_date_also_at_the_ends_of_the_calendar() {
        for date in [Date::MIN, Date::MAX, Date::constant(2024, 2, 29), FIRST] {
            assert_eq!(Day::from(date).date(), date);
        }
        assert_eq!(Day::from(Date::MAX).next().date(), Date::MAX);
        assert_eq!(Day::from(Date::MIN).before().date(), Date::MIN);
        assert!(Day::from(Date::MAX).next() > Day::from(Date::MAX));
    }
}
