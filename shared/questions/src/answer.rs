//! Takes the answer of an owner: once, for the question that stands, and whole.

use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{Answer, Step, TaskState, Themselves};
use latchkey_runtime::{Failure, Question, Word, plan_anew, release};

use crate::{
    Deps, QuestionState,
    decided::{decided, sent_to, signed_by},
    evidence::{self, TEXT_LENGTH},
    signature, state_of, two_people,
};

/// Why an answer was not taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The question does not stand any more.
    #[error("the question does not stand any more")]
    NotOpen(QuestionState),
    /// Only the escalation contact can leave a task out.
    #[error("only the escalation contact can leave a task out")]
    MayNotWaive,
    /// Something is missing or does not fit; each sentence says what.
    #[error("{}", .0.join(" "))]
    Incomplete(Vec<String>),
    /// Ledger or state machine do not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<latchkey_ledger::LedgerError> for AnswerError {
    fn from(error: latchkey_ledger::LedgerError) -> AnswerError {
        AnswerError::Failure(error.into())
    }
}

/// How often an answer is tried while its case is planned anew: an answer that wakes a case after a restart brings that
/// about, and the next one may come a moment later. The question stands all the same.
pub(crate) const TRIES: usize = 5;

/// Records an answer and lets the workflow go on. `signer`: who had signed in; none where
/// the answer came by a letter's link.
///
/// # Errors
/// [`AnswerError`]; a failure after the answer was recorded is none for the owner: the next checkpoint finds
/// it in the ledger.
pub async fn answer(
    deps: &Deps<'_>,
    question: &Question,
    answer: &Answer,
    signer: Option<&Themselves>,
) -> Result<Row<TaskRow>, AnswerError> {
    for _ in 1..TRIES {
        match answer_now(deps, question, answer, signer).await {
            Err(AnswerError::Failure(Failure::Fenced(_))) => {}
            other => return other,
        }
    }
    answer_now(deps, question, answer, signer).await
}

async fn answer_now(
    deps: &Deps<'_>,
    question: &Question,
    answer: &Answer,
    signer: Option<&Themselves>,
) -> Result<Row<TaskRow>, AnswerError> {
    let row = deps
        .ledger
        .find_task(&question.case, &question.task)
        .await?;
    let row = row.ok_or(AnswerError::NotOpen(QuestionState::Superseded))?;
    let answer = &decided(&row.item.task, question, answer);
    check(&row, question, answer, signer)?;
    let case = deps.ledger.find_case(&question.case).await?;
    let case = case
        .ok_or(AnswerError::NotOpen(QuestionState::Superseded))?
        .item;
    let runbook = deps.runbooks.get(deps.ledger, &case.runbook).await?;
    if let Some(refusal) = two_people::refusal(&runbook, &case, &row.item, question, answer, signer)
    {
        return Err(AnswerError::Incomplete(vec![refusal]));
    }
    // An approval that is left out is no approval either.
    let approves = row.item.task.approval && question.step == Step::Do;
    let declined_approval = approves && !matches!(answer, Answer::Done(_));
    let now = deps.clock.now();
    let changed = deps
        .ledger
        .change_task_read(row.clone(), |task_row| {
            let current = Row {
                item: task_row.clone(),
                ..row.clone()
            };
            check(&current, question, answer, signer)?;
            let task = &mut task_row.task;
            let mut body = task.take(question.step, answer, declined_approval, now);
            let sent_to = sent_to(&runbook, &current.item, question);
            signed_by(
                &mut body,
                &current.item.task,
                question.step,
                answer,
                (signer.map(|signer| signer.address.as_str()), &sent_to),
            );
            if let Some(asking) = &mut task_row.asking {
                asking.answered = true;
            }
            if let Some(hand) = &mut task_row.in_hand {
                hand.aside = None;
            }
            let refused = matches!(answer, Answer::Declined { .. });
            if question.step == Step::Confirm && refused {
                task_row.refusals += 1;
            }
            Ok::<_, AnswerError>(Some(vec![body]))
        })
        .await?;
    tracing::info!(case = %question.case, task = %question.task, state = %changed.item.task.state, "answered");
    if let Err(problem) = go_on(deps, &changed).await {
        // The answer is kept; the next checkpoint of the chase, a restart, or the next sweep finds it.
        tracing::error!(case = %question.case, task = %question.task, %problem, "not resumed");
    }
    Ok(changed)
}

/// Lets the workflow go on with what stands in the ledger.
async fn go_on(deps: &Deps<'_>, row: &Row<TaskRow>) -> Result<(), Failure> {
    let task = &row.item.task;
    let asking = row.item.asking.as_ref();
    let word = match (task.state, asking.map(|a| a.step)) {
        (state, _) if state.is_ended() => Word::Ended,
        (TaskState::Declined, Some(Step::Confirm)) if !row.item.is_for_the_escalation() => {
            Word::Refused
        }
        (TaskState::Declined, _) => Word::Declined,
        _ => Word::Done,
    };
    if let Some(token) = asking.and_then(|a| a.token.as_deref())
        && !deps.workflow.resume(token, word).await?
    {
        // It was given out before a restart, by an earlier version, or where a backup was made. Whoever executes the
        // next revision finds the answer in the ledger.
        let why = ("ask", "Nothing waited for an answer");
        plan_anew(deps.ledger, deps.workflow, task, why, deps.clock.now()).await?;
    }
    if task.state.is_ended() {
        release(deps.ledger, deps.workflow, task, deps.clock.now()).await?;
    }
    Ok(())
}

/// Whether an answer could be taken as things stand, from a signer as of [`answer`]. Changes nothing.
///
/// # Errors
/// See [`AnswerError`].
pub fn check(
    row: &Row<TaskRow>,
    question: &Question,
    answer: &Answer,
    signer: Option<&Themselves>,
) -> Result<(), AnswerError> {
    // Whoever signed in has typed no name that could be wrong.
    let unsigned = |by: &str| signature::problem(by).filter(|_| signer.is_none());
    match state_of(row, question) {
        QuestionState::Open => {}
        closed => return Err(AnswerError::NotOpen(closed)),
    }
    let problems: Vec<String> = match answer {
        Answer::Done(evidence) => {
            let missing = evidence::problems(&row.item.task, question.step, evidence);
            let signed = unsigned(&evidence.by).into_iter();
            signed.chain(missing).collect()
        }
        Answer::Waived { .. } if !question.may_waive => return Err(AnswerError::MayNotWaive),
        Answer::Declined { .. } if question.may_waive => {
            let two_ways = "You decide about this one: say that it is done, or leave it out.";
            vec![two_ways.to_owned()]
        }
        Answer::Declined { by, reason } | Answer::Waived { by, reason } => {
            let why = match reason.trim() {
                "" => Some("Please give a reason.".to_owned()),
                reason => evidence::too_long("The reason", reason, TEXT_LENGTH),
            };
            unsigned(by).into_iter().chain(why).collect()
        }
    };
    if problems.is_empty() {
        Ok(())
    } else {
        Err(AnswerError::Incomplete(problems))
    }
}
