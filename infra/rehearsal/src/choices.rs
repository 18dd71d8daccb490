//! Choices of a rehearsal, in words: "it does not answer", "chat is down until Tuesday", "start date moves by a week
//! on day 3".

use std::fmt;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{SystemId, TeamId};
use latchkey_runbook::Runbook;

use crate::when::{date_of, days_of, length_of, weekday_of};

/// What is understood, as people can write it.
pub const UNDERSTOOD: [&str; 21] = [
    "TEAM does not answer",
    "nobody answers",
    "TEAM answers late by 3 days",
    "TEAM answers twice",
    "TEAM declines",
    "SYSTEM is down",
    "SYSTEM is down until Tuesday",
    "SYSTEM is down until 2026-12-08",
    "SYSTEM is down for 3 days",
    "SYSTEM is down from day 10 for 2 days",
    "SYSTEM is slow",
    "SYSTEM does nothing",
    "SYSTEM refuses us",
    "start date moves by a week on day 3 (also: back by 2 days; to 2026-12-14)",
    "the hire is rescinded on day 5",
    "the exit is withdrawn on day 5",
    "exit on day 20 (also: with last day 2027-01-29)",
    "urgent exit on day 10",
    "goes on leave on day 20 (also: with first day 2027-01-11)",
    "comes back on day 40 (also: with first day 2027-02-08)",
    "the event comes twice",
];

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// What people do with their letters.
    People {
        /// Which team; `None`: everybody, escalation contacts too.
        who: Option<TeamId>,
        /// What they do.
        manner: Manner,
    },
    /// What a system does.
    System {
        /// Which one.
        system: SystemId,
        /// What it does.
        mood: Mood,
        /// From when (UTC).
        from: Timestamp,
        /// Until when (UTC); `None`: to the end.
        until: Option<Timestamp>,
    },
    /// What HR confirms later.
    Change {
        /// What.
        change: Change,
        /// On which day of the rehearsal, from 1.
        day: i64,
    },
    /// The HR system sends the event a second time.
    Twice,
}

/// What people do with a letter, instead of doing at once what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// They leave it.
    Silent,
    /// They answer so long after it was due.
    Late(SignedDuration),
    /// They send the form twice.
    Twice,
    /// They decline.
    Declines,
}

/// What a system does instead of what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It does not answer.
    Down,
    /// Every other answer comes too late to be heard; what was asked for is done.
    Slow,
    /// It says yes and does nothing.
    Idle,
    /// It does not accept Latchkey's credentials.
    Refuses,
}

/// What HR confirms later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The day moves by so many calendar days.
    MovesBy(i64),
    /// The day moves to another.
    MovesTo(Date),
    /// The hire will not happen.
    Rescinded,
    /// The exit will not happen.
    Withdrawn,
    /// An exit, with this last day; two weeks after the confirmation when none is said.
    Exit(Option<Date>),
    /// An urgent exit.
    UrgentExit,
    /// A leave of absence from this day on; from the day of its confirmation when none is said.
    Leave(Option<Date>),
    /// The end of a leave, with this first day back; that of its confirmation when none is said.
    Return(Option<Date>),
}

/// A choice that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--if \"{text}\": {problem}")]
pub struct ChoiceError {
    text: String,
    problem: String,
}

/// The first instant of a day of the rehearsal, from 1: the day on which HR confirms.
pub(crate) fn day_begins(begin: Timestamp, day: i64, zone: &TimeZone) -> Option<Timestamp> {
    let date = begin.to_zoned(zone.clone()).date();
    let date = date.checked_add((day - 1).days()).ok()?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp())
}

impl Choice {
    /// Understands a choice. Teams and systems go by their short names or their names, days by the company's calendar.
    ///
    /// # Errors
    /// [`ChoiceError`] says what is not understood, and lists what is.
    pub fn parse(text: &str, runbook: &Runbook, begin: Timestamp) -> Result<Choice, ChoiceError> {
        let lower = text.trim().trim_end_matches('.').to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let words = match words.split_first() {
            Some((&"the", rest)) => rest,
            _ => &words[..],
        };
        let parser = Parser { runbook, begin };
        parser.choice(words).map_err(|problem| ChoiceError {
            text: text.to_owned(),
            problem,
        })
    }
}

