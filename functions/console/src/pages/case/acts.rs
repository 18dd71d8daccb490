//! What may be done to a case on its page: a task is left out by name, the case is tried again.

use axum::{
    Form as Sent,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::Action;
use latchkey_lifecycle::{CaseState, EventKind, Task, TaskId, left_out_with};
use latchkey_questions::{TEXT_LENGTH, is_about};
use latchkey_runtime::{Failure, OperatorError, Questions, redrive_as_seen, take_up, waive};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    pages::case::{Choice, Opened, SHOWN, open, whole_page},
    sign_in::{By, Signed, out_of_order},
    views::{case::CaseView, person::in_a_link, task::case_path},
};

/// What a form of the page sends, and what is wrong with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    /// The task to leave out.
    task: String,
    reason: String,
    /// Whether those who were asked are asked again.
    again: String,
    /// The revision of the case that the page showed.
    revision: String,
    /// What is wrong, each with the field that it is about.
    #[serde(skip)]
    problems: Vec<(&'static str, String)>,
}

impl Form {
    /// What has to be mended, above the page.
    pub(super) fn errors(&self) -> Markup {
        html! {
            @if !self.problems.is_empty() {
                section.errors role="alert" {
                    h2 { "Nothing was done yet" }
                    ul { @for (field, words) in &self.problems { li { a href=(format!("#{field}")) { (words) } } } }
                }
            }
        }
    }

    fn why(&self, field: &str) -> Option<&str> {
        let problem = self.problems.iter().find(|(of, _)| *of == field);
        problem.map(|(_, words)| words.as_str())
    }

    fn refused(mut self, field: &'static str, words: impl Into<String>) -> Form {
        self.problems.push((field, words.into()));
        self
    }
}

/// The tasks of a case that can be left out: those that have not ended. The question about what is held is decided on
/// its own page.
fn can_be_left_out(tasks: &[Task]) -> Vec<&Task> {
    let open = tasks.iter().filter(|task| !task.state.is_ended());
    open.filter(|task| task.id != TaskId::confirm_what_is_held())
        .collect()
}

/// What somebody may do; `None` when that is nothing, or nothing is left to do.
pub(super) fn acts(viewer: &Signed, opened: &Opened, form: &Form) -> Option<Markup> {
    let open = !opened.case.state.is_ended();
    let leaves_out = open && viewer.can(Action::LeaveOut, &opened.on);
    let tries = open && viewer.can(Action::TryAgain, &opened.on);
    let themselves = (&viewer.actor.name, &viewer.actor.themselves);
    let reports = match viewer.can(Action::Report, &opened.on) {
        true if !is_about(&opened.case, themselves.0, themselves.1) => reports(opened),
        _ => Vec::new(),
    };
    (leaves_out || tries || !reports.is_empty()).then(|| {
        html! {
            section aria-labelledby="acts" {
                h2 #acts { "What you may do" }
                p."soft small" { "Whatever you do stands in the timeline with your name, " (viewer.actor.name) "." }
                @if !reports.is_empty() {
                    p { "When HR decides otherwise; the next pages show what follows before anything counts:" }
                    div.buttons { @for (kind, says) in &reports { a.button href=(report_of(opened, kind)) { (says) } } }
                }
                @if leaves_out || tries {
                    div.acts {
                        @if leaves_out { (leave_out_form(opened, form)) }
                        @if tries { (try_again_form(opened)) }
                    }
                }
            }
        }
    })
}

/// What can be reported by hand about an exit or a hire: the kind of the form, and what the button says. Of an exit also
/// after it is done.
fn reports(opened: &Opened) -> Vec<(&'static str, String)> {
    let (kind, state) = (opened.case.kind, opened.case.state);
    let name = CaseView::of(&opened.case).name;
    if state == CaseState::Superseded || !opened.case.asks().is_empty() {
        return Vec::new();
    }
    let stays = ("stays", format!("Report that {name} stays after all"));
    match (kind, state.is_ended()) {
        (EventKind::Exit, false) => vec![stays, ("moves", "Move the last day".to_owned())],
        (EventKind::Exit | EventKind::UrgentExit, _) => vec![stays],
        (EventKind::Hire | EventKind::Rehire, false) => vec![
            ("rescind", format!("Report that {name} does not start")),
            ("moves", "Move the first day".to_owned()),
        ],
        _ => Vec::new(),
    }
}

