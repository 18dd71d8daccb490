//! What somebody asked for on a page is set right: at once where the pages run beside what reads systems, and else with
//! the next sweep.

use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{AuditBody, Finding, FindingId, FindingState, RepairAsked, What};
use latchkey_runtime::Failure;
use serde_json::json;

use crate::{Deps, RepairError, Repaired, record::BY, repair};

/// Sets every finding right that somebody asked for and that is not given up.
///
/// # Errors
/// [`Failure`] when the ledger does not answer; the next sweep goes on.
pub(crate) async fn repair_what_was_asked(deps: &Deps<'_>) -> Result<(), Failure> {
    let mut from = None;
    loop {
        let open = deps.ledger.findings(Shelf::Open, Where::Everywhere, from);
        let page = open.await?;
        for finding in page.findings {
            let asked = finding.repair.filter(|asked| !asked.given_up);
            if let Some(asked) = asked.filter(|_| finding.state == FindingState::Open)
                && let Err(RepairError::Failure(failure)) =
                    repair_asked(deps, &finding.id, &asked.by).await
            {
                return Err(failure);
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(()),
        }
    }
}

/// Sets a finding right that somebody asked for, as [`repair`] does. What was not done is noted with it, with the reason:
/// what a system could not do now is tried again with the next sweep.
///
/// # Errors
/// [`RepairError`]; the finding stays open.
pub async fn repair_asked(
    deps: &Deps<'_>,
    id: &FindingId,
    by: &str,
) -> Result<Repaired, RepairError> {
    let done = repair(deps, id, by).await;
    let (problem, given_up) = match &done {
        Ok(_) | Err(RepairError::Failure(_)) => return done,
        Err(RepairError::Fault(fault)) => (fault.to_string(), !fault.is_retryable()),
        Err(RepairError::Refused(text)) => (text.clone(), true),
    };
    let now = deps.clock.now();
    let change = |before: Option<&Finding>| {
        let before = before?;
        let asked = before.repair.as_ref()?;
        if asked.problem.as_ref() == Some(&problem) && asked.given_up == given_up {
            return None;
        }
        let after = Finding {
            repair: Some(RepairAsked {
                problem: Some(problem.clone()),
                given_up,
                ..asked.clone()
            }),
            ..before.clone()
        };
        let body = AuditBody {
            at: now,
            by: BY.to_owned(),
            what: What::NotRepaired,
            text: format!("Asked for by {by}, and not done: {problem}."),
            detail: json!({ "askedBy": by, "triedAgain": !given_up }),
        };
        Some((after, body))
    };
    deps.ledger.change_finding(id, change).await?;
    done
}
