//! The page of a letter's link whose question does not stand any more: what became of it, and what comes next. Whoever
//! opens it knows of the task by the letter; why somebody declined is for whoever decides, and not said here.

use axum::{http::StatusCode, response::Response};
use jiff::Timestamp;
use latchkey_lifecycle::{
    Answer, AuditRecord, CaseState, LeftOut, Step, TaskState, TeamId, Verification, Work,
    instant_in_words, shown,
};
use latchkey_questions::{
    QuestionState,
    facts::{team_name, whom_of},
    system_name,
};
use latchkey_runtime::{Failure, Question};
use maud::html;

use super::{Opened, open};
use crate::{
    Deps, frame::alone, router::no_such_page, sign_in::out_of_order, views::then::decides,
};

/// So many records of the task's trail are looked through for the word that closed the question.
const LOOKED_THROUGH: u16 = 50;

/// Somebody's answer, and when it was given.
struct Said {
    answer: Answer,
    at: Timestamp,
}

/// The page of a question that is closed, as it stands now: the answer may have come a moment ago.
pub(super) async fn closed_page(
    deps: &Deps,
    question: &Question,
    closed: &QuestionState,
) -> Response {
    let opened = match open(deps, (&question.case, &question.task), false).await {
        Ok(Some(opened)) => opened,
        Ok(None) => return no_such_page(),
        Err(failure) => return out_of_order(&failure),
    };
    let ledger = &deps.intake.ledger;
    let (case, task) = (&question.case, &question.task);
    let records = match ledger.last_of_trail(case, task, LOOKED_THROUGH).await {
        Ok(records) => records,
        Err(error) => return out_of_order(&Failure::from(error)),
    };
    let (title, sentences) = became(&opened, question, closed, &records);
    let content = html! {
        h1 { (title) }
        p.who { (opened.row.item.task.title) " · " (whom_of(&opened.case, &opened.row.item.task.id)) }
        @for sentence in sentences { p { (sentence) } }
    };
    alone(StatusCode::GONE, opened.runbook.company(), title, &content)
}

/// What became of it: a title, and a sentence for each thing to know.
fn became(
    opened: &Opened,
    question: &Question,
    closed: &QuestionState,
    records: &[AuditRecord],
) -> (&'static str, Vec<String>) {
    let said = said(question.step, records);
    let word = said.map(|said| in_words(opened, question.step, &said));
    let (title, next) = match closed {
        QuestionState::Ended => return ended(opened, word),
        QuestionState::Answered => answered(opened, question),
        QuestionState::Superseded | QuestionState::Open => superseded(opened, question),
    };
    (title, word.into_iter().chain([next]).collect())
}

/// The last answer to this step, as the task's trail has it; the newest record comes first.
fn said(step: Step, records: &[AuditRecord]) -> Option<Said> {
    records.iter().find_map(|record| {
        let detail = &record.body.detail;
        let of: Step = serde_json::from_value(detail["step"].clone()).ok()?;
        let answer = serde_json::from_value(detail["answer"].clone()).ok()?;
        let at = record.body.at;
        (of == step).then_some(Said { answer, at })
    })
}

/// Who said what, and when.
fn in_words(opened: &Opened, step: Step, said: &Said) -> String {
    let at = instant_in_words(said.at, opened.runbook.time_zone());
    let task = &opened.row.item.task;
    let (what, by) = match &said.answer {
        Answer::Done(evidence) => match step {
            Step::Confirm => ("Confirmed", &evidence.by),
            Step::Mend => ("Recorded as mended", &evidence.by),
            Step::Do if task.approval => ("Answered", &evidence.by),
            Step::Do => ("Recorded as done", &evidence.by),
        },
        Answer::Declined { by, .. } => match step {
            Step::Confirm => ("Not confirmed", by),
            Step::Do if task.approval => ("Not approved", by),
            Step::Do | Step::Mend => ("Declined", by),
        },
        Answer::Waived { by, .. } => ("Left out", by),
    };
    format!("{what} by {}, {at}.", shown::line(by))
}

