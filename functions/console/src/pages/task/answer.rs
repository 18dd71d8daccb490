//! `POST /cases/{case}/tasks/{task}` and `…/take`: what somebody who signed in does about a task.

use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::Action;
use latchkey_ledger::Somebody;
use latchkey_lifecycle::{Answer, Step};
use latchkey_questions::{AnswerError, Hand, Saying, in_hand, own_case};
use latchkey_runtime::{Begin, Failure, OperatorError, Question, waive};

use super::{
    approval::undecided,
    approval_of, files,
    form::{asks_about_held, question_name, wrong_number},
    found::{Found, find},
    put_aside,
    show::page_of,
    talk,
};
use crate::{
    Deps,
    form::{Form, MOST_OF_A_FORM},
    record::record_of,
    sign_in::{By, Signed, about_themselves, name_of, not_of_the_team, out_of_order},
    views::{
        state::State,
        task::{case_path, declined_by},
        then::decides,
    },
};

/// Why nothing was done.
enum Not {
    /// Nobody who is not of the team may.
    Theirs(Action),
    /// Nobody with what they are may, or it is about themselves: the page that says so.
    May(Box<Response>),
    /// What is wrong with the form.
    Wrong(Vec<String>),
    /// Somebody else was first.
    TooLate,
    /// Ledger or state machine do not answer.
    Failed(Failure),
}

impl From<AnswerError> for Not {
    fn from(error: AnswerError) -> Not {
        match error {
            AnswerError::NotOpen(_) => Not::TooLate,
            AnswerError::Incomplete(problems) => Not::Wrong(problems),
            AnswerError::MayNotWaive => Not::Wrong(vec![format!("{error}.")]),
            AnswerError::Failure(failure) => Not::Failed(failure),
        }
    }
}

impl From<OperatorError> for Not {
    fn from(error: OperatorError) -> Not {
        match error {
            OperatorError::Ledger(error) => Not::Failed(error.into()),
            OperatorError::Ended(..) | OperatorError::TaskEnded(..) => Not::TooLate,
            OperatorError::NoReason => Not::Wrong(vec!["Say why: the case keeps it.".to_owned()]),
            other => Not::Wrong(vec![format!("{other}.")]),
        }
    }
}

type Parts = Path<(String, String)>;