struct Parser<'a> {
    runbook: &'a Runbook,
    begin: Timestamp,
}

pub(crate) type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn choice(&self, words: &[&str]) -> Parsed<Choice> {
        if let ["event", "comes" | "is", rest @ ..] = words
            && matches!(rest, ["twice"] | ["sent", "twice"])
        {
            return Ok(Choice::Twice);
        }
        if let Some(at) = words.iter().rposition(|word| *word == "on")
            && let ["on", "day", number] = &words[at..]
        {
            let day = number.parse::<i64>().ok().filter(|day| *day >= 1);
            let day = day.ok_or_else(|| {
                format!("`{number}` is not a day; day 1 is the day on which HR confirms")
            })?;
            let change = self.change(&words[..at])?;
            return Ok(Choice::Change { change, day });
        }
        let is_verb = |word: &&str| {
            let verbs = [
                "is", "are", "does", "do", "doesn't", "don't", "answer", "answers", "decline",
                "declines", "refuse", "refuses",
            ];
            verbs.contains(word)
        };
        let Some(verb) = words.iter().position(is_verb) else {
            return Err(not_understood(words));
        };
        let (subject, told) = words.split_at(verb);
        match told {
            ["does" | "do", "not", "answer"] | ["doesn't" | "don't", "answer"] => {
                self.people(subject, Manner::Silent)
            }
            ["answers" | "answer"] if subject == ["nobody"] => Ok(Choice::People {
                who: None,
                manner: Manner::Silent,
            }),
            ["answers" | "answer", "twice"] => self.people(subject, Manner::Twice),
            ["answers" | "answer", "late", "by", length @ ..]
            | ["answers" | "answer", length @ .., "late"] => {
                self.people(subject, Manner::Late(length_of(length)?))
            }
            ["declines" | "decline"] => self.people(subject, Manner::Declines),
            ["is" | "are", "down", when @ ..] => self.system(subject, Mood::Down, when),
            ["is" | "are", "slow", when @ ..] => self.system(subject, Mood::Slow, when),
            ["does" | "do", "nothing", when @ ..] => self.system(subject, Mood::Idle, when),
            ["refuses" | "refuse", "us", when @ ..] => self.system(subject, Mood::Refuses, when),
            _ => Err(not_understood(words)),
        }
    }

    fn change(&self, words: &[&str]) -> Parsed<Change> {
        match words {
            ["start" | "last" | "first", "date" | "day", rest @ ..]
            | ["date" | "transfer", rest @ ..] => match rest {
                ["moves", "to", day] => Ok(Change::MovesTo(date_of(day)?)),
                ["moves", "back", "by", length @ ..]
                | ["moves", "by", length @ .., "earlier"]
                | ["moves", "earlier", "by", length @ ..] => Ok(Change::MovesBy(-days_of(length)?)),
                ["moves", "by", length @ ..] => Ok(Change::MovesBy(days_of(length)?)),
                _ => Err(not_understood(words)),
            },
            ["hire", "is", "rescinded"] => Ok(Change::Rescinded),
            ["exit", "is", "withdrawn"] => Ok(Change::Withdrawn),
            ["exit"] => Ok(Change::Exit(None)),
            ["exit", "with", "last", "day", day] => Ok(Change::Exit(Some(date_of(day)?))),
            ["urgent", "exit"] => Ok(Change::UrgentExit),
            ["leave", when @ ..]
            | ["goes", "on", "leave", when @ ..]
            | ["person", "goes", "on", "leave", when @ ..] => {
                Ok(Change::Leave(first_day_of(words, when)?))
            }
            ["return", when @ ..]
            | ["comes", "back", when @ ..]
            | ["person", "comes", "back", when @ ..] => {
                Ok(Change::Return(first_day_of(words, when)?))
            }
            _ => Err(not_understood(words)),
        }
    }

    fn people(&self, subject: &[&str], manner: Manner) -> Parsed<Choice> {
        if matches!(subject, ["everybody" | "everyone" | "they"]) {
            return Ok(Choice::People { who: None, manner });
        }
        let name = subject.join(" ");
        let fits = |(id, team): &(&TeamId, &latchkey_runbook::Team)| {
            id.as_str().to_lowercase() == name || team.name.to_lowercase() == name
        };
        match self.runbook.teams().find(fits) {
            Some((id, _)) => Ok(Choice::People {
                who: Some(id.clone()),
                manner,
            }),
            None => {
                let all: Vec<&str> = self.runbook.teams().map(|(id, _)| id.as_str()).collect();
                Err(format!(
                    "there is no team `{name}`; there are {}",
                    all.join(", ")
                ))
            }
        }
    }

    fn system(&self, subject: &[&str], mood: Mood, when: &[&str]) -> Parsed<Choice> {
        let name = subject.join(" ");
        let mut automatic = self.runbook.systems().filter(|(_, s)| s.is_automatic());
        let fits = |(id, system): &(&SystemId, &latchkey_runbook::System)| {
            id.as_str().to_lowercase() == name || system.name.to_lowercase() == name
        };
        let Some((system, _)) = automatic.find(fits) else {
            let automatic = self.runbook.systems().filter(|(_, s)| s.is_automatic());
            let all: Vec<&str> = automatic.map(|(id, _)| id.as_str()).collect();
            return Err(format!(
                "there is no system `{name}` that a machine works on; there are {}",
                all.join(", ")
            ));
        };
        let (from, when) = match when {
            ["from", "day", number, rest @ ..] | ["on", "day", number, rest @ ..] => {
                (self.day(number)?, rest)
            }
            ["from", day, rest @ ..] => (self.midnight(date_of(day)?)?, rest),
            rest => (self.begin, rest),
        };
        let until = match when {
            [] => None,
            ["until", "day", number] => Some(self.day(number)?),
            ["until", day] => Some(match weekday_of(day) {
                Some(weekday) => {
                    let date = from.to_zoned(self.runbook.time_zone().clone()).date();
                    let next = date.nth_weekday(1, weekday).map_err(|e| e.to_string())?;
                    self.midnight(next)?
                }
                None => self.midnight(date_of(day)?)?,
            }),
            ["for", length @ ..] => {
                let until = from.checked_add(length_of(length)?);
                Some(until.map_err(|e| e.to_string())?)
            }
            other => {
                return Err(format!(
                    "`{}` is not a time; write `until Tuesday`, `until 2026-12-08`, `for 3 days` or `from day 10 for 2 days`",
                    other.join(" ")
                ));
            }
        };
        if until.is_some_and(|until| until <= from) {
            return Err("it would end before it begins".to_owned());
        }
        Ok(Choice::System {
            system: system.clone(),
            mood,
            from,
            until,
        })
    }

    fn day(&self, number: &str) -> Parsed<Timestamp> {
        let day = number.parse::<i64>().ok().filter(|day| *day >= 1);
        day.and_then(|day| day_begins(self.begin, day, self.runbook.time_zone()))
            .ok_or_else(|| {
                format!("`{number}` is not a day; day 1 is the day on which HR confirms")
            })
    }

    fn midnight(&self, date: Date) -> Parsed<Timestamp> {
        let zoned = date.to_zoned(self.runbook.time_zone().clone());
        Ok(zoned.map_err(|e| e.to_string())?.timestamp())
    }
}

fn not_understood(words: &[&str]) -> String {
    format!(
        "`{}` is not understood. What is:\n  {}",
        words.join(" "),
        UNDERSTOOD.join("\n  ")
    )
}

fn first_day_of(words: &[&str], when: &[&str]) -> Parsed<Option<Date>> {
    match when {
        [] => Ok(None),
        ["with", "first", "day", day] => Ok(Some(date_of(day)?)),
        _ => Err(not_understood(words)),
    }
}

impl fmt::Display for Mood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mood::Down => "is down",
            Mood::Slow => "is slow",
            Mood::Idle => "does nothing",
            Mood::Refuses => "refuses us",
        })
    }
}
