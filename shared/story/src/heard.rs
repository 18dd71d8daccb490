//! What is kept of each thing that HR confirmed. Append-only: nothing of it is ever changed.

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{EmployeeId, Event, EventId, HeardKind, PersonDraft};
use serde::{Deserialize, Serialize};

use crate::event_id::id_of;

/// One thing that HR confirmed, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// What happened.
    pub kind: HeardKind,
    /// Whom it is about, or the stand-in of its delivery ([`Event::employee_id`]).
    pub employee_id: EmployeeId,
    /// The source in `POST /hooks/{source}`. Decides nothing.
    pub source: String,
    /// The delivery's own id, unique within the source. Decides nothing.
    pub delivery_id: String,
    /// When HR says that it was decided (UTC).
    pub occurred_at: Timestamp,
    /// When it came (UTC). Counts only where `occurred_at` cannot be (T1).
    pub received_at: Timestamp,
    /// First day of the new state: start date, day of transfer, or last day; in the person's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Date>,
    /// What HR told of the person, and nothing else.
    #[serde(default)]
    pub person: PersonDraft,
    /// HR's answer, of [`HeardKind::Identity`]: whether `employee_id` and the record's `previous_id` are one human.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<bool>,
    /// Why, in HR's words. Decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who confirmed it, by name. Decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
}

impl Heard {
    /// An event of an HR system, as it is kept. `received_at`: when it came (UTC).
    pub fn of(event: Event, received_at: Timestamp) -> Heard {
        Heard {
            kind: event.kind.into(),
            employee_id: event.employee_id(),
            source: event.source,
            delivery_id: event.delivery_id,
            occurred_at: event.occurred_at,
            received_at,
            effective: event.effective,
            person: event.person,
            same: None,
            reason: event.reason,
            confirmed_by: event.confirmed_by,
        }
    }

    /// Somebody who works here already, by a record whose start date is the first day, where that is known. `at`: when
    /// that was said (UTC).
    pub fn there(
        employee_id: EmployeeId,
        person: PersonDraft,
        at: Timestamp,
        source: &str,
        delivery_id: &str,
    ) -> Heard {
        Heard {
            kind: HeardKind::There,
            employee_id,
            source: source.to_owned(),
            delivery_id: delivery_id.to_owned(),
            occurred_at: at,
            received_at: at,
            effective: None,
            person,
            same: None,
            reason: None,
            confirmed_by: None,
        }
    }

    /// HR's answer to whether two employee ids are one human. `at`: when it was given (UTC).
    pub fn identity(claim: Claim, same: bool, at: Timestamp, source: &str, id: &str) -> Heard {
        let person = PersonDraft {
            previous_id: Some(claim.previous),
            ..PersonDraft::default()
        };
        Heard {
            kind: HeardKind::Identity,
            same: Some(same),
            ..Heard::there(claim.employee, person, at, source, id)
        }
    }

    /// The two ids that it says are one human, or that it answers about. Ids connected by claims are read together,
    /// believed or not.
    pub fn claim(&self) -> Option<Claim> {
        let claims = self.kind.links() || self.kind == HeardKind::Identity;
        let previous = self.person.previous_id.clone().filter(|_| claims)?;
        (previous != self.employee_id).then(|| Claim {
            employee: self.employee_id.clone(),
            previous,
        })
    }

    /// What makes it the same event, by whatever delivery.
    pub fn id(&self) -> EventId {
        id_of(self)
    }
}

/// That the human who is called `employee` was called `previous` before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The id of now.
    pub employee: EmployeeId,
    /// The id of before.
    pub previous: EmployeeId,
}
