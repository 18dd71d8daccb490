//! What somebody else wrote into the ledger acts here at once: commands tell the process that runs the cases which ones
//! changed.

use std::sync::Arc;

use jiff::Timestamp;
use latchkey_ledger::{Ledger, Shelf};
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState, What};
use latchkey_runtime::{Begin, Clock, Failure, Runbooks, Workflow};
use serde_json::json;

use crate::stack::Stack;

/// How many revisions before the present one may still be at work.
const EARLIER: usize = 16;

/// Whoever runs the cases of a ledger.
#[derive(Clone)]
pub struct Acting {
    ledger: Ledger,
    workflow: Arc<dyn Workflow>,
    clock: Arc<dyn Clock>,
    runbooks: Arc<Runbooks>,
}

impl Acting {
    pub(crate) fn of(stack: &Stack) -> Acting {
        Acting {
            ledger: stack.ledger.clone(),
            workflow: Arc::clone(&stack.workflow),
            clock: Arc::clone(&stack.clock),
            runbooks: Arc::clone(&stack.runbooks),
        }
    }

    /// Starts the present revision of each case, where it does not run yet, and stops those before it. Gives how many
    /// cases there was something to do for: what has ended, and what the brake holds, begins nothing.
    ///
    /// # Errors
    /// [`Failure`] when ledger or state machine do not answer; what was not begun is begun by the next sweep.
    pub async fn take_up(&self, cases: &[CaseId]) -> Result<usize, Failure> {
        let mut begun = 0;
        for id in cases {
            let Some(row) = self.ledger.find_case(id).await? else {
                continue;
            };
            self.stop_earlier(&row.item).await?;
            if row.item.is_settled() || self.waits(&row.item).await? {
                continue;
            }
            let begin = Begin::new(id.clone(), row.item.revision);
            self.workflow.start(&begin).await?;
            begun += 1;
        }
        Ok(begun)
    }

    /// Plans every open case anew: what was worked out by a clock that was wrong is worked out again. Gives how many.
    ///
    /// # Errors
    /// [`Failure`] when ledger or state machine do not answer; cases that were not reached stay as they are.
    pub async fn clock_was_set_back(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        // Turns at systems were given out by that clock, too.
        let (_, runbook) = self.runbooks.current(&self.ledger).await?;
        for (system, _) in runbook.systems() {
            let abandoned = self.ledger.change_traffic(system, |t| t.abandon());
            abandoned.await?;
        }
        let mut anew = Vec::new();
        for case in self.ledger.cases(Shelf::Open, usize::MAX).await? {
            let change = self
                .ledger
                .change_case::<Failure>(&case.id, |case: &mut Case| {
                    if case.is_settled() {
                        return Ok(None);
                    }
                    case.plan_anew();
                    Ok(Some(vec![set_back(case, now)]))
                });
            change.await?;
            anew.push(case.id);
        }
        self.take_up(&anew).await
    }

    /// One of the held cases asks about all of them; the others wait without an execution.
    async fn waits(&self, case: &Case) -> Result<bool, Failure> {
        if case.state != CaseState::Held {
            return Ok(false);
        }
        Ok(self.ledger.brake().await?.item.asking() != Some(&case.id))
    }

    async fn stop_earlier(&self, case: &Case) -> Result<(), Failure> {
        let earlier = std::iter::successors(case.revision.previous(), |one| one.previous());
        for revision in earlier.take(EARLIER) {
            let stopped = self.workflow.stop(&case.id, revision, "planned anew");
            stopped.await?;
        }
        Ok(())
    }
}

fn set_back(case: &Case, now: Timestamp) -> AuditBody {
    AuditBody {
        at: now,
        by: "clock".into(),
        what: What::Restarted,
        text: format!(
            "Planned anew as revision {}: this machine's clock was set back.",
            case.revision
        ),
        detail: json!({ "revision": case.revision }),
    }
}
