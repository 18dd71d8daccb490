//! The brake, as an event is taken in (promise 8): what comes in a flood is held.

use jiff::Timestamp;
use latchkey_ledger::Row;
use latchkey_lifecycle::{
    AuditBody, Brake, Case, CaseId, CaseState, EventKind, Load, Passage, What,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use latchkey_story::Verb;

use crate::{Looks, becomes::Changed, known::Known};

/// What the brake says.
#[derive(Default)]
pub(crate) struct Held {
    /// The brake, when it changed.
    pub(crate) brake: Option<Row<Brake>>,
    /// The held case by which the confirmers are asked from now on, where the one before is not held any more.
    pub(crate) asks: Vec<(Row<Case>, AuditBody)>,
}

/// What a case counts as, where it is planned or held: a question counts as nothing.
pub(crate) fn load_of(runbook: &Runbook, case: &Case) -> Option<Load> {
    let planned = matches!(case.state, CaseState::Received | CaseState::Held);
    let counts = planned && case.asks().is_empty();
    Load::of(case.kind, runbook.case_takes_access(case)).filter(|_| counts)
}

/// Holds what begins, is planned anew or goes on when too much of its kind came lately, and lets go of held cases that
/// end.
pub(crate) async fn brake(
    looks: Looks<'_>,
    runbook: &Runbook,
    known: &Known,
    changed: &mut [Changed],
    now: Timestamp,
) -> Result<Held, Failure> {
    let Some(rule) = runbook.brake() else {
        return Ok(Held::default());
    };
    // Whose hire is held begins by nothing else, either: a change of the employee id, say.
    let held_hire = known.cases.iter().any(|row| {
        let case = &row.item;
        case.kind.joins() && case.state == CaseState::Held
    });
    let load_of = |one: &Changed| {
        let case = &one.row.item;
        let begins = held_hire && case.kind == EventKind::Transfer && case.asks().is_empty();
        let load = load_of(runbook, case).or_else(|| begins.then_some(Load::Hires));
        load.filter(|_| one.runs_anew())
    };
    let ends = |one: &Changed| one.verb == Verb::End;
    if !changed
        .iter()
        .any(|one| ends(one) || load_of(one).is_some())
    {
        return Ok(Held::default());
    }
    let mut row = looks.ledger.brake().await?;
    let before = row.item.clone();
    for one in changed.iter_mut() {
        let Some(load) = load_of(one) else { continue };
        let case = &mut one.row.item;
        let passage = row
            .item
            .lets_pass(load, &case.id, case.counted_at, now, rule.limit(load));
        match passage {
            Passage::Counted => case.counted_at = Some(now),
            Passage::Again => {}
            Passage::Held => case.state = CaseState::Held,
            Passage::Full => {
                return Err(Failure::Busy(
                    "the brake holds as many cases as it can: somebody has to decide about them first".to_owned(),
                ));
            }
        }
    }
    let mut held = Held::default();
    let ended: Vec<CaseId> = changed
        .iter()
        .filter(|one| ends(one))
        .map(|one| one.row.item.id.clone())
        .collect();
    let asks_no_more = asks_no_more(looks, &row.item, changed).await?;
    for id in ended.into_iter().chain(asks_no_more) {
        // Somebody has to be asked about those that are still held.
        let Some(next) = row.item.release(&id).cloned() else {
            continue;
        };
        if changed.iter().any(|one| one.row.item.id == next) {
            continue;
        }
        if let Some(mut asks) = looks.ledger.find_case(&next).await? {
            asks.item.revision = asks.item.revision.next();
            let body = AuditBody {
                at: now,
                by: "intake".into(),
                what: What::Asks,
                text: "The confirmers are asked about what is held by this case from now on."
                    .into(),
                detail: serde_json::Value::Null,
            };
            held.asks.push((asks, body));
        }
    }
    held.brake = (row.item != before).then_some(row);
    Ok(held)
}

/// The case by which the confirmers are asked, where it is held no more by another way: an exit was closed, say.
async fn asks_no_more(
    looks: Looks<'_>,
    brake: &Brake,
    changed: &[Changed],
) -> Result<Option<CaseId>, Failure> {
    let Some(asking) = brake.asking() else {
        return Ok(None);
    };
    let is = match changed.iter().find(|one| one.row.item.id == *asking) {
        Some(one) => Some(one.row.item.state),
        None => looks
            .ledger
            .find_case(asking)
            .await?
            .map(|row| row.item.state),
    };
    Ok((is != Some(CaseState::Held)).then(|| asking.clone()))
}
