//! The other way round: an event of ours as a `generic` webhook tells it.

use latchkey_lifecycle::{EmployeeId, Event, EventKind, PersonDraft};

use crate::{GenericData, GenericPayload, GenericPerson, GenericType};

/// The body of the webhook that tells this event to the source `generic`, for `employee`.
pub fn generic_payload(event: &Event, employee: &EmployeeId) -> GenericPayload {
    GenericPayload {
        event_type: type_of(event.kind),
        timestamp: Some(event.occurred_at),
        confirmed_by: event.confirmed_by.clone(),
        data: GenericData {
            employee_id: employee.clone(),
            effective_date: event.effective,
            reason: event.reason.clone(),
            person: person_of(event.person.clone()),
        },
    }
}

fn type_of(kind: EventKind) -> GenericType {
    match kind {
        EventKind::Hire => GenericType::Hired,
        EventKind::Transfer => GenericType::Transferred,
        EventKind::Exit => GenericType::Exiting,
        EventKind::UrgentExit => GenericType::UrgentExit,
        EventKind::DateMoved => GenericType::DateMoved,
        EventKind::HireRescinded => GenericType::HireRescinded,
        EventKind::ExitWithdrawn => GenericType::ExitWithdrawn,
        EventKind::Rehire => GenericType::Rehired,
        EventKind::Leave => GenericType::LeaveStarted,
        EventKind::Return => GenericType::LeaveEnded,
    }
}

fn person_of(draft: PersonDraft) -> GenericPerson {
    GenericPerson {
        given_name: draft.given_name,
        family_name: draft.family_name,
        work_email: draft.work_email,
        personal_email: draft.personal_email,
        department: draft.department,
        title: draft.title,
        level: draft.level,
        employment_type: draft.employment_type,
        country: draft.country,
        location: draft.location,
        time_zone: draft.time_zone,
        manager: draft.manager,
        manager_email: draft.manager_email,
        start_date: draft.start_date,
        last_day: draft.last_day,
        previous_employee_id: draft.previous_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentic, Translation, source};

    #[test]
    fn what_is_told_is_understood_as_the_same_event() {
        for (n, kind) in EventKind::ALL.into_iter().enumerate() {
            let mut person = PersonDraft::try_from("1042").unwrap();
            person.title = Some("Lead".into());
            person.previous_id = EmployeeId::new("C7").ok();
            let day = jiff::civil::Date::constant(2026, 12, 7);
            match kind {
                EventKind::Hire | EventKind::Rehire => person.start_date = Some(day),
                EventKind::Exit | EventKind::UrgentExit => person.last_day = Some(day),
                _ => {}
            }
            let event = Event {
                kind,
                source: "generic".into(),
                delivery_id: format!("mass-{n}"),
                occurred_at: "2026-11-23T07:00:00.123Z".parse().unwrap(),
                effective: Some(day),
                person,
                reason: Some("a reorganisation".into()),
                confirmed_by: Some("Ada King".into()),
            };
            let employee = event.person.employee_id.clone().unwrap();
            let body = serde_json::to_vec(&generic_payload(&event, &employee)).unwrap();
            let authentic = Authentic {
                delivery_id: event.delivery_id.clone(),
                timestamp: "2026-11-24T07:00:00Z".parse().unwrap(),
            };
            let told = source("generic")
                .unwrap()
                .translate(&authentic, &body)
                .unwrap();
            assert_eq!(told, Translation::Events(vec![event]));
        }
    }
}
