//! What an authentic delivery says, in our words.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{EmployeeId, Event, EventKind, PersonDraft, UnknownEvent};
use serde::{Deserialize, Serialize};

use crate::{Authentic, RecordRequest, poll};

/// What an authentic delivery says.
// One lives at a time, and only for a moment: a box would save nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// What happened, in the order in which to take it in. Never empty. Each has its own delivery id: the last one that
    /// of the delivery, which is known only when all of it was taken in; those before it end in `.1`, `.2`, ….
    Events(Vec<Event>),
    /// The webhook says only whose record changed.
    NeedsRecord(Notice),
    /// Nothing that concerns anybody's access. Answered with success, so that the vendor is content.
    Nothing {
        /// Why, for the log.
        why: String,
    },
    /// Events of which nobody has said what they mean, and those beside them in the delivery that are understood.
    /// Answered with success, since vendors give a webhook up that is refused for days; HR is asked. None of them has
    /// the delivery's own id: the delivery is welcome again when somebody has said what it means.
    Unknown {
        /// Those that are understood, in the order in which to take them in.
        events: Vec<Event>,
        /// The others. Never empty.
        unknown: Vec<UnknownEvent>,
    },
}

/// A webhook that says whose record changed, and how to read it. Serializable, so that it can wait when
/// the HR system is busy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The source's name.
    pub source: String,
    /// The delivery's own id.
    pub delivery_id: String,
    /// When HR says that it happened (UTC).
    pub occurred_at: Timestamp,
    /// Whose record.
    pub employee_id: EmployeeId,
    /// The vendor's event type, e.g. `employee.updated`.
    pub change: String,
    /// The vendor's names of the fields that changed, when it tells.
    #[serde(default)]
    pub changed_fields: Vec<String>,
    /// The request that reads the record.
    pub request: RecordRequest,
}

impl Notice {
    /// Whether it tells of a new record.
    pub fn is_new(&self) -> bool {
        let mut words = self.change.split('.');
        words.any(|word| matches!(word, "created" | "added" | "hired" | "new"))
    }

    /// The notice of a record that is told of as a new one, and is of somebody who is known: it is read like one that
    /// changed.
    #[must_use]
    pub fn of_known(&self) -> Notice {
        Notice {
            change: poll::CHANGED.to_owned(),
            ..self.clone()
        }
    }

    /// The day of the change in UTC: vendors do not tell the person's time zone.
    pub(crate) fn day(&self) -> Date {
        self.occurred_at.to_zoned(TimeZone::UTC).date()
    }

    /// An event that this notice stands for.
    pub(crate) fn event(
        &self,
        kind: EventKind,
        effective: Option<Date>,
        person: PersonDraft,
    ) -> Event {
        Event {
            kind,
            source: self.source.clone(),
            delivery_id: self.delivery_id.clone(),
            occurred_at: self.occurred_at,
            effective,
            person,
            reason: None,
            confirmed_by: None,
        }
    }
}

impl Translation {
    /// The events, each with its own delivery id; `Nothing` when there are none.
    pub(crate) fn of_events(mut events: Vec<Event>, why_nothing: &str) -> Translation {
        let before_the_last = events.len().saturating_sub(1);
        for (position, event) in events.iter_mut().take(before_the_last).enumerate() {
            event.delivery_id = format!("{}.{}", event.delivery_id, position + 1);
        }
        if events.is_empty() {
            return Translation::Nothing {
                why: why_nothing.to_owned(),
            };
        }
        Translation::Events(events)
    }

    /// What is told beside events of which nobody has said what they mean.
    pub(crate) fn beside_unknown(
        mut events: Vec<Event>,
        unknown: Vec<UnknownEvent>,
    ) -> Translation {
        for (position, event) in events.iter_mut().enumerate() {
            event.delivery_id = format!("{}.beside-{}", event.delivery_id, position + 1);
        }
        Translation::Unknown { events, unknown }
    }
}

/// An event of which only the person's id is known: a record was deleted, or access has to end before
/// there is time to read one.
pub(crate) fn bare_event(
    source: &str,
    authentic: &Authentic,
    occurred_at: Timestamp,
    kind: EventKind,
    employee_id: EmployeeId,
    reason: &str,
) -> Translation {
    Translation::Events(vec![Event {
        kind,
        source: source.to_owned(),
        delivery_id: authentic.delivery_id.clone(),
        occurred_at,
        effective: None,
        person: PersonDraft {
            employee_id: Some(employee_id),
            ..PersonDraft::default()
        },
        reason: Some(reason.to_owned()),
        confirmed_by: None,
    }])
}

/// The largest part of a vendor's text that goes into one of our sentences.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
