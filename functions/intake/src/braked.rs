//! The brake, as an event is taken in (promise 8): what comes in a flood is held.

use jiff::Timestamp;
use latchkey_ledger::Row;
use latchkey_lifecycle::{AuditBody, Brake, Case, CaseId, CaseState, Load, Revision};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Begin, Failure};

use crate::Looks;

/// What happens to other cases.
pub(crate) struct Changes {
    pub(crate) others: Vec<(Row<Case>, AuditBody)>,
    pub(crate) stop: Vec<(CaseId, Revision)>,
    pub(crate) also: Vec<Begin>,
}

impl Changes {
    /// What the case would take the place of goes on: it is held itself.
    fn spare(&mut self, case: &mut Case) {
        let ended = |(other, _): &(Row<Case>, AuditBody)| {
            other.item.superseded_by.as_ref() == Some(&case.id)
        };
        let spared: Vec<CaseId> = self
            .others
            .iter()
            .filter(|other| ended(other))
            .map(|(other, _)| other.item.id.clone())
            .collect();
        self.others.retain(|other| !ended(other));
        self.stop.retain(|(id, _)| !spared.contains(id));
        case.supersedes.retain(|id| !spared.contains(id));
    }
}

/// Holds the case when too many of its kind came lately, and lets go of held ones that it takes the place of. Returns the brake
/// when it changed.
pub(crate) async fn brake(
    deps: Looks<'_>,
    runbook: &Runbook,
    case: &mut Row<Case>,
    changes: &mut Changes,
    now: Timestamp,
) -> Result<Option<Row<Brake>>, Failure> {
    let rule = runbook.brake();
    let case = &mut case.item;
    let load = Load::of(case.kind, runbook.case_takes_access(case))
        .filter(|_| case.state == CaseState::Received);
    let superseded = changes
        .others
        .iter()
        .any(|(other, _)| other.item.superseded_by.is_some());
    if rule.is_none() || (load.is_none() && !superseded) {
        return Ok(None);
    }
    let mut row = deps.ledger.brake().await?;
    let before = row.item.clone();
    if let (Some(rule), Some(load)) = (rule, load)
        && !row.item.lets_pass(load, &case.id, now, rule.limit(load))
    {
        case.state = CaseState::Held;
        // Nothing of what is held acts before it is confirmed (promise 8).
        changes.spare(case);
    }
    let ended: Vec<CaseId> = changes
        .others
        .iter()
        .filter(|(other, _)| other.item.superseded_by.is_some())
        .map(|(other, _)| other.item.id.clone())
        .collect();
    for id in ended {
        // Somebody has to be asked about those that are still held.
        let Some(next) = row.item.release(&id).cloned() else {
            continue;
        };
        if next == case.id {
            continue;
        }
        if let Some(mut asks) = deps.ledger.find_case(&next).await? {
            asks.item.revision = asks.item.revision.next();
            let begin = Begin::new(next.clone(), asks.item.revision);
            changes.also.push(begin);
            let body = AuditBody {
                at: now,
                by: "intake".into(),
                what: "asks".into(),
                text: "The confirmers are asked about what is held by this case from now on."
                    .into(),
                detail: serde_json::Value::Null,
            };
            changes.others.push((asks, body));
        }
    }
    Ok((row.item != before).then_some(row))
}
