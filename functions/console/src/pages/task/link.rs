//! `GET` and `POST /tasks/{case}/{task}/{code}`: a task by a letter's link, without an account.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::Response,
};
use latchkey_ledger::Somebody;
use latchkey_lifecycle::{Answer, Evidence, Step};
use latchkey_questions::{AnswerError, QuestionState, facts::Facts, lacking, state_of};
use latchkey_runtime::Question;
use maud::html;

use super::{
    Asked, Opened,
    approval::undecided,
    approval_of,
    closed::closed_page,
    files,
    form::{done_form, errors, wrong_number},
    open, put_aside,
    refusal::refusal,
    title,
};
use crate::{Deps, form::Form, frame::alone, record, router::no_such_page, sign_in::out_of_order};

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

/// Whether a link's question stands. Of a case that has ended nothing is asked any more, also for the moment until its
/// tasks have ended, too.
fn stands(opened: &Opened, question: &Question) -> QuestionState {
    match opened.case.state.is_ended() {
        true => QuestionState::Ended,
        false => state_of(&opened.row, question),
    }
}

type Parts = Path<(String, String, String)>;

pub(crate) async fn show(State(deps): State<Deps>, Path(parts): Parts) -> Response {
    let (question, opened) = match opened(&deps, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (status, form) = (StatusCode::OK, put_aside(&opened));
    match stands(&opened, &question) {
        QuestionState::Open => ask_page(&deps, &question, &opened, status, &[], &form),
        closed => closed_page(&deps, &question, &closed).await,
    }
}

pub(crate) async fn take(
    State(deps): State<Deps>,
    Path(parts): Parts,
    request: Request,
) -> Response {
    let (question, opened) = match opened(&deps, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let stand = stands(&opened, &question);
    if stand != QuestionState::Open {
        return closed_page(&deps, &question, &stand).await;
    }
    let again = |status, problems: &[String], form: &Form| {
        ask_page(&deps, &question, &opened, status, problems, form)
    };
    let form = match Form::of(request, deps.attachments.most_bytes()).await {
        Ok(form) => form,
        Err(unread) => {
            let (status, problem) = unread.in_words(deps.attachments.most_bytes());
            return again(status, &[problem], &Form::default());
        }
    };
    let Some(answer) = form.answer() else {
        let problems = ["Choose one of the buttons.".to_owned()];
        return again(StatusCode::UNPROCESSABLE_ENTITY, &problems, &form);
    };
    let mut open = match (&answer, approval_of(&opened, question.step)) {
        (Answer::Done(_), Some(_)) => undecided(&opened.row.item.task, &form),
        _ => Vec::new(),
    };
    open.extend(wrong_number(&opened, &form));
    open.extend(files::problems(
        &form,
        &opened,
        deps.attachments.most_bytes(),
    ));
    if !open.is_empty() {
        let problems: Vec<String> = open.into_iter().map(|(_, problem)| problem).collect();
        return again(StatusCode::UNPROCESSABLE_ENTITY, &problems, &form);
    }
    let added = match &answer {
        Answer::Done(evidence) => add_files(&deps, &question, &form, evidence).await,
        _ => Ok(()),
    };
    match added {
        Ok(()) => {}
        Err(AnswerError::NotOpen(closed)) => {
            return closed_page(&deps, &question, &closed).await;
        }
        Err(AnswerError::Failure(failure)) => return out_of_order(&failure),
        Err(error) => {
            let problems = [error.to_string()];
            return again(StatusCode::UNPROCESSABLE_ENTITY, &problems, &form);
        }
    }
    match record(&deps, &question, &opened.row, &answer, &form.list).await {
        Ok(()) => thanks(&question, &opened, &answer),
        Err(AnswerError::NotOpen(closed)) => closed_page(&deps, &question, &closed).await,
        Err(AnswerError::Incomplete(problems)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, &problems, &form)
        }
        Err(error @ AnswerError::MayNotWaive) => {
            again(StatusCode::FORBIDDEN, &[format!("{error}.")], &form)
        }
        Err(AnswerError::Failure(failure)) => out_of_order(&failure),
    }
}

/// Adds the files of whoever has the link, once the rest of their answer is as it should be: without an account nobody
/// adds a file and leaves.
async fn add_files(
    deps: &Deps,
    question: &Question,
    form: &Form,
    evidence: &Evidence,
) -> Result<(), AnswerError> {
    let ask = deps.ask();
    let row = ask.ledger.find_task(&question.case, &question.task).await?;
    let Some(row) = row.filter(|_| !form.files.is_empty()) else {
        return Ok(());
    };
    latchkey_questions::check(&row, question, &Answer::Done(evidence.clone()), None)?;
    let by = Somebody {
        name: evidence.by.clone(),
        address: String::new(),
    };
    files::keep(deps, question, form, &by).await
}

fn thanks(question: &Question, opened: &Opened, answer: &Answer) -> Response {
    let task = &opened.row.item.task;
    let (title, text) = match answer {
        Answer::Done(_) if question.step == Step::Mend => (
            "Thank you: Latchkey tries again",
            "It carries the task out once more and reads it back. You hear from it only if something is still wrong.",
        ),
        Answer::Done(_) if task.approval => (
            "Thank you: recorded",
            "What you said yes to is given, and nothing else. You can close this page.",
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
        p.who { (task.title) " · " (latchkey_questions::facts::whom_of(&opened.case, &task.id)) }
        p { (text) }
    };
    alone(StatusCode::OK, opened.runbook.company(), title, &content)
}

/// Problems, each with what of the page it is about, as far as that is known.
pub(super) fn placed(
    opened: &Opened,
    question: &Question,
    problems: &[String],
    form: &Form,
    most: usize,
) -> Vec<(Option<latchkey_questions::Place>, String)> {
    let evidence = form.evidence(String::new(), None);
    let task = &opened.row.item.task;
    let mut places = lacking(task, question.step, &evidence);
    if approval_of(opened, question.step).is_some() {
        places.extend(undecided(task, form));
    }
    places.extend(wrong_number(opened, form));
    places.extend(files::problems(form, opened, most));
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
        viewer: None,
        most_bytes: deps.attachments.most_bytes(),
        form,
        wrong: &placed(
            opened,
            question,
            problems,
            form,
            deps.attachments.most_bytes(),
        ),
        approval: approval_of(opened, question.step),
    };
    let content = html! {
        (errors(&asked))
        h1 { (title(question.step, &task.title)) }
        p.lede { "for " b { (facts.whom) } @if !facts.place.is_empty() { " · " (facts.place) } }
        dl.facts {
            @if !facts.event.is_empty() { dt { "Event" } dd { (facts.event) } }
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
