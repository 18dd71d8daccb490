//! One event: its case begun, completed or planned anew, in one transaction, and the execution started.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_ledger::{PersonRecord, Receipt, Received, Row};
use latchkey_lifecycle::{
    AuditBody, Case, CaseId, CaseState, EmployeeId, Event, EventKind, Person, PersonDraft, Revision,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Begin, Failure};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Deps,
    belongs::{belongs, new_id, overruled},
    supersedes::{supersedes, taken_back},
};

/// How often writers that meet each other look again before the sender is asked to send again.
const ATTEMPTS: usize = 8;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its case.
    pub case: CaseId,
    /// Whether it changed anything: the same event by another delivery does not.
    pub news: bool,
    /// What the record still lacks.
    pub missing: Vec<String>,
    /// The execution to start, when that is known without looking.
    pub(crate) begin: Option<Begin>,
}

/// What an event does to its case.
struct Decision {
    receipt: Option<Box<Receipt>>,
    /// Executions that must not go on.
    stop: Vec<(CaseId, Revision)>,
    case: CaseId,
    missing: Vec<String>,
}

impl Decision {
    fn nothing_new(case: &Case) -> Decision {
        Decision {
            receipt: None,
            stop: Vec::new(),
            case: case.id.clone(),
            missing: case.missing.clone(),
        }
    }
}

/// Takes an event in, into the given case or the one it belongs to.
///
/// # Errors
/// [`Failure::Busy`] when ledger or state machine do not answer now: the same event may come again.
pub async fn take_in(deps: &Deps, event: Event, into: Option<&CaseId>) -> Result<Taken, Failure> {
    let taken = write(deps, event, into).await?;
    match &taken.begin {
        Some(begin) => deps.workflow.start(begin).await?,
        None => resume_start(deps, &taken.case).await?,
    }
    Ok(taken)
}

/// Writes an event and stops what it supersedes. The execution is started by [`resume_start`].
pub(crate) async fn write(
    deps: &Deps,
    event: Event,
    into: Option<&CaseId>,
) -> Result<Taken, Failure> {
    for _ in 0..ATTEMPTS {
        let decision = decide(deps, &event, into).await?;
        let Decision {
            receipt,
            stop,
            case,
            missing,
        } = decision;
        let Some(mut receipt) = receipt else {
            deps.ledger
                .note_delivery(&event.source, &event.delivery_id, &case)
                .await?;
            return Ok(Taken {
                case,
                news: false,
                missing,
                begin: None,
            });
        };
        if deps.ledger.receive(&mut receipt).await? == Received::Again {
            if let Some(case) = deps
                .ledger
                .case_of_delivery(&event.source, &event.delivery_id)
                .await?
            {
                return Ok(Taken {
                    case,
                    news: false,
                    missing,
                    begin: None,
                });
            }
            continue;
        }
        for (stopped, revision) in stop {
            let why = if stopped == case {
                "planned anew"
            } else {
                "superseded"
            };
            deps.workflow.stop(&stopped, revision, why).await?;
        }
        let begin = Some(Begin::new(case.clone(), receipt.case.item.revision));
        return Ok(Taken {
            case,
            news: true,
            missing,
            begin,
        });
    }
    Err(Failure::Busy(
        "other events of the same person are being taken in".to_owned(),
    ))
}

/// Starts the execution of a case that was taken in and not planned yet. Starting twice is starting once.
pub(crate) async fn resume_start(deps: &Deps, case: &CaseId) -> Result<(), Failure> {
    let case = deps.ledger.case(case).await?.item;
    if matches!(case.state, CaseState::Received | CaseState::Incomplete) {
        deps.workflow
            .start(&Begin::new(case.id, case.revision))
            .await?;
    }
    Ok(())
}

/// What the record would still lack after the event. Changes nothing.
pub(crate) async fn lacking(deps: &Deps, event: &Event) -> Result<Vec<String>, Failure> {
    let employee = employee_of(event);
    let known = deps.ledger.find_person(&employee).await?;
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let record = merged(known.as_ref().map(|row| &row.item), event);
    let effective = effective(event, &record, &runbook);
    let record = dated(record, event.kind, effective);
    Ok(person_of(event.kind, &employee, record, effective).1)
}

