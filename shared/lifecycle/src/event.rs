//! Events: what the HR system confirmed.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{EmployeeId, PersonDraft};

/// What happened to a person, in HR's view.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody will start.
    Hire,
    /// Department, title, level, place or manager changes.
    Transfer,
    /// Somebody will leave, on a planned last day.
    Exit,
    /// Somebody has to be cut off now.
    UrgentExit,
    /// The start date or last day of an open event moved.
    DateMoved,
    /// A confirmed hire will not happen.
    HireRescinded,
    /// A confirmed exit will not happen.
    ExitWithdrawn,
    /// Somebody who left comes back.
    Rehire,
    /// Somebody is away for a time: parental leave, illness, a sabbatical.
    Leave,
    /// Somebody who was away is back, or does not go.
    Return,
}

impl EventKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [EventKind; 10] = [
        EventKind::Hire,
        EventKind::Transfer,
        EventKind::Exit,
        EventKind::UrgentExit,
        EventKind::DateMoved,
        EventKind::HireRescinded,
        EventKind::ExitWithdrawn,
        EventKind::Rehire,
        EventKind::Leave,
        EventKind::Return,
    ];

    /// The kind as it is written in payloads and the ledger, e.g. `urgent_exit`.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Hire => "hire",
            EventKind::Transfer => "transfer",
            EventKind::Exit => "exit",
            EventKind::UrgentExit => "urgent_exit",
            EventKind::DateMoved => "date_moved",
            EventKind::HireRescinded => "hire_rescinded",
            EventKind::ExitWithdrawn => "exit_withdrawn",
            EventKind::Rehire => "rehire",
            EventKind::Leave => "leave",
            EventKind::Return => "return",
        }
    }

    /// The kind as people say it, e.g. `urgent exit`.
    pub fn words(self) -> &'static str {
        match self {
            EventKind::UrgentExit => "urgent exit",
            EventKind::DateMoved => "moved date",
            EventKind::HireRescinded => "rescinded hire",
            EventKind::ExitWithdrawn => "withdrawn exit",
            EventKind::Leave => "leave of absence",
            EventKind::Return => "return from leave",
            other => other.as_str(),
        }
    }

    /// The same with its article, e.g. `an urgent exit`.
    pub fn with_article(self) -> String {
        let words = self.words();
        match words.starts_with(['a', 'e', 'i', 'o', 'u']) {
            true => format!("an {words}"),
            false => format!("a {words}"),
        }
    }

    /// Whether the kind takes all access away.
    pub fn takes_all(self) -> bool {
        matches!(
            self,
            EventKind::Exit | EventKind::UrgentExit | EventKind::HireRescinded
        )
    }

    /// Whether it takes access away, and goes before what gives it wherever both stand in line.
    pub fn goes_first(self) -> bool {
        self.takes_all() || self == EventKind::Leave
    }

    /// Whether somebody comes, for the first time or again.
    pub fn joins(self) -> bool {
        matches!(self, EventKind::Hire | EventKind::Rehire)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One confirmed event, in our words, whatever the HR system calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The source in `POST /hooks/{source}`.
    pub source: String,
    /// The delivery's own id, unique within the source.
    pub delivery_id: String,
    /// When HR says that it happened (UTC); orders events that arrive out of order.
    pub occurred_at: Timestamp,
    /// First day of the new state: start date, day of transfer, or last day; in the person's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Date>,
    /// What HR says about the person after the event. Parts that the event does not touch may be absent.
    pub person: PersonDraft,
    /// Why, in HR's words. Shown to owners; never to systems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who confirmed it, by name, where the source tells: it stands in the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
}

impl Event {
    /// Whom it is about. An event without an employee id gets one from its delivery, until HR completes the record.
    pub fn employee_id(&self) -> EmployeeId {
        if let Some(id) = &self.person.employee_id {
            return id.clone();
        }
        let digest = Sha256::digest(format!("{}\n{}", self.source, self.delivery_id));
        EmployeeId::stand_in(&hex::encode(digest))
    }
}
