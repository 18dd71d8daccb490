//! Cases that should be running and are not are started again; executions that near their year are renewed, and so are
//! those in which whoever decides has to be told again.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState, Revision, What, execution_name};
use latchkey_runtime::{Begin, Execution, Failure, Workflow, WorkflowError};
use serde_json::json;

use crate::{Sweep, record::BY};

/// An execution may be a year old; it is renewed with time to spare.
/// Source: AWS Step Functions quotas, maximum execution time.
const OLD: SignedDuration = SignedDuration::from_hours(300 * 24);

/// An execution that ended by itself in failure has alerted the operators. It is tried again after a day, not each
/// hour: what made it fail is theirs to mend.
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
                what: What::StandsStill,
                text: "Its execution failed.".into(),
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

/// The executions, as a sweep looks at them: those that run by a list, the others each by itself. What was started
/// after the list was made is among the others, and so never taken for lost.
struct Executions<'w> {
    workflow: &'w dyn Workflow,
    running: HashMap<String, Timestamp>,
    /// Cases that were not looked at, since the state machine was busy.
    skipped: usize,
}

impl<'w> Executions<'w> {
    async fn listed(workflow: &'w dyn Workflow) -> Result<Executions<'w>, Failure> {
        Ok(Executions {
            workflow,
            running: workflow.running().await?,
            skipped: 0,
        })
    }

    /// How the execution of a case stands; `None` when the state machine is too busy to tell: the next sweep asks
    /// again.
    async fn of(
        &mut self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Option<Execution>, Failure> {
        if let Some(since) = self.running.get(&execution_name(case, revision)) {
            return Ok(Some(Execution::Running { since: *since }));
        }
        match self.workflow.execution(case, revision).await {
            Ok(execution) => Ok(Some(execution)),
            Err(WorkflowError::Busy(_)) => {
                self.skipped += 1;
                Ok(None)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    fn tell(&self) {
        if self.skipped > 0 {
            let cases = self.skipped;
            tracing::warn!(cases, "not looked at: the state machine is busy");
        }
    }
}

async fn look(
    sweep: &Sweep<'_>,
    executions: &mut Executions<'_>,
    lost: &Lost,
) -> Result<Option<Reason>, Failure> {
    let Some(execution) = executions.of(&lost.case, lost.revision).await? else {
        return Ok(None);
    };
    match reason(execution, sweep.deps.clock.now()) {
        None if lost.quiet => Ok(Some(Reason::Quiet)),
        reason => Ok(reason),
    }
}

/// Whether a question of a case was escalated, and nobody answered or was told again for a week: the next execution
/// tells them.
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
    let mut executions = Executions::listed(workflow).await?;
    let brake = sweep.deps.ledger.brake().await?.item;
    let mut all = Vec::new();
    let mut from = None;
    loop {
        let page = sweep.deps.ledger.cases_page(Shelf::Open, from).await?;
        for case in page.cases {
            // One of the held cases asks about all of them; the others wait without an execution.
            if case.state != CaseState::Held || brake.asking() == Some(&case.id) {
                all.extend(is_lost(sweep, &mut executions, case).await?);
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    executions.tell();
    Ok(all)
}

async fn is_lost(
    sweep: &Sweep<'_>,
    executions: &mut Executions<'_>,
    case: Case,
) -> Result<Option<Lost>, Failure> {
    let Some(execution) = executions.of(&case.id, case.revision).await? else {
        return Ok(None);
    };
    let runs = matches!(execution, Execution::Running { .. });
    let one = Lost {
        quiet: runs && is_quiet(sweep, &case).await?,
        case: case.id,
        revision: case.revision,
    };
    if one.quiet || reason(execution, sweep.deps.clock.now()).is_some() {
        return Ok(Some(one));
    }
    if let Execution::Failed { at } = execution
        && case.failed_at.is_none()
        && !sweep.dry_run
    {
        note_failure(sweep, &one.case, at).await?;
    }
    Ok(None)
}

/// Starts those again that are still not running, as their next revision.
pub(crate) async fn restart(sweep: &Sweep<'_>, lost: Vec<Lost>) -> Result<Vec<CaseId>, Failure> {
    let Some(workflow) = sweep.deps.workflow else {
        return Ok(Vec::new());
    };
    let mut restarted = Vec::new();
    if lost.is_empty() {
        return Ok(restarted);
    }
    let mut executions = Executions::listed(workflow).await?;
    for one in lost {
        let Some(reason) = look(sweep, &mut executions, &one).await? else {
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
    executions.tell();
    Ok(restarted)
}

fn record(reason: Reason, next: Revision, now: Timestamp) -> AuditBody {
    let (what, why) = match reason {
        Reason::Lost => (What::Restarted, "It had no execution"),
        Reason::Failed => (What::Restarted, "Its execution failed a day ago"),
        Reason::Quiet => (
            What::ToldAgain,
            "What was escalated is open for a week, and whoever decides is told again",
        ),
        Reason::Old => (
            What::Renewed,
            "Its execution neared the year that one may last",
        ),
    };
    AuditBody {
        at: now,
        by: BY.to_owned(),
        what,
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
