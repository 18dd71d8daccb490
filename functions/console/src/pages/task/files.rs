//! Files of a task: chosen in its form, checked and kept before anything else of it counts, and given as downloads.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_access::Action;
use latchkey_ledger::{Attached, Somebody};
use latchkey_questions::{AnswerError, Place, attach};
use latchkey_runtime::{Failure, Question};
use maud::{Markup, html};

use super::{Asked, Opened, form::wrong_at, found::find};
use crate::{
    Deps,
    attachments::{MOST_FILES, TAKEN, look_at, name_of, sha256},
    form::Form,
    router::no_such_page,
    sign_in::{By, Signed, not_of_the_team, out_of_order},
    views::task::case_path,
    when::instant,
};

/// What is wrong with the files of a form, a sentence each; nothing of them is kept then.
pub(super) fn problems(form: &Form, opened: &Opened, most: usize) -> Vec<(Place, String)> {
    let said = |problem: String| (Place::File, problem);
    let mut all: Vec<(Place, String)> = Vec::new();
    for file in &form.files {
        let name = name_of(&file.name);
        if let Err(refused) = look_at(&name, &file.bytes, most) {
            all.push(said(format!("“{name}” {refused}.")));
        }
    }
    let together: usize = form.files.iter().map(|file| file.bytes.len()).sum();
    if all.is_empty() && together > most {
        let most = megabytes(most);
        all.push(said(format!(
            "The files are larger than {most} MB together: add them one after the other."
        )));
    }
    if opened.row.item.attached.len() + form.files.len() > MOST_FILES {
        all.push(said(format!("A task has {MOST_FILES} files at most.")));
    }
    all
}

fn megabytes(bytes: usize) -> usize {
    bytes / (1024 * 1024)
}

/// Keeps the files of a form that have no problems, and adds them to the task. `by`: without an address, where a
/// letter's link was used.
pub(super) async fn keep(
    deps: &Deps,
    question: &Question,
    form: &Form,
    by: &Somebody,
) -> Result<(), AnswerError> {
    let now = deps.intake.clock.now();
    let most = deps.attachments.most_bytes();
    let mut kept = Vec::with_capacity(form.files.len());
    for file in &form.files {
        let name = name_of(&file.name);
        let kind = look_at(&name, &file.bytes, most);
        let kind =
            kind.map_err(|refused| AnswerError::Incomplete(vec![format!("“{name}” {refused}.")]))?;
        let sha256 = sha256(&file.bytes);
        let done = deps
            .attachments
            .keep(&question.case, &sha256, file.bytes.clone());
        done.await
            .map_err(|error| Failure::Busy(error.to_string()))?;
        kept.push(Attached {
            sha256,
            name,
            kind: kind.to_owned(),
            bytes: file.bytes.len() as u64,
            by: by.clone(),
            at: now,
        });
    }
    match kept.is_empty() {
        true => Ok(()),
        false => attach(&deps.ask(), question, &kept).await.map(|_| ()),
    }
}

/// The field, and what was added already.
pub(super) fn field(asked: &Asked<'_>) -> Markup {
    let problem = wrong_at(asked, &Place::File);
    html! {
        div.field.wrong[problem.is_some()] {
            label for="file" { "Proof " span.hint { "(if you have it)" } }
            p.hint #file-h {
                (TAKEN) ", up to " (megabytes(asked.most_bytes)) " MB at a time. What was added stays; only people who may see "
                "this task can open it."
            }
            @if let Some(problem) = problem { p.why #file-e { (problem) } }
            input #file type="file" name="file" multiple aria-describedby=(if problem.is_some() { "file-h file-e" } else { "file-h" })
                aria-invalid=[problem.map(|_| "true")] accept=".pdf,.png,.jpg,.jpeg,.txt,.csv,.log,.docx,.xlsx";
        }
        (list(asked.opened, asked.viewer))
    }
}

/// The files of a task; `viewer`: whoever may open them.
pub(super) fn list(opened: &Opened, viewer: Option<&Signed>) -> Markup {
    let row = &opened.row.item;
    let task = format!(
        "{}/tasks/{}/files",
        case_path(&row.task.case_id),
        row.task.id
    );
    html! {
        @if !row.attached.is_empty() {
            ul."events bare" {
                @for file in &row.attached {
                    li {
                        (crate::glyph::Glyph::Info)
                        span {
                            @match viewer {
                                Some(_) => a href=(format!("{task}/{}", file.sha256)) download { (file.name) },
                                None => (file.name),
                            }
                            small {
                                (file.kind) ", " (size(file.bytes)) " · " (file.by.name)
                                @if let Some(viewer) = viewer { ", " (instant(viewer, file.at)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!(
            "{}.{} MB",
            bytes / 1_048_576,
            bytes % 1_048_576 * 10 / 1_048_576
        ),
    }
}

/// `GET /cases/{case}/tasks/{task}/files/{file}`: to be saved, and for no browser to show.
pub(crate) async fn download(
    State(deps): State<Deps>,
    By(viewer): By,
    Path((case, task, file)): Path<(String, String, String)>,
) -> Response {
    let found = match find(&deps, &viewer, (case, task)).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if !found.may.read {
        return not_of_the_team(&viewer, Action::SeeTasks, &found.team);
    }
    let row = &found.opened.row.item;
    let Some(known) = row.attached.iter().find(|one| one.sha256 == file) else {
        return no_such_page();
    };
    match deps
        .attachments
        .read(&row.task.case_id, &known.sha256)
        .await
    {
        Ok(Some(bytes)) if sha256(&bytes) == known.sha256 => given(known, bytes),
        Ok(Some(_)) => {
            tracing::error!(case = %row.task.case_id, task = %row.task.id, "a file is not what was added");
            gone(
                "This file is not what was added",
                "Its bytes have another checksum than the record: tell whoever runs Latchkey.",
            )
        }
        Ok(None) => gone(
            "This file is not there any more",
            "The record has its name and checksum; what was in it was deleted where files are kept.",
        ),
        Err(error) => out_of_order(&Failure::Busy(error.to_string())),
    }
}

fn gone(title: &str, text: &str) -> Response {
    let content = html! { h1 { (title) } p.lede { (text) } };
    crate::frame::alone(StatusCode::GONE, "", title, &content)
}

fn given(file: &Attached, bytes: Vec<u8>) -> Response {
    let plain: String = file
        .name
        .chars()
        .map(
            |c| match c.is_ascii_alphanumeric() || " .-_()".contains(c) {
                true => c,
                false => '_',
            },
        )
        .collect();
    let encoded: String = form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
    let encoded = encoded.replace('+', "%20");
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