async fn decide(deps: &Deps, event: &Event, into: Option<&CaseId>) -> Result<Decision, Failure> {
    let now = deps.clock.now();
    let employee = employee_of(event);
    let known = deps.ledger.find_person(&employee).await?;
    let (version, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let record = merged(known.as_ref().map(|row| &row.item), event);
    let effective = effective(event, &record, &runbook);
    // Whoever has a case has a record: both are written at once.
    let cases = match &known {
        None => Vec::new(),
        Some(_) => cases_of(deps, &employee).await?,
    };
    if let Some(later) = overruled(event, &cases) {
        return Ok(Decision::nothing_new(&later.item));
    }
    let today = event.occurred_at.to_zoned(zone(&record, &runbook)).date();
    let effective = effective.or_else(|| {
        let taken_back = taken_back(event.kind, &cases)?;
        Some(taken_back.item.effective.unwrap_or(today))
    });
    let existing = match into {
        Some(id) => Some(deps.ledger.case(id).await?),
        None => belongs(event, effective, news(known.as_ref(), &record), &cases).cloned(),
    };
    // A moved date is one of the kind that it moves.
    let kind = existing.as_ref().map_or(event.kind, |row| row.item.kind);
    let record = dated(record, kind, effective);
    let (person, missing) = person_of(kind, &employee, record.clone(), effective);

    let (mut case, mut stop, audit) = match existing {
        None => {
            let case = Case {
                id: new_id(event, &employee, effective, &cases),
                kind: event.kind,
                employee_id: employee.clone(),
                before: before(event.kind, known.as_ref()),
                person,
                effective,
                confirmed_at: event.occurred_at,
                state: if missing.is_empty() {
                    CaseState::Received
                } else {
                    CaseState::Incomplete
                },
                revision: Revision::FIRST,
                runbook: version,
                missing: missing.clone(),
                supersedes: Vec::new(),
                superseded_by: None,
                opened_at: now,
                closed_at: None,
                reason: event.reason.clone(),
                names: None,
                summary_sent: false,
            };
            let audit = audit(
                now,
                event,
                "received",
                format!("{} confirmed.", article(event.kind)),
            );
            (Row::new(case), Vec::new(), audit)
        }
        Some(row) => {
            let case = &row.item;
            let same = case.person == person && case.effective == effective;
            let older = case.person.is_some() && event.occurred_at < case.confirmed_at;
            let still_incomplete = case.person.is_none() && person.is_none();
            let nothing_new = same || older || case.state.is_ended();
            if nothing_new || (still_incomplete && case.missing == missing) {
                return Ok(Decision::nothing_new(case));
            }
            let stop = vec![(case.id.clone(), case.revision)];
            let mut row = row.clone();
            let case = &mut row.item;
            case.revision = case.revision.next();
            case.state = if missing.is_empty() {
                CaseState::Received
            } else {
                CaseState::Incomplete
            };
            let moved = case.effective.zip(effective).filter(|(was, is)| was != is);
            let revision = case.revision;
            let (what, text) = match moved {
                Some((was, is)) => (
                    "moved",
                    format!("Moved from {was} to {is}; planned anew as revision {revision}."),
                ),
                None => (
                    "changed",
                    format!("The record changed; planned anew as revision {revision}."),
                ),
            };
            case.person = person;
            case.effective = effective;
            case.missing.clone_from(&missing);
            case.employee_id = employee.clone();
            case.confirmed_at = case.confirmed_at.max(event.occurred_at);
            (row, stop, audit(now, event, what, text))
        }
    };
    let id = case.item.id.clone();
    let mut ended = Vec::new();
    for row in supersedes(kind, effective, today, &cases) {
        let earlier = &row.item;
        if earlier.id == id || case.item.supersedes.contains(&earlier.id) {
            continue;
        }
        case.item.supersedes.push(earlier.id.clone());
        if !earlier.state.is_ended() {
            stop.push((earlier.id.clone(), earlier.revision));
            ended.push(end(row.clone(), &id, event, now));
        }
    }
    let person = Some(person_row(known, record, event.occurred_at));
    let receipt = Receipt {
        event: event.clone(),
        case,
        audit,
        person,
        superseded: ended,
    };
    Ok(Decision {
        receipt: Some(Box::new(receipt)),
        stop,
        case: id,
        missing,
    })
}

/// Whose event it is. One without an employee id gets one from its delivery, until HR completes the record.
fn employee_of(event: &Event) -> EmployeeId {
    if let Some(id) = &event.person.employee_id {
        return id.clone();
    }
    let digest = Sha256::digest(format!("{}\n{}", event.source, event.delivery_id));
    EmployeeId::stand_in(&hex::encode(digest))
}

/// What is known after the event. An older event fills gaps and overrides nothing.
fn merged(known: Option<&PersonRecord>, event: &Event) -> PersonDraft {
    let told = event.person.clone();
    let mut record = match known {
        None => told,
        Some(known) if known.as_of <= event.occurred_at => known.record.clone().updated_with(told),
        Some(known) => told.updated_with(known.record.clone()),
    };
    let zone = record.time_zone.as_deref();
    if zone.is_some_and(|name| TimeZone::get(name).is_err()) {
        tracing::warn!(
            "the HR system names a time zone that does not exist; the runbook's is used"
        );
        record.time_zone = None;
    }
    record
}

/// Whether the record after the event says something that was not known.
fn news(known: Option<&Row<PersonRecord>>, record: &PersonDraft) -> bool {
    known.is_none_or(|known| known.item.record != *record)
}

/// A case that another one takes the place of: nothing of it runs any more, and what comes late for it is known to be
/// older.
fn end(mut row: Row<Case>, by: &CaseId, event: &Event, now: Timestamp) -> (Row<Case>, AuditBody) {
    let case = &mut row.item;
    case.state = CaseState::Superseded;
    case.revision = case.revision.next();
    case.superseded_by = Some(by.clone());
    case.closed_at = Some(now);
    case.confirmed_at = case.confirmed_at.max(event.occurred_at);
    let text = format!("Case {by} took this one's place.");
    (row, audit(now, event, "superseded", text))
}

/// The person's time zone, or else the company's.
fn zone(record: &PersonDraft, runbook: &Runbook) -> TimeZone {
    record
        .time_zone
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or_else(|| runbook.time_zone().clone())
}

/// The first day of the new state.
fn effective(event: &Event, record: &PersonDraft, runbook: &Runbook) -> Option<Date> {
    let today = event.occurred_at.to_zoned(zone(record, runbook)).date();
    event.effective.or(match event.kind {
        EventKind::Hire | EventKind::Rehire => record.start_date,
        EventKind::Exit => record.last_day,
        EventKind::UrgentExit | EventKind::Transfer => Some(today),
        EventKind::DateMoved => event.person.start_date.or(event.person.last_day),
        EventKind::HireRescinded | EventKind::ExitWithdrawn => None,
    })
}

/// The record with the day of the event where the record keeps it.
fn dated(mut record: PersonDraft, kind: EventKind, effective: Option<Date>) -> PersonDraft {
    match kind {
        EventKind::Hire | EventKind::Rehire if effective.is_some() => record.start_date = effective,
        EventKind::Exit | EventKind::UrgentExit if effective.is_some() => {
            record.last_day = effective
        }
        EventKind::ExitWithdrawn => record.last_day = None,
        _ => {}
    }
    record
}

/// The complete person, or what is missing. An exit never waits for a complete record: access is taken by
/// the employee id, whatever else HR left out.
fn person_of(
    kind: EventKind,
    employee: &EmployeeId,
    record: PersonDraft,
    effective: Option<Date>,
) -> (Option<Person>, Vec<String>) {
    let exit = kind.takes_all() && record.employee_id.is_some() && effective.is_some();
    let record = if exit {
        lenient(record, effective)
    } else {
        record
    };
    let mut missing: Vec<String> = Vec::new();
    if effective.is_none() && !matches!(kind, EventKind::HireRescinded | EventKind::ExitWithdrawn) {
        missing.push(match kind {
            EventKind::Hire | EventKind::Rehire | EventKind::DateMoved => "start date".to_owned(),
            EventKind::Exit | EventKind::UrgentExit => "last day".to_owned(),
            _ => "effective date".to_owned(),
        });
    }
    match record.complete() {
        Ok(person) if missing.is_empty() => (
            Some(Person {
                employee_id: employee.clone(),
                ..person
            }),
            missing,
        ),
        Ok(_) => (None, missing),
        Err(lacks) => {
            let more: Vec<String> = lacks
                .0
                .into_iter()
                .map(str::to_owned)
                .filter(|m| !missing.contains(m))
                .collect();
            missing.extend(more);
            (None, missing)
        }
    }
}

/// An exit's record with gaps closed: an empty name matches no account, so such an exit looks for the
/// employee id alone.
fn lenient(record: PersonDraft, effective: Option<Date>) -> PersonDraft {
    let nothing = || Some(String::new());
    let floor = PersonDraft {
        given_name: nothing(),
        family_name: nothing(),
        department: nothing(),
        title: nothing(),
        employment_type: nothing(),
        country: nothing(),
        start_date: effective,
        ..PersonDraft::default()
    };
    floor.updated_with(record)
}

/// The person's cases, open and ended, in the order of their ids.
async fn cases_of(deps: &Deps, employee: &EmployeeId) -> Result<Vec<Row<Case>>, Failure> {
    let mut rows = Vec::new();
    for (id, _) in deps.ledger.cases_of(employee).await? {
        rows.extend(deps.ledger.find_case(&id).await?);
    }
    Ok(rows)
}

fn before(kind: EventKind, known: Option<&Row<PersonRecord>>) -> Option<Person> {
    match kind {
        EventKind::Transfer => known.and_then(|row| row.item.record.clone().complete().ok()),
        _ => None,
    }
}

fn person_row(
    known: Option<Row<PersonRecord>>,
    record: PersonDraft,
    as_of: Timestamp,
) -> Row<PersonRecord> {
    match known {
        None => Row::new(PersonRecord { record, as_of }),
        Some(mut row) => {
            row.item.as_of = row.item.as_of.max(as_of);
            row.item.record = record;
            row
        }
    }
}

fn audit(now: Timestamp, event: &Event, what: &str, text: String) -> AuditBody {
    AuditBody {
        at: now,
        by: format!("HR system ({})", event.source),
        what: what.to_owned(),
        text,
        detail: json!({
            "source": event.source,
            "delivery": event.delivery_id,
            "occurredAt": event.occurred_at,
            "effective": event.effective,
            "reason": event.reason,
        }),
    }
}

fn article(kind: EventKind) -> String {
    let words = kind.words();
    let a = if words.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "An"
    } else {
        "A"
    };
    format!("{a} {words} was")
}
