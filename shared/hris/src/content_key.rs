//! Telling the same event by what it says.

use jiff::civil::Date;
use latchkey_lifecycle::{EmployeeId, Event, EventKind, PersonDraft};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The SHA-256, in hexadecimal, of what an event says: its kind, person, effective date and reason; not by
/// which delivery, from which source, or when.
///
/// Two deliveries of one event have the same key, also when the vendor gives the second a new id. Compare it
/// with the *latest* event of the same person only: an exit that was withdrawn and is then
/// confirmed again for the same day says the same as the first one, and is a new event all the same.
pub fn content_key(event: &Event) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        kind: EventKind,
        employee_id: Option<&'a EmployeeId>,
        effective: Option<Date>,
        person: &'a PersonDraft,
        reason: Option<&'a str>,
    }
    let content = Content {
        kind: event.kind,
        employee_id: event.person.employee_id.as_ref(),
        effective: event.effective,
        person: &event.person,
        reason: event.reason.as_deref(),
    };
    // Structs serialize in the order of their fields, so equal content gives equal bytes. Writing plain text
    // and dates to memory has no way to fail; were there one, the empty text would still be a key.
    let text = serde_json::to_vec(&content).unwrap_or_default();
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            kind: EventKind::Exit,
            source: "generic".into(),
            delivery_id: "msg_1".into(),
            occurred_at: "2026-11-23T07:00:00Z".parse().unwrap(),
            effective: Some(Date::constant(2026, 12, 18)),
            person: PersonDraft::try_from("1042").unwrap(),
            reason: None,
            confirmed_by: None,
        }
    }

    #[test]
    fn another_delivery_of_the_same_event_has_the_same_key() {
        let mut again = event();
        again.delivery_id = "msg_2".into();
        again.occurred_at = "2026-11-23T07:05:00Z".parse().unwrap();
        again.source = "bamboohr".into();
        assert_eq!(content_key(&again), content_key(&event()));
    }

    #[test]
    fn every_part_of_the_content_counts() {
        let changes: [fn(&mut Event); 5] = [
            |e| e.kind = EventKind::UrgentExit,
            |e| e.effective = None,
            |e| e.person.employee_id = Some("1043".parse().unwrap()),
            |e| e.person.title = Some("Lead".into()),
            |e| e.reason = Some("moves away".into()),
        ];
        for change in changes {
            let mut other = event();
            change(&mut other);
            assert_ne!(content_key(&other), content_key(&event()));
        }
    }
}
