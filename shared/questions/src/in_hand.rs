//! A team's people among themselves: who has a question in hand, whom it is handed over to, and what is put aside half
//! done. None of it is an answer; each is recorded with who did it.

use jiff::Timestamp;
use latchkey_ledger::{Aside, Holder, InHand, Row, Somebody, TaskRow};
use latchkey_lifecycle::{Answer, AuditBody, Step, What, Work};
use latchkey_runtime::{Failure, Question};
use serde_json::json;

use crate::{
    AnswerError, Deps,
    answer::TRIES,
    evidence::{TEXT_LENGTH, lengths, only_what_was_asked, too_long},
    state::change_open,
};

/// What somebody of the team does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hand {
    /// They take it. `seen`: the address of who had it on the page that they looked at.
    Take {
        /// Empty, when nobody had it.
        seen: String,
    },
    /// They hand it over.
    Over {
        /// To whom; none for anybody of the team.
        to: Option<Somebody>,
        /// What whoever goes on should know.
        note: String,
    },
    /// They keep what is half done of it, as [`Answer::Done`] will have it.
    Aside(Answer),
}

/// Does it for somebody, and records it.
///
/// # Errors
/// [`AnswerError`]; nothing was changed then.
pub async fn in_hand(
    deps: &Deps<'_>,
    question: &Question,
    by: &Somebody,
    hand: &Hand,
) -> Result<Row<TaskRow>, AnswerError> {
    for _ in 1..TRIES {
        match in_hand_now(deps, question, by, hand).await {
            Err(AnswerError::Failure(Failure::Fenced(_))) => {}
            other => return other,
        }
    }
    in_hand_now(deps, question, by, hand).await
}

async fn in_hand_now(
    deps: &Deps<'_>,
    question: &Question,
    by: &Somebody,
    hand: &Hand,
) -> Result<Row<TaskRow>, AnswerError> {
    let now = deps.clock.now();
    change_open(deps, question, |task_row, _| {
        let now_so = InHand {
            step: question.step,
            has: None,
            aside: None,
        };
        let before = task_row.hands().cloned().unwrap_or(now_so);
        let Some((after, record)) = done(task_row, &before, question.step, by, hand, now)? else {
            return Ok(None);
        };
        task_row.in_hand = Some(after);
        Ok(Some(vec![record]))
    })
    .await
}

type Done = Option<(InHand, AuditBody)>;

/// What is in hand afterwards, and the record of it; nothing, where it is so already.
fn done(
    row: &TaskRow,
    before: &InHand,
    step: Step,
    by: &Somebody,
    hand: &Hand,
    now: Timestamp,
) -> Result<Done, AnswerError> {
    let mut after = before.clone();
    let (what, text, detail) = match hand {
        Hand::Take { seen } => {
            let had = before.has.as_ref().map(|holder| &holder.who);
            if had.is_some_and(|had| had.address == by.address) {
                return Ok(None);
            }
            let text = match had {
                None => format!("{} took it.", by.name),
                Some(had) if had.address == *seen => {
                    format!("{} took it over from {}.", by.name, had.name)
                }
                Some(had) => return Err(wrong(format!("{} has taken it meanwhile.", had.name))),
            };
            after.has = Some(Holder {
                who: by.clone(),
                since: now,
                from: None,
                note: None,
            });
            (What::Taken, text, json!({ "address": by.address }))
        }
        Hand::Over { to, note } => {
            if let Some(problem) = too_long("What they should know", note, TEXT_LENGTH) {
                return Err(wrong(problem));
            }
            let note = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
            let text = match to {
                Some(to) => format!("{} handed it over to {}", by.name, to.name),
                None => format!("{} handed it over to anybody of the team", by.name),
            };
            let text = match &note {
                Some(note) => format!("{text}: {note}"),
                None => format!("{text}."),
            };
            after.has = to.clone().map(|who| Holder {
                who,
                since: now,
                from: Some(by.clone()),
                note,
            });
            let to = to.as_ref().map(|to| &to.address);
            (
                What::HandedOver,
                text,
                json!({ "address": by.address, "to": to }),
            )
        }
        Hand::Aside(answer) => {
            let aside = aside(row, step, by, answer, now)?;
            let ticked = aside.steps.len();
            let text = match of_steps(row, step) {
                0 => format!("{} put it aside.", by.name),
                all => format!("{} put it aside, {ticked} of {all} steps ticked.", by.name),
            };
            after.aside = Some(aside);
            (What::PutAside, text, json!({ "address": by.address }))
        }
    };
    let record = AuditBody {
        at: now,
        by: by.name.clone(),
        what,
        text,
        detail,
    };
    Ok(Some((after, record)))
}

fn wrong(text: String) -> AnswerError {
    AnswerError::Incomplete(vec![text])
}

fn of_steps(row: &TaskRow, step: Step) -> usize {
    match &row.task.work {
        Work::Person { checklist, .. } if step == Step::Do => checklist.len(),
        _ => 0,
    }
}

/// What is half done, of what the page asks for.
fn aside(
    row: &TaskRow,
    step: Step,
    by: &Somebody,
    answer: &Answer,
    now: Timestamp,
) -> Result<Aside, AnswerError> {
    let kept = only_what_was_asked(&row.task, step, answer);
    let Answer::Done(kept) = kept else {
        return Err(wrong("Nothing of it can be put aside.".to_owned()));
    };
    let problems = lengths(&row.task, step, &kept);
    if !problems.is_empty() {
        return Err(AnswerError::Incomplete(problems));
    }
    Ok(Aside {
        by: by.clone(),
        at: now,
        steps: kept.steps,
        fields: kept.fields,
        note: kept.note,
        link: kept.link,
    })
}
