//! What was decided about what the brake held is carried out, case by case, and goes on where whoever did it was cut
//! off.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use jiff::Timestamp;
use latchkey_lifecycle::{
    Answer, AuditBody, Case, CaseId, CaseState, EventId, Evidence, HeldDraft, LeftOutBy, OneByOne,
    Ruled, Ruling, TaskId, What, sentence,
};
use latchkey_runtime::{Begin, Failure, Workflow};
use serde_json::{Value, json};

use super::stood::changes;
use crate::{
    Looks,
    decide::Word,
    notices::{Notice, tell},
    take_in::write,
    whole::Whole,
};

/// For so many it is carried out before the ledger is told how far it came.
const AT_ONCE: usize = 48;

/// So many at a time: of each, most of the time is spent waiting for the ledger.
const SIDE_BY_SIDE: usize = 8;

/// Carries out the ruling that was taken down, if there is one, to its end.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer. Whoever comes next goes on.
pub async fn act_on_ruling(looks: Looks<'_>, workflow: &dyn Workflow) -> Result<(), Failure> {
    act_until(looks, workflow, Timestamp::MAX).await?;
    Ok(())
}

/// The same, until an instant (UTC). Whether it came to its end; what is left is carried out by whoever comes next. The
/// case by which the confirmers were asked comes last: until then they are reminded.
///
/// # Errors
/// [`Failure`] when ledger or state machine do not answer.
pub async fn act_until(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    until: Timestamp,
) -> Result<bool, Failure> {
    loop {
        let brake = looks.ledger.brake().await?.item;
        let Some(ruled) = brake.ruled() else {
            return Ok(true);
        };
        let draft = match &ruled.each {
            Some(each) => Some(looks.ledger.held_draft(&each.address).await?.item),
            None => None,
        };
        let mut done = Vec::new();
        for some in ruled.next(AT_ONCE).chunks(SIDE_BY_SIDE) {
            if !done.is_empty() && looks.clock.now() >= until {
                break;
            }
            let each = some
                .iter()
                .map(|id| Box::pin(carry_out(looks, workflow, ruled, draft.as_ref(), id)));
            try_join_all(each).await?;
            done.extend_from_slice(some);
        }
        tell_hr(looks, ruled, draft.as_ref(), &done).await?;
        note(looks, workflow, ruled, &done).await?;
        if looks.clock.now() >= until {
            return Ok(looks.ledger.brake().await?.item.ruled().is_none());
        }
    }
}

/// Carries it out for one case.
async fn carry_out(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    ruled: &Ruled,
    draft: Option<&HeldDraft>,
    id: &CaseId,
) -> Result<(), Failure> {
    let ruling = ruling_of(ruled, draft, id);
    let each = ruled.each.as_ref();
    let case = Box::pin(decide(looks, workflow, id, (&ruling, each))).await?;
    if ruled.asked.as_ref() == Some(id) {
        answer(looks, id, (&ruling, each)).await?;
    }
    match case {
        Some(case) => go_on(workflow, &case).await,
        None => Ok(()),
    }
}

/// What was ruled about one case.
fn ruling_of(ruled: &Ruled, draft: Option<&HeldDraft>, id: &CaseId) -> Ruling {
    match ruled.left_out.contains(id) {
        true => Ruling::LeftOut {
            by: ruled.ruling.by().to_owned(),
            reason: draft.map_or_else(String::new, |draft| draft.reason_of(id).to_owned()),
        },
        false => ruled.ruling.clone(),
    }
}

/// HR is told who was left out, and of whom the change alone was, before it is noted that it is carried out: written
/// again, the letters are the same ones.
async fn tell_hr(
    looks: Looks<'_>,
    ruled: &Ruled,
    draft: Option<&HeldDraft>,
    done: &[CaseId],
) -> Result<(), Failure> {
    let said = done
        .iter()
        .filter_map(|id| match ruling_of(ruled, draft, id) {
            Ruling::LeftOut { by, reason } => Some((id, LeftOutBy { by, reason })),
            Ruling::Confirmed { .. } => None,
        });
    let said: BTreeMap<&CaseId, LeftOutBy> = said.collect();
    let mut cases = looks
        .ledger
        .cases_by_id(said.keys().copied().cloned())
        .await?;
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    let (whole, changed): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| case.left_out.is_some());
    if !whole.is_empty() {
        tell(looks, &Notice::LeftOut(whole)).await?;
    }
    let changed = changed.into_iter();
    let changed = changed.filter(|case| !case.changes_left_out.is_empty());
    let changes = changed.filter_map(|case| {
        let said = said.get(&case.id)?.clone();
        Some((case, said))
    });
    let changes: Vec<(Case, LeftOutBy)> = changes.collect();
    match changes.is_empty() {
        true => Ok(()),
        false => tell(looks, &Notice::ChangeLeftOut(changes)).await,
    }
}

/// Notes for whom it was carried out. Before the last of them is noted, those who decide are asked about what stays
/// held, and what was filled in for it is forgotten.
async fn note(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    ruled: &Ruled,
    done: &[CaseId],
) -> Result<(), Failure> {
    let ledger = looks.ledger;
    loop {
        let mut row = ledger.brake().await?;
        // Somebody else carried it out meanwhile, and there may be another ruling.
        let same = row
            .item
            .ruled()
            .is_some_and(|now| now.ruling == ruled.ruling && now.each == ruled.each);
        if !same {
            return Ok(());
        }
        if row.item.carried_out(done) {
            if let Some(next) = row.item.asking().filter(|_| ruled.asked.is_some()) {
                ask_by(looks, workflow, next).await?;
            }
            if let Some(each) = &ruled.each {
                forget(looks, &each.address).await?;
            }
        }
        if ledger.put_brake(&mut row).await? {
            return Ok(());
        }
    }
}

