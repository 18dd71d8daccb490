//! What an event does to the person's cases: begins one, plans one anew, ends others. Reads and changes nothing.

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::{PersonRecord, Receipt, Row};
use latchkey_lifecycle::{
    AuditBody, Case, CaseId, CaseState, EmployeeId, Event, EventKind, Order, Person, PersonDraft,
    Revision,
};
use latchkey_runtime::{Begin, Failure};
use serde_json::json;

use crate::{
    Looks,
    again::hired_since,
    answered::moves_what_is_open,
    asked::{day_field, far_ahead, heard, is_far_ahead, readable, still_asked},
    belongs::{belongs, has_left, new_id, overruled},
    braked::{Changes, brake},
    follow::{After, follow},
    previous_id,
    record::{dated, effective_of, employee_of, merged, person_of, zone},
    revived::revived,
    stands::{again, against, overruled_by},
    supersedes::{supersedes, taken_back},
    timeline::{Timeline, at_the_time, gives_what_they_are, rebased},
    unmatched::noted,
};

/// What an event does to its case, and to others of the person.
pub(crate) struct Decision {
    pub(crate) receipt: Option<Box<Receipt>>,
    /// Executions that must not go on.
    pub(crate) stop: Vec<(CaseId, Revision)>,
    /// Other cases that are planned anew.
    pub(crate) also: Vec<Begin>,
    pub(crate) case: CaseId,
    pub(crate) missing: Vec<String>,
    /// What it stands against, when it changes nothing and is not the same again.
    pub(crate) note: Option<String>,
}

impl Decision {
    pub(crate) fn nothing_new(case: &Case) -> Decision {
        Decision {
            receipt: None,
            stop: Vec::new(),
            also: Vec::new(),
            case: case.id.clone(),
            missing: case.missing.clone(),
            note: None,
        }
    }
}

