//! Cases that should be running and are not are started again; executions that near their year are renewed, and so are those in
//! which whoever decides has to be told again.

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState, Revision};
use latchkey_runtime::{Begin, Execution, Failure, Workflow};
use serde_json::json;

use crate::{Sweep, record::BY};

/// An execution may be a year old; it is renewed with time to spare.
/// Source: AWS Step Functions quotas, maximum execution time.
const OLD: SignedDuration = SignedDuration::from_hours(300 * 24);

/// An execution that ended by itself in failure has alerted the operators. It is tried again after a day, not each hour:
/// what made it fail is theirs to mend.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// See `Asking::has_gone_quiet`.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why a case is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Lost,
    Failed,
    Old,
    Quiet,
}

/// A case that should be running and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    case: CaseId,
    revision: Revision,
    /// It runs, and somebody has to be told again.
    quiet: bool,
}

/// Notes that a case stands still, for whoever looks at the cases.
async fn note_failure(sweep: &Sweep<'_>, id: &CaseId, at: Timestamp) -> Result<(), Failure> {
    let now = sweep.deps.clock.now();
    sweep
        .deps
        .ledger
        .change_case::<Failure>(id, |case: &mut Case| {
            if case.failed_at.is_some() || case.state.is_ended() {
                return Ok(None);
            }
            case.failed_at = Some(at);
            Ok(Some(vec![AuditBody {
                at: now,
                by: BY.to_owned(),
                what: "stands still".into(),
                text: "Its execution failed; the operators were alerted.".into(),
                detail: json!({ "revision": case.revision, "failedAt": at }),
            }]))
        })
        .await?;
    Ok(())
}

fn reason(execution: Execution, now: Timestamp) -> Option<Reason> {
    match execution {
        Execution::Absent => Some(Reason::Lost),
        Execution::Failed { at } => (now.duration_since(at) >= PATIENCE).then_some(Reason::Failed),
        Execution::Running { since } => (now.duration_since(since) >= OLD).then_some(Reason::Old),
    }
}

async fn look(
    sweep: &Sweep<'_>,
    workflow: &dyn Workflow,
    lost: &Lost,
) -> Result<Option<Reason>, Failure> {
    let execution = workflow.execution(&lost.case, lost.revision).await?;
    match reason(execution, sweep.deps.clock.now()) {
        None if lost.quiet => Ok(Some(Reason::Quiet)),
        reason => Ok(reason),
    }
}

/// Whether a question of a case was escalated, and nobody answered or was told again for a week: the next execution tells them.
async fn is_quiet(sweep: &Sweep<'_>, case: &Case) -> Result<bool, Failure> {
    let now = sweep.deps.clock.now();
    // Nothing can have been quiet for longer than the case is open.
    if now.duration_since(case.opened_at) < WEEK || case.state == CaseState::Received {
        return Ok(false);
    }
    let rows = sweep.deps.ledger.tasks(&case.id).await?;
    let mut open = rows.iter().filter(|row| !row.item.task.state.is_ended());
    Ok(open.any(|row| {
        let asking = row.item.asking.as_ref();
        asking.is_some_and(|asking| asking.has_gone_quiet(now))
    }))
}

/// Open cases whose current revision does not run, or runs for too long.
pub(crate) async fn lost(sweep: &Sweep<'_>) -> Result<Vec<Lost>, Failure> {
    let Some(workflow) = sweep.deps.workflow else {
        return Ok(Vec::new());
    };
    let open = sweep.deps.ledger.cases(Shelf::Open, usize::MAX).await?;
    let brake = sweep.deps.ledger.brake().await?.item;
    let mut all = Vec::new();
    for case in open {
        // One of the held cases asks about all of them; the others wait without an execution.
        if case.state == CaseState::Held && brake.asking() != Some(&case.id) {
            continue;
        }
        let execution = workflow.execution(&case.id, case.revision).await?;
        let runs = matches!(execution, Execution::Running { .. });
        let one = Lost {
            quiet: runs && is_quiet(sweep, &case).await?,
            case: case.id,
            revision: case.revision,
        };
        match (reason(execution, sweep.deps.clock.now()), execution) {
            (Some(_), _) => all.push(one),
            (None, _) if one.quiet => all.push(one),
            (None, Execution::Failed { at }) if case.failed_at.is_none() && !sweep.dry_run => {
                note_failure(sweep, &one.case, at).await?;
            }
            (None, _) => {}
        }
    }
    Ok(all)
}

/// Starts those again that are still not running, as their next revision.
pub(crate) async fn restart(sweep: &Sweep<'_>, lost: Vec<Lost>) -> Result<Vec<CaseId>, Failure> {
    let Some(workflow) = sweep.deps.workflow else {
        return Ok(Vec::new());
    };
    let mut restarted = Vec::new();
    for one in lost {
        let Some(reason) = look(sweep, workflow, &one).await? else {
            continue;
        };
        if sweep.dry_run {
            restarted.push(one.case);
            continue;
        }
        let now = sweep.deps.clock.now();
        let next = one.revision.next();
        let row = sweep
            .deps
            .ledger
            .change_case::<Failure>(&one.case, |case: &mut Case| {
                // Planned anew or settled meanwhile: nothing is lost.
                if case.revision != one.revision || case.is_settled() {
                    return Ok(None);
                }
                case.plan_anew();
                Ok(Some(vec![record(reason, next, now)]))
            })
            .await?;
        if row.item.revision != next || row.item.is_settled() {
            continue;
        }
        // Renewed, or planned anew by an operator: what an earlier revision waits for is nobody's any more.
        for revision in [one.revision.previous(), Some(one.revision)]
            .into_iter()
            .flatten()
        {
            workflow.stop(&one.case, revision, "planned anew").await?;
        }
        workflow.start(&Begin::new(one.case.clone(), next)).await?;
        tracing::warn!(case = %one.case, revision = %next, ?reason, "started again");
        restarted.push(one.case);
    }
    Ok(restarted)
}

fn record(reason: Reason, next: Revision, now: Timestamp) -> AuditBody {
    let (what, why) = match reason {
        Reason::Lost => ("restarted", "It had no execution"),
        Reason::Failed => ("restarted", "Its execution failed a day ago"),
        Reason::Quiet => (
            "told again",
            "What was escalated is open for a week, and whoever decides is told again",
        ),
        Reason::Old => ("renewed", "Its execution neared the year that one may last"),
    };
    AuditBody {
        at: now,
        by: BY.to_owned(),
        what: what.to_owned(),
        text: format!("{why}; planned anew as revision {next}."),
        detail: json!({ "revision": next }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_left_alone_until_it_is_old_and_what_failed_for_a_day() {
        let now: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        let ago = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap();
        let running = |hours| Execution::Running { since: ago(hours) };
        let failed = |hours| Execution::Failed { at: ago(hours) };
        assert_eq!(reason(running(299 * 24), now), None);
        assert_eq!(reason(running(300 * 24), now), Some(Reason::Old));
        assert_eq!(reason(failed(23), now), None);
        assert_eq!(reason(failed(24), now), Some(Reason::Failed));
        assert_eq!(reason(Execution::Absent, now), Some(Reason::Lost));
    }
}
