//! Events of which nobody has said what they mean: kept, and asked of HR once for each name. Nothing else is done by
//! them, and their deliveries do not count as taken in, so that they can be sent again when it has been said.

use jiff::Timestamp;
use latchkey_hris::Authentic;
use latchkey_ledger::{Delivered, DeliveryKey, PersonRecord, Receipt, Received, Row};
use latchkey_lifecycle::{
    AuditBody, Case, Event, EventKind, PersonDraft, Revision, RunbookVersion, UnknownEvent, What,
};
use latchkey_runtime::{Begin, Failure};
use serde_json::json;

use crate::{
    Deps, Taken,
    take_in::{ATTEMPTS, resume_start},
};

/// Keeps an event that nobody knows, the `nth` of its delivery, and asks HR about it unless events of that name were
/// asked about before.
pub(crate) async fn ask(
    deps: &Deps,
    authentic: &Authentic,
    nth: usize,
    unknown: &UnknownEvent,
) -> Result<Taken, Failure> {
    let id = unknown.case_id();
    let event = kept(authentic, nth, unknown);
    let name = format!("`{}` of {}", unknown.name, unknown.source);
    for _ in 0..ATTEMPTS {
        if deps.ledger.find_case(&id).await?.is_some() {
            deps.ledger.keep_event(&id, &event).await?;
            resume_start(deps.looks(), deps.workflow.as_ref(), &unknown.stand_in()).await?;
            let note = format!("Nothing is done by {name}: HR was asked before what it means.");
            return Ok(Taken {
                case: Some(id),
                news: false,
                again: false,
                missing: Vec::new(),
                note: Some(note),
            });
        }
        let (version, _) = deps.runbooks.current(&deps.ledger).await?;
        let mut receipt = question(unknown, event.clone(), version, deps.clock.now());
        if deps.ledger.receive(&mut receipt).await? == Received::Again {
            continue;
        }
        let begin = Begin::new(id.clone(), Revision::FIRST);
        deps.workflow.start(&begin).await?;
        let note = format!(
            "Nobody has said what {name} means, so nothing is done by it. HR has been given a task to look at it."
        );
        return Ok(Taken {
            case: Some(id),
            news: true,
            again: false,
            missing: Vec::new(),
            note: Some(note),
        });
    }
    Err(Failure::Busy(
        "other events of the same name are being taken in".to_owned(),
    ))
}

/// What is kept of it, as an event of the kind that changes nothing by itself.
fn kept(authentic: &Authentic, nth: usize, unknown: &UnknownEvent) -> Event {
    Event {
        kind: EventKind::DateMoved,
        source: unknown.source.clone(),
        delivery_id: format!("{}.unknown-{}", authentic.delivery_id, nth + 1),
        occurred_at: authentic.timestamp,
        effective: None,
        person: PersonDraft {
            employee_id: unknown.employee_id.clone(),
            ..PersonDraft::default()
        },
        reason: None,
        confirmed_by: None,
    }
}

/// The case by which HR is asked. It is about no person, so that what is decided about people leaves it alone.
fn question(
    unknown: &UnknownEvent,
    event: Event,
    runbook: RunbookVersion,
    now: Timestamp,
) -> Receipt {
    let stand_in = unknown.stand_in();
    let text = format!(
        "An event called `{}` came, and nobody has said what it means. HR is asked.",
        unknown.name
    );
    let record = PersonDraft {
        employee_id: Some(stand_in.clone()),
        ..PersonDraft::default()
    };
    let (id, at) = (unknown.case_id(), event.occurred_at);
    let case = Case {
        unknown_event: Some(unknown.clone()),
        ..Case::received(id, event.kind, stand_in.clone(), runbook, at, now)
    };
    let delivery = DeliveryKey::of(&event.source, &event.delivery_id);
    let led_to = Delivered {
        case_id: Some(case.id.clone()),
        employee_id: Some(stand_in.clone()),
        words: None,
    };
    let audit = AuditBody {
        at: now,
        by: format!("HR system ({})", event.source),
        what: What::Received,
        text,
        detail: json!({ "source": event.source, "delivery": event.delivery_id, "occurredAt": event.occurred_at }),
    };
    Receipt {
        delivery: Some((delivery, led_to)),
        unknown: Some((case.id.clone(), event)),
        cases: vec![(Row::new(case), audit)],
        people: vec![(stand_in, Row::new(PersonRecord::new(record, now, 1)))],
        ..Receipt::default()
    }
}