pub(crate) async fn decide(
    deps: Looks<'_>,
    event: &Event,
    into: Option<&CaseId>,
) -> Result<Decision, Failure> {
    let now = deps.clock.now();
    let employee = employee_of(event);
    let known = deps.ledger.find_person(&employee).await?;
    if let Some(now_known_as) = known.as_ref().and_then(|row| row.item.became.clone()) {
        return previous_id::about(deps, event, now_known_as, into).await;
    }
    let (version, runbook) = deps.runbooks.current(deps.ledger).await?;
    let heard = heard(event.clone(), &runbook);
    let event = &heard;
    let mut record = merged(known.as_ref().map(|row| &row.item), event);
    let effective = effective_of(event, &record, &runbook);
    // Whoever has a case has a record: both are written at once.
    let mut cases = match &known {
        None => Vec::new(),
        Some(_) => cases_of(deps, &employee).await?,
    };
    let now_there = now.to_zoned(zone(&record, &runbook)).date();
    let in_doubt = into.is_none() && is_far_ahead(effective, now_there, &cases);
    let effective = effective.filter(|_| !in_doubt);
    if in_doubt {
        record.unread.push(far_ahead(event.kind));
    }
    if let Some(later) = overruled(event, effective, &cases) {
        let of = (&employee, version);
        let note = against(event, &later.item);
        return Ok(overruled_by(
            &later.item,
            event,
            effective,
            &cases,
            of,
            now,
            note,
        ));
    }
    let today = event.occurred_at.to_zoned(zone(&record, &runbook)).date();
    let effective = day_of(event.kind, effective, today, &cases);
    let previous = previous_id::previous(deps, event, &record, &cases).await?;
    let left = has_left(event.kind, effective.unwrap_or(today), &cases);
    let left = left.map(|exit| exit.item.id.clone());
    let converted = previous.is_some().then(|| Event {
        kind: EventKind::Transfer,
        ..event.clone()
    });
    let event = converted.as_ref().unwrap_or(event);
    let mut existing = match into {
        Some(id) => Some(deps.ledger.case(id).await?),
        None if previous.is_some() => previous_id::case(effective, &cases),
        None => {
            let news = news(known.as_ref(), &record);
            // What cannot be read is asked by a case of its own: what is under way goes on as it was known.
            let asking = !record.unread.is_empty();
            let may_wait = |row: &&Row<Case>| !asking || row.item.person.is_none();
            let among: Vec<Row<Case>> = cases.iter().filter(may_wait).cloned().collect();
            belongs(event, effective, news, &among).cloned()
        }
    };
    let asks = in_doubt || !record.unread.is_empty();
    let answered =
        moves_what_is_open(event, effective, existing.as_ref(), &cases).filter(|_| !asks);
    let answered = answered.map(|(open, question)| (open.clone(), question.clone()));
    let answered = answered.map(|(open, question)| {
        existing = Some(open);
        question
    });
    if let Some(waits) = existing.as_ref().filter(|row| row.item.person.is_none()) {
        record
            .unread
            .extend(still_asked(&waits.item, &event.person, &record));
    }
    if let (Some(_), Some(row)) = (&left, &existing) {
        return Ok(Decision::nothing_new(&row.item));
    }
    let revived = revived(event.kind, &cases);
    for row in &revived {
        let same = |old: &&mut Row<Case>| old.item.id == row.item.id;
        if let Some(old) = cases.iter_mut().find(same) {
            old.clone_from(row);
        }
    }
    // A moved date is one of the kind that it moves.
    let kind = existing.as_ref().map_or(event.kind, |row| row.item.kind);
    let corrects = event.kind == EventKind::Transfer && kind.joins();
    let effective = match &existing {
        Some(hire) if corrects => hire.item.effective,
        _ => effective,
    };
    let mut record = dated(record, kind, effective);
    let origin = match &previous {
        Some(previous) => previous.person.clone(),
        None => origin_of(known.as_ref()),
    };
    let was = match &previous {
        None => {
            let timeline = Timeline::of(origin.clone(), cases.iter().map(|row| &row.item));
            was(event, kind, effective, existing.as_ref(), &timeline)
        }
        Some(_) => Was::default(),
    };
    let then = match &was.person {
        Some(person) => at_the_time(record.clone(), &event.person, person),
        None => record.clone(),
    };
    let unread = then.unread.clone();
    let (mut person, mut missing) = person_of(kind, &employee, then, effective, today);
    if in_doubt && missing.is_empty() {
        // Of a kind that would do without a day, were there none.
        missing.push(day_field(kind).to_owned());
        person = None;
    }

    let (mut case, mut stop, mut audit) = match existing {
        None => {
            let case = Case {
                before: match &previous {
                    Some(previous) => previous.person.clone(),
                    None => was.before.or_else(|| before(event.kind, known.as_ref())),
                },
                person,
                effective,
                state: if missing.is_empty() {
                    CaseState::Received
                } else {
                    CaseState::Incomplete
                },
                missing: missing.clone(),
                unread,
                reason: event.reason.clone(),
                told: gives_what_they_are(event.kind).then(|| readable(event)),
                ..Case::received(
                    new_id(event, &employee, effective, &cases),
                    event.kind,
                    employee.clone(),
                    version,
                    event.occurred_at,
                    now,
                )
            };
            let audit = audit_of(
                now,
                event,
                "received",
                format!("{} confirmed.", article(event.kind)),
            );
            (Row::new(case), Vec::new(), audit)
        }
        Some(row) => {
            let case = &row.item;
            let before = was.before.or_else(|| case.before.clone());
            let same = case.person == person && case.effective == effective;
            let older = case.person.is_some() && event.occurred_at < case.confirmed_at;
            let still_incomplete = case.person.is_none() && person.is_none();
            let nothing_new = same || older || case.state.is_ended();
            let hired = hired_since(event, case, &cases).filter(|_| case.state.is_ended());
            if let Some(hire) = hired {
                let of = (&employee, version);
                let note = again(&hire.item);
                return Ok(overruled_by(
                    &hire.item, event, effective, &cases, of, now, note,
                ));
            }
            if nothing_new || (still_incomplete && case.missing == missing) {
                return Ok(Decision {
                    note: (nothing_new && !same).then(|| against(event, case)),
                    ..Decision::nothing_new(case)
                });
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
            case.before = before;
            if gives_what_they_are(kind) {
                let told = case.told.take().unwrap_or_default();
                case.told = Some(told.updated_with(readable(event)));
            }
            case.effective = effective;
            case.missing.clone_from(&missing);
            case.unread = unread;
            case.employee_id = employee.clone();
            case.confirmed_at = case.confirmed_at.max(event.occurred_at);
            (row, stop, audit_of(now, event, what, text))
        }
    };
    let id = case.item.id.clone();
    let note;
    let mut others = Vec::new();
    if let Some(exit) = &left {
        // Kept for the case that the exit is withdrawn; until then it changes nothing else.
        case.item.end_for(exit, now);
        audit.text = format!("{} was confirmed. {LEFT}", article(kind));
        note = Some(LEFT.to_owned());
        missing.clear();
        cases.clear();
    } else {
        note = noted(&runbook, &case.item, &mut audit);
    }
    for row in supersedes(kind, effective, today, &cases) {
        let earlier = &row.item;
        if earlier.id == id || case.item.supersedes.contains(&earlier.id) {
            continue;
        }
        case.item.supersedes.push(earlier.id.clone());
        if !earlier.state.is_ended() {
            stop.push((earlier.id.clone(), earlier.revision));
            others.push(end(row.clone(), &id, event, now));
        }
    }
    if let Some(question) = answered {
        case.item.supersedes.push(question.item.id.clone());
        stop.push((question.item.id.clone(), question.item.revision));
        others.push(end(question, &id, event, now));
    }
    if let Some(previous) = &previous {
        for row in previous
            .cases
            .iter()
            .filter(|row| !row.item.state.is_ended())
        {
            case.item.supersedes.push(row.item.id.clone());
            stop.push((row.item.id.clone(), row.item.revision));
            others.push(end(row.clone(), &id, event, now));
        }
    }
    let mut also = Vec::new();
    let ended: Vec<CaseId> = others
        .iter()
        .map(|(other, _)| other.item.id.clone())
        .collect();
    let standing = cases.iter().map(|row| &row.item);
    let standing = standing.filter(|other| other.id != id && !ended.contains(&other.id));
    let decided = case.item.clone();
    let after = After {
        order: Order::of(&decided),
        timeline: Timeline::of(origin.clone(), standing.chain([&decided])),
    };
    for row in &cases {
        let untouched = |(other, _): &(Row<Case>, _)| other.item.id != row.item.id;
        if row.item.id == id || !others.iter().all(untouched) {
            continue;
        }
        let back = revived.iter().find(|other| other.item.id == row.item.id);
        let goes_on = || {
            let text = "The exit that took this one's place was withdrawn: it goes on.";
            let body = audit_of(now, event, "goes on", text.to_owned());
            Some((back?.clone(), body))
        };
        if let Some(other) = follow(row, &record, &after, event, now).or_else(goes_on) {
            if back.is_none() {
                stop.push((row.item.id.clone(), row.item.revision));
            }
            also.push(Begin::new(row.item.id.clone(), other.0.item.revision));
            others.push(other);
        }
    }
    let mut changes = Changes { others, stop, also };
    let brake = brake(deps, &runbook, &mut case, &mut changes, now).await?;
    let Changes { others, stop, also } = changes;
    // What could not be read is the case's to ask for.
    record.unread.clear();
    let person = Some(person_row(known, record, origin, event.occurred_at));
    let receipt = Receipt {
        event: event.clone(),
        case,
        audit,
        person,
        others,
        previous: previous.map(|previous| previous.leads_to(employee.clone())),
        brake,
    };
    Ok(Decision {
        receipt: Some(Box::new(receipt)),
        stop,
        also,
        case: id,
        missing,
        note,
    })
}

/// The first day of the new state, where that follows from the case that is taken back. A rescission of a hire that nobody told
/// of has none, nor has a return from a leave that is not known: they are of today.
fn day_of(kind: EventKind, told: Option<Date>, today: Date, cases: &[Row<Case>]) -> Option<Date> {
    let taken = || match taken_back(kind, cases) {
        Some(taken) => Some(taken.item.effective.unwrap_or(today)),
        None => matches!(kind, EventKind::HireRescinded | EventKind::Return).then_some(today),
    };
    let day = told.or_else(taken)?;
    Some(match kind {
        // Who stays after all is today what they are today, whatever a later decision makes of them until their last day.
        EventKind::ExitWithdrawn => day.min(today),
        // Who does not go at all is back today: a later leave from an earlier day is another one.
        EventKind::Return if told.is_none() => day.min(today),
        _ => day,
    })
}

/// What becomes of a change that is confirmed for a day after the last one.
const LEFT: &str =
    "It is for a day after the person's last one: nothing is done, unless the exit is withdrawn.";

/// Whether the record after the event says something that was not known.
fn news(known: Option<&Row<PersonRecord>>, record: &PersonDraft) -> bool {
    known.is_none_or(|known| known.item.record != *record)
}

/// A case that another one takes the place of: nothing of it runs any more, and what comes late for it is known to be
/// older.
fn end(mut row: Row<Case>, by: &CaseId, event: &Event, now: Timestamp) -> (Row<Case>, AuditBody) {
    let case = &mut row.item;
    case.end_for(by, now);
    case.confirmed_at = case.confirmed_at.max(event.occurred_at);
    let text = format!("Case {by} took this one's place.");
    (row, audit_of(now, event, "superseded", text))
}

/// The person's cases, open and ended, in the order of their ids.
pub(crate) async fn cases_of(
    deps: Looks<'_>,
    employee: &EmployeeId,
) -> Result<Vec<Row<Case>>, Failure> {
    let mut rows = Vec::new();
    for (id, _) in deps.ledger.cases_of(employee).await? {
        rows.extend(deps.ledger.find_case(&id).await?);
    }
    Ok(rows)
}

/// What the person is when a decision comes to take effect.
#[derive(Default)]
struct Was {
    /// Where the event tells nothing else.
    person: Option<Person>,
    /// Before it, for a transfer.
    before: Option<Person>,
}

/// What other decisions say of the person at that time. An incomplete record, and a hire, is told as a whole.
fn was(
    event: &Event,
    kind: EventKind,
    effective: Option<Date>,
    existing: Option<&Row<Case>>,
    timeline: &Timeline<'_>,
) -> Was {
    let existing = existing.map(|row| &row.item);
    let confirmed = existing.map_or(event.occurred_at, |case| {
        case.confirmed_at.max(event.occurred_at)
    });
    let order = Order::at(kind, effective, confirmed);
    let own = existing.and_then(|case| case.person.clone());
    if kind.joins() {
        return Was {
            person: own,
            before: None,
        };
    }
    let before = timeline.before(order, existing.map(|case| &case.id));
    let person = match (existing, own, &before) {
        (Some(case), Some(_), Some(is)) if gives_what_they_are(case.kind) => rebased(case, is),
        (_, Some(own), _) => Some(own),
        (_, None, is) => is.clone(),
    };
    let transfer = kind == EventKind::Transfer;
    Was {
        person,
        before: before.filter(|_| transfer),
    }
}

/// What the person was when the ledger first heard of them.
fn origin_of(known: Option<&Row<PersonRecord>>) -> Option<Person> {
    let origin = known?.item.origin.clone()?;
    origin.complete().ok()
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
    origin: Option<Person>,
    as_of: Timestamp,
) -> Row<PersonRecord> {
    match known {
        None => Row::new(PersonRecord {
            record,
            as_of,
            origin: origin.map(PersonDraft::from),
            became: None,
        }),
        Some(mut row) => {
            row.item.as_of = row.item.as_of.max(as_of);
            row.item.record = record;
            row
        }
    }
}

pub(crate) fn audit_of(now: Timestamp, event: &Event, what: &str, text: String) -> AuditBody {
    AuditBody {
        at: now,
        by: match &event.confirmed_by {
            Some(name) => format!("{name}, by HR system ({})", event.source),
            None => format!("HR system ({})", event.source),
        },
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
