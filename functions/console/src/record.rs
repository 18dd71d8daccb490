//! An answer goes to whom it concerns: the case that asked, HR's record, or everything that the brake holds.

use ask::{AnswerError, only_what_was_asked, standing};
use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{Answer, Evidence, Ruling, TaskId};
use latchkey_runtime::Question;

use crate::Deps;

/// Records an answer to the question of a link, about the task as it was read.
///
/// # Errors
/// [`AnswerError`]: nothing was changed, or ledger or state machine do not answer and the same again goes on.
pub async fn record(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    answer: &Answer,
) -> Result<(), AnswerError> {
    let asked = &only_what_was_asked(&row.item.task, question.step, answer);
    if question.task == TaskId::confirm_what_is_held()
        && let Some(ruling) = ruling(asked)
    {
        return rule(deps, question, row, asked, &ruling).await;
    }
    match (answer, asked) {
        // HR completes the record: the case goes on by itself. There, a field that was not asked for is refused.
        (Answer::Done(told), Answer::Done(asked_for))
            if intake::asks_for_record(&row.item.task) =>
        {
            ask::check(row, question, answer)?;
            let (case, task) = (&question.case, &question.task);
            let evidence = Evidence {
                fields: told.fields.clone(),
                ..asked_for.clone()
            };
            let done = intake::complete_record(&deps.intake, case, task, &evidence).await;
            done.map_err(|error| match error {
                intake::CompleteError::Incomplete(problems) => AnswerError::Incomplete(problems),
                intake::CompleteError::Completed => AnswerError::NotOpen(ask::Standing::Answered),
                intake::CompleteError::Failure(failure) => AnswerError::Failure(failure),
            })
        }
        _ => ask::answer(&deps.ask(), question, asked).await.map(|_| ()),
    }
}

fn ruling(answer: &Answer) -> Option<Ruling> {
    match answer {
        Answer::Done(evidence) => Some(Ruling::Confirmed {
            by: evidence.by.clone(),
        }),
        Answer::Waived { by, reason } => Some(Ruling::LeftOut {
            by: by.clone(),
            reason: reason.clone(),
        }),
        Answer::Declined { .. } => None,
    }
}

async fn rule(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    answer: &Answer,
    ruling: &Ruling,
) -> Result<(), AnswerError> {
    let intake = &deps.intake;
    if let Err(refused) = ask::check(row, question, answer) {
        // Whoever answers once more was perhaps cut off before the last case was started.
        intake::carry_out(intake.looks(), intake.workflow.as_ref()).await?;
        return Err(refused);
    }
    if let Some(refusal) = own_case(deps, question, row, answer).await? {
        return Err(AnswerError::Incomplete(vec![refusal]));
    }
    if intake::rule(intake, &question.case, ruling).await? {
        return Ok(());
    }
    let row = intake
        .ledger
        .find_task(&question.case, &question.task)
        .await?;
    let now = row.map_or(ask::Standing::Superseded, |row| standing(&row, question));
    Err(AnswerError::NotOpen(now))
}

/// Why whoever signs may not decide about what is held: they are one of the people whom it is about.
async fn own_case(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    answer: &Answer,
) -> Result<Option<String>, AnswerError> {
    let held = intake::held_cases(&deps.intake).await?;
    let Some(asking) = held.iter().find(|case| case.id == question.case) else {
        // It is decided already, or asked by another case.
        return Ok(None);
    };
    let runbooks = &deps.intake.runbooks;
    let runbook = runbooks.get(&deps.intake.ledger, &asking.runbook).await?;
    Ok(ask::own_case(&runbook, &row.item, question, answer, &held))
}