pub(crate) async fn answer(
    Shared(deps): Shared<Deps>,
    By(viewer): By,
    Path(parts): Parts,
    request: Request,
) -> Response {
    let found = match find(&deps, &viewer, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let form = match Form::of(request, deps.attachments.most_bytes()).await {
        Ok(form) => form,
        Err(unread) => {
            let (status, problem) = unread.in_words(deps.attachments.most_bytes());
            let form = put_aside(&found.opened);
            return page_of(&deps, &viewer, &found, status, &[problem], &form).await;
        }
    };
    // Whoever may decide person by person does it there, after a second look.
    if decides_on_held(&viewer, &found) && matches!(form.answer.as_str(), "done" | "waived") {
        return Redirect::to("/held").into_response();
    }
    let done = Box::pin(act(&deps, &viewer, &found, &form)).await;
    let path = path_of(&found);
    answered(&deps, &viewer, &found, &form, done.map(|()| path)).await
}

/// Whether the task asks about what the brake holds, and somebody decides about that on the page of its own.
pub(super) fn decides_on_held(viewer: &Signed, found: &Found) -> bool {
    asks_about_held(&found.opened)
        && viewer.can(Action::DecideHeld, &latchkey_access::On::default())
}

/// `POST …/take`
pub(crate) async fn take(
    Shared(deps): Shared<Deps>,
    By(viewer): By,
    Path(parts): Parts,
    body: Body,
) -> Response {
    let found = match find(&deps, &viewer, parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let bytes = to_bytes(body, MOST_OF_A_FORM).await.unwrap_or_default();
    let form = Form::read(&bytes);
    let seen = form.seen.clone();
    let done = hold(&deps, &viewer, &found, Hand::Take { seen }).await;
    let back = match form.back.as_str() {
        "today" => "/".to_owned(),
        _ => path_of(&found),
    };
    let form = put_aside(&found.opened);
    answered(&deps, &viewer, &found, &form, done.map(|()| back)).await
}

fn path_of(found: &Found) -> String {
    let task = &found.opened.row.item.task;
    format!("{}/tasks/{}", case_path(&task.case_id), task.id)
}

/// The answer to a form: where it leads, or the page again.
async fn answered(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    form: &Form,
    done: Result<String, Not>,
) -> Response {
    let (status, problems) = match done {
        Ok(to) => return Redirect::to(&to).into_response(),
        Err(Not::May(refused)) => return *refused,
        Err(Not::Theirs(action)) => return not_of_the_team(viewer, action, &found.team),
        Err(Not::Failed(failure)) => return out_of_order(&failure),
        Err(Not::TooLate) => (StatusCode::CONFLICT, Vec::new()),
        Err(Not::Wrong(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
    };
    // As it stands now: somebody else may have done something since.
    let task = &found.opened.row.item.task;
    let parts = (task.case_id.to_string(), task.id.to_string());
    match find(deps, viewer, parts).await {
        Ok(found) => {
            let problems = match status {
                StatusCode::CONFLICT => vec![too_late(viewer, &found)],
                _ => problems,
            };
            page_of(deps, viewer, &found, status, &problems, form).await
        }
        Err(response) => response,
    }
}

/// Why what was sent comes too late, by how the task stands now.
fn too_late(viewer: &Signed, found: &Found) -> String {
    let row = &found.opened.row.item;
    let step = found
        .question
        .as_ref()
        .map_or(Step::Do, |question| question.step);
    let why = match (declined_by(&row.task), &found.question) {
        (Some(by), _) => {
            let decides = decides(&found.opened.runbook, row, step);
            format!("{by} declined it, and {decides} decides")
        }
        (None, _) if row.task.state.is_ended() => {
            let state = State::of_task(row, viewer.now);
            format!("It has ended ({})", state.word)
        }
        (None, None) => "Nobody is asked about it as it stands now".to_owned(),
        (None, Some(_)) => "Somebody answered meanwhile, or it was asked anew".to_owned(),
    };
    format!("{why}: what you sent was not recorded.")
}

/// Does what the pressed button stands for.
async fn act(deps: &Deps, viewer: &Signed, found: &Found, form: &Form) -> Result<(), Not> {
    let by = signed_name(viewer);
    let reason = form.reason.clone();
    let done = || {
        let address = Some(viewer.actor.address.clone());
        Answer::Done(form.evidence(by.clone(), address))
    };
    if matches!(form.answer.as_str(), "done" | "keep") && !form.files.is_empty() {
        add_files(deps, viewer, found, form).await?;
    }
    match form.answer.as_str() {
        "keep" => hold_as_shown(deps, viewer, found, form, Hand::Aside(done())).await,
        "handover" => {
            let to = hand_over_to(viewer, found, form)?;
            let note = form.note.clone();
            hold_as_shown(deps, viewer, found, form, Hand::Over { to, note }).await
        }
        "done" => {
            let step = found.question.as_ref().map_or(Step::Do, |asked| asked.step);
            let opened = &found.opened;
            let mut open = match approval_of(opened, step) {
                Some(_) => undecided(&opened.row.item.task, form),
                None => Vec::new(),
            };
            open.extend(wrong_number(opened, form));
            if !open.is_empty() {
                return Err(Not::Wrong(open.into_iter().map(|(_, one)| one).collect()));
            }
            say(deps, viewer, found, form, &done()).await
        }
        "ask" => speak(deps, viewer, found, form, talk::May::Ask).await,
        "reply" => speak(deps, viewer, found, form, talk::May::Answer).await,
        "declined" => say(deps, viewer, found, form, &Answer::Declined { by, reason }).await,
        "waived" => leave_out(deps, viewer, found, form, &Answer::Waived { by, reason }).await,
        _ => Err(Not::Wrong(vec!["Choose one of the buttons.".to_owned()])),
    }
}

/// Adds the files of a form; they stay, whatever else is not right about it.
async fn add_files(deps: &Deps, viewer: &Signed, found: &Found, form: &Form) -> Result<(), Not> {
    let may = found.may;
    if !may.answer && !may.decide {
        return Err(closed_or_not_theirs(viewer, found));
    }
    let question = shown(found, form, !may.answer)?;
    let problems = files::problems(form, &found.opened, deps.attachments.most_bytes());
    if !problems.is_empty() {
        return Err(Not::Wrong(
            problems.into_iter().map(|(_, one)| one).collect(),
        ));
    }
    let by = signer(viewer);
    Ok(files::keep(deps, &question, form, &by).await?)
}

/// Asks HR, or answers for HR.
async fn speak(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    form: &Form,
    what: talk::May,
) -> Result<(), Not> {
    let may = talk::may_say(viewer, found);
    match (may == what, what) {
        (true, _) => {}
        (false, talk::May::Answer) => {
            let hr = viewer.runbook.hr_team();
            let of_hr = viewer.can(
                Action::AnswerTask,
                &latchkey_access::On::teams([hr.clone()]),
            );
            return Err(match of_hr {
                true => Not::TooLate,
                false => Not::Theirs(Action::AnswerTask),
            });
        }
        (false, _) => return Err(closed_or_not_theirs(viewer, found)),
    }
    let task = &found.opened.row.item.task;
    let saying = Saying {
        by: signer(viewer),
        text: form.text.clone(),
        answers: what == talk::May::Answer,
    };
    let about = (&task.case_id, &task.id);
    Ok(latchkey_questions::say(&deps.ask(), about, &saying).await?)
}

/// Who signs.
fn signer(viewer: &Signed) -> Somebody {
    Somebody {
        name: signed_name(viewer),
        address: viewer.actor.address.clone(),
    }
}

/// Who signs, by name: somebody without one by their address.
fn signed_name(viewer: &Signed) -> String {
    match viewer.actor.name.trim() {
        "" => viewer.actor.address.clone(),
        name => name.to_owned(),
    }
}

/// The question that a form was made for, if it is the one that stands.
fn shown(found: &Found, form: &Form, may_waive: bool) -> Result<Question, Not> {
    let question = found.asked(may_waive).ok_or(Not::TooLate)?;
    match question_name(question.step, question.serial) == form.question {
        true => Ok(question),
        false => Err(Not::TooLate),
    }
}

/// Records that it is done, or declined.
async fn say(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    form: &Form,
    answer: &Answer,
) -> Result<(), Not> {
    let may = found.may;
    let decides = !may.answer && may.decide;
    if !may.answer && !may.decide {
        return Err(closed_or_not_theirs(viewer, found));
    }
    let question = shown(found, form, decides)?;
    let signer = Some(&viewer.actor.themselves);
    let row = &found.opened.row;
    Ok(Box::pin(record_of(
        deps,
        &question,
        row,
        (answer, signer),
        &form.list,
    ))
    .await?)
}

/// Why somebody may not answer: the question is answered, or it is not theirs.
fn closed_or_not_theirs(viewer: &Signed, found: &Found) -> Not {
    if found.may.own {
        let own = about_themselves(viewer, Action::AnswerTask, &found.team);
        return Not::May(Box::new(own));
    }
    let of_team = latchkey_access::On::teams([found.team.clone()]);
    match viewer.can(Action::AnswerTask, &of_team) {
        true => Not::TooLate,
        false => Not::Theirs(Action::AnswerTask),
    }
}

/// Leaves it out: as the answer to the question that stands, or, where none does, as operators do.
async fn leave_out(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    form: &Form,
    answer: &Answer,
) -> Result<(), Not> {
    let opened = &found.opened;
    if !found.may.decide && !found.may.leave_out {
        let refused = viewer.may(Action::LeaveOut, &found.on);
        refused.map_err(|page| Not::May(Box::new(page)))?;
        return Err(Not::TooLate);
    }
    if opened.row.item.task.state.is_ended() {
        return Err(Not::TooLate);
    }
    if found.question.is_some() {
        let question = shown(found, form, true)?;
        let signer = Some(&viewer.actor.themselves);
        return Ok(Box::pin(record_of(
            deps,
            &question,
            &opened.row,
            (answer, signer),
            &form.list,
        ))
        .await?);
    }
    if !found.may.leave_out {
        return Err(Not::TooLate);
    }
    without_a_question(deps, viewer, found, answer).await
}

async fn without_a_question(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    answer: &Answer,
) -> Result<(), Not> {
    let (opened, intake) = (&found.opened, &deps.intake);
    let (case, task) = (&opened.case, &opened.row.item.task);
    let Answer::Waived { by, reason } = answer else {
        return Ok(());
    };
    let question = Question {
        case: case.id.clone(),
        task: task.id.clone(),
        step: Step::Do,
        serial: 0,
        may_waive: true,
    };
    let signer = Some(&viewer.actor.themselves);
    let row = &opened.row.item;
    if let Some(own) = own_case(&opened.runbook, row, &question, (answer, signer), [case]) {
        return Err(Not::Wrong(vec![own]));
    }
    let now = intake.clock.now();
    let waiver = waive(&intake.ledger, (&case.id, &task.id), (by, reason), now).await?;
    let workflow = intake.workflow.as_ref();
    let begins = async {
        workflow
            .stop(&case.id, case.revision, "planned anew")
            .await?;
        workflow
            .start(&Begin::new(case.id.clone(), waiver.revision))
            .await
    };
    // It is left out; where its execution is not started now, the next sweep misses it.
    if let Err(problem) = begins.await {
        tracing::error!(case = %case.id, task = %task.id, %problem, "not begun anew");
    }
    Ok(())
}

/// Whom it is handed over to: somebody of the team, as far as the runbook tells.
fn hand_over_to(viewer: &Signed, found: &Found, form: &Form) -> Result<Option<Somebody>, Not> {
    let address = form.to.trim();
    if address.is_empty() {
        return Ok(None);
    }
    let runbook = &viewer.runbook;
    let named = runbook.addresses_of(&found.team).any(|one| one == address);
    let like_one = address
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    let may_be = like_one && address.len() <= 254 && runbook.has_groups(&found.team);
    if !named && !may_be {
        let team = latchkey_questions::facts::team_name(runbook, &found.team);
        let problem = format!("“{address}” is nobody of {team}: choose somebody of the team.");
        return Err(Not::Wrong(vec![problem]));
    }
    Ok(Some(Somebody {
        name: name_of(address),
        address: address.to_owned(),
    }))
}

async fn hold_as_shown(
    deps: &Deps,
    viewer: &Signed,
    found: &Found,
    form: &Form,
    hand: Hand,
) -> Result<(), Not> {
    if found.may.answer {
        shown(found, form, false)?;
    }
    hold(deps, viewer, found, hand).await
}

async fn hold(deps: &Deps, viewer: &Signed, found: &Found, hand: Hand) -> Result<(), Not> {
    if !found.may.answer {
        return Err(closed_or_not_theirs(viewer, found));
    }
    let question = found.asked(false).ok_or(Not::TooLate)?;
    let by = signer(viewer);
    in_hand(&deps.ask(), &question, &by, &hand).await?;
    Ok(())
}
