//! One event: its case begun, completed or planned anew, in one transaction, and the execution started.

use latchkey_ledger::Received;
use latchkey_lifecycle::{CaseId, CaseState, Event};
use latchkey_runtime::{Begin, Failure};

use crate::{
    Deps,
    decide::{Decision, cases_of, decide},
    held::carry_out,
    record::{dated, effective_of, employee_of, merged, person_of, zone},
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

/// Takes an event in, into the given case or the one it belongs to.
///
/// # Errors
/// [`Failure::Busy`] when ledger or state machine do not answer now: the same event may come again.
pub async fn take_in(deps: &Deps, event: Event, into: Option<&CaseId>) -> Result<Taken, Failure> {
    let taken = write(deps, event, into).await?;
    match &taken.begin {
        Some(begin) => {
            deps.workflow.start(begin).await?;
            carry_out(deps.looks(), deps.workflow.as_ref()).await?;
        }
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
        let decision = decide(deps.looks(), &event, into).await?;
        let Decision {
            receipt,
            stop,
            also,
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
    let record = merged(known.as_ref().map(|row| &row.item), event);
    let effective = effective_of(event, &record, &runbook);
    let today = event.occurred_at.to_zoned(zone(&record, &runbook)).date();
    let record = dated(record, event.kind, effective);
    Ok(person_of(event.kind, &employee, record, effective, today).1)
}