fn report_of(opened: &Opened, kind: &str) -> String {
    let who = in_a_link(opened.case.employee_id.as_str());
    format!("/report?kind={kind}&who={who}")
}

fn leave_out_form(opened: &Opened, form: &Form) -> Markup {
    let tasks = opened.tasks();
    let can = can_be_left_out(&tasks);
    let action = format!("{}/leave-out", case_path(&opened.case.id));
    html! {
        details open[!form.problems.is_empty()] {
            summary { "Leave a task out " span { "– by name, with a reason; it is then not verified" } }
            @if can.is_empty() { p { "No task of this case is open." } } @else {
                form method="post" action=(action) {
                    fieldset."field wide" #task .wrong[form.why("task").is_some()] {
                        legend { "Which task" }
                        @if let Some(why) = form.why("task") { p.why { (why) } }
                        div.ticks { @for task in can.iter().take(SHOWN) { (tick(&tasks, task, form)) } }
                        @if can.len() > SHOWN { p.hint { "Others stand here once one of these has ended." } }
                    }
                    div.field .wrong[form.why("reason").is_some()] {
                        label for="reason" { "Reason" }
                        p.hint #reason-hint {
                            "Whoever reads the case later reads it, and the teams whose tasks go along."
                        }
                        @if let Some(why) = form.why("reason") { p.why { (why) } }
                        textarea #reason name="reason" rows="2" required maxlength=(TEXT_LENGTH)
                            aria-describedby="reason-hint" { (form.reason) }
                    }
                    p.gap { "What was left out is not done by this case any more, and cannot be put back in." }
                    div.buttons { button."button danger" { "Leave it out" } }
                }
            }
        }
    }
}

/// A task to choose, with what goes along.
fn tick(tasks: &[Task], task: &Task, form: &Form) -> Markup {
    let along = left_out_with(tasks, &task.id);
    let along: Vec<&str> = along.iter().map(|task| task.title.as_str()).collect();
    html! {
        label.tick {
            input type="radio" name="task" value=(task.id) required checked[form.task == task.id.as_str()];
            span {
                (task.title)
                @if !along.is_empty() { small { "leaves out with it: " (along.join(", ")) } }
            }
        }
    }
}

fn try_again_form(opened: &Opened) -> Markup {
    let troubled = opened.rows.iter().map(|row| &row.task);
    let troubled = troubled.filter(|task| !task.state.is_ended() && task.trouble.is_some());
    let action = format!("{}/try-again", case_path(&opened.case.id));
    html! {
        details {
            summary { "Try again " span { "– carry out and read back once more" } }
            form method="post" action=(action) {
                p {
                    @match (opened.case.failed_at, troubled.count()) {
                        (Some(_), _) => "The case stands still.",
                        (None, 0) => "Nothing of this case is in trouble.",
                        (None, 1) => "One task of this case is in trouble.",
                        (None, n) => { (n) " tasks of this case are in trouble." }
                    }
                    " The case is planned anew: what is done stays done, and nothing is given twice."
                }
                label.tick {
                    input type="checkbox" name="again" value="yes";
                    span { "Ask again whoever was asked and has not answered"
                        small { "By another letter; the links of the letters before it lead nowhere then." } }
                }
                input type="hidden" name="revision" value=(opened.case.revision);
                div.buttons { button.button { "Try the whole case again" } }
            }
        }
    }
}

