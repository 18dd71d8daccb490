//! The grammar:
//!
//! ```text
//! phrase  = "now" | "within" amount | [amount ("before" | "after")] ["the" | "on the" | "on"] anchor ["at" time]
//! amount  = (number | "a" | "an" | "one") unit
//! unit    = minute(s) | hour(s) | day(s) | week(s) | working hour(s) | working day(s)
//! anchor  = "start" | "start date" | "first day" | "last day" | "transfer" | "leave" | "return" | "effective date"
//!         | "confirmation"
//! time    = HH:MM | "noon" | "midnight" | "start of day" | "end of day"
//! ```
//!
//! **A new phrase** is a line of this grammar, a line in [`Phrase::parse`], and what it means in `resolve`.

use jiff::{SignedDuration, civil::Time};

/// What time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Hours within working hours.
    WorkingHours,
    /// Calendar days.
    Days,
    /// Days that are worked on.
    WorkingDays,
    /// Weeks.
    Weeks,
}

impl Unit {
    /// So much of it, for units that are always as long.
    pub(crate) fn length(self, amount: u32) -> Option<SignedDuration> {
        let amount = i64::from(amount);
        match self {
            Unit::Minutes => Some(SignedDuration::from_mins(amount)),
            Unit::Hours => Some(SignedDuration::from_hours(amount)),
            Unit::Days => Some(SignedDuration::from_hours(24 * amount)),
            Unit::Weeks => Some(SignedDuration::from_hours(7 * 24 * amount)),
            Unit::WorkingHours | Unit::WorkingDays => None,
        }
    }
}

/// What time is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The first day of the new state: start date, day of transfer, last day, first day of leave, first day back.
    Effective,
    /// The instant at which HR confirmed the event.
    Confirmation,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeOfDay {
    /// So late.
    At(Time),
    /// When work begins.
    StartOfDay,
    /// When work ends.
    EndOfDay,
}

/// A phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// At once.
    Now,
    /// So much after the confirmation.
    Within(u32, Unit),
    /// So much before (negative) or after an anchor, at a time of day.
    Relative {
        /// How much; negative for before.
        amount: i32,
        /// Of what.
        unit: Unit,
        /// From where.
        anchor: Anchor,
        /// At what time of day.
        time: Option<TimeOfDay>,
    },
}

/// Why a phrase is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PhraseError(pub String);

/// Names of anchors.
const ANCHORS: [(&str, Anchor); 14] = [
    ("start", Anchor::Effective),
    ("start date", Anchor::Effective),
    ("start day", Anchor::Effective),
    ("first day", Anchor::Effective),
    ("last day", Anchor::Effective),
    ("transfer", Anchor::Effective),
    ("transfer day", Anchor::Effective),
    ("leave", Anchor::Effective),
    ("first day of leave", Anchor::Effective),
    ("return", Anchor::Effective),
    ("first day back", Anchor::Effective),
    ("effective date", Anchor::Effective),
    ("effective day", Anchor::Effective),
    ("confirmation", Anchor::Confirmation),
];

/// Names of units.
const UNITS: [&str; 6] = [
    "minutes",
    "hours",
    "days",
    "weeks",
    "working hours",
    "working days",
];

fn error(message: impl Into<String>) -> PhraseError {
    PhraseError(message.into())
}

impl Phrase {
    /// Reads a phrase.
    ///
    /// # Errors
    /// A sentence that says which part is not understood and what could stand there.
    pub fn parse(text: &str) -> Result<Phrase, PhraseError> {
        let folded = text.to_lowercase();
        let words: Vec<&str> = folded.split_whitespace().collect();
        match words.as_slice() {
            [] => Err(error(
                "there is no window here; say e.g. \"2 working days before start at 09:00\"",
            )),
            ["now" | "immediately"] => Ok(Phrase::Now),
            ["within", rest @ ..] => {
                let (amount, unit, rest) = amount(rest)?;
                if !rest.is_empty() {
                    return Err(error(format!(
                        "`{}` is too much after \"within …\"",
                        rest.join(" ")
                    )));
                }
                Ok(Phrase::Within(amount, unit))
            }
            words => relative(words),
        }
    }
}

impl Phrase {
    /// Whether holidays can change which of the two comes first. They cannot when both are counted in working days
    /// from the same day: more of them is always later.
    pub(crate) fn holidays_can_part(&self, other: &Phrase) -> bool {
        let counts_working_time = |phrase: &Phrase| match phrase {
            Phrase::Now => false,
            Phrase::Within(_, unit) | Phrase::Relative { unit, .. } => {
                matches!(unit, Unit::WorkingDays | Unit::WorkingHours)
            }
        };
        let in_working_days_from = |phrase: &Phrase| match phrase {
            Phrase::Relative {
                amount: 0, anchor, ..
            }
            | Phrase::Relative {
                unit: Unit::WorkingDays,
                anchor,
                ..
            } => Some(*anchor),
            _ => None,
        };
        let (a, b) = (in_working_days_from(self), in_working_days_from(other));
        (counts_working_time(self) || counts_working_time(other)) && (a.is_none() || a != b)
    }
}

