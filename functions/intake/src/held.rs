//! What the brake held goes on, or is left out, by a named person's word (promise 8).

use latchkey_lifecycle::{Answer, AuditBody, Case, CaseId, CaseState, TaskId, TaskState};
use latchkey_runtime::{Begin, Failure};
use serde_json::json;

use crate::Deps;

/// What a person decides about everything that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// It is meant: carry it out.
    Confirmed {
        /// Who says so.
        by: &'a str,
    },
    /// It is a mistake: leave it out.
    LeftOut {
        /// Who says so.
        by: &'a str,
        /// Why.
        reason: &'a str,
    },
}

/// The held cases, as they are now.
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

/// Carries a ruling out for everything that is held, and returns for how many cases. Cut off half-way, the same again
/// goes on: the case by which the confirmers were asked comes last.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer.
pub async fn rule(deps: &Deps, ruling: &Ruling<'_>) -> Result<usize, Failure> {
    let mut count = 0;
    loop {
        let mut row = deps.ledger.brake().await?;
        let asking = row.item.asking().cloned();
        let others: Vec<CaseId> = row
            .item
            .held()
            .iter()
            .filter(|id| Some(*id) != asking.as_ref())
            .cloned()
            .collect();
        for id in &others {
            count += usize::from(one(deps, id, ruling).await?);
            row.item.release(id);
        }
        // More may have come meanwhile: they are looked at, too, before the question is closed.
        if !others.is_empty() {
            deps.ledger.put_brake(&mut row).await?;
            continue;
        }
        if let Some(id) = &asking {
            answer(deps, id, ruling).await?;
            count += usize::from(one(deps, id, ruling).await?);
        }
        row.item.reset();
        if deps.ledger.put_brake(&mut row).await? {
            return Ok(count);
        }
    }
}

/// Whether the case was still held.
async fn one(deps: &Deps, id: &CaseId, ruling: &Ruling<'_>) -> Result<bool, Failure> {
    let now = deps.clock.now();
    let Some(was) = deps.ledger.find_case(id).await? else {
        return Ok(false);
    };
    if was.item.state != CaseState::Held {
        return Ok(false);
    }
    let row = deps
        .ledger
        .change_case(id, |case| {
            if case.state != CaseState::Held {
                return Ok::<_, Failure>(None);
            }
            case.revision = case.revision.next();
            let (by, what, text, reason) = match ruling {
                Ruling::Confirmed { by } => {
                    case.state = CaseState::Received;
                    (
                        by,
                        "confirmed",
                        format!("{by} confirmed it: it goes on."),
                        None,
                    )
                }
                Ruling::LeftOut { by, reason } => {
                    case.state = CaseState::Superseded;
                    case.closed_at = Some(now);
                    let text = format!("{by} left it out: {reason}");
                    (by, "left out", text, Some(reason))
                }
            };
            Ok(Some(vec![AuditBody {
                at: now,
                by: (*by).to_owned(),
                what: what.into(),
                text,
                detail: json!({ "reason": reason }),
            }]))
        })
        .await?;
    deps.workflow.stop(id, was.item.revision, "decided").await?;
    let case = row.item;
    if case.state == CaseState::Received {
        deps.workflow
            .start(&Begin::new(case.id, case.revision))
            .await?;
    }
    Ok(true)
}

/// Ends the confirmers' task, so that it shows who decided.
async fn answer(deps: &Deps, id: &CaseId, ruling: &Ruling<'_>) -> Result<(), Failure> {
    let now = deps.clock.now();
    let task = TaskId::confirm_what_is_held();
    let Some(row) = deps.ledger.find_task(id, &task).await? else {
        return Ok(());
    };
    deps.ledger
        .change_task(id, &task, row.item.task.revision, |row| {
            if row.task.state.is_ended() {
                return Ok::<_, Failure>(None);
            }
            let (state, answer, by) = match ruling {
                Ruling::Confirmed { by } => {
                    let evidence = latchkey_lifecycle::Evidence {
                        by: (*by).to_owned(),
                        ..Default::default()
                    };
                    (TaskState::Verified, Answer::Done(evidence), by)
                }
                Ruling::LeftOut { by, reason } => {
                    let answer = Answer::Waived {
                        by: (*by).to_owned(),
                        reason: (*reason).to_owned(),
                    };
                    (TaskState::Waived, answer, by)
                }
            };
            row.task.state = state;
            row.task.ended_at = Some(now);
            row.task.answer = Some(answer.clone());
            Ok(Some(vec![AuditBody {
                at: now,
                by: (*by).to_owned(),
                what: "decided".into(),
                text: format!("{by} decided about what was held."),
                detail: json!({ "answer": answer }),
            }]))
        })
        .await?;
    Ok(())
}
