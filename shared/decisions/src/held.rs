//! What the brake held goes on, or is left out, by a named person's word (promise 8).

use latchkey_lifecycle::{
    Answer, AuditBody, Case, CaseId, CaseState, Evidence, Ruling, TaskId, What,
};
use latchkey_runtime::{Begin, Failure, Workflow};
use serde_json::json;

use crate::{Deps, Looks, decide::Word, take_in::write};

/// The cases that wait for a ruling, as they are now.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn held_cases(deps: &Deps) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for id in deps.ledger.brake().await?.item.held() {
        let row = deps.ledger.find_case(id).await?;
        cases.extend(
            row.map(|row| row.item)
                .filter(|case| case.state == CaseState::Held),
        );
    }
    Ok(cases)
}

/// Takes a ruling down for everything that is held, and carries it out. Returns whether there was anything that the
/// question is about: by another word it may be decided already.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer. What was taken down is carried out by whoever comes next:
/// the same again, the next event, or the sweep.
pub async fn rule(deps: &Deps, asked: &CaseId, ruling: &Ruling) -> Result<bool, Failure> {
    let workflow = deps.workflow.as_ref();
    loop {
        Box::pin(act_on_ruling(deps.looks(), workflow)).await?;
        let mut row = deps.ledger.brake().await?;
        if row.item.asking() != Some(asked) {
            return Ok(false);
        }
        if row.item.rule(ruling.clone()) && deps.ledger.put_brake(&mut row).await? {
            Box::pin(act_on_ruling(deps.looks(), workflow)).await?;
            return Ok(true);
        }
    }
}

/// Carries out the ruling that was taken down, if there is one. The case by which the confirmers were asked comes last:
/// until then they are reminded.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer.
pub async fn act_on_ruling(looks: Looks<'_>, workflow: &dyn Workflow) -> Result<(), Failure> {
    loop {
        let mut row = looks.ledger.brake().await?;
        let Some(ruled) = row.item.ruled().cloned() else {
            return Ok(());
        };
        let others = ruled.cases.iter().filter(|id| **id != ruled.asked);
        for id in others.chain([&ruled.asked]) {
            let case = Box::pin(decide(looks, workflow, id, &ruled.ruling)).await?;
            if *id == ruled.asked {
                answer(looks, id, &ruled.ruling).await?;
            }
            if let Some(case) = case {
                go_on(workflow, &case).await?;
            }
        }
        row.item.carried_out();
        if looks.ledger.put_brake(&mut row).await? {
            return Ok(());
        }
    }
}

/// Writes the ruling into a case, if that is still held. Returns the case as it is then.
async fn decide(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    id: &CaseId,
    ruling: &Ruling,
) -> Result<Option<Case>, Failure> {
    let now = looks.clock.now();
    let Some(was) = looks.ledger.find_case(id).await? else {
        return Ok(None);
    };
    if was.item.state != CaseState::Held {
        // Whoever decided may have been cut off before the rest.
        return Box::pin(settled(looks, workflow, id)).await;
    }
    looks
        .ledger
        .change_case(id, |case| {
            if case.state != CaseState::Held {
                return Ok::<_, Failure>(None);
            }
            case.revision = case.revision.next();
            let (by, what, text, reason) = match ruling {
                Ruling::Confirmed { by } => {
                    case.state = CaseState::Received;
                    // Whoever decided has counted it.
                    case.counted_at = Some(now);
                    (
                        by,
                        What::Confirmed,
                        format!("{by} confirmed it: it goes on."),
                        None,
                    )
                }
                Ruling::LeftOut { by, reason } => {
                    case.state = CaseState::Superseded;
                    case.closed_at = Some(now);
                    if let Some(grounds) = &mut case.grounds {
                        grounds.left_out = true;
                    }
                    let text = format!("{by} left it out: {reason}");
                    (by, What::LeftOut, text, Some(reason))
                }
            };
            Ok(Some(vec![AuditBody {
                at: now,
                by: by.clone(),
                what,
                text,
                detail: json!({ "reason": reason }),
            }]))
        })
        .await?;
    workflow.stop(id, was.item.revision, "decided").await?;
    Box::pin(settled(looks, workflow, id)).await
}

/// What would have ended for the case while it was held ends now. Returns the case as it is then.
async fn settled(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    id: &CaseId,
) -> Result<Option<Case>, Failure> {
    let case = looks.ledger.case(id).await?.item;
    if case.state == CaseState::Received {
        let word = Word::LetGo(case.employee_id.clone());
        Box::pin(write(looks, workflow, &word)).await?;
    }
    Ok(looks.ledger.find_case(id).await?.map(|row| row.item))
}

/// Starts what goes on. Starting twice is starting once: whoever decided may have been cut off before that.
async fn go_on(workflow: &dyn Workflow, case: &Case) -> Result<(), Failure> {
    let decided = matches!(case.state, CaseState::Received | CaseState::Superseded);
    if let Some(waited) = case.revision.previous().filter(|_| decided) {
        workflow.stop(&case.id, waited, "decided").await?;
    }
    if case.state == CaseState::Received {
        let begin = Begin::new(case.id.clone(), case.revision);
        workflow.start(&begin).await?;
    }
    Ok(())
}

/// Ends the confirmers' task, so that it shows who decided.
async fn answer(looks: Looks<'_>, id: &CaseId, ruling: &Ruling) -> Result<(), Failure> {
    let now = looks.clock.now();
    let task = TaskId::confirm_what_is_held();
    let Some(row) = looks.ledger.find_task(id, &task).await? else {
        return Ok(());
    };
    looks
        .ledger
        .change_task(id, &task, row.item.task.revision, |row| {
            if row.task.state.is_ended() {
                return Ok::<_, Failure>(None);
            }
            let answer = match ruling {
                Ruling::Confirmed { by } => Answer::Done(Evidence {
                    by: by.clone(),
                    ..Default::default()
                }),
                Ruling::LeftOut { by, reason } => Answer::Waived {
                    by: by.clone(),
                    reason: reason.clone(),
                },
            };
            Ok(Some(vec![row.task.decide(answer, now)]))
        })
        .await?;
    Ok(())
}