fn relative(words: &[&str]) -> Result<Phrase, PhraseError> {
    let at = words.iter().position(|w| *w == "at");
    let (head, tail) = words.split_at(at.unwrap_or(words.len()));
    let time = match tail {
        [] => None,
        [_, time @ ..] => Some(time_of_day(&time.join(" "))?),
    };
    let counted = head.iter().position(|w| matches!(*w, "before" | "after"));
    let (amount, unit, anchor) = match counted {
        None => (0, Unit::Days, head),
        Some(position) => {
            let (count, unit, rest) = amount(&head[..position])?;
            if !rest.is_empty() {
                return Err(error(format!("`{}` is not understood", rest.join(" "))));
            }
            if unit == Unit::WorkingHours && head[position] == "before" {
                return Err(error(
                    "working hours are counted forward only: say \"after\", or hours",
                ));
            }
            let count = i32::try_from(count).map_err(|_| error("that is too long"))?;
            let sign = if head[position] == "before" { -1 } else { 1 };
            (sign * count, unit, &head[position + 1..])
        }
    };
    let anchor = match anchor {
        ["on", "the", rest @ ..] | ["on" | "the", rest @ ..] => rest,
        rest => rest,
    };
    let name = anchor.join(" ");
    let known = ANCHORS.iter().find(|(n, _)| *n == name).map(|(_, a)| *a);
    let anchor = known.ok_or_else(|| {
        let near = crate::problem::did_you_mean(&name, ANCHORS.iter().map(|(n, _)| *n));
        let help = near.unwrap_or_else(|| {
            "a window is \"now\", \"within 15 minutes\", or e.g. \"2 working days before start at 09:00\", \"last day at 17:30\"".to_owned()
        });
        error(format!("`{name}` is nothing to count from; {help}"))
    })?;
    if time.is_some() && matches!(unit, Unit::Minutes | Unit::Hours | Unit::WorkingHours) {
        return Err(error(
            "minutes and hours have no \"at\": say either, not both",
        ));
    }
    Ok(Phrase::Relative {
        amount,
        unit,
        anchor,
        time,
    })
}

fn amount<'a>(words: &'a [&'a str]) -> Result<(u32, Unit, &'a [&'a str]), PhraseError> {
    let [count, rest @ ..] = words else {
        return Err(error("a number is missing, e.g. \"2 working days\""));
    };
    let number = match *count {
        "a" | "an" | "one" => 1,
        digits => digits
            .parse::<u32>()
            .ok()
            .filter(|n| *n <= 10_000)
            .ok_or_else(|| error(format!("`{digits}` is not a number from 0 to 10000")))?,
    };
    let (unit, rest) = match rest {
        ["working", "day" | "days", rest @ ..] => (Unit::WorkingDays, rest),
        ["working", "hour" | "hours", rest @ ..] => (Unit::WorkingHours, rest),
        ["minute" | "minutes", rest @ ..] => (Unit::Minutes, rest),
        ["hour" | "hours", rest @ ..] => (Unit::Hours, rest),
        ["day" | "days", rest @ ..] => (Unit::Days, rest),
        ["week" | "weeks", rest @ ..] => (Unit::Weeks, rest),
        other => {
            let what = other.join(" ");
            let near = crate::problem::did_you_mean(&what, UNITS);
            let help = near.unwrap_or_else(|| format!("there are {}", UNITS.join(", ")));
            return Err(error(format!("`{what}` is no unit; {help}")));
        }
    };
    Ok((number, unit, rest))
}

fn time_of_day(text: &str) -> Result<TimeOfDay, PhraseError> {
    match text {
        "noon" => Ok(TimeOfDay::At(Time::constant(12, 0, 0, 0))),
        "midnight" => Ok(TimeOfDay::At(Time::midnight())),
        "start of day" => Ok(TimeOfDay::StartOfDay),
        "end of day" => Ok(TimeOfDay::EndOfDay),
        other => hours_minutes(other).map(TimeOfDay::At).ok_or_else(|| {
            error(format!(
                "`{other}` is no time of day; say e.g. 09:00, noon, end of day"
            ))
        }),
    }
}

/// `09:00`.
pub(crate) fn hours_minutes(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) || minutes.len() != 2 {
        return None;
    }
    Time::new(hours.parse().ok()?, minutes.parse().ok()?, 0, 0).ok()
}
