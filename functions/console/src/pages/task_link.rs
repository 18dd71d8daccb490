//! `GET` and `POST /tasks/{case}/{task}/{code}`.

use axum::{
    body::{Body, to_bytes},
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{Answer, Case, Step, Task, TaskId, TaskState};
use latchkey_questions::{AnswerError, QuestionState, facts::Facts, state_of};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Failure, Question};
use maud::html;

use crate::{
    Deps,
    form::Form,
    frame::alone,
    pages::task_form::{done_form, refusal},
    record,
    router::no_such_page,
    sign_in::out_of_order,
};

/// More than any form of ours sends.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// A link that was opened: the question it asks and what the ledger has on it.
pub(crate) struct Opened {
    pub(crate) question: Question,
    case: Case,
    pub(crate) row: Row<TaskRow>,
    pub(crate) runbook: std::sync::Arc<Runbook>,
    /// What the brake holds, where the task is about that.
    pub(crate) held: Vec<Case>,
    /// All tasks of the case, where others are behind this one.
    tasks: Vec<Task>,
}

async fn open(deps: &Deps, case: &str, task: &str, code: &str) -> Result<Opened, Response> {
    let question = deps.links.open(case, task, code).ok_or_else(no_such_page)?;
    let ledger = &deps.intake.ledger;
    let opened = async {
        let Some(case) = ledger.find_case(&question.case).await? else {
            return Ok(None);
        };
        let Some(row) = ledger.find_task(&question.case, &question.task).await? else {
            return Ok(None);
        };
        let runbook = deps.intake.runbooks.get(ledger, &case.item.runbook).await?;
        let held = match question.task == TaskId::confirm_what_is_held() {
            true => latchkey_decisions::held_cases(&deps.intake).await?,
            false => Vec::new(),
        };
        let tasks = match row.item.task.needed_by.is_empty() {
            true => Vec::new(),
            false => ledger.tasks(&question.case).await?,
        };
        let tasks = tasks.into_iter().map(|row| row.item.task).collect();
        Ok::<_, Failure>(Some((case.item, row, runbook, held, tasks)))
    };
    match opened.await {
        Ok(Some((case, row, runbook, held, tasks))) => Ok(Opened {
            question,
            case,
            row,
            runbook,
            held,
            tasks,
        }),
        Ok(None) => Err(no_such_page()),
        Err(failure) => Err(out_of_order(&failure)),
    }
}

type Parts = Path<(String, String, String)>;

pub(crate) async fn show(State(deps): State<Deps>, Path((case, task, code)): Parts) -> Response {
    let opened = match open(&deps, &case, &task, &code).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    match state_of(&opened.row, &opened.question) {
        QuestionState::Open => ask_page(&deps, &opened, StatusCode::OK, &[], &Form::default()),
        closed => closed_page(&opened, &closed),
    }
}

pub(crate) async fn take(
    State(deps): State<Deps>,
    Path((case, task, code)): Parts,
    body: Body,
) -> Response {
    let opened = match open(&deps, &case, &task, &code).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let Ok(bytes) = to_bytes(body, MAX_FORM_BYTES).await else {
        let problems = ["The form is longer than 64 KB: please shorten the note.".to_owned()];
        return ask_page(
            &deps,
            &opened,
            StatusCode::PAYLOAD_TOO_LARGE,
            &problems,
            &Form::default(),
        );
    };
    let form = Form::read(&bytes);
    let Some(answer) = form.answer() else {
        let problems = ["Please choose one of the buttons.".to_owned()];
        return ask_page(
            &deps,
            &opened,
            StatusCode::UNPROCESSABLE_ENTITY,
            &problems,
            &form,
        );
    };
    match record(&deps, &opened.question, &opened.row, &answer).await {
        Ok(()) => thanks(&opened, &answer),
        Err(AnswerError::NotOpen(closed)) => closed_page(&opened, &closed),
        Err(AnswerError::Incomplete(problems)) => ask_page(
            &deps,
            &opened,
            StatusCode::UNPROCESSABLE_ENTITY,
            &problems,
            &form,
        ),
        Err(error @ AnswerError::MayNotWaive) => ask_page(
            &deps,
            &opened,
            StatusCode::FORBIDDEN,
            &[format!("{error}.")],
            &form,
        ),
        Err(AnswerError::Failure(failure)) => out_of_order(&failure),
    }
}

fn thanks(opened: &Opened, answer: &Answer) -> Response {
    let task = &opened.row.item.task;
    let (title, text) = match answer {
        Answer::Done(_) if opened.question.step == Step::Mend => (
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
            "The task was asked for again since. Please use the link in the latest e-mail."
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

fn ask_page(
    deps: &Deps,
    opened: &Opened,
    status: StatusCode,
    problems: &[String],
    form: &Form,
) -> Response {
    let Opened {
        question,
        case,
        row,
        runbook,
        ..
    } = opened;
    let now = deps.intake.clock.now();
    let facts = Facts::of(runbook, case, &row.item, &opened.tasks, now);
    let task = &row.item.task;
    let due = row.item.asking.as_ref().map_or(task.window.due, |a| a.due);
    let late = now > due;
    let content = html! {
        h1 { (title(question.step, &task.title)) }
        p.who { (facts.whom) @if !facts.place.is_empty() { " · " (facts.place) } }
        @if !problems.is_empty() {
            section.problems role="alert" {
                strong { "Not recorded yet:" }
                ul { @for problem in problems { li { (problem) } } }
            }
        }
        dl {
            dt { "Event" } dd { (facts.event) }
            dt { "Team" } dd { (facts.team) }
            dt { "From" } dd { (facts.opens) " (" (facts.opens_far) ")" }
            dt { "By" } dd.late[late] { (facts.due) " (" (facts.due_far) ")" @if late { " – overdue" } }
            @if let Some(was) = &facts.late { dt { "Was due" } dd.late { (was) } }
            @for why in &facts.why { dt { "Why" } dd { (why) } }
            @for value in &facts.look_at { dt { "Look at" } dd { (value) } }
        }
        @if let Some(trouble) = &task.trouble {
            section.problems { h2 { "What went wrong" } p { (trouble) } }
        }
        (done_form(opened, form))
        (refusal(opened, form, &facts.left_out_too))
    };
    alone(status, runbook.company(), &task.title, &content)
}

fn title(step: Step, title: &str) -> String {
    match step {
        Step::Do => title.to_owned(),
        Step::Confirm => format!("Confirm: {title}"),
        Step::Mend => format!("Mend: {title}"),
    }
}