/// Has the confirmers asked by another case from now on.
async fn ask_by(looks: Looks<'_>, workflow: &dyn Workflow, id: &CaseId) -> Result<(), Failure> {
    let (ledger, now) = (looks.ledger, looks.clock.now());
    let task = TaskId::confirm_what_is_held();
    if ledger.find_task(id, &task).await?.is_some() || ledger.find_case(id).await?.is_none() {
        return Ok(());
    }
    let row = ledger
        .change_case(id, |case| {
            if case.state != CaseState::Held {
                return Ok::<_, Failure>(None);
            }
            case.revision = case.revision.next();
            Ok(Some(vec![AuditBody {
                at: now,
                by: "brake".into(),
                what: What::Asks,
                text: "The confirmers are asked about what is held by this case from now on."
                    .into(),
                detail: Value::Null,
            }]))
        })
        .await?;
    let case = row.item;
    if let Some(before) = case.revision.previous() {
        workflow.stop(id, before, "asks about what is held").await?;
    }
    workflow.start(&Begin::new(case.id, case.revision)).await?;
    Ok(())
}

/// Forgets what somebody had filled in: it is decided, and stands with each case.
async fn forget(looks: Looks<'_>, address: &str) -> Result<(), Failure> {
    loop {
        let mut row = looks.ledger.held_draft(address).await?;
        if row.item == HeldDraft::default() {
            return Ok(());
        }
        row.item = HeldDraft::default();
        if looks.ledger.put_held_draft(address, &mut row).await? {
            return Ok(());
        }
    }
}

/// What HR said of a held case after the brake had let it pass; nothing where it never did.
async fn changes_of(looks: Looks<'_>, case: &Case) -> Result<Vec<EventId>, Failure> {
    if case.counted_at.is_none() {
        return Ok(Vec::new());
    }
    let (_, runbook) = looks.runbooks.current(looks.ledger).await?;
    let whole = Whole::of(looks.ledger, &case.employee_id, runbook.time_zone()).await?;
    Ok(changes(case, whole.heard()))
}

/// Writes the ruling into a case, if that is still held. Returns the case as it is then.
async fn decide(
    looks: Looks<'_>,
    workflow: &dyn Workflow,
    id: &CaseId,
    (ruling, each): (&Ruling, Option<&OneByOne>),
) -> Result<Option<Case>, Failure> {
    let now = looks.clock.now();
    let Some(was) = looks.ledger.find_case(id).await? else {
        return Ok(None);
    };
    if was.item.state != CaseState::Held {
        // Whoever decided may have been cut off before the rest.
        return Box::pin(settled(looks, workflow, id)).await;
    }
    let changes = match ruling {
        Ruling::LeftOut { .. } => changes_of(looks, &was.item).await?,
        Ruling::Confirmed { .. } => Vec::new(),
    };
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
                // An exit that moved is still an exit: it was let pass before it was held.
                Ruling::LeftOut { by, reason } if !changes.is_empty() => {
                    case.state = CaseState::Received;
                    case.counted_at = Some(now);
                    case.changes_left_out.extend(&changes);
                    let text = format!(
                        "{by} left the change out: {} What was decided before it goes on.",
                        sentence(reason)
                    );
                    (by, What::LeftOut, text, Some(reason))
                }
                Ruling::LeftOut { by, reason } => {
                    case.state = CaseState::Superseded;
                    case.closed_at = Some(now);
                    if let Some(grounds) = &mut case.grounds {
                        grounds.left_out = true;
                    }
                    case.left_out = Some(LeftOutBy {
                        by: by.clone(),
                        reason: reason.clone(),
                    });
                    let text = format!("{by} left it out: {reason}");
                    (by, What::LeftOut, text, Some(reason))
                }
            };
            Ok(Some(vec![AuditBody {
                at: now,
                by: by.clone(),
                what,
                text,
                detail: match each {
                    Some(each) => json!({ "reason": reason, "decision": each }),
                    None => json!({ "reason": reason }),
                },
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
async fn answer(
    looks: Looks<'_>,
    id: &CaseId,
    (ruling, each): (&Ruling, Option<&OneByOne>),
) -> Result<(), Failure> {
    let now = looks.clock.now();
    let task = TaskId::confirm_what_is_held();
    let Some(row) = looks.ledger.find_task(id, &task).await? else {
        return Ok(());
    };
    looks
        .ledger
        .change_task_read(row, |row| {
            if row.task.state.is_ended() {
                return Ok::<_, Failure>(None);
            }
            let done = |note: Option<String>| {
                Answer::Done(Evidence {
                    by: ruling.by().to_owned(),
                    note,
                    ..Default::default()
                })
            };
            let answer = match (ruling, each) {
                // The question is about all of them, whatever was decided about this one.
                (_, Some(each)) => done(Some(format!(
                    "Decided one by one: {} go on, {} left out.",
                    each.go_on, each.leave_out
                ))),
                (Ruling::Confirmed { .. }, None) => done(None),
                (Ruling::LeftOut { by, reason }, None) => Answer::Waived {
                    by: by.clone(),
                    reason: reason.clone(),
                },
            };
            Ok(Some(vec![row.task.decide(answer, now)]))
        })
        .await?;
    Ok(())
}
