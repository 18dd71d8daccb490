//! Files that somebody adds to a task while its question is open. They stay there, whatever is answered.

use latchkey_ledger::{Attached, Row, Somebody, TaskRow};
use latchkey_lifecycle::{AuditBody, What};
use latchkey_runtime::{Failure, Question};
use serde_json::json;

use crate::{AnswerError, Deps, QuestionState, answer::TRIES, decided, state::change_open};

/// The most files of one task.
pub const MOST_FILES: usize = 10;

/// Adds files, and records each with the checksum of its bytes. One that is there already is not added again.
///
/// # Errors
/// [`AnswerError`]; nothing was changed then.
pub async fn attach(
    deps: &Deps<'_>,
    question: &Question,
    files: &[Attached],
) -> Result<Row<TaskRow>, AnswerError> {
    for _ in 1..TRIES {
        match attach_now(deps, question, files).await {
            Err(AnswerError::Failure(Failure::Fenced(_))) => {}
            other => return other,
        }
    }
    attach_now(deps, question, files).await
}

async fn attach_now(
    deps: &Deps<'_>,
    question: &Question,
    files: &[Attached],
) -> Result<Row<TaskRow>, AnswerError> {
    let held = deps.ledger.find_case(&question.case).await?;
    let held = held.ok_or(AnswerError::NotOpen(QuestionState::Superseded))?;
    let runbook = deps.runbooks.get(deps.ledger, &held.item.runbook).await?;
    change_open(deps, question, |task_row, current| {
        let there = |file: &&Attached| {
            let mut all = task_row.attached.iter();
            all.any(|one| one.sha256 == file.sha256)
        };
        let new: Vec<Attached> = files.iter().filter(|f| !there(f)).cloned().collect();
        if new.is_empty() {
            return Ok(None);
        }
        if task_row.attached.len() + new.len() > MOST_FILES {
            let problem = format!("A task has {MOST_FILES} files at most.");
            return Err(AnswerError::Incomplete(vec![problem]));
        }
        let sent_to = decided::sent_to(&runbook, current, question);
        let records = new.iter().map(|file| record(file, &sent_to)).collect();
        task_row.attached.extend(new);
        Ok(Some(records))
    })
    .await
}

fn record(file: &Attached, sent_to: &str) -> AuditBody {
    let Somebody { name, address } = &file.by;
    let mut detail = json!({
        "file": file.name, "kind": file.kind, "bytes": file.bytes, "sha256": file.sha256,
    });
    let who = match address.is_empty() {
        false => {
            detail["address"] = json!(address);
            name.clone()
        }
        true => {
            detail["sentTo"] = json!(sent_to);
            format!("Whoever had the link sent to {sent_to}, calling themselves {name},")
        }
    };
    AuditBody {
        at: file.at,
        by: name.clone(),
        what: What::Attached,
        text: format!("{who} added the file {} ({}).", file.name, file.kind),
        detail,
    }
}
