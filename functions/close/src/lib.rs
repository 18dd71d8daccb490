//! **close**: closes a case when every task on it is verified, or waived by name, and sends HR and the
//! manager a summary.

mod leftover;
mod summary;

use latchkey_ledger::{Ledger, Row, TaskRow};
use latchkey_lifecycle::{
    About, AuditBody, Case, CaseId, CaseState, Letter, LetterId, QueuedLetter, Revision, TaskState,
    What,
};
use latchkey_runtime::{Clock, Failure, Runbooks, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What close needs.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// The state machine.
    pub workflow: &'a dyn Workflow,
}

/// What the workflow sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Which case.
    pub case_id: CaseId,
    /// Which revision of it.
    pub revision: Revision,
}

/// What became of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Tasks that were verified.
    pub verified: usize,
    /// Tasks that were waived.
    pub waived: usize,
}

/// Closes a case. Safe to run twice: a closed case stays closed, and its summary goes out once.
///
/// # Errors
/// [`Failure::NotAllEnded`] names the tasks that are neither verified nor waived; [`Failure::Fenced`] when the
/// case has a later revision.
pub async fn handle(deps: &Deps<'_>, request: &Request) -> Result<Response, Failure> {
    let case = deps
        .ledger
        .fenced_case(&request.case_id, request.revision)
        .await?
        .item;
    let tasks = deps.ledger.tasks(&case.id).await?;
    let open: Vec<&str> = tasks
        .iter()
        .filter(|row| !row.item.task.state.is_ended())
        .map(|row| row.item.task.id.as_str())
        .collect();
    if !open.is_empty() {
        return Err(Failure::NotAllEnded(format!(
            "{} of {} tasks of {} have not ended: {}",
            open.len(),
            tasks.len(),
            case.id,
            open.join(", ")
        )));
    }
    let count = |state| {
        tasks
            .iter()
            .filter(|row| row.item.task.state == state)
            .count()
    };
    let response = Response {
        verified: count(TaskState::Verified),
        waived: count(TaskState::Waived),
    };
    // A record that HR has just completed is planned anew, and what the brake holds was not carried out yet.
    // A question is done when it is answered: what follows is another case's.
    let asked = case.unknown_event.is_some() || !case.asks().is_empty();
    let completed = case.person.is_none() && !asked && response.waived == 0;
    if completed || case.state == CaseState::Held {
        return Ok(response);
    }
    let case = close(deps, request, &tasks, response).await?;
    leftover::end(deps, &case).await?;
    if !case.summary_sent {
        send_summary(deps, &case, &tasks).await?;
    }
    Ok(response)
}

/// Writes the letters of the summary, once.
async fn send_summary(deps: &Deps<'_>, case: &Case, tasks: &[Row<TaskRow>]) -> Result<(), Failure> {
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    let now = deps.clock.now();
    let queued = |letter: Letter| {
        let id = LetterId::of(&[
            &"summary",
            &case.id,
            &case.revision,
            &letter.team,
            &letter.to,
        ]);
        let about = About {
            case: case.id.clone(),
            task: None,
            question: None,
            record: None,
        };
        QueuedLetter::new(id, letter, Some(about), now)
    };
    let letters = summary::letters(&runbook, case, tasks, now).into_iter();
    let letters: Vec<QueuedLetter> = letters.map(queued).collect();
    deps.ledger
        .change_case_and_write(&case.id, &letters, |case| {
            if case.summary_sent {
                return Ok::<_, Failure>(None);
            }
            case.summary_sent = true;
            Ok(Some(Vec::new()))
        })
        .await?;
    Ok(())
}

async fn close(
    deps: &Deps<'_>,
    request: &Request,
    tasks: &[Row<TaskRow>],
    response: Response,
) -> Result<Case, Failure> {
    let now = deps.clock.now();
    let heads: serde_json::Map<String, serde_json::Value> = tasks
        .iter()
        .map(|row| {
            let head = json!({ "records": row.audit_seq, "hash": row.audit_hash });
            (row.item.task.id.to_string(), head)
        })
        .collect();
    let row = deps
        .ledger
        .change_case(&request.case_id, |case| {
            if case.revision != request.revision {
                return Err(Failure::Fenced(format!("{} was planned anew", case.id)));
            }
            if case.state.is_ended() {
                return Ok(None);
            }
            case.state = CaseState::Closed;
            case.closed_at = Some(now);
            Ok(Some(vec![AuditBody {
                at: now,
                by: "close".into(),
                what: What::Closed,
                text: format!(
                    "Closed: {} verified, {} waived.",
                    response.verified, response.waived
                ),
                detail: json!({ "tasks": heads.clone() }),
            }]))
        })
        .await?;
    tracing::info!(case = %request.case_id, "closed");
    Ok(row.item)
}
