//! An answer goes to whom it concerns: the case that asked, HR's record, or everything that the brake holds.

use latchkey_decisions::NotDecided;
use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{Answer, Evidence, Ruling, TaskId, Themselves, by_link};
use latchkey_questions::{AnswerError, only_what_was_asked, state_of};
use latchkey_runtime::Question;

use crate::{Deps, not_theirs::reported_by, sign_in::SignInBy, views::case::capital};

/// Records an answer to the question of a link, about the task as it was read. `shown`: the checksum of what the brake
/// holds, as the page showed it ([`latchkey_decisions::list_of_held`]); of other tasks it says nothing.
///
/// # Errors
/// [`AnswerError`]: nothing was changed, or ledger or state machine do not answer and the same again goes on.
pub async fn record(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    answer: &Answer,
    shown: &str,
) -> Result<(), AnswerError> {
    record_of(deps, question, row, (answer, None), shown).await
}

/// The same, of whoever signed in.
pub(crate) async fn record_of(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    (answer, signer): (&Answer, Option<&Themselves>),
    shown: &str,
) -> Result<(), AnswerError> {
    let asked = &only_what_was_asked(&row.item.task, question.step, answer);
    if question.task == TaskId::confirm_what_is_held()
        && let Some(ruling) = ruling(asked)
    {
        return rule(deps, question, row, (asked, signer), (&ruling, shown)).await;
    }
    match (answer, asked) {
        // HR completes the record: the case goes on by itself. There, a field that was not asked for is refused.
        (Answer::Done(told), Answer::Done(asked_for))
            if latchkey_decisions::asks_for_record(&row.item.task) =>
        {
            latchkey_questions::check(row, question, answer, signer)?;
            if let Some(own) = own_record(deps, question, row, (asked, signer)).await? {
                return Err(AnswerError::Incomplete(vec![own]));
            }
            let (case, task) = (&question.case, &question.task);
            let mut evidence = Evidence {
                fields: told.fields.clone(),
                ..asked_for.clone()
            };
            if signer.is_none() {
                // It becomes a word of HR: of whom, its records say.
                evidence.by = signed_by_link(deps, question, row, &evidence.by).await?;
            }
            let done =
                latchkey_decisions::complete_record(&deps.intake, case, task, &evidence).await;
            done.map_err(|error| match error {
                latchkey_decisions::CompleteError::Incomplete(problems) => {
                    AnswerError::Incomplete(problems)
                }
                latchkey_decisions::CompleteError::Completed => {
                    AnswerError::NotOpen(latchkey_questions::QuestionState::Answered)
                }
                latchkey_decisions::CompleteError::Failure(failure) => {
                    AnswerError::Failure(failure)
                }
            })
        }
        _ => latchkey_questions::answer(&deps.ask(), question, asked, signer)
            .await
            .map(|_| ()),
    }
}

/// Why whoever signs may not complete a record: it is their own.
async fn own_record(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    answer: (&Answer, Option<&Themselves>),
) -> Result<Option<String>, AnswerError> {
    let ledger = &deps.intake.ledger;
    let Some(case) = ledger.find_case(&question.case).await? else {
        return Ok(None);
    };
    let runbook = deps.intake.runbooks.get(ledger, &case.item.runbook).await?;
    let case = [&case.item];
    Ok(latchkey_questions::own_case(
        &runbook, &row.item, question, answer, case,
    ))
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
    (answer, signer): (&Answer, Option<&Themselves>),
    (ruling, shown): (&Ruling, &str),
) -> Result<(), AnswerError> {
    let intake = &deps.intake;
    if let Err(refused) = latchkey_questions::check(row, question, answer, signer) {
        // Whoever answers once more was perhaps cut off before the last case was started.
        latchkey_decisions::carry_on(intake).await?;
        return Err(refused);
    }
    let refused = |why: String| AnswerError::Incomplete(vec![why]);
    if signer.is_none() && matches!(deps.sign_in, SignInBy::Provider(_)) {
        let why = "What is held is decided by whoever signs in: sign in, and decide on the page Held (/held).";
        return Err(refused(why.to_owned()));
    }
    if let Some(refusal) = own_case(deps, question, row, (answer, signer)).await? {
        return Err(refused(refusal));
    }
    let ruling = match signer {
        Some(_) => ruling.clone(),
        None => {
            let by = signed_by_link(deps, question, row, ruling.by()).await?;
            match ruling {
                Ruling::Confirmed { .. } => Ruling::Confirmed { by },
                Ruling::LeftOut { reason, .. } => Ruling::LeftOut {
                    by,
                    reason: reason.clone(),
                },
            }
        }
    };
    match latchkey_decisions::rule(intake, &question.case, (&ruling, shown)).await {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(NotDecided::Failure(failure)) => return Err(failure.into()),
        Err(changed @ NotDecided::Changed) => {
            let why = format!(
                "{}. Nothing has happened: look at it again.",
                capital(&changed.to_string())
            );
            return Err(refused(why));
        }
        Err(other) => return Err(refused(format!("{}.", capital(&other.to_string())))),
    }
    let row = intake
        .ledger
        .find_task(&question.case, &question.task)
        .await?;
    let now = row.map_or(latchkey_questions::QuestionState::Superseded, |row| {
        state_of(&row, question)
    });
    Err(AnswerError::NotOpen(now))
}

/// The name that whoever had a link typed, with where that went: it stands in records that keep one line of them, and is
/// not taken for the name of somebody who signed in.
async fn signed_by_link(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    name: &str,
) -> Result<String, AnswerError> {
    let ledger = &deps.intake.ledger;
    let Some(case) = ledger.find_case(&question.case).await? else {
        return Ok(name.to_owned());
    };
    let runbook = deps.intake.runbooks.get(ledger, &case.item.runbook).await?;
    let to = latchkey_questions::sent_to(&runbook, &row.item, question);
    Ok(by_link(name, &to))
}

/// Why whoever signs may not decide about what is held: they are one of the people whom it is about, or reported one.
async fn own_case(
    deps: &Deps,
    question: &Question,
    row: &Row<TaskRow>,
    answer: (&Answer, Option<&Themselves>),
) -> Result<Option<String>, AnswerError> {
    let held = latchkey_decisions::held_cases(&deps.intake).await?;
    let Some(asking) = held.iter().find(|case| case.id == question.case) else {
        // It is decided already, or asked by another case.
        return Ok(None);
    };
    let runbooks = &deps.intake.runbooks;
    let runbook = runbooks.get(&deps.intake.ledger, &asking.runbook).await?;
    let own = latchkey_questions::own_case(&runbook, &row.item, question, answer, &held);
    let (None, Some(signer)) = (&own, answer.1) else {
        return Ok(own);
    };
    let reported = reported_by(&deps.intake.ledger, signer, &held).await?;
    let case = held.iter().find(|case| reported.contains(&case.id));
    Ok(case.map(|case| {
        format!(
            "You reported {} yourself, and what is held is decided by somebody else: ask another person of the team.",
            case.about()
        )
    }))
}