fn ended(opened: &Opened, word: Option<String>) -> (&'static str, Vec<String>) {
    let task = &opened.row.item.task;
    let nothing = "Nothing is left to do here, and nothing can be changed any more.".to_owned();
    let withdrawn = opened.case.state == CaseState::Superseded;
    match task.state {
        TaskState::Verified => {
            let sentences = word.into_iter().chain([nothing]);
            ("This task is done", sentences.collect())
        }
        _ if withdrawn && !matches!(task.answer, Some(Answer::Waived { .. })) => {
            let why = match &opened.case.superseded_by {
                Some(_) => {
                    "A later decision of HR took the place of what this was for. Who has something to undo is asked by another e-mail."
                }
                None => "What HR says does not ask for it any more.",
            };
            let sentences = word.into_iter().chain([why.to_owned(), nothing]);
            ("This is not asked for any more", sentences.collect())
        }
        _ => {
            let why = match (&task.answer, &task.left_out) {
                (_, Some(LeftOut::NotThere)) | (None, _) => {
                    "It is not on the checklist any more: the case was planned anew.".to_owned()
                }
                (Some(Answer::Waived { by, reason } | Answer::Declined { by, reason }), _) => {
                    let (by, reason) = (shown::line(by), shown::line(reason));
                    format!("Left out by {by}: {reason}")
                }
                // An answer that was given before its case was withdrawn.
                (Some(Answer::Done(_)), _) => {
                    "It is not asked for any more: its case has ended.".to_owned()
                }
            };
            let sentences = word.into_iter().chain([why, nothing]);
            ("This task was left out", sentences.collect())
        }
    }
}

/// The question was answered, and no other one has been opened since.
fn answered(opened: &Opened, question: &Question) -> (&'static str, String) {
    let (row, runbook) = (&opened.row.item, &opened.runbook);
    let step = question.step;
    let next = match (row.task.state, &row.task.verification) {
        // Nobody answered it: the plan closed it.
        (TaskState::Planned, _) if row.task.answer.is_none() => {
            return (
                "This link is no longer valid",
                "What it asks for is another thing now: the case was planned anew. Another e-mail comes when it is to be done."
                    .to_owned(),
            );
        }
        (TaskState::Declined, _) => {
            format!("{} decides what happens then.", decides(runbook, row, step))
        }
        (_, Verification::SecondTeam { team }) if step == Step::Do => waits_for(opened, team),
        (_, Verification::ReadBack { system, .. }) => {
            let name = system_name(runbook, system);
            format!("Latchkey reads {name} back; nothing is left to do here.")
        }
        _ => "The answer is being worked on; nothing is left to do here.".to_owned(),
    };
    ("This was answered already", next)
}

/// Another question of the task has been opened since.
fn superseded(opened: &Opened, question: &Question) -> (&'static str, String) {
    let (row, runbook) = (&opened.row.item, &opened.runbook);
    let owner = team_name(runbook, &row.task.owner);
    let asking = row.asking.as_ref();
    match (question.step, asking.map(|asking| asking.step)) {
        (Step::Do | Step::Mend, Some(Step::Confirm)) => {
            let team = row.asked_team(Step::Confirm);
            ("This was recorded as done", waits_for(opened, team))
        }
        (Step::Confirm, Some(Step::Do)) => (
            "This was answered already",
            format!(
                "{owner} has been asked to do it once more; nothing is left to do here until it is done."
            ),
        ),
        (_, Some(Step::Mend)) => {
            let system = row.task.system();
            let shown = match (system, &row.task.work) {
                (Some(system), Work::Person { .. }) => {
                    format!("{} does not show it. ", system_name(runbook, system))
                }
                _ => String::new(),
            };
            (
                "This link is no longer valid",
                format!(
                    "{shown}{owner} has been asked since to see to it. Use the link in the latest e-mail."
                ),
            )
        }
        (_, Some(_)) => (
            "This link is no longer valid",
            "The task was asked for again since. Use the link in the latest e-mail.".to_owned(),
        ),
        (_, None) => (
            "This link is no longer valid",
            "The case was planned anew. Another e-mail comes when it is to be done.".to_owned(),
        ),
    }
}

fn waits_for(opened: &Opened, team: &TeamId) -> String {
    let team = team_name(&opened.runbook, team);
    format!("It waits for {team} to confirm it; nothing is left to do here.")
}
