//! What a case is about, and what it stands on, in the words of the person's story.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{EmployeeId, EventId, EventKind, PersonDraft, Reason};

/// What happened, in HR's view: a kind of [`Event`], or what only the story hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardKind {
    /// Whether two employee ids are one human: HR's answer.
    Identity,
    /// Somebody works here already: an import, or what an old ledger knew.
    There,
    /// See [`EventKind::Hire`].
    Hire,
    /// See [`EventKind::Rehire`].
    Rehire,
    /// See [`EventKind::Transfer`].
    Transfer,
    /// See [`EventKind::Exit`].
    Exit,
    /// See [`EventKind::UrgentExit`].
    UrgentExit,
    /// See [`EventKind::DateMoved`].
    DateMoved,
    /// See [`EventKind::HireRescinded`].
    HireRescinded,
    /// See [`EventKind::ExitWithdrawn`].
    ExitWithdrawn,
    /// See [`EventKind::Leave`].
    Leave,
    /// See [`EventKind::Return`].
    Return,
}

impl HeardKind {
    /// The kind as it is written in the ledger, e.g. `urgent_exit`.
    pub fn as_str(self) -> &'static str {
        match self {
            HeardKind::Identity => "identity",
            HeardKind::There => "there",
            HeardKind::Hire => EventKind::Hire.as_str(),
            HeardKind::Rehire => EventKind::Rehire.as_str(),
            HeardKind::Transfer => EventKind::Transfer.as_str(),
            HeardKind::Exit => EventKind::Exit.as_str(),
            HeardKind::UrgentExit => EventKind::UrgentExit.as_str(),
            HeardKind::DateMoved => EventKind::DateMoved.as_str(),
            HeardKind::HireRescinded => EventKind::HireRescinded.as_str(),
            HeardKind::ExitWithdrawn => EventKind::ExitWithdrawn.as_str(),
            HeardKind::Leave => EventKind::Leave.as_str(),
            HeardKind::Return => EventKind::Return.as_str(),
        }
    }

    /// The kind of event that an HR system sends, where it is one.
    pub fn event(self) -> Option<EventKind> {
        EventKind::ALL
            .into_iter()
            .find(|kind| HeardKind::from(*kind) == self)
    }

    /// Whether somebody comes, for the first time or again.
    pub fn joins(self) -> bool {
        matches!(self, HeardKind::Hire | HeardKind::Rehire)
    }

    /// Whether such an event says who somebody was before (I1).
    pub fn links(self) -> bool {
        self.joins() || self == HeardKind::Transfer
    }
}

impl From<EventKind> for HeardKind {
    fn from(kind: EventKind) -> HeardKind {
        match kind {
            EventKind::Hire => HeardKind::Hire,
            EventKind::Transfer => HeardKind::Transfer,
            EventKind::Exit => HeardKind::Exit,
            EventKind::UrgentExit => HeardKind::UrgentExit,
            EventKind::DateMoved => HeardKind::DateMoved,
            EventKind::HireRescinded => HeardKind::HireRescinded,
            EventKind::ExitWithdrawn => HeardKind::ExitWithdrawn,
            EventKind::Rehire => HeardKind::Rehire,
            EventKind::Leave => HeardKind::Leave,
            EventKind::Return => HeardKind::Return,
        }
    }
}

impl fmt::Display for HeardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Matter {
    /// Something that is carried out.
    Carry(EventKind),
    /// HR is asked what an event of this kind means.
    Ask(HeardKind),
}

impl Matter {
    /// Whether it gives somebody access, so that a case of it that acted has something which can be brought up to date.
    pub fn gives(self) -> bool {
        matches!(
            self,
            Matter::Carry(
                EventKind::Hire
                    | EventKind::Rehire
                    | EventKind::Transfer
                    | EventKind::Return
                    | EventKind::ExitWithdrawn
            )
        )
    }

    /// O1: a rehire is a hire.
    pub fn is_like(self, other: Matter) -> bool {
        let joins = |matter: Matter| matches!(matter, Matter::Carry(kind) if kind.joins());
        self == other || (joins(self) && joins(other))
    }

    /// Whether HR is asked.
    pub fn asks(self) -> bool {
        matches!(self, Matter::Ask(_))
    }

    /// Whether an event of this kind is carried out.
    pub fn is(self, kind: EventKind) -> bool {
        self == Matter::Carry(kind)
    }

    /// Questions first, then by the kinds' names.
    pub fn place(self) -> (bool, &'static str) {
        match self {
            Matter::Ask(kind) => (false, kind.as_str()),
            Matter::Carry(kind) => (true, kind.as_str()),
        }
    }
}

impl fmt::Display for Matter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Matter::Carry(kind) => f.write_str(kind.words()),
            Matter::Ask(kind) => write!(f, "question about {}", kind.as_str().replace('_', " ")),
        }
    }
}

/// How long what a case gives counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Until {
    /// Not any more: the case was ended.
    Never,
    /// Until this day, which is the first one without it, where the person works.
    Day(Date),
    /// Without an end that is known.
    #[default]
    Ever,
}

impl Until {
    /// Whether no end is known.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn is_ever(&self) -> bool {
        *self == Until::Ever
    }
}

/// What a case is planned from: when any of it changes, the case is planned anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedFrom {
    /// What is carried out, or asked.
    pub matter: Matter,
    /// For whom.
    pub employee_id: EmployeeId,
    /// First day of the new state, or the last day; where the person works. None where HR has not told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// What the person is before, for a transfer and for what takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PersonDraft>,
    /// What the person is after; none where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PersonDraft>,
    /// The fields that HR still has to tell, as [`crate::MissingFields`] names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What HR is asked to decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Reason>,
}

/// What a case stands on: which of the things that HR confirmed, and what it was planned from. Kept with the case, so
/// that the next event finds what it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grounds {
    /// What it is about.
    pub matter: Matter,
    /// The events that it stands on.
    pub events: Vec<EventId>,
    /// The events that it takes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<EventId>,
    /// How long what it gives counts.
    #[serde(default)]
    pub until: Until,
    /// Nothing that HR says asks for it any more, but it acted, and the person works on its day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// What it was last planned from.
    pub from: PlannedFrom,
    /// Whether a step of an earlier revision may have acted in a system.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acted: bool,
    /// When what founds it was decided (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Timestamp>,
    /// Somebody left it out by name while it was held: what it stands on did not happen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
    /// It counts as carried out though it did not come to its end: the exit at which what it gives ends was carried
    /// out. The story begins it again only where access would differ.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}
