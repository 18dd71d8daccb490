//! What a phrase means for one person and event.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::phrase::{Anchor, Phrase, TimeOfDay, Unit};
use crate::calendar::{Calendar, instant};

/// What windows of one event are counted from.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Start date, day of transfer, or last day.
    pub effective: Date,
    /// When HR confirmed the event (UTC).
    pub confirmed: Timestamp,
    /// The person's time zone.
    pub zone: &'a TimeZone,
    /// The person's country, for its holidays.
    pub country: &'a str,
    /// Working days and hours.
    pub calendar: &'a Calendar,
}

/// Which end of a window a phrase stands for: it decides the time of day that is meant when none is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// The beginning: the start of the working day.
    Opens,
    /// The end: the end of the working day.
    Due,
}

impl Phrase {
    /// The instant that the phrase means (UTC).
    pub fn resolve(&self, moment: &Moment<'_>, edge: Edge) -> Timestamp {
        match *self {
            Phrase::Now => moment.confirmed,
            Phrase::Within(amount, unit) => {
                let amount = i32::try_from(amount).unwrap_or(i32::MAX);
                count(moment, moment.confirmed, amount, unit)
            }
            Phrase::Relative {
                amount,
                unit,
                anchor,
                time,
            } => {
                let from = match anchor {
                    Anchor::Effective => moment.effective,
                    Anchor::Confirmation => moment.confirmed.to_zoned(moment.zone.clone()).date(),
                };
                let default = match edge {
                    Edge::Opens => moment.calendar.opens(),
                    Edge::Due => moment.calendar.closes(),
                };
                let date = match unit {
                    Unit::Days => days(from, i64::from(amount)),
                    Unit::Weeks => days(from, i64::from(amount) * 7),
                    Unit::WorkingDays => {
                        moment
                            .calendar
                            .working_days_from(from, amount, moment.country)
                    }
                    Unit::Minutes | Unit::Hours | Unit::WorkingHours => {
                        let anchor = match anchor {
                            Anchor::Effective => {
                                instant(from, moment.calendar.opens(), moment.zone)
                            }
                            Anchor::Confirmation => moment.confirmed,
                        };
                        return count(moment, anchor, amount, unit);
                    }
                };
                let time = match time {
                    None => default,
                    Some(TimeOfDay::At(time)) => time,
                    Some(TimeOfDay::StartOfDay) => moment.calendar.opens(),
                    Some(TimeOfDay::EndOfDay) => moment.calendar.closes(),
                };
                instant(date, time, moment.zone)
            }
        }
    }
}

fn days(from: Date, count: i64) -> Date {
    from.checked_add(count.days())
        .unwrap_or(if count < 0 { Date::MIN } else { Date::MAX })
}

/// So much after (or before) an instant. Days keep the time of day; minutes and hours are exact.
fn count(moment: &Moment<'_>, from: Timestamp, amount: i32, unit: Unit) -> Timestamp {
    let exact = |seconds: i64| {
        from.saturating_add(SignedDuration::from_secs(seconds * i64::from(amount)))
            .unwrap_or(Timestamp::MAX)
    };
    let local = from.to_zoned(moment.zone.clone());
    let on = |date: Date| instant(date, local.time(), moment.zone);
    match unit {
        Unit::Minutes => exact(60),
        Unit::Hours => exact(3600),
        Unit::WorkingHours if amount >= 0 => moment.calendar.after_working_time(
            from,
            SignedDuration::from_hours(i64::from(amount)),
            moment.zone,
            moment.country,
        ),
        Unit::WorkingHours => exact(3600),
        Unit::Days => on(days(local.date(), i64::from(amount))),
        Unit::Weeks => on(days(local.date(), i64::from(amount) * 7)),
        Unit::WorkingDays => {
            on(moment
                .calendar
                .working_days_from(local.date(), amount, moment.country))
        }
    }
}
