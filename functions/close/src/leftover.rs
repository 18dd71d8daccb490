//! What an exit leaves behind: somebody worked until their last day, so what was open for them went on until then. When
//! the exit is closed, nothing of it is wanted any more (promise 5).

use latchkey_lifecycle::{AuditBody, Case, Order};
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
    for (id, _) in deps.ledger.cases_of(&exit.employee_id).await? {
        let Some(row) = deps.ledger.find_case(&id).await? else {
            continue;
        };
        let other = row.item;
        let ended_by_this = other.superseded_by.as_ref() == Some(&exit.id);
        let over = Order::of(&other).ends_with(&Order::of(exit)) && !other.kind.takes_all();
        if id == exit.id || !(ended_by_this || (over && !other.state.is_ended())) {
            continue;
        }
        let was = other.revision;
        deps.ledger
            .change_case(&id, |case| {
                if case.state.is_ended() || case.revision != was {
                    return Ok::<_, Failure>(None);
                }
                case.end_for(&exit.id, now);
                Ok(Some(vec![AuditBody {
                    at: now,
                    by: "close".into(),
                    what: "superseded".into(),
                    text: format!("The person has left: case {} is closed.", exit.id),
                    detail: json!({ "by": exit.id }),
                }]))
            })
            .await?;
        deps.workflow.stop(&id, was, "superseded").await?;
        deps.ledger.end_for(&id, &exit.id, now).await?;
    }
    Ok(())
}
