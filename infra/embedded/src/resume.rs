//! Open cases go on after a start. Executions live in the process, and the ledger does not: it is the truth.

use latchkey_engine::{Engine, StartError};
use latchkey_ledger::{Ledger, Row, Shelf};
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState, Revision, What};
use latchkey_runtime::{Begin, Clock, Failure, Workflow};
use serde_json::Value;

use crate::{parked::parked_until, stack::StackError};

/// What a start did with the open cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resumed {
    /// Go on at once, planned anew.
    pub go_on: usize,
    /// Lie still until something is to be done, or somebody answers.
    pub lie_still: usize,
}

/// Lets every open case go on. One in which something is to be done is planned anew, as its next revision, so that
/// whatever a dead process left behind is fenced. One in which all is waiting gets an execution that sleeps: nothing is
/// written, and it is planned anew when its first instant comes, or somebody answers. That is as if the process had
/// been started then only.
///
/// # Errors
/// [`StackError`] when ledger or engine fail.
pub async fn resume(
    ledger: &Ledger,
    engine: &Engine,
    clock: &dyn Clock,
) -> Result<Resumed, StackError> {
    let asking = ledger.brake().await?.item.asking().cloned();
    let mut resumed = Resumed::default();
    let mut from = None;
    loop {
        let page = ledger.cases_page(Shelf::Open, from).await?;
        for case in page.cases {
            let begin = Begin::new(case.id.clone(), case.revision);
            let (name, input) = (begin.name(), input_of(&begin)?);
            // It sleeps first, and then its tasks are looked at: an answer that comes in between wakes it.
            match engine.start_asleep(&name, &input) {
                Ok(()) => {}
                // Hooks are served meanwhile: it has gone on already, or has ended.
                Err(StartError::ExecutionAlreadyExists(_)) => continue,
                Err(problem) => return Err(Failure::Broken(problem.to_string()).into()),
            }
            let now = clock.now();
            let until = match case.state {
                // It has no execution of its own until a person has decided.
                CaseState::Held if asking.as_ref() != Some(&case.id) => None,
                _ => Some(look(ledger, &case, now).await?),
            };
            if let Some(until) = until {
                engine.begin_at(&name, until);
            }
            match until.is_some_and(|until| until <= now) {
                true => resumed.go_on += 1,
                false => resumed.lie_still += 1,
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(resumed),
        }
    }
}

fn input_of(begin: &Begin) -> Result<Value, Failure> {
    serde_json::to_value(begin).map_err(|e| Failure::Broken(e.to_string()))
}

/// Until when a case lies still. What cannot be read goes on, so that whoever runs it is told of it.
async fn look(
    ledger: &Ledger,
    case: &Case,
    now: jiff::Timestamp,
) -> Result<jiff::Timestamp, Failure> {
    match ledger.tasks(&case.id).await {
        Ok(rows) => {
            let rows: Vec<_> = rows.into_iter().map(|row| row.item).collect();
            Ok(parked_until(case, &rows, now))
        }
        Err(latchkey_ledger::LedgerError::Unreadable { .. }) => Ok(now),
        Err(other) => Err(other.into()),
    }
}

/// Plans every open case of a ledger anew and starts its execution; gives how many.
///
/// # Errors
/// [`StackError`] when ledger or engine fail.
pub async fn resume_open_cases(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    clock: &dyn Clock,
) -> Result<usize, StackError> {
    let open = ledger.cases(Shelf::Open, usize::MAX).await?;
    let count = open.len();
    for case in open {
        plan_anew(ledger, workflow, clock, &case.id, None).await?;
    }
    Ok(count)
}

/// Raises a case's revision and starts its execution; at a revision only when the case is still there. One that went on
/// meanwhile is started as it is, which is no error when it runs already.
///
/// # Errors
/// [`Failure`] when ledger or engine fail.
pub(crate) async fn plan_anew(
    ledger: &Ledger,
    workflow: &dyn Workflow,
    clock: &dyn Clock,
    id: &CaseId,
    at: Option<Revision>,
) -> Result<Row<Case>, Failure> {
    let row = ledger
        .change_case::<Failure>(id, |case: &mut Case| {
            // Hooks are served meanwhile, and those that went on first may be done. One that was closed just before the
            // end may not have told anybody.
            if case.is_settled() || at.is_some_and(|at| at != case.revision) {
                return Ok(None);
            }
            case.plan_anew();
            Ok(Some(vec![AuditBody {
                at: clock.now(),
                by: "restart".into(),
                what: What::Restarted,
                text: format!(
                    "Planned anew as revision {} after a restart.",
                    case.revision
                ),
                detail: Value::Null,
            }]))
        })
        .await?;
    if !row.item.is_settled() {
        let begin = Begin::new(row.item.id.clone(), row.item.revision);
        workflow.start(&begin).await?;
    }
    Ok(row)
}
