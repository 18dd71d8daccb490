//! What an exit leaves behind: somebody worked until their last day, so what was open for them went on until then. When
//! the exit is closed, nothing of it is wanted any more (promise 5).

use latchkey_lifecycle::{AuditBody, Case, EmployeeId, Order, Until, What};
use latchkey_runtime::Failure;
use serde_json::json;

use crate::Deps;

/// Ends the person's other cases that were decided before the exit. Running it again changes nothing.
pub(crate) async fn end(deps: &Deps<'_>, exit: &Case) -> Result<(), Failure> {
    // Of an exit whose record nobody completed nothing is known: it was left out by name, and takes nothing.
    if !exit.kind.takes_all() || exit.person.is_none() {
        return Ok(());
    }
    let now = deps.clock.now();
    for other in cases_of_all_ids(deps, exit).await? {
        let id = other.id.clone();
        let ended_by_this = other.superseded_by.as_ref() == Some(&exit.id);
        let over = is_over(&other, exit);
        if id == exit.id || !(ended_by_this || (over && !other.state.is_ended())) {
            continue;
        }
        let was = other.revision;
        deps.ledger
            .change_case(&id, |case| {
                if case.state.is_ended() || case.revision != was {
                    return Ok::<_, Failure>(None);
                }
                case.end_for(Some(&exit.id), now);
                if let Some(grounds) = &mut case.grounds {
                    grounds.over = true;
                }
                Ok(Some(vec![AuditBody {
                    at: now,
                    by: "close".into(),
                    what: What::Superseded,
                    text: format!("The person has left: case {} is closed.", exit.id),
                    detail: json!({ "by": exit.id }),
                }]))
            })
            .await?;
        deps.workflow.stop(&id, was, "superseded").await?;
        deps.ledger.end_for(&id, Some(&exit.id), now).await?;
    }
    Ok(())
}

/// The person's cases, also those of the ids that they had before.
async fn cases_of_all_ids(deps: &Deps<'_>, exit: &Case) -> Result<Vec<Case>, Failure> {
    let mut ids: Vec<EmployeeId> = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    let mut next = Some(exit.employee_id.clone());
    while let Some(id) = next.filter(|id| !ids.contains(id)) {
        let rows = deps.ledger.each_case_of(&id).await?;
        cases.extend(rows.into_iter().map(|row| row.item));
        // As HR tells it now: what a case was planned with may have turned out to be somebody else.
        let row = deps.ledger.person_row(&id).await?;
        next = row.and_then(|row| row.item.record.previous_id);
        ids.push(id);
    }
    Ok(cases)
}

/// Whether what the case gives ends with the exit: at its last day, or before. A case of an earlier release does not
/// say so, and is over when it was decided before.
fn is_over(other: &Case, exit: &Case) -> bool {
    let gives = !other.kind.takes_all() && other.asks().is_empty();
    let over = match (
        &other.grounds,
        exit.effective.and_then(|last| last.tomorrow().ok()),
    ) {
        (Some(grounds), Some(end)) => match grounds.until {
            Until::Never => true,
            Until::Day(until) => until <= end,
            Until::Ever => false,
        },
        _ => Order::of(other).ends_with(&Order::of(exit)),
    };
    gives && over
}
