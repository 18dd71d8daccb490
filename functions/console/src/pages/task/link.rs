//! `GET` and `POST /tasks/{case}/{task}/{code}`: a task by a letter's link, without an account.

use axum::{
    body::{Body, to_bytes},
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use latchkey_lifecycle::{Answer, Step, TaskState};
use latchkey_questions::{AnswerError, QuestionState, facts::Facts, lacking, state_of};
use latchkey_runtime::Question;
use maud::html;

use super::{
    Asked, Opened,
    form::{done_form, errors, refusal},
    open, put_aside, title,
};
use crate::{Deps, form::Form, frame::alone, record, router::no_such_page, sign_in::out_of_order};

/// More than any form of ours sends.
pub(super) const MAX_FORM_BYTES: usize = 64 * 1024;

async fn opened(
    deps: &Deps,
    (case, task, code): (String, String, String),
) -> Result<(Question, Opened), Response> {
    let question = deps.links.open(&case, &task, &code);
    let question = question.ok_or_else(no_such_page)?;
    match open(deps, (&question.case, &question.task), false).await {
        Ok(Some(opened)) => Ok((question, opened)),
        Ok(None) => Err(no_such_page()),
        Err(failure) => Err(out_of_order(&failure)),
    }
}

type Parts = Path<(String, String, String)>;

pub(crate) async fn show(State(deps): State<Deps>, Path(parts): Parts) -> Response {
    let (question, opened) = match opened(&deps, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (status, form) = (StatusCode::OK, put_aside(&opened));
    match state_of(&opened.row, &question) {
        QuestionState::Open => ask_page(&deps, &question, &opened, status, &[], &form),
        closed => closed_page(&opened, &closed),
    }
}

pub(crate) async fn take(State(deps): State<Deps>, Path(parts): Parts, body: Body) -> Response {
    let (question, opened) = match opened(&deps, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let again = |status, problems: &[String], form: &Form| {
        ask_page(&deps, &question, &opened, status, problems, form)
    };
    let Ok(bytes) = to_bytes(body, MAX_FORM_BYTES).await else {
        let problems = ["The form is longer than 64 KB: shorten the note.".to_owned()];
        return again(StatusCode::PAYLOAD_TOO_LARGE, &problems, &Form::default());
    };
    let form = Form::read(&bytes);
    let Some(answer) = form.answer() else {
        let problems = ["Choose one of the buttons.".to_owned()];
        return again(StatusCode::UNPROCESSABLE_ENTITY, &problems, &form);
    };
    match record(&deps, &question, &opened.row, &answer).await {
        Ok(()) => thanks(&question, &opened, &answer),
        Err(AnswerError::NotOpen(closed)) => closed_page(&opened, &closed),
        Err(AnswerError::Incomplete(problems)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, &problems, &form)
        }
        Err(error @ AnswerError::MayNotWaive) => {
            again(StatusCode::FORBIDDEN, &[format!("{error}.")], &form)
        }
        Err(AnswerError::Failure(failure)) => out_of_order(&failure),
    }
}

fn thanks(question: &Question, opened: &Opened, answer: &Answer) -> Response {
    let task = &opened.row.item.task;
    let (title, text) = match answer {
        Answer::Done(_) if question.step == Step::Mend => (
            "Thank you: Latchkey tries again",
            "It carries the task out once more and reads it back. You hear from it only if something is still wrong.",
        ),
        Answer::Done(_) => ("Thank you: recorded as done", "You can close this page."),
        Answer::Declined { .. } => (
            "Recorded: declined",
            "The reason stands with the task, and whoever decides next has been told.",
        ),
        Answer::Waived { .. } => (
            "Recorded: left out",
            "Your name and reason stand in the case's audit trail.",
        ),
    };
    let content = html! {
        h1.done { (title) }
        p.who { (task.title) " · " (latchkey_questions::facts::whom(&opened.case)) }
        p { (text) }
    };
    alone(StatusCode::OK, opened.runbook.company(), title, &content)
}

fn closed_page(opened: &Opened, closed: &QuestionState) -> Response {
    let task = &opened.row.item.task;
    let title = match closed {
        QuestionState::Ended if task.state == TaskState::Waived => "This task was left out",
        QuestionState::Ended => "This task is done",
        QuestionState::Answered => "This was answered already",
        QuestionState::Superseded | QuestionState::Open => "This link is no longer valid",
    };
    let text = match closed {
        QuestionState::Ended => "Nothing is left to do here, and nothing can be changed any more.",
        QuestionState::Answered => "The answer is being worked on; it cannot be given twice.",
        QuestionState::Superseded | QuestionState::Open => {
            "The task was asked for again since. Use the link in the latest e-mail."
        }
    };
    let content = html! {
        h1 { (title) }
        p.who { (task.title) " · " (latchkey_questions::facts::whom(&opened.case)) }
        @if let (TaskState::Waived, Some(Answer::Waived { by, reason } | Answer::Declined { by, reason })) = (task.state, &task.answer) {
            p { "Left out by " strong { (by) } ": " (reason) }
        }
        p { (text) }
    };
    alone(StatusCode::GONE, opened.runbook.company(), title, &content)
}

/// Problems, each with what of the page it is about, as far as that is known.
pub(super) fn placed(
    opened: &Opened,
    question: &Question,
    problems: &[String],
    form: &Form,
) -> Vec<(Option<latchkey_questions::Place>, String)> {
    let evidence = form.evidence(String::new(), None);
    let places = lacking(&opened.row.item.task, question.step, &evidence);
    let place_of = |problem: &String| {
        let found = places.iter().find(|(_, said)| said == problem);
        found.map(|(place, _)| place.clone())
    };
    let placed = problems.iter().map(|one| (place_of(one), one.clone()));
    placed.collect()
}

fn ask_page(
    deps: &Deps,
    question: &Question,
    opened: &Opened,
    status: StatusCode,
    problems: &[String],
    form: &Form,
) -> Response {
    let Opened {
        case, row, runbook, ..
    } = opened;
    let now = deps.intake.clock.now();
    let facts = Facts::of(runbook, case, &row.item, &opened.tasks, now);
    let task = &row.item.task;
    let due = row.item.asking.as_ref().map_or(task.window.due, |a| a.due);
    let late = now > due;
    let asked = Asked {
        opened,
        question,
        signer: None,
        form,
        wrong: &placed(opened, question, problems, form),
        left_out_too: &facts.left_out_too,
    };
    let content = html! {
        (errors(&asked))
        h1 { (title(question.step, &task.title)) }
        p.lede { "for " b { (facts.whom) } @if !facts.place.is_empty() { " · " (facts.place) } }
        dl.facts {
            dt { "Event" } dd { (facts.event) }
            dt { "Team" } dd { (facts.team) }
            dt { "From" } dd { (facts.opens) " (" (facts.opens_far) ")" }
            dt { "By" } dd.late[late] { (facts.due) " (" (facts.due_far) ")" @if late { " – overdue" } }
            @if let Some(was) = &facts.late { dt { "Was due" } dd.late { (was) } }
            @for why in &facts.why { dt { "Why" } dd { (why) } }
            @for value in &facts.look_at { dt { "Look at" } dd { (value) } }
        }
        @if let Some(aside) = row.item.hands().and_then(|hands| hands.aside.as_ref()) {
            section."note accent gap" {
                (crate::glyph::Glyph::Info)
                div {
                    h2 { "Put aside by " (aside.by.name) }
                    p { "What was ticked and filled in until then is below." }
                }
            }
        }
        @if let Some(trouble) = &task.trouble {
            section."note warn gap" { (crate::glyph::Glyph::Trouble) div { h2 { "What went wrong" } p { (trouble) } } }
        }
        div.gap { (done_form(&asked)) }
        section aria-labelledby="cannot" {
            h2 #cannot { "If you cannot do it" }
            div.acts { (refusal(&asked)) }
        }
    };
    alone(status, runbook.company(), &task.title, &content)
}
