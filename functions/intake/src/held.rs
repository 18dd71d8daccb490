//! What the brake held goes on, or is left out, by a named person's word (promise 8).

use latchkey_ledger::Row;
use latchkey_lifecycle::{Answer, AuditBody, Case, CaseId, CaseState, Revision, TaskId, TaskState};
use latchkey_runtime::{Begin, Failure};
use serde_json::json;

use crate::{Deps, decide::cases_of, supersedes::supersedes, take_in::resume_start};

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

/// Whoever rules once more, when the question is closed already, was perhaps cut off before the last case was started: it is
/// started now.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer.
pub async fn ruled_before(deps: &Deps, asking: &CaseId) -> Result<(), Failure> {
    resume_start(deps, asking).await
}

/// Carries a ruling out for everything that is held, and returns for how many cases. Cut off half-way, the same again
/// goes on: the case by which the confirmers were asked comes last. What is missing after that, the next exit sees to, and
/// the sweep.
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
            let decided = decide(deps, id, ruling).await?;
            count += usize::from(decided.is_some());
            match decided {
                Some(decided) => go_on(deps, decided).await?,
                // Whoever ruled before was cut off when this one was to start.
                None => resume_start(deps, id).await?,
            }
            row.item.release(id);
        }
        // More may have come meanwhile: they are looked at, too, before the question is closed.
        if !others.is_empty() {
            deps.ledger.put_brake(&mut row).await?;
            continue;
        }
        if let Some(id) = &asking {
            let decided = decide(deps, id, ruling).await?;
            count += usize::from(decided.is_some());
            answer(deps, id, ruling).await?;
            if let Some(decided) = decided {
                go_on(deps, decided).await?;
            }
        }
        row.item.reset();
        if deps.ledger.put_brake(&mut row).await? {
            return Ok(count);
        }
    }
}

/// A case that was held until now, and the revision that waited.
type Decided = (Case, Revision);

/// Writes the ruling into a case, if that is still held.
async fn decide(deps: &Deps, id: &CaseId, ruling: &Ruling<'_>) -> Result<Option<Decided>, Failure> {
    let now = deps.clock.now();
    let Some(was) = deps.ledger.find_case(id).await? else {
        return Ok(None);
    };
    if was.item.state != CaseState::Held {
        return Ok(None);
    }
    let taken = match ruling {
        Ruling::Confirmed { .. } => take_place(deps, &was.item).await?,
        Ruling::LeftOut { .. } => Vec::new(),
    };
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
                    let new = taken.iter().filter(|id| !case.supersedes.contains(id));
                    let new: Vec<CaseId> = new.cloned().collect();
                    case.supersedes.extend(new);
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
    Ok(Some((row.item, was.item.revision)))
}

/// Starts what goes on.
async fn go_on(deps: &Deps, (case, waited): Decided) -> Result<(), Failure> {
    deps.workflow.stop(&case.id, waited, "decided").await?;
    if case.state == CaseState::Received {
        let begin = Begin::new(case.id, case.revision);
        deps.workflow.start(&begin).await?;
    }
    Ok(())
}

/// Ends the cases whose place a confirmed one takes: they went on while it was held. What was confirmed after it stays.
async fn take_place(deps: &Deps, case: &Case) -> Result<Vec<CaseId>, Failure> {
    let now = deps.clock.now();
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let today = now.to_zoned(runbook.time_zone().clone()).date();
    let cases = cases_of(deps.looks(), &case.employee_id).await?;
    // Cut off before: these are ended already.
    let by_this = |row: &&Row<Case>| row.item.superseded_by.as_ref() == Some(&case.id);
    let before = cases.iter().filter(by_this);
    let found = supersedes(case.kind, case.effective, today, &cases).into_iter();
    let mut taken: Vec<CaseId> = Vec::new();
    for row in before.chain(found.filter(|row| row.item.confirmed_at <= case.confirmed_at)) {
        let (id, revision) = (row.item.id.clone(), row.item.revision);
        if id == case.id || taken.contains(&id) {
            continue;
        }
        if !row.item.state.is_ended() {
            let text = format!("Case {} took this one's place.", case.id);
            deps.ledger
                .change_case(&id, |other| {
                    if other.state.is_ended() {
                        return Ok::<_, Failure>(None);
                    }
                    other.end_for(&case.id, now);
                    other.confirmed_at = other.confirmed_at.max(case.confirmed_at);
                    Ok(Some(vec![AuditBody {
                        at: now,
                        by: "intake".into(),
                        what: "superseded".into(),
                        text: text.clone(),
                        detail: json!({ "by": case.id }),
                    }]))
                })
                .await?;
            deps.workflow.stop(&id, revision, "superseded").await?;
        }
        taken.push(id);
    }
    Ok(taken)
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
