//! One event: its case begun, completed or planned anew, in one transaction, and the execution started.

use latchkey_ledger::Received;
use latchkey_lifecycle::{CaseId, CaseState, Event, EventKind, PersonDraft};
use latchkey_runtime::{Begin, Failure};

use crate::{
    Deps,
    asked::heard,
    decide::{Decision, cases_of, decide},
    held::carry_out,
    record::{dated, effective_of, employee_of, merged, person_of, zone},
};

/// How often writers that meet each other look again before the sender is asked to send again.
pub(crate) const ATTEMPTS: usize = 8;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its case.
    pub case: CaseId,
    /// Whether it changed anything: the same event by another delivery does not.
    pub news: bool,
    /// What the record still lacks.
    pub missing: Vec<String>,
    /// What it stands against, when it changes nothing and is not the same again.
    pub note: Option<String>,
    /// The execution to start, when that is known without looking.
    pub(crate) begin: Option<Begin>,
}

/// Takes an event in, into the given case or the one it belongs to.
///
/// # Errors
/// [`Failure::Busy`] when ledger or state machine do not answer now: the same event may come again.
pub async fn take_in(deps: &Deps, event: Event, into: Option<&CaseId>) -> Result<Taken, Failure> {
    let (event, question) = match into {
        None => Box::pin(apart(deps, event)).await?,
        Some(_) => (event, None),
    };
    // First: once the event is taken in, the delivery is, and does not come again.
    let asked = match question {
        Some(question) => Some(begun(deps, question, None).await?),
        None => None,
    };
    let mut taken = begun(deps, event, into).await?;
    if let Some(asked) = asked {
        taken.news |= asked.news;
        taken.missing.extend(asked.missing);
    }
    Ok(taken)
}

async fn begun(deps: &Deps, event: Event, into: Option<&CaseId>) -> Result<Taken, Failure> {
    // A decision takes much of a stack.
    let taken = Box::pin(write(deps, event, into)).await?;
    match &taken.begin {
        Some(begin) => {
            deps.workflow.start(begin).await?;
            carry_out(deps.looks(), deps.workflow.as_ref()).await?;
        }
        None => resume_start(deps, &taken.case).await?,
    }
    Ok(taken)
}

/// An event about somebody whose record is known, and, where a value of it could not be read, the question for it: a change of its
/// own that waits for HR. So what is told besides goes on, and what is under way is not stopped.
async fn apart(deps: &Deps, event: Event) -> Result<(Event, Option<Event>), Failure> {
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let mut event = heard(event, &runbook);
    if event.person.unread.is_empty() {
        return Ok((event, None));
    }
    let employee = employee_of(&event);
    let known = deps.ledger.find_person(&employee).await?;
    let Some(record) = known.map(|row| row.item.record) else {
        return Ok((event, None));
    };
    if record.clone().complete().is_err() {
        return Ok((event, None));
    }
    if effective_of(&event, &event.person, &runbook).is_none() {
        // Of somebody who is known a first day that cannot be read is another one.
        if event.kind.joins() {
            event.kind = EventKind::DateMoved;
        }
        return Ok((event, None));
    }
    let unread = std::mem::take(&mut event.person.unread);
    let first = record.start_date.max(event.effective);
    let question = Event {
        kind: EventKind::Transfer,
        delivery_id: format!("{}.unread", event.delivery_id),
        effective: first.filter(|_| event.kind.joins()).or(event.effective),
        person: PersonDraft {
            employee_id: Some(employee),
            unread,
            ..PersonDraft::default()
        },
        ..event.clone()
    };
    Ok((event, Some(question)))
}

/// Writes an event and stops what it supersedes. The execution is started by [`resume_start`].
pub(crate) async fn write(
    deps: &Deps,
    event: Event,
    into: Option<&CaseId>,
) -> Result<Taken, Failure> {
    for _ in 0..ATTEMPTS {
        let decision = decide(deps.looks(), &event, into).await?;
        let Decision {
            receipt,
            stop,
            also,
            case,
            missing,
            note,
        } = decision;
        let Some(mut receipt) = receipt else {
            deps.ledger
                .note_delivery(&event.source, &event.delivery_id, &case)
                .await?;
            return Ok(Taken {
                case,
                news: false,
                missing,
                note,
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
                    note,
                    begin: None,
                });
            }
            continue;
        }
        for (stopped, revision) in stop {
            let anew = stopped == case || also.iter().any(|begin| begin.case_id == stopped);
            let why = if anew { "planned anew" } else { "superseded" };
            deps.workflow.stop(&stopped, revision, why).await?;
        }
        for begin in &also {
            deps.workflow.start(begin).await?;
        }
        let ended = receipt.case.item.state.is_ended();
        let begin = (!ended).then(|| Begin::new(case.clone(), receipt.case.item.revision));
        return Ok(Taken {
            case,
            news: true,
            missing,
            note,
            begin,
        });
    }
    Err(Failure::Busy(
        "other events of the same person are being taken in".to_owned(),
    ))
}

/// Starts the executions of the person's cases that were taken in and not planned yet: whoever took the event in may have
/// been cut off before that. Starting twice is starting once. Whoever decided about what was held may have been cut off, too:
/// that goes on last, so that nothing at hand waits for it.
pub(crate) async fn resume_start(deps: &Deps, case: &CaseId) -> Result<(), Failure> {
    let employee = deps.ledger.case(case).await?.item.employee_id;
    let mut cases = cases_of(deps.looks(), &employee).await?;
    // The confirmers may have to be asked by another person's case from now on.
    let brake = deps.ledger.brake().await?.item;
    if let Some(asking) = brake.asking() {
        cases.extend(deps.ledger.find_case(asking).await?);
    }
    for row in cases {
        let case = row.item;
        if matches!(
            case.state,
            CaseState::Received | CaseState::Incomplete | CaseState::Held
        ) {
            let begin = Begin::new(case.id, case.revision);
            deps.workflow.start(&begin).await?;
        }
    }
    if brake.ruled().is_some() {
        carry_out(deps.looks(), deps.workflow.as_ref()).await?;
    }
    Ok(())
}

/// What the record would still lack after the event. Changes nothing.
pub(crate) async fn lacking(deps: &Deps, event: &Event) -> Result<Vec<String>, Failure> {
    let employee = employee_of(event);
    let known = deps.ledger.find_person(&employee).await?;
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let event = &heard(event.clone(), &runbook);
    let record = merged(known.as_ref().map(|row| &row.item), event);
    let effective = effective_of(event, &record, &runbook);
    let today = event.occurred_at.to_zoned(zone(&record, &runbook)).date();
    let record = dated(record, event.kind, effective);
    Ok(person_of(event.kind, &employee, record, effective, today).1)
}
