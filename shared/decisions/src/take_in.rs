//! One event: kept, the person's cases brought to what follows, in one transaction, and executions started.

use latchkey_ledger::{Delivered, DeliveryKey, Received};
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState, EmployeeId, Event};
use latchkey_runtime::{Begin, Failure, Workflow};

use crate::{
    Deps, Looks,
    decide::{Decision, Word, as_heard, decide},
    held::a_while,
    known::is_a_placeholder,
    notices::letters_of,
};

/// How often writers that meet each other look again before the sender is asked to send again.
pub(crate) const ATTEMPTS: usize = 32;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The case that it is about; none where nothing was to be done.
    pub case: Option<CaseId>,
    /// Whether it changed anything.
    pub news: bool,
    /// Whether the same words were taken in before.
    pub again: bool,
    /// What the record still lacks.
    pub missing: Vec<String>,
    /// Why it changes nothing by itself, what HR is asked about it, or what somebody should look at.
    pub note: Option<String>,
}

/// Takes an event in.
///
/// # Errors
/// [`Failure::Busy`] when ledger or state machine do not answer now: the same event may come again.
pub async fn take_in(deps: &Deps, event: Event) -> Result<Taken, Failure> {
    let looks = deps.looks();
    let heard = as_heard(looks, event, false).await?;
    take_in_word(looks, deps.workflow.as_ref(), &Word::Said(Box::new(heard))).await
}

/// Takes in what was said.
pub(crate) async fn take_in_word(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    word: &Word,
) -> Result<Taken, Failure> {
    let taken = Box::pin(write(looks, workflow, word)).await?;
    match word.heard() {
        Some(heard) if !taken.news => {
            Box::pin(resume_start(looks, workflow, &heard.employee_id)).await?;
        }
        _ => Box::pin(a_while(looks, workflow)).await?,
    }
    Ok(taken)
}

/// Writes what a word does, stops what ends by it and starts what begins.
pub(crate) async fn write(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    word: &Word,
) -> Result<Taken, Failure> {
    let delivery = word.heard().map(|heard| {
        let delivery = DeliveryKey::of(&heard.source, &heard.delivery_id);
        (delivery, heard.employee_id.clone())
    });
    let mut in_line = None;
    for _ in 0..ATTEMPTS {
        // In a box: a decision is taken within a step's call in tests, and a thread's stack is small.
        let decision = Box::pin(decide(looks, word)).await?;
        let missing = decision.case.as_ref().map(|case| case.missing.clone());
        let taken = Taken {
            case: decision.case.as_ref().map(|case| case.id.clone()),
            news: decision.news,
            again: decision.receipt.is_none(),
            missing: missing.unwrap_or_default(),
            note: decision.note.clone(),
        };
        if decision.receipt.is_none() {
            if let Some((delivery, employee)) = &delivery {
                let led_to = Delivered {
                    case_id: taken.case.clone(),
                    employee_id: Some(employee.clone()),
                    words: None,
                };
                looks.ledger.note_delivery(delivery, &led_to).await?;
            }
            return Ok(taken);
        }
        match Box::pin(commit(looks, workflow, decision)).await? {
            Received::Written => return Ok(taken),
            Received::Again => {
                if let Some((delivery, _)) = &delivery
                    && let Some(led_to) = looks
                        .ledger
                        .delivered(&delivery.source, &delivery.id)
                        .await?
                {
                    return Ok(Taken {
                        case: led_to.case_id,
                        news: false,
                        again: true,
                        ..taken
                    });
                }
                // Hundreds of one morning meet at the brake.
                if in_line.is_none() {
                    in_line = Some(looks.ledger.in_line().await);
                }
            }
        }
    }
    Err(Failure::Busy(
        "other events of the same person, or of the same kind, are being taken in".to_owned(),
    ))
}

async fn commit(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    decision: Decision,
) -> Result<Received, Failure> {
    let Some(mut receipt) = decision.receipt else {
        return Ok(Received::Written);
    };
    looks.ledger.keep_heard(&decision.migrated).await?;
    for noted in decision.first {
        note(looks, noted).await?;
    }
    // With the event: who sends again what was taken in, since something failed after it, is told that it was; and whoever
    // comes second tells nobody of a case that is not made.
    for notice in &decision.notices {
        receipt
            .letters
            .append(&mut letters_of(looks, notice).await?);
    }
    if looks.ledger.receive(&mut receipt).await? == Received::Again {
        return Ok(Received::Again);
    }
    for (case, revision) in &decision.stop {
        let anew = decision.begin.iter().any(|begin| begin.case_id == *case);
        let why = if anew { "planned anew" } else { "superseded" };
        workflow.stop(case, *revision, why).await?;
    }
    let now = looks.clock.now();
    for (case, by) in &decision.ended {
        looks.ledger.end_for(case, by.as_ref(), now).await?;
    }
    for begin in &decision.begin {
        workflow.start(begin).await?;
    }
    Ok(Received::Written)
}

/// Notes what a case stands on. One that was written to meanwhile stands on what that says.
async fn note(looks: Looks<'_>, (is, audit): (Case, AuditBody)) -> Result<(), Failure> {
    looks
        .ledger
        .change_case(&is.id, |case| {
            if case.revision != is.revision || case.grounds == is.grounds {
                return Ok::<_, Failure>(None);
            }
            case.grounds.clone_from(&is.grounds);
            case.supersedes.clone_from(&is.supersedes);
            case.superseded_by.clone_from(&is.superseded_by);
            Ok(Some(vec![audit.clone()]))
        })
        .await?;
    Ok(())
}

/// Starts the executions of the person's cases that were taken in and not planned yet, and ends what is open of those
/// that ended: whoever took the event in may have been cut off before that. Starting twice is starting once. Whoever
/// decided about what was held may have been cut off, too: that goes on last, so that nothing at hand waits for it.
pub(crate) async fn resume_start(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    employee: &EmployeeId,
) -> Result<(), Failure> {
    let row = looks.ledger.person_row(employee).await?;
    let linked = row.map(|row| row.item);
    let linked = linked.filter(|record| !is_a_placeholder(record));
    let linked = linked.map(|record| record.linked).unwrap_or_default();
    let mut cases = Vec::new();
    for id in std::iter::once(employee).chain(&linked) {
        cases.extend(looks.ledger.each_case_of(id).await?);
    }
    // The confirmers may have to be asked by another person's case from now on.
    let brake = looks.ledger.brake().await?.item;
    if let Some(asking) = brake.asking() {
        cases.extend(looks.ledger.find_case(asking).await?);
    }
    for row in cases {
        let case = row.item;
        if matches!(
            case.state,
            CaseState::Received | CaseState::Incomplete | CaseState::Held
        ) {
            let begin = Begin::new(case.id, case.revision);
            workflow.start(&begin).await?;
        } else if case.state == CaseState::Superseded && case.retired_at.is_none() {
            let by = case.superseded_by.as_ref();
            looks
                .ledger
                .end_for(&case.id, by, looks.clock.now())
                .await?;
        }
    }
    if brake.ruled().is_some() {
        a_while(looks, workflow).await?;
    }
    Ok(())
}
