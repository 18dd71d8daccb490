//! What somebody else wrote into the ledger acts here at once: commands tell the process that runs the cases which ones
//! changed.

use std::sync::Arc;

use jiff::Timestamp;
use latchkey_ledger::{Ledger, Shelf};
use latchkey_lifecycle::{AuditBody, Case, CaseId, What};
use latchkey_runtime::{Clock, Failure, Runbooks, Workflow, take_up};
use serde_json::json;

use crate::stack::Stack;

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
            let started = take_up(&self.ledger, self.workflow.as_ref(), id).await?;
            begun += usize::from(started);
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
