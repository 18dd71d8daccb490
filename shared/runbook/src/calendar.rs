//! Working days and hours: exact across holidays and changes of clocks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

/// More days than any phrase spans; ends a search on a calendar without working days, which the check refuses.
const FARTHEST: u32 = 20_000;

/// A company's working days and hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Monday first.
    days: [bool; 7],
    opens: Time,
    closes: Time,
    /// By country; under the empty name for everybody.
    holidays: BTreeMap<String, BTreeSet<Date>>,
}

impl Calendar {
    /// A calendar of these working days (Monday first), working hours, and holidays by country (`""` for all).
    pub fn new(
        days: [bool; 7],
        opens: Time,
        closes: Time,
        holidays: BTreeMap<String, BTreeSet<Date>>,
    ) -> Calendar {
        Calendar {
            days,
            opens,
            closes,
            holidays,
        }
    }

    /// When work begins.
    pub fn opens(&self) -> Time {
        self.opens
    }

    /// When work ends.
    pub fn closes(&self) -> Time {
        self.closes
    }

    /// Whether people in this country work on this day.
    pub fn is_working_day(&self, date: Date, country: &str) -> bool {
        self.works_on(date.weekday()) && !self.holidays_in(country).any(|days| days.contains(&date))
    }

    /// The holidays of everybody, and those of this country.
    fn holidays_in(&self, country: &str) -> impl Iterator<Item = &BTreeSet<Date>> {
        let here = |name: &str| name.is_empty() || name.eq_ignore_ascii_case(country);
        let lists = self.holidays.iter().filter(move |(name, _)| here(name));
        lists.map(|(_, days)| days)
    }

    /// The day on which weeks begin: the first working day after the longest rest.
    pub fn week_begins(&self) -> Weekday {
        let rest_before = |day: Weekday| {
            let before = (1..7).map(|back| day.wrapping_sub(back));
            before.take_while(|day| !self.works_on(*day)).count()
        };
        let week = (0..7).map(|after| Weekday::Monday.wrapping_add(after));
        let working = week.filter(|day| self.works_on(*day));
        // Of several the first, from Monday on.
        let longest = working.reduce(|best, day| match rest_before(day) > rest_before(best) {
            true => day,
            false => best,
        });
        longest.unwrap_or(Weekday::Monday)
    }

    fn works_on(&self, day: Weekday) -> bool {
        let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
        self.days.get(index).copied().unwrap_or_default()
    }

    /// The countries that have holidays of their own.
    pub fn countries(&self) -> impl Iterator<Item = &str> {
        let names = self.holidays.keys().map(String::as_str);
        names.filter(|name| !name.is_empty())
    }

    /// The `count`th working day after (or, negative, before) a day, which itself does not count. For 0 the day
    /// itself.
    pub fn working_days_from(&self, date: Date, count: i32, country: &str) -> Date {
        // Looked up once: many days are tried.
        let holidays: Vec<&BTreeSet<Date>> = self.holidays_in(country).collect();
        let mut left = count.unsigned_abs();
        let mut at = date;
        for _ in 0..FARTHEST {
            if left == 0 {
                return at;
            }
            let next = if count > 0 {
                at.tomorrow()
            } else {
                at.yesterday()
            };
            let Ok(next) = next else { return at };
            at = next;
            if self.works_on(at.weekday()) && !holidays.iter().any(|days| days.contains(&at)) {
                left -= 1;
            }
        }
        at
    }

    /// The instant at which so much working time has passed, in the given zone.
    pub fn after_working_time(
        &self,
        from: Timestamp,
        time: SignedDuration,
        zone: &TimeZone,
        country: &str,
    ) -> Timestamp {
        let mut left = time;
        let mut day = from.to_zoned(zone.clone()).date();
        for _ in 0..FARTHEST {
            if self.is_working_day(day, country) {
                let opens = instant(day, self.opens, zone).max(from);
                let closes = instant(day, self.closes, zone);
                let open = closes.duration_since(opens);
                if open >= left {
                    return opens.saturating_add(left).unwrap_or(closes);
                }
                if open > SignedDuration::ZERO {
                    left -= open;
                }
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        from
    }
}

/// A wall-clock time on a day. One that is skipped when clocks go forward is the instant after the gap by as
/// much; one that comes twice is the first (RFC 5545 section 3.3.5).
pub fn instant(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(date.to_datetime(time))
        .compatible()
        .unwrap_or(Timestamp::MAX)
}