/// `POST /cases/{case}/leave-out`
pub(crate) async fn leave_out(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(case): Path<String>,
    Sent(form): Sent<Form>,
) -> Response {
    let opened = match open(&deps, &viewer, &case, Action::LeaveOut).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let form = checked(&opened, form);
    let task = TaskId::new(form.task.clone());
    let (true, Ok(task)) = (form.problems.is_empty(), task) else {
        return again(
            &deps,
            &viewer,
            &opened,
            StatusCode::UNPROCESSABLE_ENTITY,
            form,
        )
        .await;
    };
    let (ledger, id) = (&deps.intake.ledger, &opened.case.id);
    let signature = viewer.actor.signature();
    let signed = (signature.as_str(), form.reason.trim());
    let done = waive(ledger, (id, &task), signed, viewer.now).await;
    match done.map(|_| ()) {
        Ok(()) => goes_on(&deps, &opened).await,
        Err(OperatorError::Ledger(error)) => out_of_order(&Failure::from(error)),
        Err(error) => {
            let form = form.refused("task", in_words(&opened, &error));
            again(&deps, &viewer, &opened, StatusCode::CONFLICT, form).await
        }
    }
}

/// `POST /cases/{case}/try-again`
pub(crate) async fn try_again(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(case): Path<String>,
    Sent(form): Sent<Form>,
) -> Response {
    let opened = match open(&deps, &viewer, &case, Action::TryAgain).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let questions = match form.again.as_str() {
        "yes" => Questions::AskedAgain,
        _ => Questions::Stand,
    };
    let (ledger, id) = (&deps.intake.ledger, &opened.case.id);
    // A form that names none is of what it found.
    let seen = match form.revision.is_empty() || form.revision == opened.case.revision.to_string() {
        true => opened.case.revision,
        false => {
            let error = OperatorError::PlannedMeanwhile(id.clone(), opened.case.revision);
            let form = form.refused("acts", in_words(&opened, &error));
            return again(&deps, &viewer, &opened, StatusCode::CONFLICT, form).await;
        }
    };
    let signature = viewer.actor.signature();
    let signed = (signature.as_str(), Some(seen));
    let done = redrive_as_seen(ledger, id, signed, questions, viewer.now).await;
    match done {
        Ok(_) => goes_on(&deps, &opened).await,
        Err(OperatorError::Ledger(error)) => out_of_order(&Failure::from(error)),
        Err(error) => {
            let form = form.refused("acts", in_words(&opened, &error));
            again(&deps, &viewer, &opened, StatusCode::CONFLICT, form).await
        }
    }
}

fn checked(opened: &Opened, form: Form) -> Form {
    let tasks = opened.tasks();
    let known = tasks.iter().any(|task| task.id.as_str() == form.task);
    let reason = form.reason.trim();
    let problem = match (
        known,
        reason.is_empty(),
        reason.chars().count() > TEXT_LENGTH,
    ) {
        (false, ..) => ("task", "Choose the task that is left out.".to_owned()),
        (_, true, _) => ("reason", "Write why: the audit trail keeps it.".to_owned()),
        (_, _, true) => ("reason", format!("Write at most {TEXT_LENGTH} characters.")),
        (true, false, false) => return form,
    };
    form.refused(problem.0, problem.1)
}

/// Why nothing was done, for whoever reads the page.
fn in_words(opened: &Opened, error: &OperatorError) -> String {
    match error {
        OperatorError::Ended(..) => {
            "The case has ended meanwhile: nothing is left to do.".to_owned()
        }
        OperatorError::TaskEnded(_, task, state) => {
            format!("“{}” is {state} already.", opened.title(task))
        }
        OperatorError::PlannedMeanwhile(..) => {
            "It was tried again already, or planned anew, since this page was shown: yours was not needed, and nothing was done by it."
                .to_owned()
        }
        OperatorError::Decides(..) => {
            "What is held is decided on the page of the question itself.".to_owned()
        }
        other => format!("Nothing was done: {other}."),
    }
}

/// The page again, with what was sent and what is wrong with it.
async fn again(
    deps: &Deps,
    viewer: &Signed,
    opened: &Opened,
    status: StatusCode,
    form: Form,
) -> Response {
    whole_page(deps, viewer, opened, &Choice::default(), (status, &form)).await
}

/// The case acts at once. Where the state machine does not answer, it goes on by the next sweep, and what was done
/// stands.
async fn goes_on(deps: &Deps, opened: &Opened) -> Response {
    let id = &opened.case.id;
    if let Err(failure) = take_up(&deps.intake.ledger, deps.intake.workflow.as_ref(), id).await {
        tracing::warn!(case = %id, %failure, "not started yet");
    }
    Redirect::to(&case_path(id)).into_response()
}
