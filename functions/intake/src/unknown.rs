//! Events of which nobody has said what they mean: kept, and asked of HR once for each name. Nothing else is done by them, and their
//! deliveries do not count as taken in, so that they can be sent again when it has been said.

use jiff::Timestamp;
use latchkey_hris::Authentic;
use latchkey_ledger::{PersonRecord, Receipt, Received, Row};
use latchkey_lifecycle::{
    Case, Event, EventKind, PersonDraft, Revision, RunbookVersion, UnknownEvent,
};
use latchkey_runtime::{Begin, Failure};

use crate::{
    Deps, Taken,
    decide::audit_of,
    take_in::{ATTEMPTS, resume_start},
};

/// Keeps an event that nobody knows, the `nth` of its delivery, and asks HR about it unless events of that name were asked about
/// before.
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
            resume_start(deps, &id).await?;
            let note = format!("Nothing is done by {name}: HR was asked before what it means.");
            return Ok(Taken {
                case: id,
                news: false,
                missing: Vec::new(),
                note: Some(note),
                begin: None,
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
            case: id,
            news: true,
            missing: Vec::new(),
            note: Some(note),
            begin: Some(begin),
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
        ..Case::received(id, event.kind, stand_in, runbook, at, now)
    };
    Receipt {
        audit: audit_of(now, &event, "received", text),
        event,
        case: Row::new(case),
        person: Some(Row::new(PersonRecord {
            record,
            as_of: now,
            origin: None,
            became: None,
        })),
        others: Vec::new(),
        previous: None,
        brake: None,
    }
}
